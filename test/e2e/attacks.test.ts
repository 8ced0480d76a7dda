import type { OutgoingHttpHeaders } from "node:http2";
import { request as requestHttps, type RequestOptions } from "node:https";
import { afterAll, beforeAll, describe, expect, it } from "@jest/globals";
import { loadStack } from "../../config/load-stack.ts";
import { environmentHost } from "../../core/mesh/names.ts";
import { utcDate } from "../../core/plan-stack.ts";
import { ownerOf } from "../../core/route/owner.ts";
import { type Proof, proveStack } from "../../core/route/prove.ts";
import { parseRequest } from "../../core/route/request.ts";
import { readRecord } from "../../local/instance.ts";
import { waitFor } from "../../local/processes.ts";
import { certificateAuthority, issue, type Issued } from "../support/certificates.ts";
import { EmbeddedMesh } from "../support/embedded-mesh.ts";
import { type Outcome, sendBytes, sendHttp2 } from "../support/raw-http.ts";
import { Workspace } from "../support/workspace.ts";

const minutes = 60_000;

const [alpha, beta] = [environmentHost("alpha"), environmentHost("beta")];
/** What hop 2 calls the services: nobody may reach it at hop 1. */
const inner = (service: string, environment = "alpha") => `${service}.faas-${environment}.svc.cluster.local`;

/** Two environments with the same paths, and in each a service that not everybody may call. */
const files: Record<string, string> = {
  "stacks/attacks/alpha/public.yaml": "routes: [{ match: [{ prefix: /faas/api/public/ }] }]\n",
  "stacks/attacks/alpha/private.yaml":
    "routes: [{ match: [{ prefix: /faas/api/private/, headers: { x-role: { exact: admin } } }] }]\n",
  "stacks/attacks/alpha/mirrored.yaml":
    "routes: [{ match: [{ prefix: /faas/api/mirrored/ }], mirror: { service: shadow, percent: 100 } }]\n",
  "stacks/attacks/beta/beta-public.yaml": "routes: [{ match: [{ prefix: /faas/api/public/ }] }]\n",
  "stacks/attacks/beta/beta-only.yaml": "routes: [{ match: [{ prefix: /faas/api/only/ }] }]\n",
};

function stackFile(certificate: string): string {
  return `
config:
  pulumi:disable-default-providers: [kubernetes]
  kfaas:cluster: { name: attacks, context: attacks }
  kfaas:versions: { kubernetes: "1.36", istio: "1.31", knative: "1.23" }
  kfaas:pathRoot: /faas/api/
  kfaas:services: [stacks/attacks]
  kfaas:environments: { alpha: {}, beta: {} }
  kfaas:gateways:
    entry:
      mode: managed
      clients:
        addresses: [127.0.0.1]
        ${certificate}
    clusterLocal: { mode: existing }
`;
}

const mutual = "mode: mutual, secret: entry-tls, subjectAltNames: [java-gateway.example.com]";

/** Who has to answer: a service of alpha, or the proxy with one of these statuses. `hang up`: it may also end the connection. */
type Expected = "public" | "mirrored" | "private" | 400 | 403 | 404 | 426 | "4xx or hang up";

interface Attack {
  readonly name: string;
  readonly expected: Expected;
  readonly send: (gateway: string) => Promise<Outcome>;
}

/** A request of alpha's by its parts. */
function http1({
  method = "GET",
  target = "/faas/api/public/",
  host = alpha,
  headers = [],
  body = "",
}: {
  method?: string;
  target?: string;
  host?: string;
  headers?: readonly string[];
  body?: string;
}): Buffer {
  const lines = [`${method} ${target} HTTP/1.1`, `Host: ${host}`, ...headers, "Connection: close"];
  return Buffer.from(`${lines.join("\r\n")}\r\n\r\n${body}`, "latin1");
}

function bytes(name: string, expected: Expected, request: string | Buffer): Attack {
  return { name, expected, send: (gateway) => sendBytes(gateway, request) };
}

function http2(name: string, expected: Expected, headers: OutgoingHttpHeaders): Attack {
  const usual = { ":method": "GET", ":path": "/faas/api/public/", ":authority": alpha };
  return { name, expected, send: (gateway) => sendHttp2(gateway, { ...usual, ...headers }) };
}

