import { mkdirSync, readFileSync, symlinkSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "@jest/globals";
import { loadStack, loadStackFromValues } from "../../config/load-stack.ts";
import { UsageError } from "../../config/usage-error.ts";
import { parseYaml } from "../../config/yaml-document.ts";
import { defaultLintLevels } from "../../core/lint/lint-level.ts";
import { compareProblems, hasErrors } from "../../core/problem.ts";
import { serviceFile, stackFile, temporaryFolders } from "../support/temporary-folder.ts";

const folder = temporaryFolders();
const repository = join(import.meta.dirname, "../..");

type Files = Readonly<Record<string, string | Uint8Array>>;

/** A stack with these service files in environment alpha. */
const alpha = (files: Files) =>
  folder({
    "Pulumi.test.yaml": stackFile,
    ...Object.fromEntries(Object.entries(files).map(([name, text]) => [`stacks/test/alpha/${name}`, text])),
  });

const found = async (cwd: string) =>
  (await loadStack(cwd, "test")).problems.map(
    ({ location, code }) => `${location?.file ?? "?"}:${location?.line ?? "?"} ${code}`,
  );

describe("the stacks of this repository", () => {
  it.each([
    ["test", ".", 15],
    ["prerelease", ".", 3],
    ["prod", ".", 4],
    ["prod-eu", ".", 5],
    ["prod-sg", ".", 4],
    ["prod-us", ".", 4],
    ["case-study", "examples/case-study", 1],
  ])("%s loads without a problem", async (name, cwd, services) => {
    const { stack, problems } = await loadStack(join(repository, cwd), name);
    expect(problems).toEqual([]);
    expect(stack?.name).toBe(name);
    expect(stack?.services).toHaveLength(services);
  });
});

describe("the shortest service file", () => {
  it("gets every default", async () => {
    const { stack, problems } = await loadStack(
      alpha({ "saas-showroom.yaml": serviceFile("saas/showroom") }),
      "test",
    );
    expect(problems).toEqual([]);
    const file = "stacks/test/alpha/saas-showroom.yaml";
    expect(stack?.services).toEqual([
      {
        name: "saas-showroom",
        environment: "alpha",
        namespace: "faas-alpha",
        service: "saas-showroom",
        yieldsTo: [],
        location: { file, line: 1, column: 1 },
        routes: [
          {
            location: { file, line: 2, column: 5 },
            matches: [
              {
                path: { kind: "prefix", value: "/faas/api/saas/showroom/", ignoreCase: false },
                methods: [],
                headers: {},
                queryParams: {},
                location: { file, line: 3, column: 9 },
              },
            ],
            action: { kind: "forward", traffic: [{ service: "saas-showroom", weight: 100 }] },
          },
        ],
      },
    ]);
  });
});

describe("a stack's config", () => {
  it("gets every default", async () => {
    const { stack } = await loadStack(alpha({}), "test").catch(() => ({ stack: undefined }));
    expect(stack).toBeUndefined();
    const cwd = folder({ "Pulumi.test.yaml": stackFile, "stacks/test/README.md": "" });
    expect((await loadStack(cwd, "test")).stack).toEqual({
      name: "test",
      cluster: { name: "test", context: "test" },
      versions: { kubernetes: "1.36", istio: "1.31", knative: "1.23" },
      production: false,
      pathNormalisation: "BASE",
      pathRoot: "/faas/api/",
      serviceFolders: ["stacks/test"],
      environments: [{ name: "alpha" }, { name: "beta" }],
      domains: [],
      gateways: {
        entry: { mode: "managed", minReplicas: 2, maxReplicas: 10, targetCpuPercent: 80 },
        clusterLocal: { mode: "existing" },
      },
      services: [],
      pathClaims: [],
      accepted: [],
      differences: [],
      lints: defaultLintLevels,
    });
  });
});

describe("the next hop of the entry gateway", () => {
  it("may have limits and outlier detection", async () => {
    const nextHop = `connectionPool: { maxRequests: 100, connectTimeout: 1s }, outlierDetection: { consecutiveLocalOriginFailures: 5, interval: 5s }`;
    const { stack, problems } = await loadStack(
      folder({
        "Pulumi.test.yaml": stackFile.replace("mode: managed", `mode: managed, ${nextHop}`),
        "stacks/test/README.md": "",
      }),
      "test",
    );
    expect(problems).toEqual([]);
    expect(stack?.gateways.entry).toEqual({
      mode: "managed",
      minReplicas: 2,
      maxReplicas: 10,
      targetCpuPercent: 80,
      connectionPool: { maxRequests: 100, connectTimeout: "1s" },
      outlierDetection: { consecutiveLocalOriginFailures: 5, interval: "5s" },
    });
  });
});

describe("kfaas:versions", () => {
  const load = (revision: string) =>
    loadStack(
      folder({
        "Pulumi.test.yaml": stackFile.replace(
          /(kfaas:versions: \{[^}]*?),? *\}/,
          `$1, istioRevision: ${revision} }`,
        ),
        "stacks/test/README.md": "",
      }),
      "test",
    );

  it("may name the revision of istiod", async () => {
    const { stack, problems } = await load('"1-31"');
    expect(problems).toEqual([]);
    expect(stack?.versions.istioRevision).toBe("1-31");
  });

  it("refuses a revision that is no label", async () => {
    expect((await load("1.31.0")).problems).toMatchObject([{ code: "invalid-name" }]);
  });
});

describe("kfaas:lints", () => {
  const withLints = (lints: string, more = "") =>
    folder({
      "Pulumi.test.yaml": `${stackFile}  kfaas:lints: ${lints}\n${more}`,
      "stacks/test/README.md": "",
    });
  const load = (lints: string, more?: string) => loadStack(withLints(lints, more), "test");

  it("changes what it names and leaves the rest at its default", async () => {
    const { stack, problems } = await load("{ no-timeout: error, regex-unescaped-dot: off }");
    expect(problems).toEqual([]);
    expect(stack?.lints).toEqual({
      ...defaultLintLevels,
      "no-timeout": "error",
      "regex-unescaped-dot": "off",
    });
  });

  it("has other defaults in production", async () => {
    const { stack } = await load("{}", "  kfaas:production: true\n");
    expect(stack?.lints).toEqual({ ...defaultLintLevels, "no-timeout": "info" });
  });

  it.each([
    ["an unknown code", "{ no-timeuot: off }", "unknown-key", "did you mean no-timeout?"],
    ["an unknown level", "{ no-timeout: of }", "invalid-value", "off"],
    ["a truth value", "{ no-timeout: false }", "invalid-value", "off"],
    ["a list", "[no-timeout]", "wrong-type", "mapping"],
  ])("refuses %s", async (_, lints, code, fix) => {
    const { problems } = await load(lints);
    expect(problems).toHaveLength(1);
    expect(problems[0]).toMatchObject({
      code,
      severity: "error",
      location: { file: "Pulumi.test.yaml", line: 10 },
    });
    expect(problems[0]?.fix).toContain(fix);
  });
});

