import { describe, expect, it } from "@jest/globals";
import { defaultLintLevels, type LintCode, lintCodes, lintLevels } from "../../../core/lint/lint-level.ts";
import { lintStack } from "../../../core/lint/lint-stack.ts";
import { planStack } from "../../../core/plan-stack.ts";
import type { Problem } from "../../../core/problem.ts";
import { proveStack } from "../../../core/route/prove.ts";
import type {
  ForwardAction,
  Retries,
  Rewrite,
  Route,
  RouteAction,
  RouteMatch,
} from "../../../core/service.ts";
import type { Stack } from "../../../core/stack.ts";
import { aForward, anEnvironment, aRoute, aService, aStack, versions } from "../../support/builders.ts";
import { exact, match, prefix, regex } from "../route/arbitrary-match.ts";

const today = "2026-11-23";

/** Rules of each service of environment alpha. */
type Services = Readonly<Record<string, readonly Route[]>>;

function aStackOf(services: Services, changes: Partial<Stack> = {}): Stack {
  return aStack({
    pathRoot: "/x/",
    services: Object.entries(services).map(([name, routes]) => {
      const file = `stacks/test/alpha/${name}.yaml`;
      return aService({
        name,
        routes: routes.map((route) => ({
          ...route,
          matches: route.matches.map((each) => ({ ...each, location: { file, line: 3 } })),
          location: { file, line: 2 },
        })),
      });
    }),
    ...changes,
  });
}

const to = (action: RouteAction, ...matches: RouteMatch[]): Route => aRoute({ matches, action });
const rule = (...matches: RouteMatch[]): Route => to(aForward(), ...matches);

/** What one lint says, all others being off. */
function found(code: LintCode, services: Services, changes: Partial<Stack> = {}): Problem[] {
  const off = Object.fromEntries(lintCodes.map((each) => [each, "off"])) as Record<LintCode, "off">;
  const stack = aStackOf(services, { lints: { ...off, [code]: "warning" }, ...changes });
  return lintStack(proveStack(stack, { today }));
}

/** A table of services with what the lint's messages must hold; an empty list means silence. */
type Cases = [what: string, services: Services, expected: string[], changes?: Partial<Stack>][];

function specify(code: LintCode, cases: Cases): void {
  // A rest parameter: Jest would take an optional fourth for its callback.
  it.each(cases)("%s", (...[, services, expected, changes]: Cases[number]) => {
    const problems = found(code, services, changes);
    expect(problems.map((problem) => problem.code)).toEqual(expected.map(() => code));
    problems.forEach(({ message }, index) => {
      expect(message).toContain(expected[index]);
    });
  });
}

