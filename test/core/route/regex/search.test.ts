import { describe, expect, it } from "@jest/globals";
import fc from "fast-check";
import { everyChar } from "../../../../core/route/regex/char-set.ts";
import {
  accepts,
  literalNfa,
  type Nfa,
  prefixNfa,
  productNfa,
  programNfa,
  unionNfa,
} from "../../../../core/route/regex/nfa.ts";
import { compileRegex, type Regex } from "../../../../core/route/regex/program.ts";
import { findMember, findOutside, findShared } from "../../../../core/route/regex/search.ts";
import { arbitraryRegex, arbitraryText } from "./arbitrary-regex.ts";

const budget = 20_000;

function regex(pattern: string): Regex {
  const compiled = compileRegex(pattern);
  if (!compiled.ok) throw new Error(compiled.reason);
  return compiled.regex;
}

function nfa(pattern: string): Nfa {
  return programNfa(regex(pattern).program, everyChar);
}

function relation(a: string, b: string): string {
  const shared = findShared(nfa(a), nfa(b), budget).kind;
  if (shared !== "found") return shared === "none" ? "disjoint" : shared;
  const onlyA = findOutside(nfa(a), nfa(b), everyChar, budget).kind;
  const onlyB = findOutside(nfa(b), nfa(a), everyChar, budget).kind;
  if (onlyA === "undecided" || onlyB === "undecided") return "undecided";
  if (onlyA === "none") return onlyB === "none" ? "equal" : "inside";
  return onlyB === "none" ? "contains" : "overlap";
}

describe("two patterns", () => {
  it.each([
    ["/a/[0-9]+", "/a/[a-z]+", "disjoint"],
    ["/a/[0-9]+", "/a/[0-9a-z]+", "inside"],
    ["/a/.*", "/a/[^/]*", "overlap"],
    ["(?s)/a/.*", "/a/[^/]*", "contains"],
    ["a|b", "[ab]", "equal"],
    ["(?i)abc", "[aA][bB][cC]", "equal"],
    ["(?i)k", "[kK\\x{212a}]", "equal"],
    ["(?i:a)b", "(?i)ab", "inside"],
    ["^/a$", "/a", "equal"],
    ["\\A/foo\\z", "/foo(/.*)?", "inside"],
    ["(?m)^a$", "a", "equal"],
    ["(?m)a$\\n^b", "a\\nb", "equal"],
    ["a$\\nb", "a\\nb", "disjoint"],
    ["a\\bb", "ab", "disjoint"],
    ["a\\Bb", "ab", "equal"],
    ["/\\ba", "/a", "equal"],
    ["\\b", "", "disjoint"],
    ["a*?", "a*", "equal"],
    ["(?U)a+b", "a+b", "equal"],
    ["a{2,4}", "aa|aaa|aaaa", "equal"],
    ["(a{3}){3}", "a{9}", "equal"],
    ["x{,5}", "x\\{,5\\}", "equal"],
    ["[[:alpha:]]", "[a-zA-Z]", "equal"],
    ["[[:alpha:]]", "\\pL", "inside"],
    ["\\p{Greek}", "λ", "contains"],
    ["\\d", "[[:digit:]]", "equal"],
    ["\\w", "[0-9A-Za-z_]", "equal"],
    ["\\s", "[\\t\\n\\f\\r ]", "equal"],
    ["\\Q/a.b\\E", "/a\\.b", "equal"],
    ["\\Q/a.b\\E", "/a.b", "inside"],
    ["/p/[^/]+/v1", "/p/shop/.*", "overlap"],
    [".", "(?s).", "inside"],
    [".{3}", "😀..", "contains"],
    ["[ab]*a[ab]{14}", "[ab]*", "inside"],
    ["[ab]*a[ab]{5}", "[ab]*a[ab]{5}|[ab]*b[ab]{5}|[ab]{0,5}", "inside"],
  ])("%s and %s: %s", (a, b, expected) => {
    const second = b === "" ? "()" : b;
    expect(relation(a, second)).toBe(expected);
    const mirrored: Record<string, string> = { inside: "contains", contains: "inside" };
    expect(relation(second, a)).toBe(mirrored[expected] ?? expected);
  });

  it("answers what is exponential in one direction by reading in the other", () => {
    expect(findOutside(nfa("[ab]*b[ab]{20}"), nfa("[ab]*[ab]{20}"), everyChar, budget).kind).toBe("none");
    expect(findOutside(nfa("[ab]{21,}"), nfa("[ab]*a[ab]{20}|[ab]*b[ab]{20}"), everyChar, budget).kind).toBe(
      "none",
    );
  });

  it("gives up at the budget, and says what it spent", () => {
    const hard = "(.*)a.{12}b.{12}(.*)c.{12}a.*";
    const result = findOutside(nfa("[abc]{60}"), nfa(hard), everyChar, 500);
    const blown = findOutside(
      nfa("([abc]*a[abc]{12}[ab][abc]*a[abc]{12})"),
      nfa("[abc]*b[abc]{12}a[abc]*b[abc]{12}|[abc]*[ab][abc]{11}c[abc]{14}a[abc]*"),
      everyChar,
      50,
    );
    expect([result.kind, blown.kind]).toContainEqual(expect.stringMatching(/found|undecided/));
    expect(findShared(nfa("(a{90}){1,9}"), nfa("(a{91}){1,9}"), 50)).toEqual({
      kind: "undecided",
      states: 50,
    });
  });

  it("finds the shortest and most readable text", () => {
    expect(findShared(nfa("/x/.*"), nfa("/[^/]+/.+"), budget)).toMatchObject({ text: "/x/a" });
    expect(findOutside(nfa("/a/[^/]+"), nfa("/a/[a-z]+"), everyChar, budget)).toMatchObject({ text: "/a/0" });
    expect(findMember(nfa("[^a]"))).toBe("b");
  });
});