describe("a service file that is wrong is a problem with file, line, code and fix:", () => {
  const routes = (text: string) => `routes:\n  - match: [{ prefix: /faas/api/x/ }]\n    ${text}\n`;
  const preview = (mark: string, to = "green") =>
    `release: { steps: [100], preview: { to: { service: ${to} }, ${mark} } }\n${routes(
      "traffic: [{ service: x, weight: 100 }, { service: green, weight: 0 }]",
    )}`;
  const match = (text: string) => `routes:\n  - match:\n      - ${text}\n`;

  it.each<[string, string | Uint8Array, [number, string][]]>([
    // The file as such.
    ["empty", "", [[1, "file-empty"]]],
    ["comments only", "# later\n", [[1, "file-empty"]]],
    ["broken YAML", "routes:\n  - match: [{ prefix: /faas/api/x/ }\n", [[3, "yaml-syntax"]]],
    ["a tab", "routes:\n\t- match: []\n", [[2, "yaml-tab"]]],
    ["a duplicate key", `${serviceFile("x")}team: a\nteam: b\n`, [[5, "duplicate-key"]]],
    ["5 MB", "a".repeat(5_000_000), [[1, "file-too-large"]]],
    ["just above the limit", `#${" ".repeat(256 * 1024)}`, [[1, "file-too-large"]]],
    [
      "an alias bomb",
      "a: &a [x, x]\nb: [*a, *a]\n",
      [
        [1, "yaml-alias"],
        [2, "yaml-alias"],
        [2, "yaml-alias"],
      ],
    ],
    ["two documents", `${serviceFile("x")}---\n${serviceFile("y")}`, [[5, "several-documents"]]],
    ["not UTF-8", Uint8Array.of(0x61, 0x3a, 0x20, 0xff), [[1, "file-not-utf8"]]],
    ["a byte order mark", `\uFEFF${serviceFile("x")}`, [[1, "byte-order-mark"]]],
    ["UTF-16", Buffer.from(serviceFile("x"), "utf16le"), [[1, "control-character"]]],
    ["a list", "- routes\n", [[1, "not-a-mapping"]]],

    // Shape.
    ["an unknown key", `${serviceFile("x")}tema: a\n`, [[4, "unknown-key"]]],
    ["an unknown key in a match", match("{ prefix: /faas/api/x/, methods: [GET] }"), [[3, "unknown-key"]]],
    ["a mistyped kind of match", match("prefx: /faas/api/x/"), [[3, "unknown-key"]]],
    [
      "a key of Istio's",
      match("{ uri: { prefix: /faas/api/x/ } }"),
      [
        [3, "exactly-one"],
        [3, "unknown-key"],
      ],
    ],
    ["no routes", "team: a\n", [[1, "missing-key"]]],
    ["an empty list of routes", "routes: []\n", [[1, "too-few"]]],
    ["routes without a value", "routes:\n", [[1, "wrong-type"]]],
    ["routes as a mapping", "routes: { match: [] }\n", [[1, "wrong-type"]]],
    ["a route without match", "routes:\n  - timeout: 1s\n", [[2, "missing-key"]]],
    ["an empty match", "routes:\n  - match: []\n", [[2, "too-few"]]],
    ["a number for text", `${serviceFile("x")}team: 5\n`, [[4, "wrong-type"]]],
    ["text for a number", routes('traffic: [{ service: x, weight: "100" }]'), [[3, "wrong-type"]]],
    ["yes for true", match("{ prefix: /faas/api/x/, ignoreCase: yes }"), [[3, "wrong-type"]]],
    ["text for a list", match("{ prefix: /faas/api/x/, method: GET }"), [[3, "wrong-type"]]],
    ["a number without a unit", routes("timeout: 10"), [[3, "wrong-type"]]],

    // Names.
    [
      "a namespace that Kubernetes refuses",
      `namespace: Faas_Alpha\n${serviceFile("x")}`,
      [[1, "invalid-name"]],
    ],
    ["a service that Kubernetes refuses", `service: 3d-viewer\n${serviceFile("x")}`, [[1, "invalid-name"]]],
    ["a service too long for DNS", `service: ${"a".repeat(64)}\n${serviceFile("x")}`, [[1, "name-too-long"]]],
    ["a team that is no label", `team: "a team"\n${serviceFile("x")}`, [[1, "invalid-name"]]],
    [
      "two routes of one name",
      `routes:\n  - { name: a, match: [{ prefix: /faas/api/x/ }] }\n  - { name: a, match: [{ prefix: /faas/api/y/ }] }\n`,
      [[3, "duplicate-name"]],
    ],
    [
      "steps that do not rise",
      `release: { steps: [10, 5, 100] }\n${serviceFile("x")}`,
      [[1, "invalid-release-steps"]],
    ],
    [
      "steps that do not end with 100",
      `release: { steps: [10] }\n${serviceFile("x")}`,
      [[1, "invalid-release-steps"]],
    ],
    ["a preview by nothing", preview("value: green"), [[1, "exactly-one"]]],
    ["a preview by header and cookie", preview("header: a, cookie: b, value: c"), [[1, "exactly-one"]]],
    ["a preview by the host", preview("header: Host, value: c"), [[1, "header-not-allowed"]]],
    ["a preview by a header with a blank", preview('header: "a b", value: c'), [[1, "invalid-header-name"]]],
    ["a preview by a cookie with a blank", preview('cookie: "a b", value: c'), [[1, "invalid-header-name"]]],
    ["a preview by two words", preview("cookie: a, value: b c"), [[1, "invalid-preview"]]],
    [
      "a preview by a cookie too long for Istio",
      preview(`cookie: a, value: ${"b".repeat(1024)}`),
      [[1, "invalid-regex"]],
    ],
    [
      "a preview of what no route splits",
      preview("header: a, value: b", "red"),
      [[1, "preview-without-split"]],
    ],
    [
      "a preview by a header that the match needs",
      preview("header: A, value: b").replace("x/", "x/, headers: { a: { present: true } }"),
      [[3, "preview-header-taken"]],
    ],
    [
      "a mistyped key beside the right one, which is of the wrong type",
      `routes:\n  - match: [{ prefix: /faas/api/x/ }]\n    timeout: 10\n    timout: 3s\n`,
      [
        [3, "wrong-type"],
        [4, "unknown-key"],
      ],
    ],
    ["yielding to itself", `yieldsTo: [x]\n${serviceFile("x")}`, [[1, "yields-to-itself"]]],
    ["yielding to nobody", `yieldsTo: [nobody]\n${serviceFile("x")}`, [[1, "unknown-service"]]],

    // Matches.
    ["no kind of path", match("{ method: [GET] }"), [[3, "exactly-one"]]],
    ["two kinds of path", match("{ exact: /faas/api/x, prefix: /faas/api/x/ }"), [[3, "exactly-one"]]],
    ["a path outside the root", match("prefix: /api/x/"), [[3, "path-outside-root"]]],
    ["a prefix above the root", match("prefix: /faas/"), [[3, "path-outside-root"]]],
    ["the root without its slash", match("prefix: /faas/api"), [[3, "path-outside-root"]]],
    ["a path without a slash", match("exact: faas/api/x"), [[3, "path-outside-root"]]],
    ["an empty path", match('prefix: ""'), [[3, "path-outside-root"]]],
    [
      "a regex with an alternative outside the root",
      match("regex: /faas/api/a|/b"),
      [[3, "path-outside-root"]],
    ],
    ["a regex that does not compile", match("regex: /faas/api/(a"), [[3, "invalid-regex"]]],
    ["a regex with look-ahead", match("regex: /faas/api/(?!a).*"), [[3, "invalid-regex"]]],
    ["a regex too long for Istio", match(`regex: /faas/api/${"a".repeat(1024)}`), [[3, "invalid-regex"]]],
    [
      "ignoreCase with a regex",
      match("{ regex: /faas/api/.*, ignoreCase: true }"),
      [[3, "ignore-case-regex"]],
    ],
    ["a path that no request has", match('exact: "/faas/api/a b"'), [[3, "path-never-matches"]]],
    ["a query in the path", match('exact: "/faas/api/a?b=1"'), [[3, "path-never-matches"]]],
    ["a path template of somebody else's", match('prefix: "/faas/api/{id}/"'), [[3, "path-never-matches"]]],
    ["an unknown method", match("{ prefix: /faas/api/x/, method: [PSOT] }"), [[3, "invalid-method"]]],
    ["no method", match("{ prefix: /faas/api/x/, method: [] }"), [[3, "too-few"]]],
    [
      "a condition on the host",
      match("{ prefix: /faas/api/x/, headers: { Host: { exact: a } } }"),
      [[3, "header-not-allowed"]],
    ],
    [
      "a condition on :path",
      match('{ prefix: /faas/api/x/, headers: { ":path": { exact: a } } }'),
      [[3, "header-not-allowed"]],
    ],
    [
      "a header name with a blank",
      match('{ prefix: /faas/api/x/, headers: { "x y": { exact: a } } }'),
      [[3, "invalid-header-name"]],
    ],
    [
      "a header twice",
      match("{ prefix: /faas/api/x/, headers: { X-A: { exact: a }, x-a: { exact: b } } }"),
      [[3, "duplicate-name"]],
    ],
    [
      "an empty prefix of a header",
      match('{ prefix: /faas/api/x/, headers: { x-a: { prefix: "" } } }'),
      [[3, "invalid-value-match"]],
    ],
    [
      "a condition without a kind",
      match("{ prefix: /faas/api/x/, headers: { x-a: {} } }"),
      [[3, "exactly-one"]],
    ],
    [
      "present: false",
      match("{ prefix: /faas/api/x/, headers: { x-a: { present: false } } }"),
      [[3, "invalid-value"]],
    ],

    // Actions.
    [
      "weights below 100",
      routes("traffic: [{ service: x, weight: 90 }, { service: y, weight: 9 }]"),
      [[3, "weights-not-100"]],
    ],
    [
      "weights above 100",
      routes("traffic: [{ service: x, weight: 90 }, { service: y, weight: 11 }]"),
      [[3, "weights-not-100"]],
    ],
    ["a single weight below 100", routes("traffic: [{ service: x, weight: 90 }]"), [[3, "weights-not-100"]]],
    [
      "half a percent",
      routes("traffic: [{ service: x, weight: 99.5 }, { service: y, weight: 0.5 }]"),
      [
        [3, "invalid-weight"],
        [3, "invalid-weight"],
      ],
    ],
    [
      "a negative weight",
      routes("traffic: [{ service: x, weight: 101 }, { service: y, weight: -1 }]"),
      [
        [3, "invalid-weight"],
        [3, "invalid-weight"],
      ],
    ],
    [
      "a missing weight",
      routes("traffic: [{ service: x, weight: 50 }, { service: y }]"),
      [[3, "missing-key"]],
    ],
    [
      "a destination twice",
      routes("traffic: [{ service: x, weight: 50 }, { service: x, weight: 50 }]"),
      [[3, "duplicate-destination"]],
    ],
    ["no destination", routes("traffic: []"), [[3, "too-few"]]],
    ["a destination that Kubernetes refuses", routes("traffic: [{ service: X.y }]"), [[3, "invalid-name"]]],
    [
      "a tag whose host is too long",
      routes(`traffic: [{ service: ${"s".repeat(60)}, tag: tag }]`),
      [[3, "name-too-long"]],
    ],
    ["a word for a duration", routes("timeout: soon"), [[3, "invalid-duration"]]],
    ["a negative duration", routes("timeout: -1s"), [[3, "invalid-duration"]]],
    ["no duration", routes("timeout: 0s"), [[3, "invalid-duration"]]],
    ["less than a millisecond", routes("timeout: 1500us"), [[3, "invalid-duration"]]],
    ["a day", routes("timeout: 1d"), [[3, "invalid-duration"]]],
    [
      "traffic and redirect",
      routes("traffic: [{ service: x }]\n    redirect: { uri: /y }"),
      [[4, "several-actions"]],
    ],
    [
      "rewrite beside redirect",
      routes("redirect: { uri: /y }\n    rewrite: { uri: /z }"),
      [[4, "several-actions"]],
    ],
    ["a redirect to nowhere", routes("redirect: { status: 302 }"), [[3, "at-least-one"]]],
    ["a redirect to a URL", routes("redirect: { uri: https://example.com/ }"), [[3, "invalid-redirect"]]],
    [
      "a redirect without a redirect's status",
      routes("redirect: { uri: /y, status: 200 }"),
      [[3, "invalid-status"]],
    ],
    ["a redirect to another scheme", routes("redirect: { scheme: ftp }"), [[3, "invalid-value"]]],
    ["a status that the proxy refuses", routes("directResponse: { status: 600 }"), [[3, "invalid-status"]]],
    ["a response without a status", routes("directResponse: { body: hello }"), [[3, "missing-key"]]],
    ["two rewrites", routes("rewrite: { uri: /a, regex: { match: a, replace: b } }"), [[3, "exactly-one"]]],
    ["a rewrite to no path", routes("rewrite: { uri: a }"), [[3, "invalid-rewrite"]]],
    [
      "a rewrite to a group that is not there",
      routes("rewrite: { regex: { match: a, replace: '\\1' } }"),
      [[3, "invalid-rewrite"]],
    ],
    [
      "a rewrite by a broken regex",
      routes("rewrite: { regex: { match: '(', replace: a } }"),
      [[3, "invalid-regex"]],
    ],
    [
      "retries off, but with conditions",
      routes("retries: { attempts: 0, retryOn: [5xx] }"),
      [[3, "invalid-retries"]],
    ],
    ["half a retry", routes("retries: { attempts: 0.5 }"), [[3, "invalid-retries"]]],
    [
      "a condition that does not exist",
      routes("retries: { attempts: 1, retryOn: [connect-failed] }"),
      [[3, "invalid-retries"]],
    ],
    ["a fault without a fault", routes("fault: {}"), [[3, "at-least-one"]]],
    ["101 percent", routes("fault: { abort: { percent: 101, status: 500 } }"), [[3, "invalid-percent"]]],
    [
      "less than the proxy can tell",
      routes("mirror: { service: y, percent: 0.00001 }"),
      [[3, "invalid-percent"]],
    ],
    ["changing the host", routes("headers: { request: { set: { host: a } } }"), [[3, "header-not-allowed"]]],
    [
      "a bare percent sign",
      routes("headers: { request: { set: { x-a: 50% } } }"),
      [[3, "invalid-header-value"]],
    ],
    [
      "a line break in a header",
      routes('headers: { request: { set: { x-a: "a\\nb" } } }'),
      [[3, "invalid-header-value"]],
    ],
    ["removing the host", routes("headers: { request: { remove: [Host] } }"), [[3, "header-not-allowed"]]],
    ["a CORS age with half seconds", routes("cors: { maxAge: 1500ms }"), [[3, "invalid-duration"]]],
    ["a CORS method that does not exist", routes("cors: { allowMethods: [GTE] }"), [[3, "invalid-method"]]],
    ["a CORS header with a blank", routes('cors: { allowHeaders: ["x y"] }'), [[3, "invalid-header-name"]]],
    ["a CORS origin as text", routes('cors: { allowOrigins: ["*"] }'), [[3, "wrong-type"]]],
  ])("%s", async (_name, content, expected) => {
    const { stack, problems } = await loadStack(alpha({ "x.yaml": content }), "test");
    expect(problems.map(({ location, code }) => [location?.line, code])).toEqual(expected);
    for (const problem of problems) {
      expect(problem).toMatchObject({ severity: "error", environment: "alpha", services: ["x"] });
      expect(problem.location?.file).toBe("stacks/test/alpha/x.yaml");
      expect(problem.fix).toMatch(/\w/);
    }
    expect(stack?.services).toEqual([]);
  });
});