describe("prefix-without-slash", () => {
  const show = [rule(match(prefix("/x/show")))];
  const get = { methods: ["GET"] };
  specify("prefix-without-slash", [
    [
      "the bare path of a sibling",
      { a: show, b: [rule(match(prefix("/x/showroom/")))] },
      ["gets /x/showroom beside b"],
    ],
    [
      "of a regex's sibling",
      { a: show, b: [rule(match(regex("/x/showroom/[0-9]+")))] },
      ["gets /x/showroom beside b"],
    ],
    [
      "of an exact path below it",
      { a: show, b: [rule(match(exact("/x/showroom/list")))] },
      ["gets /x/showroom beside b"],
    ],
    [
      "of another rule of the file",
      { a: [...show, rule(match(prefix("/x/showroom/")))] },
      ["gets /x/showroom beside a"],
    ],
    [
      "of a sibling for one method",
      { a: show, b: [rule(match(prefix("/x/showroom/"), get))] },
      ["gets /x/showroom"],
    ],
    [
      "whatever the case",
      { a: [rule(match(prefix("/x/Show", true)))], b: [rule(match(prefix("/x/showroom/")))] },
      ["gets /x/showroom"],
    ],
    [
      "every sibling in one finding",
      { a: show, b: [rule(match(prefix("/x/showroom/")))], c: [rule(match(prefix("/x/shows/")))] },
      ["gets /x/showroom beside b"],
    ],

    ["no neighbour", { a: show }, []],
    ["a neighbour that begins otherwise", { a: show, b: [rule(match(prefix("/x/sho/")))] }, []],
    [
      "a prefix with its slash",
      { a: [rule(match(prefix("/x/show/")))], b: [rule(match(prefix("/x/showroom/")))] },
      [],
    ],
    ["something below it", { a: show, b: [rule(match(prefix("/x/show/room/")))] }, []],
    [
      "a sibling that has its bare path",
      { a: show, b: [rule(match(exact("/x/showroom")), match(prefix("/x/showroom/")))] },
      [],
    ],
    [
      "a sibling whose bare path a third has",
      { a: show, b: [rule(match(prefix("/x/showroom/")))], c: [rule(match(exact("/x/showroom")))] },
      [],
    ],
    [
      "a sibling whose bare path a regex has",
      { a: show, b: [rule(match(prefix("/x/showroom/")))], c: [rule(match(regex("/x/show[a-z]{4}")))] },
      [],
    ],
    ["a sibling that is a string prefix itself", { a: show, b: [rule(match(prefix("/x/showroom")))] }, []],
    ["a sibling that is one path", { a: show, b: [rule(match(exact("/x/showroom")))] }, []],
    ["alternatives of one rule", { a: [rule(match(prefix("/x/show")), match(prefix("/x/showroom/")))] }, []],
    [
      "a prefix that ends with a sign",
      { a: [rule(match(prefix("/x/model-")))], b: [rule(match(prefix("/x/model-a/")))] },
      [],
    ],
    [
      "methods apart",
      {
        a: [rule(match(prefix("/x/show"), get))],
        b: [rule(match(prefix("/x/showroom/"), { methods: ["POST"] }))],
      },
      [],
    ],
    [
      "a fallback",
      { a: [rule(match(exact("/x/a")))], b: [rule(match(prefix("/x/b/")))] },
      [],
      { environments: [anEnvironment({ fallback: "a" })] },
    ],
  ]);

  it("names both services and both places", () => {
    const [problem] = found("prefix-without-slash", { a: show, b: [rule(match(prefix("/x/showroom/")))] });
    expect(problem).toMatchObject({
      services: ["a", "b"],
      environment: "alpha",
      location: { file: "stacks/test/alpha/a.yaml", line: 3 },
      related: [{ file: "stacks/test/alpha/b.yaml", line: 3 }],
      fix: "write exact: /x/show and prefix: /x/show/",
    });
  });
});

describe("missing-bare-path", () => {
  specify("missing-bare-path", [
    ["a prefix alone", { a: [rule(match(prefix("/x/a/")))] }, ["nobody answers /x/a,"]],
    [
      "once for several matches",
      { a: [rule(match(prefix("/x/a/"))), rule(match(prefix("/x/a/"), { methods: ["GET"] }))] },
      ["/x/a"],
    ],
    [
      "others answer elsewhere",
      { a: [rule(match(prefix("/x/a/")))], b: [rule(match(regex("/x/[b-z]")))] },
      ["/x/a"],
    ],

    ["an exact match", { a: [rule(match(exact("/x/a")), match(prefix("/x/a/")))] }, []],
    [
      "another service's exact match",
      { a: [rule(match(prefix("/x/a/")))], b: [rule(match(exact("/x/A", true)))] },
      [],
    ],
    ["a regex", { a: [rule(match(prefix("/x/a/")))], b: [rule(match(regex("/x/[a-z]")))] }, []],
    ["a prefix above", { a: [rule(match(prefix("/x/a/")))], b: [rule(match(prefix("/x/")))] }, []],
    [
      "a fallback",
      { a: [rule(match(prefix("/x/a/")))] },
      [],
      { environments: [anEnvironment({ fallback: "a" })] },
    ],
    ["the path root itself", { a: [rule(match(prefix("/x/")))] }, []],
    ["no prefix", { a: [rule(match(exact("/x/a/")), match(regex("/x/b/.*")), match(prefix("/x/c")))] }, []],
  ]);
});

