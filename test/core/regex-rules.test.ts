import { describe, expect, it } from "@jest/globals";
import { checkRegex, checkRegexRewrite } from "../../core/regex-rules.ts";

const codes = (violations: readonly { code: string }[]) => violations.map(({ code }) => code);

describe("checkRegex", () => {
  it.each([
    "a",
    "a*?",
    "(?i)a",
    "\\pL",
    "[[:alpha:]]",
    "\\Qa.b\\E",
    "(?P<name>a)",
    "a{1000}",
    "é".repeat(512),
  ])("accepts %s", (pattern) => {
    expect(checkRegex(pattern)).toEqual([]);
  });

  it.each([
    "",
    "(",
    "[",
    "a**",
    "a{1001}",
    "(?=a)",
    "(?<!a)b",
    "\\1",
    "\\Z",
    "a".repeat(1025),
    "é".repeat(513),
  ])("refuses %j with a reason", (pattern) => {
    expect(codes(checkRegex(pattern))).toEqual(["invalid-regex"]);
  });

  it("survives groups nested beyond reason", () => {
    expect(() => checkRegex("(".repeat(512) + ")".repeat(512))).not.toThrow();
  });
});

describe("checkRegexRewrite", () => {
  it.each([
    ["/a/(.*)", "/b/\\1"],
    ["(a)(b)", "\\2\\1\\0"],
    ["a", "\\0"],
    ["a", "\\\\1"],
    ["(a)", "\\1\\\\\\1"],
  ])("accepts %s to %s", (match, replace) => {
    expect(checkRegexRewrite(match, replace)).toEqual([]);
  });

  it.each([
    ["a", "\\1"],
    ["(a)", "\\2"],
    ["(?:a)", "\\1"],
    ["a", "\\x"],
    ["a", "\\"],
    ["(a)", "\\1\\"],
  ])("refuses %s to %s", (match, replace) => {
    expect(codes(checkRegexRewrite(match, replace))).toEqual(["invalid-rewrite"]);
  });
});
