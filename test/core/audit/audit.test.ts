import { describe, expect, it } from "@jest/globals";
import { auditObjects } from "../../../core/audit/audit.ts";
import { auditText } from "../../../core/audit/audit-text.ts";

type Plain = Record<string, unknown>;

/** A VirtualService as foreign teams write it; `second` is when it was created. */
function vs(name: string, second: number, http: unknown, spec: Plain = {}, meta: Plain = {}): Plain {
  return {
    apiVersion: "networking.istio.io/v1beta1",
    kind: "VirtualService",
    metadata: {
      name,
      namespace: "shop",
      creationTimestamp: `2026-01-01T00:00:${String(second).padStart(2, "0")}Z`,
      ...meta,
    },
    spec: { hosts: ["shop.example.com"], gateways: ["istio-system/public"], http, ...spec },
  };
}

function gatewayObject(name: string, second: number, spec: Plain = {}): Plain {
  const port = { number: 80, name: "http", protocol: "HTTP" };
  return {
    apiVersion: "networking.istio.io/v1",
    kind: "Gateway",
    metadata: {
      name,
      namespace: "istio-system",
      creationTimestamp: `2026-01-01T00:00:${String(second).padStart(2, "0")}Z`,
    },
    spec: { selector: { istio: "ingress" }, servers: [{ port, hosts: ["*"] }], ...spec },
  };
}

const to = (host: string, more: Plain = {}): Plain => ({ route: [{ destination: { host } }], ...more });
const rule = (match: Plain | Plain[], host: string, more: Plain = {}): Plain => ({
  match: Array.isArray(match) ? match : [match],
  ...to(host, more),
});
const at = (prefix: string, host: string, more: Plain = {}): Plain[] => [
  rule({ uri: { prefix } }, host, more),
];

/** Findings as `today>otherwise METHOD path`, with `!` where a restore changes the outcome. */
function outcomes(...objects: unknown[]): string[] {
  return auditObjects(objects).findings.map(
    ({ today, otherwise, afterRestore, witness: { method, path } }) =>
      `${today.slice(5)}>${otherwise.slice(5)}${afterRestore ? "!" : ""} ${method} ${path}`,
  );
}

const reasons = (...objects: unknown[]) =>
  auditObjects(objects).notUnderstood.map(({ path, reason }) => `${path}: ${reason}`);