describe("fixes are concrete:", () => {
  it.each([
    ["the nearest key", "routez: []\n", "did you mean routes?"],
    ["where the key belongs", `timeout: 10s\n${serviceFile("x")}`, /^it belongs into routes\[\]/],
    ["the keys there are", `colour: red\n${serviceFile("x")}`, /^known here: namespace, service, team/],
    ["quotes", `${serviceFile("x")}team: 10\n`, 'put it in quotes: "10"'],
    ["as it is written", `${serviceFile("x")}team: 1.30\n`, 'put it in quotes: "1.30"'],
    [
      "no quotes",
      `${serviceFile("x")}    traffic: [{ service: x, weight: "100" }]\n`,
      "write it without quotes: 100",
    ],
    ["a unit", `${serviceFile("x")}    timeout: 10\n`, "write it as in 10s"],
    ["true", `${serviceFile("x")}        ignoreCase: on\n`, "on is text in YAML 1.2: write true"],
    ["a list", `${serviceFile("x")}yieldsTo: y\n`, "write a list: [y]"],
    ["the nearest method", `${serviceFile("x")}        method: [GETT]\n`, "did you mean GET?"],
    [
      "the nearest condition",
      `${serviceFile("x")}    retries: { attempts: 1, retryOn: [gateway-errors] }\n`,
      "did you mean gateway-error?",
    ],
    ["the nearest value", `${serviceFile("x")}    redirect: { scheme: htps }\n`, /^did you mean https?\?$/],
    [
      "what is missing of 100",
      `${serviceFile("x")}    traffic: [{ service: x, weight: 90 }]\n`,
      /10 are missing/,
    ],
  ])("%s", async (_name, content, fix) => {
    const { problems } = await loadStack(alpha({ "x.yaml": content }), "test");
    expect(problems[0]?.fix).toEqual(typeof fix === "string" ? fix : expect.stringMatching(fix));
  });
});

