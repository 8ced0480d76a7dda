import { describe, expect, it } from "@jest/globals";
import fc from "fast-check";
import type { WitnessRequest } from "../../../core/problem.ts";
import { firstMatch } from "../../../core/route/istio-merge.ts";
import { ownerOf } from "../../../core/route/owner.ts";
import type { Proof } from "../../../core/route/prove.ts";
import { exact, match, prefix, regex } from "./arbitrary-match.ts";
import { mergedBy, rendered, type ServiceSketch } from "./environments.ts";
import {
  accepted,
  arbitraryEnvironment,
  checkAgeIsNoticed,
  checkOneOwner,
  prove,
} from "./random-environments.ts";

function codes(proof: Proof): string[] {
  return proof.problems.map(({ code, severity }) => `${severity} ${code}`);
}

const one = (...matches: ReturnType<typeof match>[]): ServiceSketch => ({ rules: [matches] });
const header = (name: string, value: string) => ({ headers: { [name]: { kind: "exact" as const, value } } });

describe("what is fine", () => {
  it.each<[string, Record<string, ServiceSketch>]>([
    ["siblings", { a: one(match(prefix("/x/a/"))), b: one(match(prefix("/x/b/"))) }],
    [
      "siblings that begin alike",
      { a: one(match(prefix("/x/saas/"))), b: one(match(prefix("/x/saas-admin/"))) },
    ],
    [
      "nested prefixes",
      { a: one(match(prefix("/x/"))), b: one(match(prefix("/x/b/"))), c: one(match(prefix("/x/b/c/"))) },
    ],
    ["an exact path within a prefix", { a: one(match(prefix("/x/"))), b: one(match(exact("/x/b"))) }],
    [
      "a string prefix within another",
      { a: one(match(prefix("/x/show"))), b: one(match(prefix("/x/showroom/"))) },
    ],
    ["a regex within a prefix", { a: one(match(prefix("/x/"))), b: one(match(regex("/x/[0-9]+/detail"))) }],
    ["regexes apart", { a: one(match(regex("/x/[0-9]+"))), b: one(match(regex("/x/[a-z]+"))) }],
    ["a regex around a prefix", { a: one(match(regex("/x/.*"))), b: one(match(prefix("/x/b/"))) }],
    [
      "methods apart",
      {
        a: one(match(prefix("/x/"), { methods: ["GET"] })),
        b: one(match(prefix("/x/"), { methods: ["POST"] })),
      },
    ],
    [
      "a header of one's own",
      { a: one(match(prefix("/x/"))), b: one(match(prefix("/x/"), header("t", "b"))) },
    ],
    [
      "header values apart",
      { a: one(match(prefix("/x/"), header("t", "a"))), b: one(match(prefix("/x/"), header("t", "b"))) },
    ],
    [
      "unions that only look like an overlap",
      {
        a: one(match(prefix("/x/")), match(prefix("/y/z/"))),
        b: one(match(prefix("/x/w/")), match(prefix("/y/"))),
      },
    ],
    [
      "overlaps within one file",
      {
        a: {
          rules: [[match(prefix("/x/"), { methods: ["GET"] })], [match(prefix("/x/"), header("t", "1"))]],
        },
      },
    ],
    ["with and without the slash", { a: one(match(exact("/x/a"))), b: one(match(prefix("/x/a/"))) }],
    ["case apart", { a: one(match(prefix("/x/a/"))), b: one(match(prefix("/x/A/"))) }],
    ["ignoring case around", { a: one(match(prefix("/x/", true))), b: one(match(prefix("/x/A/"))) }],
    [
      "two catch-alls of which one has a condition",
      { a: one(match(prefix("/"))), b: one(match(prefix("/"), { methods: ["GET"] })) },
    ],
  ])("%s", (_, sketches) => {
    expect(codes(prove(sketches))).toEqual([]);
  });
});