describe("double-slash-after-rewrite", () => {
  const rewritten = (uri: string, ...matches: RouteMatch[]) =>
    to(aForward("a", { rewrite: { kind: "uri", uri } }), ...matches);
  const byRegex: Rewrite = { kind: "regex", match: "^/x/common", replace: "/" };
  specify("double-slash-after-rewrite", [
    [
      "a prefix without, a rewrite with slash",
      { a: [rewritten("/", match(prefix("/x/common")))] },
      ["/x/common/x on as //x"],
    ],
    [
      "a longer rewrite",
      { a: [rewritten("/v1/", match(prefix("/x/common")))] },
      ["/x/common/x on as /v1//x"],
    ],
    [
      "a prefix with, a rewrite without slash",
      { a: [rewritten("/v1", match(prefix("/x/common/")))] },
      ["/x/common/x on as /v1x"],
    ],
    [
      "only a part is taken before it",
      { a: [rewritten("/", match(prefix("/x/common/"), { methods: ["GET"] }), match(prefix("/x/common")))] },
      ["/x/common/x on as //x"],
    ],

    ["both with", { a: [rewritten("/", match(prefix("/x/common/")))] }, []],
    ["both without", { a: [rewritten("/v1", match(prefix("/x/common")))] }, []],
    [
      "what is below is taken before",
      { a: [rewritten("/", match(prefix("/x/common/")), match(prefix("/x/common")))] },
      [],
    ],
    [
      "by another service",
      { a: [rewritten("/", match(prefix("/x/common")))], b: [rule(match(prefix("/x/common/")))] },
      [],
    ],
    ["an exact path, which is replaced as a whole", { a: [rewritten("/", match(exact("/x/common")))] }, []],
    ["a regex, which is replaced as a whole", { a: [rewritten("/", match(regex("/x/common.*")))] }, []],
    ["a rewrite that ends with a sign", { a: [rewritten("/v1/item-", match(prefix("/x/items/")))] }, []],
    ["a rewrite by regex", { a: [to(aForward("a", { rewrite: byRegex }), match(prefix("/x/common")))] }, []],
    ["no rewrite", { a: [rule(match(prefix("/x/common")))] }, []],
  ]);
});

describe("regex-unescaped-dot", () => {
  const path = (pattern: string) => ({ a: [rule(match(regex(pattern)))] });
  const origin = (pattern: string): ForwardAction =>
    aForward("a", { cors: { allowOrigins: [{ kind: "regex", value: pattern }] } });
  specify("regex-unescaped-dot", [
    [
      "a file's ending",
      path("/x/thumbnail.png"),
      ['its path stands for any character, so that it also matches "/x/thumbnail'],
    ],
    ["an ending behind a class", path("/x/[a-z]+.json"), ["also matches"]],
    ["alternative endings", path("/x/a.(png|webp)"), ["also matches"]],
    ["a version", path(String.raw`/x/v\d.\d/`), ["also matches"]],
    ["a second dot that is escaped", path(String.raw`/x/a.b\.c`), ["also matches"]],
    [
      "an escaped backslash before it",
      { a: [rule(match(prefix("/x/"), { headers: { h: { kind: "regex", value: String.raw`a\\b.c` } } }))] },
      ["its header h"],
    ],
    [
      "a query parameter",
      { a: [rule(match(prefix("/x/"), { queryParams: { q: { kind: "regex", value: "a.b" } } }))] },
      ["its query parameter q"],
    ],
    [
      "CORS origins",
      { a: [to(origin("https://[a-z]+.example.com"), match(prefix("/x/")))] },
      ["its CORS origins"],
    ],

    ["escaped", path(String.raw`/x/thumbnail\.png`), []],
    ["in a class", path("/x/a[.]b"), []],
    ["in a class with others", path("/x/a[b.c]d"), []],
    ["quoted", path(String.raw`/x/\Qa.b\E`), []],
    ["repeated", path("/x/a.*b/a.+b/a.?b/a.{3}b"), []],
    ["a segment of one character", path("/x/./a"), []],
    ["several", path("/x/a..b"), []],
    ["said to be any", path("/x/a(?:.)b"), []],
    ["at the end", path("/x/a."), []],
    ["where anything is matched anyway", path("/x/(a.b|.*)"), []],
    ["no regex", { a: [rule(match(prefix("/x/a.b")))] }, []],
    [
      "a rewrite, which is not matched against the whole",
      {
        a: [
          to(
            aForward("a", { rewrite: { kind: "regex", match: "/x/a.b", replace: "/" } }),
            match(prefix("/x/")),
          ),
        ],
      },
      [],
    ],
  ]);

  it("says how to write it", () => {
    expect(found("regex-unescaped-dot", path("/x/a.b.c"))[0]?.fix).toContain(String.raw`write /x/a\.b\.c;`);
  });
});