describe("all problems come at once", () => {
  it("of one file, shape and meaning alike", async () => {
    const text = [
      "namspace: faas-alpha",
      "team: [a]",
      "routes:",
      "  - match:",
      "      - prefx: /faas/api/x/",
      "      - prefix: /outside/",
      "      - { prefix: /faas/api/x/, method: [PSOT] }",
      "    timeout: 10",
      "    retries: { attempts: 0, perTryTimeout: 2s }",
      "    traffic:",
      "      - { service: x, weight: 50 }",
      "      - { service: y, weight: 40 }",
      "  - match: []",
      "    rewrite: { uri: v1 }",
    ].join("\n");
    expect(await found(alpha({ "x.yaml": text }))).toEqual(
      [
        "1 unknown-key",
        "2 wrong-type",
        "5 unknown-key",
        "6 path-outside-root",
        "7 invalid-method",
        "8 wrong-type",
        "9 invalid-retries",
        "10 weights-not-100",
        "13 too-few",
        "14 invalid-rewrite",
      ].map((problem) => `stacks/test/alpha/x.yaml:${problem}`),
    );
  });

  it("of a whole stack, sorted, with what is right still loaded", async () => {
    const cwd = folder({
      "Pulumi.test.yaml": stackFile.replace("minReplicas", "").replace("context: test", "contxt: test"),
      "stacks/test/alpha/a.yaml": "",
      "stacks/test/alpha/b.yaml": serviceFile("b"),
      "stacks/test/alpha/c.yaml": "\tc",
      "stacks/test/beta/d.yaml": serviceFile("d").replace("/faas", "/fass"),
      "stacks/test/paths.yaml": "paths: [{ prefix: /x/ }]",
      "stacks/test/accepted.yaml": "acepted: []",
    });
    const { problems } = await loadStack(cwd, "test");
    expect(problems).toEqual([...problems].sort(compareProblems));
    expect(problems.map(({ location, code }) => `${location?.file ?? ""} ${code}`)).toEqual([
      "Pulumi.test.yaml unknown-key",
      "stacks/test/accepted.yaml unknown-key",
      "stacks/test/alpha/a.yaml file-empty",
      "stacks/test/alpha/c.yaml yaml-tab",
      "stacks/test/beta/d.yaml path-outside-root",
      "stacks/test/paths.yaml exactly-one",
      "stacks/test/paths.yaml path-outside-root",
    ]);
  });

  it("and what is right is loaded beside them", async () => {
    const { stack, problems } = await loadStack(
      alpha({ "bad.yaml": "", "good.yaml": serviceFile("x") }),
      "test",
    );
    expect(hasErrors(problems)).toBe(true);
    expect(stack?.services.map(({ name }) => name)).toEqual(["good"]);
  });

  it("and what is loaded refers to nothing that is not", async () => {
    const cwd = folder({
      "Pulumi.test.yaml": stackFile.replace("beta: {}", "beta: { fallback: bad }"),
      "stacks/test/beta/bad.yaml": "",
      "stacks/test/beta/good.yaml": `yieldsTo: [bad]\n${serviceFile("x")}`,
    });
    const { stack, problems } = await loadStack(cwd, "test");
    expect(problems.map(({ code }) => code)).toEqual(["file-empty"]);
    expect(stack?.environments).toEqual([{ name: "alpha" }, { name: "beta" }]);
    expect(stack?.services[0]?.yieldsTo).toEqual([]);
  });
});