/** Paths that want to be taken for others; nobody of them has the role that the private service asks for. */
const paths: readonly [path: string, expected: Expected][] = [
  // What is meant to work, as a control.
  ["/faas/api/public/", "public"],
  ["/faas/api/private/", 404],
  // Dot segments.
  ["/faas/api/public/../private/", 404],
  ["/faas/api/public/./../private/", 404],
  ["/faas/api/public/..//private/", 404],
  ["/faas/api/public/a/../../private/", 404],
  ["/faas/api/public/../../../etc/passwd", 404],
  ["/faas/api/public/../../../../../../etc/passwd", 404],
  ["/faas/api/public/..", 404],
  ["/faas/api/private/../public/", "public"],
  ["/faas/api/public/.../private/", "public"],
  // Encoded dot segments: decoded before routes are looked at.
  ["/faas/api/public/%2e%2e/private/", 404],
  ["/faas/api/public/%2E%2E/private/", 404],
  ["/faas/api/public/.%2e/private/", 404],
  ["/faas/api/public/%2e./private/", 404],
  ["/faas/api/public/~/.%2e/%2E./private/", 404],
  // Encoded slashes stay what they are: part of a segment of the public service's path.
  ["/faas/api/public/..%2fprivate/", "public"],
  ["/faas/api/public/..%2Fprivate/", "public"],
  ["/faas/api/public/%2e%2e%2fprivate/", "public"],
  ["/faas/api/public%2f..%2fprivate/", 404],
  ["/faas%2fapi%2fprivate/", 404],
  // Backslashes are slashes, encoded ones are not.
  ["/faas/api/public/..\\private/", 404],
  ["/faas/api/public/\\..\\..\\private/", 404],
  ["\\faas\\api\\private\\", 400],
  ["/faas/api/public/..%5cprivate/", "public"],
  ["/faas/api/public/%5c..%5cprivate/", "public"],
  // Decoded once, not twice.
  ["/faas/api/public/%252e%252e/private/", "public"],
  ["/faas/api/public/%252e%252e%252fprivate/", "public"],
  ["/faas/api/%2570rivate/", 404],
  // Parameters of dot segments are no disguise; others mean nothing.
  ["/faas/api/public/..;/private/", 404],
  ["/faas/api/public/..;a=b/private/", 404],
  ["/faas/api/public/.;/..;/private/", 404],
  ["/faas/api/public/..%3b/private/", "public"],
  ["/faas/api/public/;/private/", "public"],
  ["/faas/api/public;/../private/", 404],
  ["/faas/api/private/..;/public/", "public"],
  ["/faas/api/private;x=1/", 404],
  // Empty segments count.
  ["//faas/api/private/", 404],
  ["/faas//api/public/", 404],
  ["/faas/api//private/", 404],
  // Other spellings of a path.
  ["/faas/api/Private/", 404],
  ["/FAAS/API/PUBLIC/", 404],
  ["/%66aas/api/%70rivate/", 404],
  ["/faas/api/%70ublic/", "public"],
  ["/faas/api/public", 404],
  ["/faas/api/private/?x-role=admin", 404],
  ["/faas/api/public/?/../private/", "public"],
  ["/faas/api/public/%c0%ae%c0%ae/private/", "public"],
  ["/faas/api/public/%u002e%u002e/private/", "public"],
  ["/faas/api/public/%ff", "public"],
  // Bytes that no path has.
  ["/faas/api/public/%00", 400],
  ["/faas/api/public/..%00/private/", 400],
  ["/faas/api/public/\0/../private/", 400],
  ["/faas/api/public/ /../private/", 400],
  ["/faas/api/public/\t/../private/", 400],
  ["/faas/api/public/\x7f", 400],
  ["/faas/api/public/\xe9", 400],
  ["faas/api/private/", 400],
  ["", 400],
];

/** Where nobody may enter from. */
const elsewhere = { localAddress: "127.0.0.2" };

const asAdmin = "x-role: admin";

