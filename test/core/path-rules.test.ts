import { describe, expect, it } from "@jest/globals";
import fc from "fast-check";
import { RE2JS } from "re2js";
import { checkPath, pathOutside } from "../../core/path-rules.ts";
import type { PathMatch } from "../../core/service.ts";

const root = "/faas/api/";
const exact = (value: string, ignoreCase = false): PathMatch => ({ kind: "exact", value, ignoreCase });
const prefix = (value: string, ignoreCase = false): PathMatch => ({ kind: "prefix", value, ignoreCase });
const regex = (value: string): PathMatch => ({ kind: "regex", value });

describe("a path match lies inside the path root", () => {
  it.each([
    exact("/faas/api/"),
    exact("/faas/api/a"),
    prefix("/faas/api/"),
    prefix("/faas/api/saas/showroom/"),
    prefix("/FAAS/Api/x", true),
    regex("/faas/api/.*"),
    regex("^/faas/api/[a-z]+$"),
    regex("/faas/api/(a|b)|/faas/api/c"),
    regex("/faas(/api)/.*"),
    regex("(/faas/api/a|/faas/api/b)?/faas/api/c|/faas/api/d"),
    regex(String.raw`\Q/faas/api/\E.+`),
    regex(String.raw`\A/faas/api/\d{1,3}`),
    regex("/faas/api/(?i:ABC)"),
    regex("/(?:faas)/a[p]i/x"),
    // What no request can hold does not count: the language beyond the alphabet is empty.
    regex("/faas/api/x|\\s.*"),
  ])("%j", (path) => {
    expect(checkPath(path, root).filter(({ code }) => code === "path-outside-root")).toEqual([]);
  });
});

describe("a path match reaches outside the path root, and the message says where", () => {
  it.each([
    [exact("/faas/api"), "/faas/api"],
    [exact("/x"), "/x"],
    [exact("/Faas/api/a"), "/Faas/api/a"],
    [prefix("/faas/api"), "/faas/api"],
    [prefix("/"), "/"],
    [prefix(""), "/"],
    [prefix("/faas/apis/", true), "/faas/apis/"],
    [regex("/faas/api/a|/b"), "/b"],
    [regex("/faas/api/?"), "/faas/api"],
    [regex("/faas/api"), "/faas/api"],
    [regex("/faas.api/x"), expect.stringMatching(/^\/faas[^/]api\/x$/)],
    [regex("(?i)/faas/api/x"), expect.stringMatching(/^\/faas\/api\/x$/i)],
    [regex(".*"), ""],
    [regex("/faas/api.*"), "/faas/api"],
    [regex("/faas/(api|apis)/x"), "/faas/apis/x"],
  ])("%j reaches %j", (path, outside) => {
    expect(pathOutside(path, root)).toEqual(outside);
    expect(checkPath(path, root)).toEqual([
      expect.objectContaining({
        code: "path-outside-root",
        path: [path.kind],
        message: expect.stringContaining(root),
      }),
    ]);
  });

  it("and the slash that is missing is put in", () => {
    expect(checkPath(prefix("/faas/api"), root)[0]?.fix).toBe("write /faas/api/");
  });
});

describe("pathOutside and RE2 agree", () => {
  const piece = fc.constantFrom(
    "/",
    "a",
    "b",
    ".",
    "[ab]",
    "(a|/)",
    "a*",
    "/?",
    "(b/)+",
    "|",
    "^",
    "$",
    "\\b",
    "(?i:a)",
  );
  const pattern = fc.array(piece, { minLength: 1, maxLength: 8 }).map((pieces) => pieces.join(""));
  // Up to four letters of a small alphabet: every text is tried.
  const texts = words(["/", "a", "b", "A"], 4);

  it("on patterns and roots of a small alphabet", () => {
    fc.assert(
      fc.property(pattern, fc.constantFrom("/", "/a/", "/a/b/"), (value, smallRoot) => {
        const compiled = RE2JS.compile(value);
        const outside = pathOutside(regex(value), smallRoot);
        if (outside === undefined) {
          const escaped = texts.find((text) => compiled.testExact(text) && !text.startsWith(smallRoot));
          expect(escaped).toBeUndefined();
        } else {
          expect(compiled.testExact(outside)).toBe(true);
          expect(outside.startsWith(smallRoot)).toBe(false);
        }
      }),
      { numRuns: 500 },
    );
  });
});

describe("a path that no request has by the time it is matched", () => {
  it.each([" ", "\t", "\u0000", "\u007f", "ä", "漢", "#", "?", "{", "}", '"', "<", ">", "^", "|", "`"])(
    "holds %j",
    (character) => {
      for (const path of [exact(`${root}a${character}b`), prefix(`${root}a${character}`)]) {
        expect(checkPath(path, root)).toEqual([
          expect.objectContaining({ code: "path-never-matches", path: [path.kind] }),
        ]);
      }
    },
  );

  it.each(Array.from("-._~!$&'()*+,;=:@%[]/\\"))("may hold %s", (character) => {
    expect(checkPath(exact(`${root}a${character}b`), root)).toEqual([]);
  });
});

function words(letters: readonly string[], length: number): string[] {
  if (length === 0) return [""];
  const shorter = words(letters, length - 1);
  return [...new Set([...shorter, ...shorter.flatMap((word) => letters.map((letter) => word + letter))])];
}