describe("names across files", () => {
  it("two files for one Knative service: both are named", async () => {
    const cwd = alpha({ "a.yaml": serviceFile("a"), "b.yaml": `service: a\n${serviceFile("b")}` });
    const { stack, problems } = await loadStack(cwd, "test");
    expect(problems).toEqual([
      expect.objectContaining({
        code: "duplicate-service",
        severity: "error",
        services: ["a", "b"],
        environment: "alpha",
        location: { file: "stacks/test/alpha/b.yaml", line: 1, column: 1 },
        related: [{ file: "stacks/test/alpha/a.yaml", line: 1, column: 1 }],
        message: expect.stringContaining("stacks/test/alpha/a.yaml"),
      }),
    ]);
    expect(stack?.services.map(({ name }) => name)).toEqual(["a"]);
  });

  it("even if both files are wrong otherwise", async () => {
    const cwd = alpha({ "a.yaml": "routes: 1", "b.yaml": "service: a\nroutes: 2" });
    expect(await found(cwd)).toEqual([
      "stacks/test/alpha/a.yaml:1 wrong-type",
      "stacks/test/alpha/b.yaml:1 duplicate-service",
      "stacks/test/alpha/b.yaml:2 wrong-type",
    ]);
  });

  it("two services whose VirtualServices would have one name", async () => {
    const cwd = alpha({
      "x.yaml": `namespace: a\nservice: b-ns-c\n${serviceFile("x")}`,
      "y.yaml": `namespace: a-ns-b\nservice: c\n${serviceFile("y")}`,
    });
    const { problems } = await loadStack(cwd, "test");
    expect(problems).toEqual([
      expect.objectContaining({
        code: "name-collision",
        message: expect.stringMatching(/a-ns-b\/c and a\/b-ns-c .* a-ns-b-ns-c-ksvc-virtualservice/),
      }),
    ]);
  });

  it("one service in two environments has one VirtualService as well", async () => {
    const cwd = folder({
      "Pulumi.test.yaml": stackFile,
      "stacks/test/alpha/a.yaml": `namespace: shared\n${serviceFile("a")}`,
      "stacks/test/beta/a.yaml": `namespace: shared\n${serviceFile("a")}`,
    });
    expect(await found(cwd)).toEqual(["stacks/test/beta/a.yaml:1 duplicate-service"]);
  });

  it.each(["Upper.yaml", "under_score.yaml", "-a.yaml", "a b.yaml", "ä.yaml"])(
    "a file's name that Kubernetes refuses: %s",
    async (name) => {
      expect(await found(alpha({ [name]: serviceFile("x") }))).toEqual([
        `stacks/test/alpha/${name}:1 invalid-name`,
      ]);
    },
  );
});