describe("regex-needless-anchor", () => {
  const path = (pattern: string) => ({ a: [rule(match(regex(pattern)))] });
  specify("regex-needless-anchor", [
    ["both anchors", path("^/x/[a-z]+$"), ["says the same as regex /x/[a-z]+:"]],
    ["the first", path("^/x/[a-z]+"), ["regex /x/[a-z]+:"]],
    ["the last", path("/x/[a-z]+$"), ["regex /x/[a-z]+:"]],
    ["a prefix", path("/x/.*"), ["says the same as prefix /x/:"]],
    ["a prefix with anchors", path("^/x/a/.*$"), ["prefix /x/a/:"]],
    ["a prefix with a group", path("/x/a/(.*)"), ["prefix /x/a/:"]],
    ["a prefix with escapes", path(String.raw`/x/a\.b/.*`), ["prefix /x/a.b/:"]],
    [
      "a header",
      { a: [rule(match(prefix("/x/"), { headers: { h: { kind: "regex", value: "^a|b$" } } }))] },
      ["its header h"],
    ],

    ["no anchor", path("/x/[a-z]+"), []],
    ["at least one character", path("/x/.+"), []],
    ["an end that is not all", path("/x/.*/a"), []],
    ["a class before the end", path("/x/[a-z]/.*"), []],
    ["anything but a slash", path("/x/[^/]*"), []],
    ["a dollar sign", path(String.raw`/x/a\$`), []],
    ["a negated class", path("/x/[^a]"), []],
    ["ignoring case", path("(?i)/x/a/.*"), []],
    [
      "a rewrite, where anchors count",
      {
        a: [
          to(
            aForward("a", { rewrite: { kind: "regex", match: "^/x/(.*)$", replace: "/" } }),
            match(prefix("/x/")),
          ),
        ],
      },
      [],
    ],
  ]);
});

describe("told-apart-by-header", () => {
  const tenant = (value: string, path = "/x/", header = "x-tenant") =>
    match(prefix(path), { headers: { [header]: { kind: "exact", value } } });
  const both = (a: RouteMatch, b: RouteMatch): Services => ({ a: [rule(a)], b: [rule(b)] });
  specify("told-apart-by-header", [
    [
      "one path, two values",
      both(tenant("acme"), tenant("other")),
      [
        'only the value of header x-tenant tells a and b apart: a request with both "x-tenant: acme" and "x-tenant: other"',
      ],
    ],
    ["paths that meet", both(tenant("acme"), tenant("other", "/x/y/")), ["header x-tenant"]],
    [
      "several matches of the same two services, once",
      {
        a: [rule(tenant("acme"), tenant("acme", "/x/y/"))],
        b: [rule(tenant("other"), tenant("other", "/x/y/"))],
      },
      ["a and b"],
    ],

    ["paths that do not meet", both(tenant("acme", "/x/a/"), tenant("other", "/x/b/")), []],
    [
      "methods that differ",
      both({ ...tenant("acme"), methods: ["GET"] }, { ...tenant("other"), methods: ["PUT"] }),
      [],
    ],
    ["one service", { a: [rule(tenant("acme")), rule(tenant("other"))] }, []],
    [
      "a value that the other takes as well, which precedence settles",
      both(tenant("acme"), match(prefix("/x/"))),
      [],
    ],
    [
      "an Istio whose Envoy joins the values",
      both(tenant("acme"), tenant("other")),
      [],
      { versions: versions({ istio: "1.30" }) },
    ],
  ]);
});