describe("depends on the age of objects:", () => {
  it.each<[string, unknown[], string[]]>([
    ["the same prefix", [vs("a", 2, at("/x/", "a")), vs("b", 1, at("/x/", "b"))], ["b>a! GET /x/"]],
    [
      "the same prefix, today as after a restore",
      [vs("a", 1, at("/x/", "a")), vs("b", 2, at("/x/", "b"))],
      ["a>b GET /x/"],
    ],
    [
      "objects of the same second, by name",
      [vs("b", 1, at("/x/", "b")), vs("a", 1, at("/x/", "a"))],
      ["a>b GET /x/"],
    ],
    ["a string prefix", [vs("a", 1, at("/x", "a")), vs("b", 2, at("/xy", "b"))], ["a>b GET /xy"]],
    [
      "an exact path below a regex",
      [
        vs("a", 2, [rule({ uri: { exact: "/x/1" } }, "a")]),
        vs("b", 1, [rule({ uri: { regex: "/x/[0-9]" } }, "b")]),
      ],
      ["b>a! GET /x/1"],
    ],
    [
      "methods by regex and by exact value",
      [
        vs("a", 1, [rule({ uri: { prefix: "/x" }, method: { regex: "GET|POST" } }, "a")]),
        vs("b", 2, [rule({ uri: { prefix: "/x" }, method: { exact: "POST" } }, "b")]),
      ],
      ["a>b POST /x"],
    ],
    [
      "two catch-alls, behind everything else",
      [vs("a", 1, [...at("/x/", "a"), to("a")]), vs("b", 2, [to("b")])],
      ["a>b GET /"],
    ],
    [
      "an empty prefix, which is no catch-all for istiod",
      [vs("a", 2, at("", "a")), vs("b", 1, at("/x", "b"))],
      ["b>a! GET /x"],
    ],
    [
      "a timeout that differs",
      [vs("a", 1, at("/x", "a")), vs("b", 2, at("/x", "a", { timeout: "1s" }))],
      ["a>b GET /x"],
    ],
    [
      "a short destination, which means another service in another namespace",
      [vs("a", 1, at("/x", "svc")), vs("b", 2, at("/x", "svc"), {}, { namespace: "shup" })],
      ["a>b GET /x"],
    ],
    [
      "what the earlier rule of one object leaves over",
      [vs("a", 1, [rule({ uri: { exact: "/x/" } }, "b"), ...at("/x/", "a")]), vs("b", 2, at("/x/", "b"))],
      ["a>b GET /x/a"],
    ],
    [
      "a wildcard host",
      [vs("a", 1, at("/x", "a"), { hosts: ["*.x.io"] }), vs("b", 2, at("/x", "b"), { hosts: ["*.X.io"] })],
      ["a>b GET /x"],
    ],
    [
      "short hosts of one namespace",
      [
        vs("a", 1, at("/x", "a"), { hosts: ["h"] }),
        vs("b", 2, at("/x", "b"), { hosts: ["h.shop.svc.cluster.local"] }),
      ],
      ["a>b GET /x"],
    ],
    [
      "gateways named in three ways",
      [
        vs("a", 1, at("/x", "a"), { gateways: ["public"] }),
        vs("b", 2, at("/x", "b"), { gateways: ["./public"] }),
        vs("c", 3, at("/x", "c"), { gateways: ["public.shop.svc.cluster.local"] }),
      ],
      ["a>c GET /x"],
    ],
    [
      "a rule for one port of a Gateway that is not in the input, said once",
      [
        vs("a", 1, at("/x", "a")),
        vs("b", 2, at("/x", "b")),
        vs("c", 3, [rule({ uri: { prefix: "/y" }, port: 80 }, "c")]),
      ],
      ["a>b GET /x"],
    ],
    [
      "Gateways that share pods and port",
      [
        gatewayObject("one", 2),
        gatewayObject("two", 1),
        vs("a", 1, at("/x", "a"), { gateways: ["istio-system/one"] }),
        vs("b", 2, at("/x", "b"), { gateways: ["istio-system/two"] }),
      ],
      ["b>a! GET /x"],
    ],
  ])("%s", (_, objects, expected) => {
    expect(outcomes(...objects)).toEqual(expected);
    expect(outcomes(...[...objects].reverse())).toEqual(expected);
    expect(reasons(...objects)).toEqual([]);
  });
});