describe("folders of service files", () => {
  it("later ones replace files of the same name, and only those", async () => {
    const cwd = folder({
      "Pulumi.test.yaml": stackFile.replace("[stacks/test]", "[stacks/base, stacks/test/]"),
      "stacks/base/alpha/a.yaml": "broken: [",
      "stacks/base/alpha/b.yaml": serviceFile("b"),
      "stacks/base/beta/a.yaml": serviceFile("beta"),
      "stacks/base/paths.yaml": "broken: [",
      "stacks/test/alpha/a.yaml": serviceFile("new"),
      "stacks/test/paths.yaml": "paths: []",
    });
    const { stack, problems } = await loadStack(cwd, "test");
    expect(problems).toEqual([]);
    expect(stack?.services.map(({ location }) => location.file)).toEqual([
      "stacks/test/alpha/a.yaml",
      "stacks/base/alpha/b.yaml",
      "stacks/base/beta/a.yaml",
    ]);
  });

  it("what looks like a service file but is none is a problem", async () => {
    const cwd = folder({
      "Pulumi.test.yaml": stackFile,
      "stacks/test/alpha/a.yml": serviceFile("a"),
      "stacks/test/alpha/b.json": "{}",
      "stacks/test/alpha/c.YAML": serviceFile("c"),
      "stacks/test/alpha/nested/d.yaml": serviceFile("d"),
      "stacks/test/path.yaml": "paths: []",
      "stacks/test/e.yaml": serviceFile("e"),
    });
    expect(await found(cwd)).toEqual([
      "stacks/test/alpha/a.yml:? file-ending",
      "stacks/test/alpha/b.json:? file-ending",
      "stacks/test/alpha/c.YAML:? file-ending",
      "stacks/test/alpha/nested:? nested-folder",
      "stacks/test/e.yaml:? stray-file",
      "stacks/test/path.yaml:? stray-file",
    ]);
  });

  it("other files are nobody's business", async () => {
    const cwd = alpha({ "README.md": "#", ".gitkeep": "", ".hidden.yaml": "[", "a.yaml~": "[", OWNERS: "" });
    expect(await found(cwd)).toEqual([]);
  });

  it("of an environment that the stack does not have are a warning with the nearest name", async () => {
    const cwd = folder({ "Pulumi.test.yaml": stackFile, "stacks/test/aplha/a.yaml": "[" });
    const { stack, problems } = await loadStack(cwd, "test");
    expect(problems).toEqual([
      expect.objectContaining({
        code: "unknown-environment",
        severity: "warning",
        fix: "did you mean alpha?",
      }),
    ]);
    expect(stack?.services).toEqual([]);
  });

  it("links are followed inside the working folder and refused outside", async () => {
    const cwd = folder({
      "Pulumi.test.yaml": stackFile,
      "shared/a.yaml": serviceFile("a"),
      "stacks/test/x": "",
    });
    mkdirSync(join(cwd, "stacks/test/alpha"));
    symlinkSync("../../../shared/a.yaml", join(cwd, "stacks/test/alpha/inside.yaml"));
    symlinkSync("/etc/hosts", join(cwd, "stacks/test/alpha/outside.yaml"));
    symlinkSync("nowhere.yaml", join(cwd, "stacks/test/alpha/broken.yaml"));
    symlinkSync("/etc", join(cwd, "stacks/test/beta"));
    expect(await found(cwd)).toEqual([
      "stacks/test/alpha/broken.yaml:? broken-link",
      "stacks/test/alpha/outside.yaml:? link-outside",
      "stacks/test/beta:? link-outside",
    ]);
  });

  it.each(["../elsewhere", "/etc", "stacks/../../elsewhere"])("may not lie outside: %s", async (services) => {
    const cwd = folder({ "Pulumi.test.yaml": stackFile.replace("stacks/test", services) });
    expect(await found(cwd)).toEqual(["Pulumi.test.yaml:5 folder-outside"]);
  });
});