describe("what is not", () => {
  it.each<[string, Record<string, ServiceSketch>, string[]]>([
    [
      "the same prefix",
      { a: one(match(prefix("/x/"))), b: one(match(prefix("/x/"))) },
      ["error equal-matches"],
    ],
    [
      "the same in other words",
      { a: one(match(regex("/x/.*"))), b: one(match(prefix("/x/"))) },
      ["error equal-matches"],
    ],
    [
      "equal although it yields",
      { a: { ...one(match(prefix("/x/"))), yieldsTo: ["b"] }, b: one(match(prefix("/x/"))) },
      ["error yield-against-precedence", "error equal-matches"],
    ],
    [
      "a segment in the middle",
      { a: one(match(regex("/p/[^/]+/v1"))), b: one(match(prefix("/p/shop/"))) },
      ["error partial-overlap"],
    ],
    [
      "a method against a longer prefix",
      { a: one(match(prefix("/x/"), { methods: ["GET"] })), b: one(match(prefix("/x/y/"))) },
      ["error partial-overlap"],
    ],
    [
      "two headers",
      { a: one(match(prefix("/x/"), header("t", "1"))), b: one(match(prefix("/x/"), header("u", "1"))) },
      ["error partial-overlap"],
    ],
    [
      "case crosswise",
      { a: one(match(prefix("/x/ab", true))), b: one(match(prefix("/x/A"))) },
      ["error partial-overlap"],
    ],
    ["an impossible path", { a: one(match(exact("/x/{id}"))) }, ["error empty-clause"]],
    [
      "mutual yields",
      {
        a: { ...one(match(prefix("/x/"), { methods: ["GET"] })), yieldsTo: ["b"] },
        b: { ...one(match(prefix("/x/y/"))), yieldsTo: ["a"] },
      },
      ["error mutual-yield", "error partial-overlap"],
    ],
    [
      "yielding to oneself",
      { a: { ...one(match(prefix("/x/"))), yieldsTo: ["a"] } },
      ["error yields-to-itself"],
    ],
    [
      "yielding to nobody",
      { a: { ...one(match(prefix("/x/"))), yieldsTo: ["c"] } },
      ["error unknown-service"],
    ],
    [
      "yielding against containment",
      { a: one(match(prefix("/x/"))), b: { ...one(match(prefix("/x/y/"))), yieldsTo: ["a"] } },
      ["error yield-against-precedence"],
    ],
    [
      "yielding along containment",
      { a: { ...one(match(prefix("/x/"))), yieldsTo: ["b"] }, b: one(match(prefix("/x/y/"))) },
      ["warning needless-yield"],
    ],
    [
      "yielding without an overlap",
      { a: { ...one(match(prefix("/x/"))), yieldsTo: ["b"] }, b: one(match(prefix("/y/"))) },
      ["warning needless-yield"],
    ],
    [
      "a duplicate in one file",
      { a: { rules: [[match(prefix("/x/"))], [match(regex("/x/.*"))]] } },
      ["warning unreachable-match"],
    ],
    [
      "taken together by the same file",
      {
        a: {
          rules: [
            [match(prefix("/x/"), { methods: ["GET", "POST"] })],
            [match(prefix("/x/"), { methods: ["GET"] })],
            [match(prefix("/x/"), { methods: ["POST"] })],
          ],
        },
      },
      ["warning unreachable-match"],
    ],
    [
      "taken over by others together",
      {
        a: one(match(prefix("/x/"), { methods: ["GET", "POST"] })),
        b: one(match(prefix("/x/"), { methods: ["GET"] })),
        c: one(match(prefix("/x/"), { methods: ["POST"] })),
      },
      ["error taken-over-match"],
    ],
    [
      "taken over path by path",
      { a: one(match(regex("/x/(a|b)"))), b: one(match(exact("/x/a"))), c: one(match(exact("/x/b"))) },
      ["error taken-over-match"],
    ],
    [
      "a copy of managed weights",
      {
        a: one(match(prefix("/x/"))),
        b: { ...one(match(prefix("/x/y/"))), weightsManagedBy: "argo-rollouts" },
      },
      ["error managed-weights-copied"],
    ],
  ])("%s", (_, sketches, expected) => {
    expect(codes(prove(sketches))).toEqual(expected);
  });

  it("an overlap shows both files, three requests and the ways out", () => {
    const [problem] = prove({
      a: one(match(regex("/p/[^/]+/v1"))),
      b: one(match(prefix("/p/shop/"))),
    }).problems;
    expect(problem).toEqual({
      code: "partial-overlap",
      severity: "error",
      environment: "alpha",
      services: ["a", "b"],
      message:
        "a (stacks/test/alpha/a.yaml:2), regex /p/[^/]+/v1, and b (stacks/test/alpha/b.yaml:2), prefix /p/shop/, both match GET /p/shop/v1, but neither lies inside the other. Where two services match the same request the more specific match wins, and here neither is.",
      fix: "narrow one of the two; or let one file yield: `yieldsTo: [b]` in a, or `yieldsTo: [a]` in b; or accept it for a while in accepted.yaml with the winner's name",
      witness: {
        shared: { method: "GET", path: "/p/shop/v1", query: {}, headers: {} },
        onlyFirst: { method: "GET", path: "/p/a/v1", query: {}, headers: {} },
        onlySecond: { method: "GET", path: "/p/shop/", query: {}, headers: {} },
      },
      location: { file: "stacks/test/alpha/a.yaml", line: 2 },
      related: [{ file: "stacks/test/alpha/b.yaml", line: 2 }],
    });
  });
});