describe("does not depend on the age of objects:", () => {
  it.each<[string, unknown[]]>([
    ["nothing at all", []],
    ["one object, whatever its rules", [vs("a", 1, [...at("/x", "a"), ...at("/x", "b"), to("c")])]],
    ["sibling prefixes", [vs("a", 1, at("/x/", "a")), vs("b", 2, at("/xy/", "b"))]],
    [
      "the same action in other words",
      [
        vs("a", 1, at("/x", "svc")),
        vs("b", 2, [
          {
            name: "n",
            match: [{ uri: { prefix: "/x" } }],
            route: [{ weight: 100, destination: { host: "svc.shop.svc.cluster.local" } }],
          },
        ]),
      ],
    ],
    ["a catch-all and anything else", [vs("a", 1, [to("a")]), vs("b", 2, at("/x", "b"))]],
    ["what stands behind a catch-all", [vs("a", 1, [to("a"), ...at("/x", "a")]), vs("b", 2, at("/x", "b"))]],
    [
      "a catch-all that a rule hides entirely",
      [vs("a", 1, [...at("", "a"), to("a")]), vs("b", 2, [to("b")])],
    ],
    [
      "methods that exclude each other",
      [
        vs("a", 1, [rule({ uri: { prefix: "/x" }, method: { exact: "GET" } }, "a")]),
        vs("b", 2, [rule({ uri: { prefix: "/x" }, method: { exact: "POST" } }, "b")]),
      ],
    ],
    [
      "authorities that exclude each other, as Knative writes them",
      [
        vs("a", 1, [rule({ authority: { prefix: "a.shop" } }, "a")], {
          hosts: ["a.shop.svc.cluster.local", "b.shop.svc.cluster.local"],
        }),
        vs("b", 2, [rule({ authority: { prefix: "b.shop" } }, "b")], {
          hosts: ["a.shop.svc.cluster.local", "b.shop.svc.cluster.local"],
        }),
      ],
    ],
    [
      "an authority that the host does not have",
      [vs("a", 1, [rule({ authority: { exact: "other.example.com" } }, "a")]), vs("b", 2, at("/x", "b"))],
    ],
    [
      "a host and the wildcard above it",
      [vs("a", 1, at("/x", "a"), { hosts: ["*.example.com"] }), vs("b", 2, at("/x", "b"))],
    ],
    [
      "servers of one Gateway, which are read in their order",
      [
        gatewayObject("public", 1, {
          servers: ["a", "b"].map((name) => ({
            port: { number: 80, name, protocol: "HTTP" },
            hosts: [`${name}/*`],
          })),
        }),
        vs("a", 2, at("/x", "one"), {}, { namespace: "a" }),
        vs("b", 1, at("/x", "two"), {}, { namespace: "b" }),
      ],
    ],
    [
      "gateways of other pods",
      [
        gatewayObject("one", 1),
        gatewayObject("two", 1, { selector: { istio: "other" } }),
        vs("a", 1, at("/x", "a"), { gateways: ["istio-system/one"] }),
        vs("b", 2, at("/x", "b"), { gateways: ["istio-system/two"] }),
      ],
    ],
    [
      "rules for other ports and gateways of the match",
      [
        vs("a", 1, [rule({ uri: { prefix: "/x" }, port: 80 }, "a")]),
        vs("b", 2, [rule({ uri: { prefix: "/x" }, port: 8080 }, "b")]),
        vs("c", 3, [rule({ uri: { prefix: "/x" }, gateways: ["mesh"] }, "c")], {
          gateways: ["istio-system/public", "mesh"],
        }),
      ],
    ],
    [
      "groups of exportTo, which come before age",
      [vs("a", 1, at("/x", "a")), vs("b", 2, at("/x", "b"), { exportTo: ["istio-system"] })],
    ],
    [
      "an object that the gateway does not see",
      [vs("a", 1, at("/x", "a")), vs("b", 2, at("/x", "b"), { exportTo: ["."] })],
    ],
    [
      "an object of another API",
      [vs("a", 1, at("/x", "a")), { ...vs("b", 2, at("/x", "b")), apiVersion: "appmesh.k8s.aws/v1beta2" }],
    ],
  ])("%s", (_, objects) => {
    expect(outcomes(...objects)).toEqual([]);
  });
});

