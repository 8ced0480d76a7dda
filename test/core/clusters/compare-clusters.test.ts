import { describe, expect, it } from "@jest/globals";
import { compareClusters, type ProductionCluster } from "../../../core/clusters/compare-clusters.ts";
import type { ClusterDifference } from "../../../core/ownership.ts";
import { proveStack } from "../../../core/route/prove.ts";
import type { Stack } from "../../../core/stack.ts";
import { anEnvironment } from "../../support/builders.ts";
import { match, prefix, regex } from "../route/arbitrary-match.ts";
import { type ServiceSketch, stackOf } from "../route/environments.ts";

const today = "2026-11-23";

function cluster(
  name: string,
  sketches: Record<string, ServiceSketch>,
  changes: Partial<Stack> = {},
): ProductionCluster {
  const stack = stackOf(sketches, { name, production: true, ...changes });
  return { name, proof: proveStack(stack, { today }) };
}

function difference(changes: Partial<ClusterDifference>): ClusterDifference {
  return {
    environment: "alpha",
    clusters: ["b"],
    reason: "law",
    expires: today,
    location: { file: "stacks/prod/clusters.yaml", line: 2, column: 5 },
    ...changes,
  };
}

/** `stack severity code message` of each finding. */
function found(...clusters: ProductionCluster[]): string[] {
  return Array.from(compareClusters(clusters, today).problems).flatMap(([stack, problems]) =>
    problems.map(({ severity, code, message }) => `${stack} ${severity} ${code} ${message}`),
  );
}

const cart = { rules: [[match(prefix("/cart/"))]] };
const shop = { rules: [[match(prefix("/shop/"))]] };
const host = "http://faas-alpha-ksvc-gateway.kfaas-system.svc.cluster.local";

describe("production clusters", () => {
  it("agree if the same request has the same owner, in whatever words, treated however", () => {
    // The sketches' timeouts differ from rule to rule.
    const clusters = [
      cluster("a", { cart, shop }),
      cluster("b", { cart, shop: { rules: [[match(regex("/shop/.*"))]] } }),
      cluster("c", { cart: { rules: [[match(prefix("/cart/x/")), match(prefix("/cart/"))]] }, shop }),
    ];
    expect(compareClusters(clusters, today)).toEqual({
      problems: new Map(),
      compared: ["a", "b", "c"],
      declared: 0,
    });
  });

  it("have one finding where they do not, with the stack that is most alone, and a URL that shows it", () => {
    const more = { cart, shop, beans: { rules: [[match(prefix("/shop/beans/"))]] } };
    const { problems } = compareClusters(
      [cluster("a", { cart, shop }), cluster("b", more), cluster("c", { cart, shop })],
      today,
    );
    expect([...problems]).toEqual([
      [
        "b",
        [
          {
            code: "cluster-owner-differs",
            severity: "error",
            environment: "alpha",
            services: ["beans", "shop"],
            message: `GET ${host}/shop/beans/ belongs to shop in a, c, to beans in b`,
            fix: expect.stringContaining("clusters.yaml"),
            witness: {
              shared: { method: "GET", path: "/shop/beans/", query: {}, headers: {} },
              onlyFirst: null,
              onlySecond: null,
            },
            location: { file: "stacks/test/alpha/beans.yaml", line: 2 },
            related: [{ file: "stacks/test/alpha/shop.yaml", line: 2 }],
          },
        ],
      ],
    ]);
  });

  it("have one finding for each pair of matches, also if all differ", () => {
    const other = (path: string) => ({ rules: [[match(prefix(path))]] });
    expect(
      found(
        cluster("a", { one: other("/x/"), two: other("/y/") }),
        cluster("b", { two: other("/x/"), one: other("/y/") }),
        cluster("c", {}),
      ),
    ).toEqual([
      `b error cluster-owner-differs GET ${host}/x/ belongs to nobody in c, to one in a, to two in b`,
      `a error cluster-owner-differs GET ${host}/y/ belongs to nobody in c, to one in b, to two in a`,
    ]);
  });

  it("have to have the same environments", () => {
    const environments = [anEnvironment(), anEnvironment({ name: "canary" })];
    const clusters = (entries: ClusterDifference[]) => [
      cluster("a", { cart }, { environments, differences: entries }),
      cluster("b", { cart }),
      cluster("c", { cart }, { environments }),
    ];
    expect(found(...clusters([]))).toEqual([
      expect.stringMatching(
        /^b error cluster-environment-differs environment canary is in a, c and not in b/,
      ),
    ]);
    expect(found(...clusters([difference({ environment: "canary" })]))).toEqual([]);
  });

  it("have to normalise paths in the same way, or nobody can tell which request is the same", () => {
    expect(
      found(cluster("a", { cart }), cluster("b", { cart }, { pathNormalisation: "MERGE_SLASHES" })),
    ).toEqual([
      expect.stringMatching(/^b error cluster-environment-differs a \(BASE\) and b \(MERGE_SLASHES\)/),
    ]);
  });

  it("that have errors are not compared, and said not to be", () => {
    const entry = difference({ services: ["cart"] });
    const broken = { name: "b", proof: undefined };
    expect(found(cluster("a", { cart }, { differences: [entry] }), broken, cluster("c", { shop }))).toEqual([
      expect.stringMatching(/^c error cluster-owner-differs .* cart in a/),
      expect.stringMatching(/^c error cluster-owner-differs .* shop in c/),
      expect.stringMatching(/^b info cluster-not-compared b has errors/),
    ]);
    expect(found(broken)).toEqual([]);
  });

  it("are told of what could not be decided, never that it agrees", () => {
    // Each rule of `many` leaves several pieces of what `all` takes, by header and method, until there are too many.
    const rules = Array.from({ length: 9 }, (_, index) => [
      match(prefix(`/x/`), {
        methods: ["GET"],
        headers: {
          [`x-${index}`]: { kind: "exact", value: "1" },
          [`y-${index}`]: { kind: "exact", value: "1" },
        },
      }),
    ]);
    const all = { rules: [[match(prefix("/x/"))]] };
    const findings = found(cluster("a", { all }), cluster("b", { all: { rules: [...rules, ...all.rules] } }));
    expect(findings.filter((line) => !line.includes("cluster-owner-undecided"))).toEqual([]);
    expect(findings.length).toBeGreaterThan(0);
  });
});