/** Requests that go wrong, or lie, in other ways than by their path. */
const requests: readonly Attack[] = [
  // Controls: what the attacks below imitate.
  bytes(
    "the private path with its role",
    "private",
    http1({ target: "/faas/api/private/", headers: [asAdmin] }),
  ),
  bytes("the mirrored path", "mirrored", http1({ target: "/faas/api/mirrored/" })),
  // Host.
  bytes("the service's own host", 404, http1({ host: inner("private") })),
  bytes("the host of a service in another environment", 404, http1({ host: inner("beta-only", "beta") })),
  bytes(
    "Knative's gateway as host",
    404,
    http1({ host: "knative-local-gateway.istio-system.svc.cluster.local" }),
  ),
  bytes(
    "the entry gateway's own host",
    404,
    http1({ host: "kfaas-entry-gateway.kfaas-system.svc.cluster.local" }),
  ),
  bytes("another environment's path by this host", 404, http1({ target: "/faas/api/only/" })),
  bytes("a host in upper case is the same host", "public", http1({ host: alpha.toUpperCase() })),
  bytes("a host with a port is the same host", "public", http1({ host: `${alpha}:8080` })),
  bytes(
    "what is no port after the colon is not looked at",
    "public",
    http1({ host: `${alpha}:${inner("private")}` }),
  ),
  bytes("a trailing dot", 404, http1({ host: `${alpha}.` })),
  bytes("a user before the host", "4xx or hang up", http1({ host: `${beta}@${inner("beta-only", "beta")}` })),
  bytes("two hosts by a comma", "4xx or hang up", http1({ host: `${alpha},${beta}` })),
  bytes("two hosts by a blank", "4xx or hang up", http1({ host: `${alpha} ${beta}` })),
  bytes("two Host headers", 404, http1({ headers: [`Host: ${beta}`], target: "/faas/api/only/" })),
  bytes("an empty host", "4xx or hang up", http1({ host: "" })),
  bytes("no host", 400, `GET /faas/api/public/ HTTP/1.1\r\nConnection: close\r\n\r\n`),
  bytes("HTTP/1.0 without a host", 426, `GET /faas/api/public/ HTTP/1.0\r\n\r\n`),
  bytes("a NUL in the host", 400, http1({ host: `${alpha}\0.example.com` })),
  bytes("a path in the host", "4xx or hang up", http1({ host: `${alpha}/faas/api/private/` })),
  bytes("an address", 404, http1({ host: "127.0.0.1" })),
  bytes("a wildcard", 404, http1({ host: "*" })),
  bytes("Punycode", 404, http1({ host: alpha.replace("alpha", "xn--alpha-") })),
  bytes("letters that only look alike", "4xx or hang up", http1({ host: alpha.replace("a", "\u00e0") })),
  bytes(
    "full-width letters",
    "4xx or hang up",
    http1({
      host: Buffer.from(alpha.replace("beta", "\uff42eta").replace(".", "\u3002")).toString("latin1"),
    }),
  ),
  // The target as a whole URL: then its host counts.
  bytes(
    "this host in the target, another as Host",
    "public",
    http1({ target: `http://${alpha}/faas/api/public/`, host: beta }),
  ),
  bytes(
    "the service's own host in the target",
    404,
    http1({ target: `http://${inner("private")}/`, headers: [asAdmin] }),
  ),
  bytes(
    "another environment's service in the target",
    404,
    http1({ target: `http://${inner("beta-only", "beta")}/faas/api/only/` }),
  ),
  bytes("dot segments in a whole URL", 404, http1({ target: `http://${alpha}/faas/api/public/../private/` })),
  bytes("a scheme that is none", "4xx or hang up", http1({ target: `gopher://${inner("private")}/` })),
  bytes("a target of a host alone", "4xx or hang up", http1({ target: inner("private") })),
  // Headers that some proxies believe.
  ...[
    ["X-Forwarded-Host", beta],
    ["X-Host", beta],
    ["X-Original-Host", beta],
    ["Forwarded", `host=${beta};for=127.0.0.1`],
  ].map(([header, value]) =>
    bytes(
      `${header ?? ""} of another environment`,
      404,
      http1({ target: "/faas/api/only/", headers: [`${header ?? ""}: ${value ?? ""}`] }),
    ),
  ),
  ...["X-Original-URL", "X-Rewrite-URL", "X-Envoy-Original-Path", "X-Original-Uri", "X-Forwarded-Prefix"].map(
    (header) =>
      bytes(
        `${header} of the private service`,
        "public",
        http1({ headers: [`${header}: /faas/api/private/`] }),
      ),
  ),
  bytes(
    "another method by a header",
    404,
    http1({ target: "/faas/api/private/", headers: ["X-HTTP-Method-Override: POST"] }),
  ),
  // Envoy's own headers: from outside, it takes them off.
  bytes(
    "a time limit of the client's",
    "public",
    http1({ headers: ["x-envoy-upstream-rq-timeout-ms: 1", "x-stand-in-delay: 200"] }),
  ),
  bytes(
    "an expected time limit",
    "public",
    http1({ headers: ["x-envoy-expected-rq-timeout-ms: 1", "x-stand-in-delay: 200"] }),
  ),
  bytes("a name for statistics", "public", http1({ headers: ["x-envoy-upstream-alt-stat-name: evil"] })),
  bytes(
    "being internal",
    "public",
    http1({ headers: ["x-envoy-internal: true", "x-forwarded-for: 127.0.0.1"] }),
  ),
  bytes("a decorator", "public", http1({ headers: ["x-envoy-decorator-operation: evil"] })),
  // The mark of mirrored requests.
  bytes(
    "a mirror's mark at the public path",
    "public",
    http1({ headers: ["x-kfaas-mirror: shadow.faas-alpha"] }),
  ),
  bytes(
    "a mirror's mark at an unknown path",
    404,
    http1({ target: "/elsewhere/", headers: ["x-kfaas-mirror: shadow.faas-alpha"] }),
  ),
  bytes(
    "a mirrored request's host and mark",
    404,
    http1({ host: inner("mirrored"), headers: ["x-kfaas-mirror: shadow.faas-alpha"] }),
  ),
  bytes(
    "the same with Envoy's suffix",
    404,
    http1({ host: `${inner("mirrored")}-shadow`, headers: ["x-kfaas-mirror: shadow.faas-alpha"] }),
  ),
  // The header that the private service asks for.
  // One of several values is enough, since Envoy 1.39: whoever vouches for a header must replace it, not add another.
  bytes(
    "a role beside another",
    "private",
    http1({ target: "/faas/api/private/", headers: ["x-role: user", asAdmin] }),
  ),
  bytes(
    "a role among others in one line",
    404,
    http1({ target: "/faas/api/private/", headers: ["x-role: user, admin"] }),
  ),
  bytes(
    "a role with an underscore",
    404,
    http1({ target: "/faas/api/private/", headers: ["x_role: admin"] }),
  ),
  bytes("a role in another case", 404, http1({ target: "/faas/api/private/", headers: ["x-role: Admin"] })),
  bytes(
    "a blank before the colon",
    400,
    http1({ target: "/faas/api/private/", headers: ["x-role : admin"] }),
  ),
  bytes(
    "a folded header",
    "4xx or hang up",
    http1({ target: "/faas/api/private/", headers: ["x-role: ad\r\n min"] }),
  ),
  bytes("a NUL in a header", 400, http1({ headers: ["x-a: b\0c"] })),
  bytes(
    "a bare CR in a header",
    404,
    http1({ target: "/faas/api/private/", headers: ["x-a: b\rx-role: admin"] }),
  ),
  bytes("a header without a colon", 400, http1({ headers: ["x-role"] })),
  // Methods and protocols.
  bytes("TRACE of the private path", 404, http1({ method: "TRACE", target: "/faas/api/private/" })),
  bytes(
    "CONNECT to a service",
    "4xx or hang up",
    http1({ method: "CONNECT", target: `${inner("private")}:80` }),
  ),
  bytes("CONNECT to this environment", "4xx or hang up", http1({ method: "CONNECT", target: `${alpha}:80` })),
  bytes("OPTIONS *", "4xx or hang up", http1({ method: "OPTIONS", target: "*" })),
  bytes("a method that is none", "4xx or hang up", http1({ method: "GE\tT" })),
  bytes(
    "a websocket to the private path",
    404,
    http1({ target: "/faas/api/private/", headers: ["Upgrade: websocket"] }),
  ),
  bytes("HTTP/0.9", "4xx or hang up", "GET /faas/api/public/\r\n"),
  bytes("HTTP/9.9", "4xx or hang up", `GET /faas/api/public/ HTTP/9.9\r\nHost: ${alpha}\r\n\r\n`),
  bytes("a header of 200 KB", "4xx or hang up", http1({ headers: [`x-a: ${"a".repeat(200_000)}`] })),
  bytes(
    "5,000 headers",
    "4xx or hang up",
    http1({ headers: Array.from({ length: 5_000 }, (_, index) => `x-${index}: a`) }),
  ),
  // HTTP/2.
  http2("HTTP/2 as it should be", "public", {}),
  http2("HTTP/2: another environment as host beside :authority", 404, {
    ":path": "/faas/api/only/",
    host: beta,
  }),
  http2("HTTP/2: the service's own :authority", 404, { ":authority": inner("private"), "x-role": "admin" }),
  http2("HTTP/2: a user in :authority", "4xx or hang up", { ":authority": `${alpha}@${inner("private")}` }),
  http2("HTTP/2: dot segments", 404, { ":path": "/faas/api/public/../private/" }),
  http2("HTTP/2: encoded dot segments", 404, { ":path": "/faas/api/public/%2e%2e/private/" }),
  http2("HTTP/2: a whole URL as :path", "4xx or hang up", { ":path": `http://${beta}/faas/api/only/` }),
  http2("HTTP/2: a :path without a slash", "4xx or hang up", { ":path": "faas/api/private/" }),
  http2("HTTP/2: a role in a word", 404, { ":path": "/faas/api/private/", "x-role": "administrator" }),
  http2("HTTP/2: a mirrored request's host and mark", 404, {
    ":authority": inner("mirrored"),
    "x-kfaas-mirror": "shadow.faas-alpha",
  }),
];