describe("the finding", () => {
  it("names host, gateway, port, all objects, and each further pair of matches once", () => {
    const [finding, ...others] = auditObjects([
      gatewayObject("public", 1),
      vs("a", 1, [...at("/x/", "a"), ...at("/y/", "a")]),
      vs("b", 2, [...at("/x/", "b"), ...at("/y/z/", "b")]),
    ]).findings;
    expect(others).toEqual([]);
    expect(finding).toEqual({
      code: "overlap-decided-by-age",
      host: "shop.example.com",
      gateway: "istio-system/public",
      port: 80,
      today: "shop/a",
      otherwise: "shop/b",
      afterRestore: false,
      witness: { method: "GET", path: "/x/", query: {}, headers: {} },
      furtherWitnesses: [{ method: "GET", path: "/y/z/", query: {}, headers: {} }],
      matches: [
        { object: "shop/a", match: "prefix /x/" },
        { object: "shop/b", match: "prefix /x/" },
      ],
      objects: ["shop/a", "shop/b"],
      uncertain: false,
    });
  });

  it("that a restore would change comes first", () => {
    expect(
      outcomes(
        vs("a", 1, at("/x", "a"), { hosts: ["a.io"] }),
        vs("b", 2, at("/x", "b"), { hosts: ["a.io"] }),
        vs("c", 4, at("/x", "c"), { hosts: ["z.io"] }),
        vs("d", 3, at("/x", "d"), { hosts: ["z.io"] }),
      ),
    ).toEqual(["d>c! GET /x", "a>b GET /x"]);
  });

  it("shows conditions with values that meet them", () => {
    const [finding] = auditObjects([
      vs("a", 1, [
        rule({ headers: { "X-Tenant": { exact: "acme" } }, queryParams: { v: { regex: "[12]" } } }, "a"),
      ]),
      vs("b", 2, [rule({ headers: { "x-tenant": { prefix: "ac" } } }, "b")]),
    ]).findings;
    expect(finding?.witness).toMatchObject({
      headers: { "x-tenant": "acme" },
      query: { v: expect.stringMatching(/^[12]$/) },
    });
  });

  it("is judged in the namespace where the gateway's pods run, if the input says so", () => {
    const pod = (namespace: string) => ({
      kind: "Pod",
      metadata: { name: "p", namespace, labels: { istio: "ingress", app: "x" } },
    });
    const objects = [
      gatewayObject("public", 1),
      vs("a", 1, at("/x", "a")),
      vs("b", 2, at("/x", "b"), { exportTo: ["edge"] }),
      vs("c", 3, at("/x", "c"), { exportTo: ["edge"] }),
    ];
    expect(outcomes(...objects)).toEqual([]);
    expect(auditObjects(objects).assumptions.join()).toMatch(/pods of Gateway istio-system\/public/);
    expect(outcomes(...objects, pod("edge"))).toEqual(["b>c GET /x"]);
    expect(auditObjects([...objects, pod("edge")]).assumptions.join()).not.toMatch(/pods of/);
  });
});

describe("sidecars obey one object per host:", () => {
  const mesh = { gateways: undefined, hosts: ["reviews"] };
  const codes = (...objects: unknown[]) =>
    auditObjects(objects).findings.map(({ code, today, otherwise }) => `${code} ${today} ${otherwise}`);

  it("the oldest, though their matches are disjoint", () => {
    expect(codes(vs("a", 1, at("/x/", "a"), mesh), vs("b", 2, at("/y/", "b"), mesh))).toEqual([
      "mesh-host-decided-by-age shop/a shop/b",
    ]);
  });

  it("which is nothing to report if they do the same, or nobody sees both", () => {
    expect(codes(vs("a", 1, at("/x/", "a"), mesh), vs("b", 2, at("/x/", "a"), mesh))).toEqual([]);
    expect(
      codes(
        vs("a", 1, at("/x/", "a"), { hosts: ["h.io"], gateways: ["mesh"], exportTo: ["."] }),
        vs(
          "b",
          2,
          at("/y/", "b"),
          { hosts: ["h.io"], gateways: ["mesh"], exportTo: ["."] },
          { namespace: "other" },
        ),
      ),
    ).toEqual([]);
  });
});