describe("retries-on-two-hops", () => {
  const retrying = (retries: Retries) => ({ a: [to(aForward("a", { retries }), match(prefix("/x/")))] });
  const on = (knative: string, istio = "1.5") => ({ versions: versions({ knative, istio }) });
  const on5xx = retrying({ attempts: 2, retryOn: ["5xx"] });
  specify("retries-on-two-hops", [
    [
      "Knative's three attempts",
      on5xx,
      [
        "retries twice on 5xx, and Knative 0.14 retries 3 times behind it: one request may reach the service 12 times",
      ],
      on("0.14"),
    ],
    ["Istio's two behind Knative 0.15", on5xx, ["9 times"], on("0.15")],
    ["Istio's two behind Knative 0.18", on5xx, ["9 times"], on("0.18")],
    [
      "gateway errors",
      retrying({ attempts: 1, retryOn: ["connect-failure", "gateway-error"] }),
      ["once on gateway-error"],
      on("0.9"),
    ],
    ["503 by number", retrying({ attempts: 1, retryOn: ["503"] }), ["8 times"], on("0.9")],
    ["503 by Istio's default", retrying({ attempts: 1 }), ["8 times"], on("0.9")],

    ["Knative of today", on5xx, [], on("1.23", "1.31")],
    ["Knative 1.0", on5xx, [], on("1.0", "1.12")],
    ["Knative 0.16", on5xx, [], on("0.16")],
    ["Knative 0.21", on5xx, [], on("0.21", "1.9")],
    [
      "failures to connect, which hop 2 has none of",
      retrying({ attempts: 2, retryOn: ["connect-failure", "refused-stream"] }),
      [],
      on("0.14"),
    ],
    ["switched off", retrying({ attempts: 0 }), [], on("0.14")],
    ["nothing said, as in the case study", { a: [rule(match(prefix("/x/")))] }, [], on("0.15")],
  ]);
});

describe("retries-not-idempotent", () => {
  const on = (...retryOn: string[]) => aForward("a", { retries: { attempts: 2, retryOn } });
  const any = match(prefix("/x/"));
  const only = (...methods: string[]) => match(prefix("/x/"), { methods });
  specify("retries-not-idempotent", [
    ...["5xx", "gateway-error", "reset", "retriable-4xx", "503", "500", "409"].map((each): Cases[number] => [
      each,
      { a: [to(on("connect-failure", each), any)] },
      [`retries on ${each}, which may come after the service has done its work: a POST`],
    ]),
    ["PATCH only", { a: [to(on("5xx"), only("GET", "PATCH"))] }, ["a PATCH would be done twice"]],
    [
      "POST somewhere else",
      { a: [to(on("5xx"), any)], b: [rule(match(prefix("/x/b/"), { methods: ["POST"] }))] },
      ["a POST"],
    ],
    [
      "Istio's default before 1.24",
      { a: [to(aForward("a", { retries: { attempts: 2 } }), any)] },
      ["503 (the default of Istio 1.23)"],
      { versions: versions({ istio: "1.23" }) },
    ],

    [
      "Istio's default since 1.24",
      { a: [to(aForward("a", { retries: { attempts: 2 } }), any)] },
      [],
      { versions: versions({ istio: "1.24" }) },
    ],
    ...[
      "connect-failure",
      "refused-stream",
      "reset-before-request",
      "429",
      "envoy-ratelimited",
      "unavailable",
      "retriable-status-codes",
    ].map((each): Cases[number] => [each, { a: [to(on(each), any)] }, []]),
    ["idempotent methods only", { a: [to(on("5xx"), only("GET", "HEAD", "PUT", "DELETE"))] }, []],
    ["POST and PATCH have a rule of their own", { a: [rule(only("POST", "PATCH")), to(on("5xx"), any)] }, []],
    [
      "POST and PATCH belong to another service",
      { a: [to(on("5xx"), any)], b: [rule(only("POST")), rule(only("PATCH"))] },
      [],
    ],
    ["switched off", { a: [to(aForward("a", { retries: { attempts: 0 } }), any)] }, []],
    ["nothing said", { a: [rule(any)] }, []],
    ["a redirect", { a: [to({ kind: "redirect", uri: "/y" }, any)] }, []],
  ]);
});