describe("settling", () => {
  const overlap = { a: one(match(regex("/p/[^/]+/v1"))), b: one(match(prefix("/p/shop/"))) };
  const same = { a: one(match(prefix("/x/"))), b: one(match(prefix("/x/"))) };
  const shop: WitnessRequest = { method: "GET", path: "/p/shop/v1", query: {}, headers: {} };

  it.each(["a", "b"])("by the register, for %s", (winner) => {
    const proof = prove(overlap, { accepted: [accepted(["a", "b"], winner)] });
    expect(codes(proof)).toEqual([]);
    expect(proof.environments[0] && ownerOf(proof.environments[0], shop)?.owner.owner.name).toBe(winner);
    expect(codes(prove(same, { accepted: [accepted(["b", "a"], winner)] }))).toEqual([]);
  });

  it.each([
    ["a", "b"],
    ["b", "a"],
  ])("by a yield of %s to %s", (from, to) => {
    const sketches = { ...overlap, [from]: { ...overlap[from as "a"], yieldsTo: [to] } };
    const proof = prove(sketches);
    expect(codes(proof)).toEqual([]);
    expect(proof.environments[0] && ownerOf(proof.environments[0], shop)?.owner.owner.name).toBe(to);
  });

  it("ends on the day after the entry's last", () => {
    const entry = accepted(["a", "b"], "a", "2026-11-23");
    expect(codes(prove(overlap, { accepted: [entry] }, { today: "2026-11-23" }))).toEqual([]);
    expect(codes(prove(overlap, { accepted: [entry] }, { today: "2026-11-24" }))).toEqual([
      "error accepted-expired",
    ]);
    expect(codes(prove(same, { accepted: [entry] }, { today: "2026-11-24" }))).toEqual([
      "error accepted-expired",
    ]);
  });

  it("needs something to settle, and services that are there", () => {
    const apart = { a: one(match(prefix("/x/"))), b: one(match(prefix("/y/"))) };
    expect(codes(prove(apart, { accepted: [accepted(["a", "b"], "a")] }))).toEqual([
      "warning needless-accepted",
    ]);
    expect(codes(prove(apart, { accepted: [accepted(["a", "c"], "a")] }))).toEqual(["error unknown-service"]);
    expect(
      codes(prove(apart, { accepted: [{ ...accepted(["a", "c"], "a"), environment: "beta" }] })),
    ).toEqual([]);
  });

  it("is not needed where budget makes the difference: an error in production, a named winner elsewhere", () => {
    const hard = { a: one(match(regex("/(a{90}){1,9}"))), b: one(match(regex("/(a{91}){1,9}"))) };
    const tolerated = prove(hard, {}, { budget: 60 });
    expect(codes(tolerated)).toEqual(["warning undecided-overlap"]);
    expect(tolerated.problems[0]?.message).toMatch(/within \d+ states.*a gets what both match/);
    expect(codes(prove(hard, { production: true }, { budget: 60 }))).toEqual(["error undecided-overlap"]);
    expect(
      codes(prove(hard, { accepted: [accepted(["a", "b"], "b")], production: true }, { budget: 60 })),
    ).toEqual([]);
  });
});