describe("against re2js", () => {
  const runs = Number(process.env["KFAAS_LONG"] ?? 0) > 0 ? 30_000 : 1_500;

  it("accepts what RE2 accepts", () => {
    fc.assert(
      fc.property(
        arbitraryRegex,
        fc.array(arbitraryText, { minLength: 20, maxLength: 20 }),
        (pattern, texts) => {
          const compiled = regex(pattern);
          const automaton = programNfa(compiled.program, everyChar);
          for (const text of texts)
            expect([text, accepts(automaton, text)]).toEqual([text, compiled.matches(text)]);
        },
      ),
      { numRuns: runs },
    );
  });

  it("every witness matches as claimed, and no text contradicts a proof", () => {
    fc.assert(
      fc.property(
        arbitraryRegex,
        arbitraryRegex,
        fc.array(arbitraryText, { maxLength: 30 }),
        (p, q, texts) => {
          const [a, b] = [regex(p), regex(q)];
          const [x, y] = [programNfa(a.program, everyChar), programNfa(b.program, everyChar)];
          const shared = findShared(x, y, budget);
          const outside = findOutside(x, y, everyChar, budget);
          if (shared.kind === "found")
            expect([a.matches(shared.text), b.matches(shared.text)]).toEqual([true, true]);
          if (outside.kind === "found")
            expect([a.matches(outside.text), b.matches(outside.text)]).toEqual([true, false]);
          for (const text of texts) {
            if (!a.matches(text)) continue;
            if (b.matches(text)) expect(shared.kind).not.toBe("none");
            else expect(outside.kind).not.toBe("none");
          }
        },
      ),
      { numRuns: runs },
    );
  });

  it("products, unions, prefixes and literals are what they say", () => {
    fc.assert(
      fc.property(
        arbitraryRegex,
        arbitraryText,
        fc.array(arbitraryText, { maxLength: 20 }),
        (pattern, literal, texts) => {
          const compiled = regex(pattern);
          const automaton = programNfa(compiled.program, everyChar);
          const prefix = prefixNfa(literal, everyChar);
          for (const text of [...texts, literal, literal + "a"]) {
            const [inRegex, inPrefix] = [compiled.matches(text), text.startsWith(literal)];
            expect(accepts(productNfa(automaton, prefix), text)).toBe(inRegex && inPrefix);
            expect(accepts(unionNfa([automaton, prefix]), text)).toBe(inRegex || inPrefix);
            expect(accepts(literalNfa(literal), text)).toBe(text === literal);
          }
        },
      ),
      { numRuns: Math.ceil(runs / 3) },
    );
  });
});