describe("default-retries-not-idempotent", () => {
  const on = (istio: string) => ({ versions: versions({ istio }) });
  const nothing = { a: [rule(match(prefix("/x/")))] };
  specify("default-retries-not-idempotent", [
    ["Istio 1.5", nothing, ["Istio 1.5 retries twice on 503"], on("1.5")],
    ["Istio 1.23", nothing, ["Istio 1.23"], on("1.23")],

    ["Istio 1.24", nothing, [], on("1.24")],
    ["Istio 1.0, which retries nothing by itself", nothing, [], on("1.0")],
    [
      "retries are written",
      { a: [to(aForward("a", { retries: { attempts: 0 } }), match(prefix("/x/")))] },
      [],
      on("1.5"),
    ],
    ["GET only", { a: [rule(match(prefix("/x/"), { methods: ["GET"] }))] }, [], on("1.5")],
  ]);
});

describe("no-timeout", () => {
  specify("no-timeout", [
    ["a rule without", { a: [rule(match(prefix("/x/")), match(exact("/x")))] }, ["a sets no timeout"]],
    ["a rule with", { a: [to(aForward("a", { timeout: "10s" }), match(prefix("/x/")))] }, []],
    ["a redirect", { a: [to({ kind: "redirect", uri: "/y" }, match(prefix("/x/")))] }, []],
    ["an answer", { a: [to({ kind: "directResponse", status: 410 }, match(prefix("/x/")))] }, []],
  ]);
});

describe("the switch", () => {
  const bad = { a: [rule(match(regex("/x/a.b")))] };
  const severities = (stack: Stack) =>
    planStack(stack, { today })
      .problems.filter(({ code }) => code === "regex-unescaped-dot")
      .map(({ severity }) => severity);

  it.each(["info", "warning", "error"] as const)("gives a lint severity %s", (level) => {
    expect(
      severities(aStackOf(bad, { lints: { ...defaultLintLevels, "regex-unescaped-dot": level } })),
    ).toEqual([level]);
  });

  it("silences one lint and leaves the others", () => {
    const services = { a: [rule(match(regex("^/x/a.b")))] };
    const stack = aStackOf(services, { lints: { ...defaultLintLevels, "regex-unescaped-dot": "off" } });
    expect(planStack(stack, { today }).problems.map(({ code }) => code)).toEqual(["regex-needless-anchor"]);
  });

  it("stops a deployment if it says error, and only then", () => {
    const planned = (level: "warning" | "error") =>
      planStack(aStackOf(bad, { lints: { ...defaultLintLevels, "regex-unescaped-dot": level } }), { today })
        .plan;
    expect(planned("warning")).toBeDefined();
    expect(planned("error")).toBeUndefined();
  });

  it("never errs by default", () => {
    expect(Object.values({ ...lintLevels(false), ...lintLevels(true) })).not.toContain("error");
  });

  it("lets production stacks ask for timeouts, unless they say otherwise", () => {
    expect([lintLevels(false)["no-timeout"], lintLevels(true)["no-timeout"]]).toEqual(["off", "info"]);
    expect(lintLevels(true, { "no-timeout": "off" })["no-timeout"]).toBe("off");
  });
});

it("says nothing about files that say all they should", () => {
  const action = aForward("a", { timeout: "10s", retries: { attempts: 2, retryOn: ["connect-failure"] } });
  const stack = aStackOf(
    {
      a: [to(action, match(exact("/x/a")), match(prefix("/x/a/")))],
      b: [to(action, match(regex(String.raw`/x/b/[0-9]+\.png`)))],
    },
    { lints: Object.fromEntries(lintCodes.map((code) => [code, "warning"])) as Record<LintCode, "warning"> },
  );
  expect(lintStack(proveStack(stack, { today }))).toEqual([]);
});
