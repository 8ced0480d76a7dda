import { describe, expect, it } from "@jest/globals";
import fc from "fast-check";
import { normalisePath, type PathNormalisation } from "../../../core/route/normalise.ts";
import { accepts } from "../../../core/route/regex/nfa.ts";
import { pathUniverse } from "../../../core/route/universe.ts";

const modes: PathNormalisation[] = ["NONE", "BASE", "MERGE_SLASHES", "DECODE_AND_MERGE_SLASHES"];

describe("a path before it is matched", () => {
  it.each<[string, string, string, string]>([
    // path, BASE, MERGE_SLASHES, DECODE_AND_MERGE_SLASHES
    ["/", "/", "/", "/"],
    ["/a/b", "/a/b", "/a/b", "/a/b"],
    ["/a/./b", "/a/b", "/a/b", "/a/b"],
    ["/a/../b", "/b", "/b", "/b"],
    ["/a/b/..", "/a/", "/a/", "/a/"],
    ["/a/.", "/a/", "/a/", "/a/"],
    ["/..", "/", "/", "/"],
    ["/../../a", "/a", "/a", "/a"],
    ["/a//b", "/a//b", "/a/b", "/a/b"],
    ["/a//../b", "/a/b", "/a/b", "/a/b"],
    ["/a\\b", "/a/b", "/a/b", "/a/b"],
    ["/a\\..\\b", "/b", "/b", "/b"],
    ["/%61%2Db", "/a-b", "/a-b", "/a-b"],
    ["/a/%2e%2E/b", "/b", "/b", "/b"],
    ["/a%2Fb", "/a%2Fb", "/a%2Fb", "/a/b"],
    ["/a%5cb", "/a%5cb", "/a%5cb", "/a/b"],
    ["/a%2f..%2fb", "/a%2f..%2fb", "/a%2f..%2fb", "/b"],
    ["/a%20b", "/a%20b", "/a%20b", "/a%20b"],
    ["/a%zz%4", "/a%zz%4", "/a%zz%4", "/a%zz%4"],
    ["/{id}", "/%7Bid%7D", "/%7Bid%7D", "/%7Bid%7D"],
    ['/"<>^|`', "/%22%3C%3E%5E%7C%60", "/%22%3C%3E%5E%7C%60", "/%22%3C%3E%5E%7C%60"],
    ["/.../a", "/.../a", "/.../a", "/.../a"],
    ["/a/..;/b", "/b", "/b", "/b"],
    ["/a/.;x=1/b", "/a/b", "/a/b", "/a/b"],
    ["/a/..;;", "/", "/", "/"],
    ["/a/..;\\b/c", "/c", "/c", "/c"],
    ["/a/..\\;b", "/;b", "/;b", "/;b"],
    ["/a/%2e%2e;/b", "/a/..;/b", "/a/..;/b", "/a/..;/b"],
    ["/a/..%3b/b", "/a/..%3b/b", "/a/..%3b/b", "/a/..%3b/b"],
    ["/a/b;..;/c", "/a/b;..;/c", "/a/b;..;/c", "/a/b;..;/c"],
    ["/a/..;%2fb/c", "/c", "/c", "/b/c"],
  ])("%s", (path, base, merged, decoded) => {
    const results = modes.map((mode) => normalisePath(path, mode));
    expect(results).toEqual([path, base, merged, decoded].map((each) => ({ ok: true, path: each })));
  });

  it.each(["", "a", "/a b", "/a#b", "/ä", "/a\u0001", "/a\u007f", "/%00"])("is refused: %j", (path) => {
    expect(normalisePath(path).ok).toBe(false);
  });
});

describe("the universe of paths", () => {
  const anyPath = fc
    .array(
      fc.constantFrom(
        "/",
        "/",
        ".",
        "%",
        "2",
        "e",
        "E",
        "4",
        "1",
        "f",
        "5",
        "C",
        "0",
        "7",
        "a",
        "{",
        "\\",
        "~",
        " ",
        "ä",
      ),
      { maxLength: 9 },
    )
    .map((chars) => `/${chars.join("")}`);

  it.each(modes)("%s holds exactly what its normalisation leaves alone", (mode) => {
    fc.assert(
      fc.property(anyPath, (path) => {
        const normalised = normalisePath(path, mode);
        const normal = normalised.ok && normalised.path === path;
        expect([path, accepts(pathUniverse(mode).nfa, path)]).toEqual([path, normal]);
        expect([path, pathUniverse(mode).contains(path)]).toEqual([path, normal]);
      }),
      { numRuns: 3000 },
    );
  });

  it.each(modes)("%s leads into it from everywhere", (mode) => {
    fc.assert(
      fc.property(anyPath, (path) => {
        const normalised = normalisePath(path, mode);
        if (normalised.ok) expect(normalisePath(normalised.path, mode)).toEqual(normalised);
      }),
      { numRuns: 3000 },
    );
  });
});
