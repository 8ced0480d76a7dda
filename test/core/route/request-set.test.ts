import { describe, expect, it } from "@jest/globals";
import fc from "fast-check";
import type { WitnessRequest } from "../../../core/problem.ts";
import type { RouteMatch } from "../../../core/service.ts";
import {
  contains,
  difference,
  findRequest,
  includesRequest,
  intersection,
  isEmpty,
  relationOf,
  type RequestSet,
  requestSet,
} from "../../../core/route/request-set.ts";
import { normalisePath } from "../../../core/route/normalise.ts";
import { allConditions, allPaths, arbitraryMatch, exact, match, prefix, regex } from "./arbitrary-match.ts";

function setOf(each: RouteMatch): RequestSet {
  const result = requestSet(each);
  if (!result.ok) throw new Error(result.reason);
  return result.set;
}

describe("two matches", () => {
  it.each<[string, RouteMatch, RouteMatch, string]>([
    ["prefixes side by side", match(prefix("/x/a/")), match(prefix("/x/b/")), "disjoint"],
    ["a prefix is a string prefix", match(prefix("/x/sho")), match(prefix("/x/showroom/")), "contains"],
    ["siblings that begin alike", match(prefix("/x/saas/")), match(prefix("/x/saas-admin/")), "disjoint"],
    ["without its slash", match(exact("/x/saas")), match(prefix("/x/saas/")), "disjoint"],
    ["the same prefix", match(prefix("/x/")), match(prefix("/x/")), "equal"],
    ["exact inside prefix", match(exact("/x/a")), match(prefix("/x/")), "inside"],
    ["exact is never a prefix", match(exact("/x/")), match(prefix("/x/")), "inside"],
    ["everything behind a prefix", match(regex("/x/.*")), match(prefix("/x/")), "equal"],
    ["at least something behind it", match(regex("/x/.+")), match(prefix("/x/")), "inside"],
    ["everything", match(regex(".*")), match(prefix("/")), "equal"],
    ["an empty prefix", match(prefix("")), match(prefix("/")), "equal"],
    ["a literal as regex", match(regex("/x/a")), match(exact("/x/a")), "equal"],
    ["a dot is any character", match(regex("/x/a.b")), match(exact("/x/a.b")), "contains"],
    ["ids and words", match(regex("/x/[0-9]+")), match(exact("/x/new")), "disjoint"],
    ["a segment in the middle", match(regex("/x/[^/]+/v1")), match(prefix("/x/shop/")), "overlap"],
    ["case", match(prefix("/x/a", true)), match(prefix("/x/A")), "contains"],
    ["case both ways", match(prefix("/X/A", true)), match(prefix("/x/a", true)), "equal"],
    ["case half", match(prefix("/x/A", true)), match(prefix("/x/aB")), "contains"],
    ["case crosswise", match(prefix("/x/ab", true)), match(prefix("/x/A")), "overlap"],
    ["case and digits", match(exact("/1/", true)), match(exact("/1/")), "equal"],
    ["case in a regex", match(regex("(?i)/x/a")), match(exact("/X/a", true)), "equal"],
    [
      "methods",
      match(prefix("/x/"), { methods: ["GET"] }),
      match(prefix("/x/"), { methods: ["POST"] }),
      "disjoint",
    ],
    [
      "a method more",
      match(prefix("/x/"), { methods: ["GET", "POST"] }),
      match(prefix("/x/"), { methods: ["POST"] }),
      "contains",
    ],
    ["a method narrows", match(prefix("/x/"), { methods: ["GET"] }), match(prefix("/x/a/")), "overlap"],
    [
      "a header narrows",
      match(prefix("/x/"), { headers: { t: { kind: "present" } } }),
      match(prefix("/x/")),
      "inside",
    ],
    [
      "header values",
      match(prefix("/x/"), { headers: { t: { kind: "exact", value: "a" } } }),
      match(prefix("/x/"), { headers: { t: { kind: "exact", value: "b" } } }),
      "disjoint",
    ],
    [
      "header and prefix",
      match(prefix("/x/"), { headers: { t: { kind: "exact", value: "ab" } } }),
      match(prefix("/x/"), { headers: { t: { kind: "prefix", value: "a" } } }),
      "inside",
    ],
    [
      "a header value is any text",
      match(prefix("/x/"), { headers: { t: { kind: "regex", value: ".*" } } }),
      match(prefix("/x/"), { headers: { t: { kind: "present" } } }),
      "equal",
    ],
    [
      "different headers",
      match(prefix("/x/"), { headers: { t: { kind: "present" } } }),
      match(prefix("/x/"), { headers: { u: { kind: "present" } } }),
      "overlap",
    ],
    [
      "a header against a longer prefix",
      match(prefix("/x/"), { headers: { t: { kind: "present" } } }),
      match(prefix("/x/y/")),
      "overlap",
    ],
    [
      "a parameter",
      match(prefix("/x/"), { queryParams: { p: { kind: "exact", value: "1" } } }),
      match(prefix("/x/"), { queryParams: { p: { kind: "exact", value: "2" } } }),
      "disjoint",
    ],
  ])("%s", (_, a, b, expected) => {
    const relation = relationOf(setOf(a), setOf(b));
    expect(relation.kind).toBe(expected);
    const mirrored: Record<string, string> = { inside: "contains", contains: "inside" };
    expect(relationOf(setOf(b), setOf(a)).kind).toBe(mirrored[expected] ?? expected);
  });

  it("shows three requests", () => {
    const a = setOf(match(regex("/p/[^/]+/v1")));
    const b = setOf(match(prefix("/p/shop/"), { headers: { x: { kind: "exact", value: "1" } } }));
    expect(relationOf(a, b)).toEqual({
      kind: "overlap",
      shared: { method: "GET", path: "/p/shop/v1", query: {}, headers: { x: "1" } },
      onlyFirst: { method: "GET", path: "/p/shop/v1", query: {}, headers: {} },
      onlySecond: { method: "GET", path: "/p/shop/", query: {}, headers: { x: "1" } },
    });
  });

  it("a question beyond the budget is undecided, with the requests that were found", () => {
    const relation = relationOf(
      setOf(match(regex("/(a{90}){1,9}"))),
      setOf(match(regex("/(a{91}){1,9}"))),
      60,
    );
    expect(relation.kind).toBe("undecided");
  });
});