describe("says what it did not understand:", () => {
  it.each<[string, unknown, RegExp]>([
    [
      "a source",
      vs("a", 1, [rule({ sourceLabels: { app: "x" } }, "a")]),
      /http\[0\]\.match\[0\].*sourceLabels/,
    ],
    ["headers that must be absent", vs("a", 1, [rule({ withoutHeaders: { x: {} } }, "a")]), /withoutHeaders/],
    ["a field of the future", vs("a", 1, [rule({ moonPhase: "full" }, "a")]), /moonPhase/],
    [
      "a claim of a token",
      vs("a", 1, [rule({ headers: { "@request.auth.claims.sub": { exact: "x" } } }, "a")]),
      /@request/,
    ],
    ["a look-ahead", vs("a", 1, [rule({ uri: { regex: "/(?!x)" } }, "a")]), /Istio would refuse/],
    ["a path with a query", vs("a", 1, [rule({ uri: { exact: "/x?y=1" } }, "a")]), /no request can meet it/],
    [
      "two kinds of a pattern",
      vs("a", 1, [rule({ uri: { exact: "/x", prefix: "/y" } }, "a")]),
      /exact and prefix/,
    ],
    [
      "a number for text",
      vs("a", 1, [rule({ headers: { x: { exact: 1 } } }, "a")]),
      /headers\.x\.exact is not text/,
    ],
    [
      "a delegate's root",
      vs("a", 1, [{ match: [{ uri: { prefix: "/x" } }], delegate: { name: "d" } }]),
      /delegate d/,
    ],
    ["a delegate", vs("a", 1, at("/x", "a"), { hosts: [] }), /no hosts/],
    ["TCP rules", vs("a", 1, [], { tcp: [{}] }), /only HTTP/],
    ["a match that is no list", vs("a", 1, [{ match: { uri: {} } }]), /match: it is not a list/],
    ["a rule that is no mapping", vs("a", 1, ["x"]), /not a mapping/],
    ["a match that is no mapping", vs("a", 1, [{ match: [7] }]), /not a mapping/],
    ["an object without a name", vs("", 1, at("/x", "a")), /no name/],
    ["a time that is none", vs("a", 1, at("/x", "a"), {}, { creationTimestamp: "yesterday" }), /no time/],
  ])("%s", (_, object, reason) => {
    expect(reasons(object)).toEqual([expect.stringMatching(reason)]);
  });

  it("an object that stands twice, and hosts that its Gateway does not serve", () => {
    expect(reasons(vs("a", 1, at("/x", "a")), vs("a", 1, at("/x", "b")))).toEqual([
      expect.stringMatching(/twice/),
    ]);
    const narrow = { servers: [{ port: { number: 80, protocol: "HTTP" }, hosts: ["other/*"] }] };
    expect(reasons(gatewayObject("public", 1, narrow), vs("a", 1, at("/x", "a")))).toEqual([
      expect.stringMatching(/serves none of its hosts/),
    ]);
  });

  it.each([
    [null],
    [7],
    ["x"],
    [[]],
    [{}],
    [{ apiVersion: "networking.istio.io/v1", kind: "VirtualService" }],
    [
      {
        apiVersion: "networking.istio.io/v1",
        kind: "VirtualService",
        metadata: { name: "a" },
        spec: { hosts: "x", http: {} },
      },
    ],
    [
      {
        apiVersion: "networking.istio.io/v1",
        kind: "Gateway",
        metadata: { name: "a" },
        spec: { servers: [1, {}, { port: 1 }] },
      },
    ],
  ])("nonsense such as %j", (object) => {
    expect(auditObjects([object, vs("a", 1, at("/x", "a"))]).findings).toEqual([]);
  });

  it("in the text as well, with other kinds and the assumptions", () => {
    const text = auditText(
      auditObjects([
        vs("b", 1, at("/x", "b"), {}, { creationTimestamp: undefined }),
        vs("a", 1, [...at("/x", "a"), rule({ moonPhase: "full" }, "a")]),
        { kind: "Service", metadata: { name: "s" } },
      ]),
    );
    expect(text).toMatch(/GET \/x\n +today +shop\/b\n +otherwise +shop\/a .*restore/);
    expect(text).toMatch(/unless a rule of theirs/);
    expect(text).toMatch(/Not understood[^]*shop\/a {2}spec\.http\[1\]\.match\[0\]: it depends on moonPhase/);
    expect(text).toMatch(/without creationTimestamp \(1\)/);
    expect(text).toMatch(
      /1 finding, 1 thing not understood in 2 VirtualServices and 0 Gateways; not looked at: 1 Service\n$/,
    );
  });
});