describe("regressions of the design", () => {
  it("one step of copying is not enough", () => {
    const proof = prove({
      s: { ...one(match(regex("/p/[^/]+/v1"))), yieldsTo: ["t"] },
      t: one(match(prefix("/p/shop/"))),
      u: one(match(prefix("/p/shop/cart/"))),
    });
    expect(codes(proof)).toEqual([]);
    const table = proof.environments[0]?.tables.find(({ service }) => service.name === "s");
    expect(table?.clauses.map(({ owner }) => owner.name)).toEqual(["u", "t", "s"]);
    expect(table?.rules.map(({ route, carveOut }) => [route.name, carveOut])).toEqual([
      ["u/1", true],
      ["t/1", true],
      ["s/1", false],
    ]);
  });

  it("three yields in a circle are printed, although no request meets all three", () => {
    const proof = prove({
      a: { ...one(match(regex("/(x|y)/a?"))), yieldsTo: ["b"] },
      b: { ...one(match(regex("/(y|z)/b?"))), yieldsTo: ["c"] },
      c: { ...one(match(regex("/(z|x)/c?"))), yieldsTo: ["a"] },
    });
    expect(codes(proof)).toEqual(["error precedence-circle"]);
    expect(proof.problems[0]).toMatchObject({
      services: ["a", "b", "c"],
      message: expect.stringMatching(/a yields to b.*|b yields to c/),
    });
  });

  it("a copied catch-all stands behind what its new object has of its own", () => {
    const proof = prove(
      {
        a: one(match(prefix("/"))),
        b: { rules: [[match(prefix("/")), match(regex("/"))], [match(regex("/"), { methods: ["GET"] })]] },
      },
      { accepted: [accepted(["a", "b"], "a")] },
    );
    expect(codes(proof)).toEqual([]);
    const table = proof.environments[0]?.tables[1];
    expect(
      table?.clauses.map(({ owner, routeIndex, matchIndex }) => [owner.name, routeIndex, matchIndex]),
    ).toEqual([
      ["b", 1, 0],
      ["b", 0, 1],
      ["a", 0, 0],
      ["b", 0, 0],
    ]);
  });

  it("what means everything is rendered as what istiod takes for it", () => {
    const proof = prove(
      {
        a: one(match(regex("/.*"))),
        b: one(match(prefix("/"))),
        c: one(match(prefix(""), { methods: ["GET"] })),
      },
      { accepted: [accepted(["a", "b"], "b")] },
    );
    expect(codes(proof)).toEqual([]);
    const rules = rendered(proof).map(({ spec }) => spec.http.map((rule) => rule.match?.[0]?.uri));
    expect(rules).toEqual([[{ prefix: "/" }, { prefix: "/" }], [{ prefix: "/" }], [{ prefix: "" }]]);
  });

  it("a file without overlaps looks as it was written", () => {
    const proof = prove({
      a: { rules: [[match(prefix("/x/b/")), match(prefix("/x/a/"))], [match(prefix("/x/c/"))]] },
      b: one(match(prefix("/y/"))),
    });
    const table = proof.environments[0]?.tables[0];
    expect(table?.rules.map(({ route }) => route.matches.map(({ path }) => path.value))).toEqual([
      ["/x/b/", "/x/a/"],
      ["/x/c/"],
    ]);
    expect(table?.rules.map(({ route }) => route.name)).toEqual([undefined, undefined]);
  });

  it("a fallback needs no copies and comes last", () => {
    const environments = [{ name: "alpha", fallback: "f" }];
    const proof = prove({ f: one(match(prefix("/x/f/"))), b: one(match(prefix("/x/"))) }, { environments });
    expect(codes(proof)).toEqual(["info fallback-takes-all"]);
    expect(
      proof.environments[0]?.tables.map(({ service, clauses, copies }) => [
        service.name,
        clauses.length,
        copies,
      ]),
    ).toEqual([
      ["b", 2, 1],
      ["f", 2, 0],
    ]);
    expect(
      firstMatch(mergedBy(rendered(proof), [2, 1]), { method: "GET", path: "/x/1", query: {}, headers: {} })
        ?.object.metadata.name,
    ).toMatch(/-b-/);
    expect(
      firstMatch(mergedBy(rendered(proof), [2, 1]), { method: "GET", path: "/q", query: {}, headers: {} })
        ?.object.metadata.name,
    ).toMatch(/-f-/);
  });

  it("budgets speak before Kubernetes does", () => {
    const many = Object.fromEntries(
      Array.from({ length: 12 }, (_, index) => [`s${index}`, one(match(prefix(`/x/${index}/`)))]),
    );
    expect(
      codes(prove({ ...many, wide: one(match(prefix("/x/"))) }, {}, { limits: { copies: 10 } })),
    ).toEqual(["error too-many-copies"]);
    expect(
      codes(prove({ ...many, wide: one(match(prefix("/x/"))) }, {}, { limits: { bytes: 5000 } })),
    ).toEqual(["error object-too-large"]);
    expect(
      codes(prove({ ...many, wide: one(match(prefix("/x/"))) }, {}, { limits: { routes: 20 } })),
    ).toEqual(["error route-list-too-long"]);
  });
});