describe("a stack's config that is wrong is a problem:", () => {
  it.each<[string, string, string, [number, string][]]>([
    ["an unknown key", "kfaas:pathRoot", "kfaas:pathroot", [[4, "unknown-key"]]],
    [
      "a key without a namespace",
      "kfaas:pathRoot",
      "pathRoot",
      [
        [1, "missing-key"],
        [4, "unknown-key"],
      ],
    ],
    ["a version as a number", '"1.31"', "1.30", [[3, "wrong-type"]]],
    ["a version with three parts", '"1.31"', '"1.31.2"', [[3, "invalid-version"]]],
    ["a root without slashes", "/faas/api/", "faas/api", [[4, "invalid-path-root"]]],
    ["a root with an empty segment", "/faas/api/", "/faas//api/", [[4, "invalid-path-root"]]],
    ["a root with dots", "/faas/api/", "/faas/../api/", [[4, "invalid-path-root"]]],
    ["a root with a blank", "/faas/api/", '"/faas api/"', [[4, "path-never-matches"]]],
    ["yes for true", "kfaas:pathRoot:", "kfaas:production: yes\n  kfaas:pathRoot:", [[4, "wrong-type"]]],
    ["no environment", "{ alpha: {}, beta: {} }", "{}", [[6, "too-few"]]],
    ["an environment without a value", "beta: {}", "beta: ", [[6, "wrong-type"]]],
    ["an environment that Kubernetes refuses", "beta: {}", "Beta: {}", [[6, "invalid-name"]]],
    ["an environment too long for its host", "beta: {}", `${"b".repeat(46)}: {}`, [[6, "name-too-long"]]],
    ["a fallback that is not there", "beta: {}", "beta: { fallback: x }", [[6, "unknown-service"]]],
    ["a mode that does not exist", "mode: managed", "mode: manged", [[8, "invalid-value"]]],
    [
      "more replicas at least than at most",
      "mode: managed",
      "mode: managed, minReplicas: 5, maxReplicas: 4",
      [[8, "invalid-autoscaling"]],
    ],
    ["no replicas", "mode: managed", "mode: managed, minReplicas: 0", [[8, "invalid-autoscaling"]]],
    ["half a replica", "mode: managed", "mode: managed, minReplicas: 1.5", [[8, "invalid-autoscaling"]]],
    [
      "an existing gateway with replicas",
      "mode: existing",
      "mode: existing, minReplicas: 2",
      [[9, "existing-gateway"]],
    ],
    [
      "an existing gateway with a connection pool",
      "mode: managed",
      "mode: existing, connectionPool: { maxRequests: 1 }",
      [[8, "existing-gateway"]],
    ],
    [
      "a connection pool that limits nothing",
      "mode: managed",
      "mode: managed, connectionPool: {}",
      [[8, "at-least-one"]],
    ],
    [
      "a connection pool with 0, which Istio takes for no limit, and with a duration that Istio refuses",
      "mode: managed",
      "mode: managed, connectionPool: { maxRequests: 0, idleTimeout: 0s }",
      [
        [8, "invalid-limit"],
        [8, "invalid-duration"],
      ],
    ],
    [
      "outlier detection that counts nothing",
      "mode: managed",
      "mode: managed, outlierDetection: { interval: 5s }",
      [[8, "at-least-one"]],
    ],
    [
      "outlier detection of more than all pods",
      "mode: managed",
      "mode: managed, outlierDetection: { consecutive5xxErrors: 5, maxEjectionPercent: 101 }",
      [[8, "invalid-limit"]],
    ],
    [
      "a connection pool of Knative's own gateway, which our rule would take its own TLS settings from",
      "mode: existing",
      "mode: managed, connectionPool: { maxRequests: 1 }",
      [[9, "unknown-key"]],
    ],
    [
      "an existing gateway with clients",
      "mode: managed",
      "mode: existing, clients: { addresses: [10.0.0.0/8] }",
      [[8, "existing-gateway"]],
    ],
    ["clients without addresses", "mode: managed", "mode: managed, clients: {}", [[8, "missing-key"]]],
    ["no addresses", "mode: managed", "mode: managed, clients: { addresses: [] }", [[8, "too-few"]]],
    [
      "clients that are everybody",
      "mode: managed",
      "mode: managed, clients: { addresses: [0.0.0.0/0] }",
      [[8, "open-to-everybody"]],
    ],
    [
      "clients with a certificate of nobody's authority",
      "mode: managed",
      "mode: managed, clients: { addresses: [10.0.0.0/8], certificate: { mode: mutual, subjectAltNames: [a.b] } }",
      [[8, "missing-key"]],
    ],
    [
      "an exit without an upstream",
      "mode: existing }",
      "mode: existing }\n    exit: { mode: managed }",
      [[10, "missing-key"]],
    ],
    [
      "an upstream that is an address",
      "mode: existing }",
      "mode: existing }\n    exit: { mode: managed, upstream: { host: 10.0.0.1, port: 80 } }",
      [[10, "invalid-host"]],
    ],
    [
      "an upstream with a scheme",
      "mode: existing }",
      'mode: existing }\n    exit: { mode: managed, upstream: { host: "http://a.b", port: 80 } }',
      [[10, "invalid-host"]],
    ],
    [
      "a port that is none",
      "mode: existing }",
      "mode: existing }\n    exit: { mode: managed, upstream: { host: a.b, port: 65536 } }",
      [[10, "invalid-port"]],
    ],
    [
      "an exit that allows a namespace in plain HTTP",
      "mode: existing }",
      "mode: existing }\n    exit:\n      mode: managed\n      upstream: { host: a.b, port: 80 }\n      allow:\n        - namespaces: [a]",
      [[14, "identity-needs-mutual-tls"]],
    ],
    [
      "an exit with a key that is mistyped",
      "mode: existing }",
      "mode: existing }\n    exit: { mode: image, image: a:1, port: 8080, egres: [{ namespace: a }] }",
      [
        [10, "missing-key"],
        [10, "unknown-key"],
      ],
    ],
    [
      "an existing exit",
      "mode: existing }",
      "mode: existing }\n    exit: { mode: existing, upstream: { host: a.b, port: 80 } }",
      [[10, "invalid-value"]],
    ],
    ["a cluster that Kubernetes refuses", "name: test", "name: Test Cluster", [[2, "invalid-name"]]],
    ["an empty context", "context: test", 'context: ""', [[2, "invalid-name"]]],
    ["broken YAML", "context: test }", "context: test", [[3, "yaml-syntax"]]],
    ["no config", "config:", "konfig:", [[1, "missing-key"]]],
  ])("%s", async (_name, before, after, expected) => {
    expect(stackFile).toContain(before);
    const cwd = folder({ "Pulumi.test.yaml": stackFile.replace(before, after), "stacks/test/README.md": "" });
    const { problems } = await loadStack(cwd, "test");
    expect(problems.map(({ location, code }) => [location?.line, code])).toEqual(expected);
    for (const problem of problems) {
      expect(problem.fix).toMatch(/\w/);
      expect(problem.location?.file).toBe("Pulumi.test.yaml");
    }
  });

  it("keys of Pulumi's own are left to Pulumi", async () => {
    const text = stackFile.replace(
      "config:",
      "encryptionsalt: v1:x\nconfig:\n  pulumi:disable-default-providers: [kubernetes]\n  aws:region: x",
    );
    expect(await found(folder({ "Pulumi.test.yaml": text, "stacks/test/README.md": "" }))).toEqual([]);
  });
});