/** What would come to the private service as a second request, were the first one's end misread. */
const hidden = `GET /faas/api/private/ HTTP/1.1\r\nHost: ${alpha}\r\n${asAdmin}\r\nConnection: close\r\n\r\n`;
const chunked = `0\r\n\r\n${hidden}`;

/** Requests whose end two proxies could see in two places. One of them is answered at most, and it is not the hidden one. */
const smuggling: readonly Attack[] = (
  [
    ["a length and chunks", [`Content-Length: ${chunked.length}`, "Transfer-Encoding: chunked"], chunked],
    ["chunks and a length", ["Transfer-Encoding: chunked", `Content-Length: ${chunked.length}`], chunked],
    ["two lengths", ["Content-Length: 0", `Content-Length: ${hidden.length}`], hidden],
    ["two lengths in one line", [`Content-Length: 0, ${hidden.length}`], hidden],
    ["a length with a sign", [`Content-Length: +${hidden.length}`], hidden],
    ["a length below zero", ["Content-Length: -1"], hidden],
    ["a length in hexadecimal", [`Content-Length: 0x${hidden.length.toString(16)}`], hidden],
    ["chunks in another word", ["Transfer-Encoding: xchunked", `Content-Length: ${chunked.length}`], chunked],
    ["chunks twice", ["Transfer-Encoding: chunked", "Transfer-Encoding: identity"], chunked],
    ["chunks before identity", ["Transfer-Encoding: chunked, identity"], chunked],
    ["chunks after a blank", ["Transfer-Encoding : chunked", `Content-Length: ${chunked.length}`], chunked],
    ["chunks after a tab", ["Transfer-Encoding:\tchunked", `Content-Length: ${chunked.length}`], chunked],
    [
      "chunks after a vertical tab",
      ["Transfer-Encoding: \vchunked", `Content-Length: ${chunked.length}`],
      chunked,
    ],
    ["a chunk's length that is none", ["Transfer-Encoding: chunked"], `0x0\r\n\r\n${hidden}`],
    ["a chunk longer than it says", ["Transfer-Encoding: chunked"], `1\r\nab\r\n0\r\n\r\n${hidden}`],
  ] satisfies [string, string[], string][]
).map(([name, headers, body]) => ({
  name,
  expected: "4xx or hang up",
  send: (gateway) => sendBytes(gateway, http1({ method: "POST", headers, body }), { untilHangUp: true }),
}));