describe("paths.yaml", () => {
  const location = { file: "stacks/test/paths.yaml", line: 2 };
  const pathClaims = [
    { kind: "team" as const, prefix: "/api/saas/", team: "saas", location },
    { kind: "team" as const, prefix: "/api/saas/cart/", team: "cart", location },
    { kind: "reserved" as const, prefix: "/api/legacy/", reason: "the Java order service", location },
  ];
  const check = (team: string | undefined, path: Parameters<typeof match>[0]) =>
    codes(prove({ a: { ...one(match(path)), ...(team === undefined ? {} : { team }) } }, { pathClaims }));

  it.each<[string | undefined, Parameters<typeof match>[0], string[]]>([
    ["saas", prefix("/api/saas/x/"), []],
    ["saas", prefix("/API/saas/x/", true), []],
    ["saas", regex("/api/saas/[0-9]+"), []],
    ["saas", prefix("/api/other/"), ["error outside-team-paths"]],
    ["saas", regex("/api/[a-z]+/x"), ["error outside-team-paths", "error reserved-path"]],
    ["cart", prefix("/api/saas/cart/1/"), []],
    ["cart", prefix("/api/SAAS/cart/1/", true), []],
    ["cart", prefix("/api/saas/"), ["error inside-other-team-paths", "error outside-team-paths"]],
    ["saas", prefix("/api/saas/cart/x"), ["error inside-other-team-paths"]],
    ["else", prefix("/api/else/"), []],
    [undefined, prefix("/api/else/"), []],
    [undefined, prefix("/api/saas-admin/"), []],
    [undefined, prefix("/api/SAAS/"), []],
    [
      undefined,
      prefix("/api/SAAS/", true),
      ["error inside-other-team-paths", "error inside-other-team-paths"],
    ],
    ["else", exact("/api/legacy/orders"), ["error reserved-path"]],
    ["else", prefix("/api/leg"), ["error reserved-path"]],
  ])("team %s, %j: %j", (team, path, expected) => {
    expect(check(team, path)).toEqual(expected);
  });
});

describe("random environments", () => {
  it("have one owner per request, whatever the order of creation", () => {
    let proven = 0;
    fc.assert(
      fc.property(arbitraryEnvironment, (sketch) => {
        if (checkOneOwner(sketch, Infinity)) proven++;
      }),
      { numRuns: 250 },
    );
    // The settling must not make the property idle.
    expect(proven).toBeGreaterThan(80);
  });

  it("without settling, depend on age only where a finding says so", () => {
    fc.assert(fc.property(arbitraryEnvironment, checkAgeIsNoticed), { numRuns: 150 });
  });
});

describe("the stack's path normalisation", () => {
  const twoSlashes = { a: one(match(prefix("/x//"))), b: one(match(prefix("/x/"))) };

  it.each([
    ["BASE", []],
    ["MERGE_SLASHES", ["error empty-clause"]],
    ["DECODE_AND_MERGE_SLASHES", ["error empty-clause"]],
  ] as const)("%s decides whether a match with two slashes can be met", (pathNormalisation, expected) => {
    expect(codes(prove(twoSlashes, { pathNormalisation }))).toEqual(expected);
  });
});