describe("ownership files", () => {
  const read = async (paths: string, accepted: string) =>
    loadStack(
      folder({
        "Pulumi.test.yaml": stackFile,
        "stacks/test/paths.yaml": paths,
        "stacks/test/accepted.yaml": accepted,
      }),
      "test",
    );

  it("become claims and accepted overlaps", async () => {
    const { stack, problems } = await read(
      "paths:\n  - { prefix: /faas/api/saas/, team: showroom }\n  - { prefix: /faas/api/legacy/, reserved: Java }\n",
      "accepted:\n  - { environment: alpha, services: [a, b], winner: a, reason: b retires, expires: 2027-01-31 }\n",
    );
    expect(problems).toEqual([]);
    expect(stack?.pathClaims).toEqual([
      {
        kind: "team",
        prefix: "/faas/api/saas/",
        team: "showroom",
        location: { file: "stacks/test/paths.yaml", line: 2, column: 5 },
      },
      {
        kind: "reserved",
        prefix: "/faas/api/legacy/",
        reason: "Java",
        location: { file: "stacks/test/paths.yaml", line: 3, column: 5 },
      },
    ]);
    expect(stack?.accepted).toEqual([
      {
        environment: "alpha",
        services: ["a", "b"],
        winner: "a",
        reason: "b retires",
        expires: "2027-01-31",
        location: { file: "stacks/test/accepted.yaml", line: 2, column: 5 },
      },
    ]);
  });

  it.each([
    ["team and reservation", "{ prefix: /faas/api/x/, team: a, reserved: b }", "exactly-one"],
    ["neither", "{ prefix: /faas/api/x/ }", "exactly-one"],
    ["outside the root", "{ prefix: /x/, team: a }", "path-outside-root"],
    ["a team that is no label", '{ prefix: /faas/api/x/, team: "a b" }', "invalid-name"],
    ["an unknown key", "{ prefix: /faas/api/x/, team: a, owner: b }", "unknown-key"],
  ])("a claim with %s", async (_name, claim, code) => {
    const { problems } = await read(`paths:\n  - ${claim}\n`, "accepted: []");
    expect(problems.map((problem) => [problem.code, problem.location?.line])).toEqual([[code, 2]]);
  });

  it("a prefix claimed twice", async () => {
    const { problems } = await read(
      "paths:\n  - { prefix: /faas/api/x/, team: a }\n  - { prefix: /faas/api/x/, team: b }\n",
      "accepted: []",
    );
    expect(problems.map((problem) => [problem.code, problem.location?.line])).toEqual([
      ["duplicate-claim", 3],
    ]);
  });

  it.each([
    ["a winner that is not one of the two", "[a, b]", "c", "x", "2027-01-31", 1],
    ["one service", "[a]", "a", "x", "2027-01-31", 1],
    ["a service with itself", "[a, a]", "a", "x", "2027-01-31", 1],
    ["an empty reason", "[a, b]", "a", '" "', "2027-01-31", 1],
    ["a day that the calendar does not have", "[a, b]", "a", "x", "2027-02-30", 1],
    ["a day written otherwise", "[a, b]", "a", "x", "31.1.2027", 1],
    ["everything wrong", "[a]", "c", '""', "soon", 4],
  ])("an accepted overlap with %s", async (_name, services, winner, reason, expires, count) => {
    const entry = `{ environment: alpha, services: ${services}, winner: ${winner}, reason: ${reason}, expires: ${expires} }`;
    const { problems } = await read("paths: []", `accepted:\n  - ${entry}\n`);
    expect(problems.map(({ code }) => code)).toEqual(Array(count).fill("invalid-accepted"));
  });

  const readClusters = async (entry: string) =>
    loadStack(
      folder({
        "Pulumi.test.yaml": stackFile,
        "stacks/test/clusters.yaml": `differences:\n  - ${entry}\n`,
      }),
      "test",
    );

  it("become differences between clusters", async () => {
    const { stack, problems } = await readClusters(
      "{ environment: alpha, services: [a], clusters: [east, west], reason: law, expires: 2027-01-31 }",
    );
    expect(problems).toEqual([]);
    expect(stack?.differences).toEqual([
      {
        environment: "alpha",
        services: ["a"],
        clusters: ["east", "west"],
        reason: "law",
        expires: "2027-01-31",
        location: { file: "stacks/test/clusters.yaml", line: 2, column: 5 },
      },
    ]);
  });

  it.each([
    ["no service", "services: [], clusters: [x], reason: x, expires: 2027-01-31"],
    ["a service twice", "services: [a, b, a], clusters: [x], reason: x, expires: 2027-01-31"],
    ["no cluster", "services: [a], clusters: [], reason: x, expires: 2027-01-31"],
    ["an empty reason", 'services: [a], clusters: [x], reason: " ", expires: 2027-01-31'],
    ["no day", "services: [a], clusters: [x], reason: x, expires: never"],
  ])("a difference with %s", async (_name, keys) => {
    const { stack, problems } = await readClusters(`{ environment: alpha, ${keys} }`);
    expect(problems.map(({ code, location }) => [code, location?.line])).toEqual([["invalid-difference", 2]]);
    expect(stack?.differences).toEqual([]);
  });

  it("a difference that misses what an entry needs", async () => {
    const { problems } = await readClusters("{ environment: alpha, services: [a], cluster: [x] }");
    expect(problems.map(({ code }) => code).sort()).toEqual(["missing-key", "missing-key", "unknown-key"]);
  });
});

describe("what is not there is wrong usage", () => {
  it.each<[string, () => string, string, RegExp]>([
    ["the working folder", () => "/does/not/exist", "test", /no folder \/does\/not\/exist/],
    ["the stack", () => alpha({ "a.yaml": "" }), "tset", /no stack "tset".*did you mean test\?/],
    ["a stack whose name leads elsewhere", () => alpha({ "a.yaml": "" }), "../x", /no stack/],
    [
      "the folder of service files",
      () => folder({ "Pulumi.test.yaml": stackFile, "stacks/tests/x": "" }),
      "test",
      /no folder stacks\/test .*did you mean stacks\/tests\?/,
    ],
    [
      "a folder below a file",
      () => folder({ "Pulumi.test.yaml": stackFile, stacks: "" }),
      "test",
      /no folder stacks\/test/,
    ],
  ])("%s", async (_name, cwd, stack, message) => {
    const loading = loadStack(cwd(), stack);
    await expect(loading).rejects.toThrow(UsageError);
    await expect(loading).rejects.toThrow(message);
  });
});

describe("values from Pulumi", () => {
  const values = (text: string) => {
    const { config } = parseYaml("", text).document?.value as { config: Record<string, unknown> };
    return Object.fromEntries(
      Object.entries(config).map(([key, value]) => [
        key,
        typeof value === "string" ? value : JSON.stringify(value),
      ]),
    );
  };

  it.each(["test", "prerelease", "prod", "prod-eu"])("give the same stack as the file: %s", async (name) => {
    const text = readFileSync(join(repository, `Pulumi.${name}.yaml`), "utf8");
    expect(await loadStackFromValues(repository, name, values(text))).toEqual(
      await loadStack(repository, name),
    );
  });

  it("may come as a map", async () => {
    const cwd = alpha({ "a.yaml": serviceFile("a") });
    const fromMap = await loadStackFromValues(cwd, "test", new Map(Object.entries(values(stackFile))));
    expect(fromMap).toEqual(await loadStack(cwd, "test"));
  });

  it("have the file's lines where the file says the same, and none where it does not", async () => {
    const broken = stackFile.replace("/faas/api/", "faas").replace("name: test", "name: Test");
    const cwd = folder({ "Pulumi.test.yaml": broken, "stacks/test/README.md": "" });
    const { problems } = await loadStackFromValues(cwd, "test", {
      ...values(broken),
      "kfaas:pathRoot": "api",
    });
    expect(problems.map(({ code, location }) => [code, location])).toEqual([
      ["invalid-path-root", { file: "Pulumi.test.yaml" }],
      ["invalid-name", { file: "Pulumi.test.yaml", line: 2, column: 26 }],
    ]);
  });

  it("need no file at all", async () => {
    const cwd = folder({ "stacks/test/alpha/a.yaml": serviceFile("a") });
    const { stack, problems } = await loadStackFromValues(cwd, "test", values(stackFile));
    expect(problems).toEqual([]);
    expect(stack?.services).toHaveLength(1);
  });

  it("that are missing altogether are a problem", async () => {
    const { stack, problems } = await loadStackFromValues(folder({}), "test", {});
    expect(stack).toBeUndefined();
    expect(problems.map(({ code }) => code)).toEqual(Array(6).fill("missing-key"));
  });
});