describe("clusters.yaml", () => {
  const clusters = (...differences: ClusterDifference[]) => [
    cluster("a", { cart, shop }, { differences }),
    cluster("b", { cart, mall: shop }, { differences }),
    cluster("c", { cart, mall: shop }),
  ];

  it.each<[string, Partial<ClusterDifference>]>([
    ["both services", { services: ["shop", "mall"], clusters: ["a"] }],
    ["no services, so the whole environment", { clusters: ["a"] }],
    ["both sides", { services: ["mall", "shop"], clusters: ["b", "c"] }],
  ])("declares a difference by %s", (_what, changes) => {
    expect(compareClusters(clusters(difference(changes)), today)).toMatchObject({
      problems: new Map(),
      declared: 1,
    });
  });

  it.each<[string, Partial<ClusterDifference>, RegExp[]]>([
    [
      "for too few services",
      { services: ["shop"], clusters: ["a"] },
      [/^a error cluster-owner-differs/, /^a warning needless-difference .* that shop may differ in a, but/],
    ],
    [
      "for one of two clusters: the other still has to agree",
      { services: ["shop", "mall"], clusters: ["b"] },
      [/^a error cluster-owner-differs/],
    ],
    [
      "for another environment",
      { environment: "beta", clusters: ["a"] },
      [/^a error cluster-owner-differs/, /^a warning needless-difference/],
    ],
    [
      "until yesterday",
      { services: ["shop", "mall"], clusters: ["a"], expires: "2026-11-22" },
      [
        /^a error difference-expired clusters.yaml said until 2026-11-22 that shop, mall may differ in a.*law$/,
      ],
    ],
    [
      "for a cluster that is none",
      { services: ["shop", "mall"], clusters: ["aa"] },
      [/^a error cluster-owner-differs/, /^a error unknown-cluster clusters.yaml names aa/],
    ],
    [
      "for a service that is none",
      { services: ["shop", "mal"], clusters: ["a"] },
      [/^a error cluster-owner-differs/, /^a error unknown-service clusters.yaml names mal,/],
    ],
  ])("does not do so %s", (_what, changes, findings) => {
    const lines = found(...clusters(difference(changes)));
    expect(lines.sort()).toEqual(findings.map((finding) => expect.stringMatching(finding)));
  });

  it("of two clusters that agree is needless, also after its day", () => {
    const entry = difference({ services: ["cart"], expires: "2020-01-31" });
    expect(found(cluster("a", { cart }, { differences: [entry] }), cluster("b", { cart }))).toEqual([
      "a warning needless-difference clusters.yaml says that cart may differ in b, but nothing does",
    ]);
  });
});
