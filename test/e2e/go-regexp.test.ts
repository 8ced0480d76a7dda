import { fileURLToPath } from "node:url";
import { execa } from "execa";
import fc from "fast-check";
import { describe, expect, it } from "@jest/globals";
import { everyChar } from "../../core/route/regex/char-set.ts";
import { accepts, programNfa } from "../../core/route/regex/nfa.ts";
import { compileRegex } from "../../core/route/regex/program.ts";
import { arbitraryRegex, arbitraryText } from "../core/route/regex/arbitrary-regex.ts";

const seed = 20_261_123;
const patternCount = 4_000;
const textCount = 15;

/** What Go's regexp cannot compile, and what only looks like it could not. */
const edgeCases = [
  "(?=a)",
  "(?<!a)b",
  "(a)\\1",
  "a**",
  "a{1001}",
  "[[:nope:]]",
  "\\pX",
  "(?<n>a)",
  "x{2}{3}",
  "\\C",
  "(",
  "a{,5}",
  "\\Qa.b",
  "[^]a]",
  "(?i)ſ",
];

/** Refused by us all the same: Envoy's RE2 knows no group twice, and Istio's webhook wants a pattern to be there. */
const refusedOnPurpose = ["(?P<n>a)(?P<n>b)", ""];

// Istio compiles with Go's regexp what it hands to Envoy's RE2; our verdicts rest on a third reading of the same syntax.
describe("regular expressions, as Go reads them", () => {
  it("are refused or accepted alike, and accepted ones match the same texts", async () => {
    const patterns = [...edgeCases, ...fc.sample(arbitraryRegex, { numRuns: patternCount, seed })];
    const questions = patterns.map((pattern, index) => ({
      pattern,
      texts: fc.sample(arbitraryText, { numRuns: textCount, seed: seed + index }),
    }));
    const { stdout } = await execa("go", ["run", "main.go"], {
      cwd: fileURLToPath(new URL("go-regexp", import.meta.url)),
      env: { GOFLAGS: "-mod=mod", GOWORK: "off" },
      input: questions.map((question) => JSON.stringify(question)).join("\n"),
      maxBuffer: 64 * 1024 * 1024,
    });
    const answers = stdout.split("\n");
    expect(answers).toHaveLength(questions.length);

    const differences = questions.flatMap(({ pattern, texts }, index) => {
      const ours = matchAll(pattern, texts);
      return ours === answers[index] ? [] : [{ pattern, ours, go: answers[index] }];
    });
    expect(differences).toEqual([]);
    // The comparison is worth something only if both outcomes are common.
    const joined = answers.join("");
    expect(joined.split("1").length).toBeGreaterThan(2_000);
    expect(joined.split("!").length).toBeGreaterThan(5);
  }, 180_000);
});

it.each(refusedOnPurpose)("%j is refused, although Go's regexp would take it", (pattern) => {
  expect(compileRegex(pattern).ok).toBe(false);
});

/** In the oracle's form: a digit per text, or ! for a pattern that is refused. */
function matchAll(pattern: string, texts: readonly string[]): string {
  const compiled = compileRegex(pattern);
  if (!compiled.ok) return "!";
  const nfa = programNfa(compiled.regex.program, everyChar);
  return texts.map((text) => (accepts(nfa, text) ? "1" : "0")).join("");
}
