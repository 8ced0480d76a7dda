import fc from "fast-check";

/** Random RE2 patterns over a small alphabet, so that random texts have a fair chance to match, with every construct we claim to know. */
export const arbitraryRegex: fc.Arbitrary<string> = fc.letrec<{ pattern: string; atom: string }>((tie) => ({
  atom: fc.oneof(
    { weight: 6, arbitrary: fc.constantFrom("a", "b", "c", "/", "A", "1", "-") },
    {
      weight: 3,
      arbitrary: fc.constantFrom(
        ".",
        "[ab]",
        "[^a]",
        "[^/]",
        "[a-c1]",
        "\\d",
        "\\w",
        "\\W",
        "\\s",
        "[[:alpha:]]",
        "[[:^digit:]]",
        "\\pL",
        "\\P{Lu}",
        "\\p{Greek}",
        "\\Q[a\\E",
        "\\x{61}",
        "k",
        "ſ",
        "\\n",
      ),
    },
    {
      weight: 2,
      arbitrary: fc.constantFrom("^", "$", "\\A", "\\z", "\\b", "\\B", "(?m:^)", "(?m:$)", "()", "(?s:.)"),
    },
    { weight: 2, arbitrary: tie("pattern").map((pattern) => `(${pattern})`) },
    { weight: 1, arbitrary: tie("pattern").map((pattern) => `(?i:${pattern})`) },
    { weight: 1, arbitrary: tie("pattern").map((pattern) => `(?U)(?:${pattern})`) },
  ),
  pattern: fc.oneof(
    { depthSize: "small", withCrossShrink: true },
    { weight: 5, arbitrary: tie("atom") },
    { weight: 4, arbitrary: fc.tuple(tie("pattern"), tie("pattern")).map(([a, b]) => a + b) },
    { weight: 2, arbitrary: fc.tuple(tie("pattern"), tie("pattern")).map(([a, b]) => `(?:${a}|${b})`) },
    {
      weight: 2,
      arbitrary: fc
        .tuple(
          tie("pattern"),
          fc.constantFrom("*", "+", "?", "*?", "+?", "??", "{2}", "{1,3}", "{2,}?", "{0}"),
        )
        .map(([a, repeat]) => `(?:${a})${repeat}`),
    },
  ),
})).pattern;

/** Random texts over the characters that those patterns speak of. */
export const arbitraryText: fc.Arbitrary<string> = fc
  .array(
    fc.constantFrom("a", "b", "c", "A", "/", "1", "-", "k", "K", "K", "s", "ſ", "\n", "λ", "[", " ", "😀"),
    {
      maxLength: 7,
    },
  )
  .map((chars) => chars.join(""));