describe("nothing can meet", () => {
  it.each([
    ["a character that is encoded before matching", match(prefix("/x/{id}/"))],
    ["a dot segment", match(exact("/x/../y"))],
    ["a backslash", match(prefix("/x\\y"))],
    ["an encoded letter", match(exact("/%61"))],
    ["no slash at the beginning", match(regex("x/.*"))],
    ["a contradiction", match(regex("/a\\bb"))],
    ["blanks around a header", match(prefix("/"), { headers: { x: { kind: "exact", value: " a" } } })],
    [
      "an ampersand in a parameter",
      match(prefix("/"), { queryParams: { x: { kind: "exact", value: "a&b" } } }),
    ],
  ])("%s", (_, each) => {
    expect(isEmpty(setOf(each))).toBe(true);
  });

  it.each([
    match(prefix("/x/..")),
    match(prefix("/x/%2")),
    match(regex("/x/.*\\.\\./y.*")),
    match(exact("/%2F")),
  ])("but something can meet %j", (each) => {
    const found = findRequest(setOf(each));
    if (found.kind !== "found") throw new Error(found.kind);
    expect(includesRequest(setOf(each), found.request)).toBe(true);
    expect(normalisePath(found.request.path)).toEqual({ ok: true, path: found.request.path });
  });

  it("is said with the reason if a pattern is refused", () => {
    expect(requestSet(match(regex("/a(?=b)")))).toMatchObject({
      ok: false,
      reason: expect.stringMatching(/look-around/),
    });
    expect(requestSet(match(prefix("/"), { headers: { x: { kind: "regex", value: "(" } } }))).toMatchObject({
      ok: false,
    });
  });
});

describe("all short requests", () => {
  const runs = process.env["KFAAS_LONG"] === "1" ? 20_000 : 100;

  /** Requests that differ in what the sets can tell apart. */
  function* requests(a: RouteMatch, b: RouteMatch) {
    const usesPathOnly = [a, b].every(
      ({ headers, queryParams, methods }) =>
        Object.keys(headers).length + Object.keys(queryParams).length + methods.length === 0,
    );
    for (const path of allPaths.slice(0, usesPathOnly ? 341 : 85)) {
      if (normalisePath(path).ok)
        for (const rest of usesPathOnly ? allConditions.slice(0, 1) : allConditions) yield { ...rest, path };
    }
  }

  it("agree with the relation, and every witness with the patterns", () => {
    fc.assert(
      fc.property(arbitraryMatch, arbitraryMatch, (m, n) => {
        const [a, b] = [setOf(m), setOf(n)];
        fc.pre(!isEmpty(a) && !isEmpty(b));
        const relation = relationOf(a, b);
        const disjoint = relation.kind === "disjoint";
        expect(relation.kind).not.toBe("undecided");
        const claims = [
          { name: "shared", inA: true, inB: true, possible: !disjoint },
          { name: "onlyFirst", inA: true, inB: false, possible: disjoint || "onlyFirst" in relation },
          { name: "onlySecond", inA: false, inB: true, possible: disjoint || "onlySecond" in relation },
        ];
        for (const { name, inA, inB, possible } of claims) {
          const lies = (request: WitnessRequest) =>
            includesRequest(a, request) === inA && includesRequest(b, request) === inB;
          if (!possible) expect([...requests(m, n)].find(lies)).toBeUndefined();
          const witness = (relation as unknown as Record<string, WitnessRequest | undefined>)[name];
          if (witness === undefined) continue;
          expect([name, lies(witness)]).toEqual([name, true]);
          expect(normalisePath(witness.path)).toEqual({ ok: true, path: witness.path });
        }
        expect(contains(a, b)).toBe(relation.kind === "contains" || relation.kind === "equal");
      }),
      { numRuns: runs },
    );
  });

  it("agree with intersections and differences", () => {
    fc.assert(
      fc.property(arbitraryMatch, arbitraryMatch, arbitraryMatch, (l, m, n) => {
        const [a, b, c] = [setOf(l), setOf(m), setOf(n)];
        const both = intersection(a, b);
        const pieces = difference(a, b).flatMap((piece) => difference(piece, c));
        for (const request of requests(l, m)) {
          const [inA, inB, inC] = [a, b, c].map((set) => includesRequest(set, request));
          const holding = pieces.filter((piece) => includesRequest(piece, request)).length;
          // Jest's own comparison costs more than all else here.
          if (includesRequest(both, request) !== (inA && inB) || holding !== Number(inA && !inB && !inC)) {
            throw new Error(`${JSON.stringify(request)} is in ${holding} pieces`);
          }
        }
        for (const piece of [both, ...pieces]) {
          const found = findRequest(piece);
          expect(found.kind).not.toBe("undecided");
          if (found.kind === "found")
            expect([piece === both, includesRequest(piece, found.request)]).toEqual([piece === both, true]);
        }
      }),
      { numRuns: Math.ceil(runs / 4) },
    );
  });
});