/** Whoever opened the connection counts, whatever he says. */
const pretexts: readonly (readonly string[])[] = [
  [],
  ["X-Forwarded-For: 127.0.0.1"],
  ["X-Forwarded-For: 127.0.0.1, 127.0.0.1, 127.0.0.1"],
  ["Forwarded: for=127.0.0.1"],
  ["X-Real-IP: 127.0.0.1"],
  ["True-Client-IP: 127.0.0.1"],
  ["X-Envoy-External-Address: 127.0.0.1"],
  ["X-Envoy-Internal: true"],
  ["X-Forwarded-Client-Cert: URI=spiffe://cluster.local/ns/java/sa/java-gateway"],
  ["x-kfaas-mirror: shadow.faas-alpha"],
];

describe("attacks on the entry gateway, on the real Envoy", () => {
  let workspace: Workspace;
  let mesh: EmbeddedMesh;
  let proof: Proof;

  beforeAll(async () => {
    workspace = await Workspace.create();
    await workspace.write("Pulumi.attacks.yaml", stackFile(`certificate: { ${mutual}, alsoHttp: true }`));
    for (const [file, text] of Object.entries(files)) await workspace.write(file, text);
    mesh = await EmbeddedMesh.start(workspace, "attacks");
    await mesh.up();
    const { stack } = await loadStack(workspace.folder, "attacks");
    if (stack === undefined) throw new Error("stack attacks cannot be read");
    proof = proveStack(stack, { today: utcDate(new Date()) });
    for (const [environment, path] of [
      ["alpha", "/faas/api/public/"],
      ["alpha", "/faas/api/mirrored/"],
      ["beta", "/faas/api/only/"],
    ] as const) {
      expect((await mesh.getUntil(environment, path, ({ status }) => status === 200)).status).toBe(200);
    }
  }, 6 * minutes);

  afterAll(async () => {
    await mesh.stop();
    await workspace.dispose();
  }, minutes);

  /** What the entry gateway answers; fails if anybody was reached whom no request of the attacks may reach. */
  async function attack({ send }: Attack): Promise<Outcome> {
    const outcome = await send(mesh.gateway("entry"));
    for (const { namespace, service, path, headers } of outcome.answers) {
      expect(namespace).toBe("faas-alpha");
      expect(path).toMatch(new RegExp(`^/faas/api/${service}/`));
      if (service === "private") expect(String(headers["x-role"]).split(", ")).toContain("admin");
      expect(headers["x-envoy-internal"]).toBeUndefined();
    }
    return outcome;
  }

  function judge({ statuses, answers }: Outcome, expected: Expected): void {
    const services = answers.map(({ service }) => service);
    if (typeof expected === "number")
      expect({ statuses, services }).toEqual({ statuses: [expected], services: [] });
    else if (expected === "4xx or hang up") {
      expect(services).toEqual([]);
      for (const status of statuses) expect(String(status)).toMatch(/^4\d\d$/);
    } else expect({ statuses, services }).toEqual({ statuses: [200], services: [expected] });
  }

  /** Who gets the path of alpha's, as `kfaas explain` would say. */
  function predicted(path: string): Expected {
    const parsed = parseRequest(path);
    if (!parsed.ok) return 400;
    const alphas = proof.environments.find(({ environment }) => environment.name === "alpha");
    if (alphas === undefined) throw new Error("alpha is proven");
    const owner = ownerOf(alphas, parsed.parsed.request)?.owner.owner.name;
    return owner === undefined ? 404 : (owner as Expected);
  }

  it("are at least 60", () => {
    expect(paths.length + requests.length + smuggling.length + pretexts.length).toBeGreaterThanOrEqual(60);
  });

  describe("by path", () => {
    it.each(paths)("%j: %s", async (path, expected) => {
      judge(await attack(bytes(path, expected, http1({ target: path }))), expected);
    });

    it.each(paths)("%j is what explain predicts: %s", (path, expected) => {
      expect(predicted(path)).toBe(expected);
    });
  });

  // Hop 1 decodes, hop 2 then sees a dot segment. Nobody else is reached, but the service at a path that no route leads to: see
  // docs/threat-model.md.
  it("by a path that is normal only to the second proxy: reach no other service", async () => {
    const request = http1({ target: "/faas/api/public/%2e%2e;/private/" });
    judge(await sendBytes(mesh.gateway("entry"), request), "public");
  });

  describe("by host, headers, methods and protocol", () => {
    it.each(requests.map((each) => [each.name, each.expected, each] as const))(
      "%s: %s",
      async (_, expected, each) => {
        judge(await attack(each), expected);
      },
    );

    it("do not make the proxy ask again and again", async () => {
      const retries = await counter("kfaas-entry-gateway", /upstream_rq_retry$/);
      const headers = ["x-envoy-retry-on: 5xx", "x-envoy-max-retries: 10", "x-stand-in-status: 500"];
      expect((await attack(bytes("retries", 400, http1({ headers })))).statuses).toEqual([500]);
      expect(await counter("kfaas-entry-gateway", /upstream_rq_retry$/)).toBe(retries);
    });
  });

  it("do not stop what is wanted: mirrored requests come in again, by the gateway's own hand", async () => {
    const mirrored = () => counter("kfaas-entry-gateway", /^http\..*_8081\D.*downstream_rq_2xx$/);
    const before = await mirrored();
    judge(await attack(bytes("mirror", "mirrored", http1({ target: "/faas/api/mirrored/" }))), "mirrored");
    await waitFor(async () => (await mirrored()) > before, 20_000);
    expect(await mirrored()).toBeGreaterThan(before);
  });

  describe("by a second request in the first", () => {
    it.each(smuggling.map((each) => [each.name, each] as const))("%s", async (_, each) => {
      const { statuses, answers } = await attack(each);
      expect(answers.filter(({ service }) => service !== "public")).toEqual([]);
      expect(statuses.length).toBeLessThanOrEqual(1);
    });

    it("leave nothing on the way: what hop 1 sent on is what arrived at hop 2", async () => {
      const sent = () => counter("kfaas-entry-gateway", /knative-local-gateway.*upstream_rq_total$/);
      const arrived = () => counter("istio-ingressgateway", /^http\.outbound.*downstream_rq_total$/);
      await waitFor(async () => (await sent()) === (await arrived()), 20_000);
      expect(await arrived()).toBe(await sent());
      expect(await sent()).toBeGreaterThan(paths.filter(([, expected]) => expected === "public").length);
      judge(await attack(bytes("control", "public", http1({}))), "public");
    });
  });

  describe("by an address that may not enter", () => {
    it.each(pretexts.map((headers) => [headers.join(" ") || "without a pretext", headers] as const))(
      "%s",
      async (_, headers) => {
        const request = http1({ headers });
        judge(await sendBytes(mesh.gateway("entry"), request, elsewhere), 403);
        // The very same bytes are answered if they come from where they may.
        judge(await sendBytes(mesh.gateway("entry"), request), "public");
      },
    );

    it("an address in front of the request, as load balancers write it", async () => {
      const line = "PROXY TCP4 127.0.0.1 127.0.0.1 1000 80\r\n";
      const outcome = await sendBytes(mesh.gateway("entry"), line + http1({}).toString("latin1"), elsewhere);
      judge(outcome, "4xx or hang up");
    });

    it("learns nothing about paths and hosts: all are answered alike", async () => {
      for (const request of [http1({ target: "/elsewhere/" }), http1({ host: "www.example.com" })])
        judge(await sendBytes(mesh.gateway("entry"), request, elsewhere), 403);
    });
  });

  describe("by certificate", () => {
    const authority = certificateAuthority();
    const foreign = certificateAuthority();
    const java = authority.chainFor({ commonName: "java", dnsNames: ["java-gateway.example.com"] });

    beforeAll(async () => {
      const server = authority.chainFor({ commonName: "entry", dnsNames: [alpha, beta] });
      await mesh.kubectl.apply([
        {
          apiVersion: "v1",
          kind: "Secret",
          metadata: { name: "entry-tls", namespace: "kfaas-system" },
          type: "kubernetes.io/tls",
          data: {
            "tls.crt": base64(server.certificate),
            "tls.key": base64(server.privateKey),
            "ca.crt": base64(authority.root.certificate),
          },
        },
      ]);
      // istiod has it in a moment, and the listener waits for it.
      await waitFor(async () => (await ask(java)).startsWith("200"), 30_000, 500);
    }, minutes);

    /** Status and service that answered, or how the connection ended. */
    async function ask(client: Issued | undefined, options: RequestOptions = {}): Promise<string> {
      const { hostname, port } = new URL(mesh.gateway("entryHttps"));
      return new Promise((resolve) => {
        const outgoing = requestHttps(
          {
            hostname,
            port,
            path: "/faas/api/public/",
            headers: { host: alpha },
            servername: alpha,
            ca: authority.root.certificate,
            ...(client && { cert: client.certificate, key: client.privateKey }),
            agent: false,
            timeout: 15_000,
            ...options,
          },
          (response) => {
            const chunks: Buffer[] = [];
            response.on("data", (chunk: Buffer) => chunks.push(chunk));
            response.on("end", () => {
              const [, service = ""] = /"service":"(.*?)"/.exec(Buffer.concat(chunks).toString("utf8")) ?? [];
              resolve(`${response.statusCode ?? 0} ${service}`.trim());
            });
          },
        );
        outgoing.on("timeout", () => outgoing.destroy(new Error("timeout")));
        outgoing.on("error", (error: NodeJS.ErrnoException) => {
          resolve(error.code ?? error.message);
        });
        outgoing.end();
      });
    }

    it("the Java gateway's own is let in", async () => {
      expect(await ask(java)).toBe("200 public");
    });

    it("is not enough from another address", async () => {
      expect(await ask(java, { localAddress: "127.0.0.2" })).toBe("403");
    });

    it.each<[string, Issued | undefined]>([
      ["none at all", undefined],
      [
        "another name of the same authority",
        authority.chainFor({ commonName: "x", dnsNames: ["other.example.com"] }),
      ],
      [
        "the right name of another authority",
        foreign.chainFor({ commonName: "x", dnsNames: ["java-gateway.example.com"] }),
      ],
      [
        "the right name, signed by itself",
        issue({ commonName: "x", dnsNames: ["java-gateway.example.com"] }),
      ],
      [
        "the right name as common name only",
        authority.chainFor({ commonName: "java-gateway.example.com", dnsNames: ["x.example.com"] }),
      ],
      [
        "one that has expired",
        authority.chainFor({ commonName: "x", dnsNames: ["java-gateway.example.com"], to: "2026-02-01" }),
      ],
    ])("%s ends in the handshake", async (_, client) => {
      expect(await ask(client)).toMatch(/^(ECONNRESET|EPIPE|ERR_SSL_.*)$/);
    });

    it("does not serve names of others", async () => {
      const outcome = await ask(java, { servername: inner("private"), checkServerIdentity: () => undefined });
      expect(outcome).toMatch(/^(ECONNRESET|EPIPE|ERR_SSL_.*|ERR_TLS_.*)$/);
    });

    it(
      "changes over without a gap: with HTTP still open first, then alone",
      async () => {
        judge(await attack(bytes("HTTP", "public", http1({}))), "public");

        await workspace.write("Pulumi.attacks.yaml", stackFile(`certificate: { ${mutual} }`));
        expect(await mesh.up()).toMatchObject({ updated: 2 });
        const isClosed = async () =>
          sendBytes(mesh.gateway("entry"), http1({})).then(
            ({ statuses }) => statuses.length === 0,
            () => true,
          );
        expect(await waitFor(isClosed, 30_000, 500)).toBe(true);
        expect(await ask(java)).toBe("200 public");
      },
      2 * minutes,
    );
  });

  /** Sum of an Envoy's counters whose name fits. */
  async function counter(proxy: string, name: RegExp): Promise<number> {
    const { ports } = await readRecord(mesh.instance);
    const response = await fetch(`http://127.0.0.1:${ports[`${proxy}/admin`] ?? 0}/stats`);
    const lines = (await response.text()).split("\n").map((line) => line.split(": "));
    return lines.filter(([key = ""]) => name.test(key)).reduce((sum, [, value]) => sum + Number(value), 0);
  }
});

function base64(text: string): string {
  return Buffer.from(text).toString("base64");
}
