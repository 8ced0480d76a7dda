import { describe, expect, it } from "@jest/globals";
import { everyChar } from "../../../../core/route/regex/char-set.ts";
import { compileRegex, condition } from "../../../../core/route/regex/program.ts";

function instructions(pattern: string) {
  const compiled = compileRegex(pattern);
  if (!compiled.ok) throw new Error(compiled.reason);
  const { program } = compiled.regex;
  return program.instructions
    .slice(program.start)
    .map((each) => (each.kind === "read" ? { kind: each.kind, chars: each.chars(everyChar) } : each));
}

describe("a compiled program, as re2js lays it out", () => {
  it.each<[string, unknown[]]>([
    ["a", [{ kind: "read", chars: [97, 97] }, { kind: "match" }]],
    ["[a-cx]", [{ kind: "read", chars: [97, 99, 120, 120] }, { kind: "match" }]],
    ["(?i)k", [{ kind: "read", chars: [75, 75, 107, 107, 0x212a, 0x212a] }, { kind: "match" }]],
    ["(?s).", [{ kind: "read", chars: [0, 0x10ffff] }, { kind: "match" }].map(withoutSurrogates)],
    [".", [{ kind: "read", chars: [0, 9, 11, 0x10ffff] }, { kind: "match" }].map(withoutSurrogates)],
    [
      "^a$",
      [
        { kind: "assert", conditions: condition.beginText, to: 2 },
        { kind: "read", chars: [97, 97] },
        { kind: "assert", conditions: condition.endText, to: 4 },
        { kind: "match" },
      ],
    ],
    [
      "(?m)^$\\b\\B",
      [
        { kind: "assert", conditions: condition.beginLine, to: 2 },
        { kind: "assert", conditions: condition.endLine, to: 3 },
        { kind: "assert", conditions: condition.wordBoundary, to: 4 },
        { kind: "assert", conditions: condition.noWordBoundary, to: 5 },
        { kind: "match" },
      ],
    ],
  ])("%s", (pattern, expected) => {
    expect(instructions(pattern)).toEqual(expected);
  });

  it("starts a loop with a split", () => {
    expect(instructions("a*").map(({ kind }) => kind)).toEqual(["split", "match"]);
    expect(instructions("(?:a|b)c").map(({ kind }) => kind)).toEqual(["read", "read", "match"]);
  });
});

function withoutSurrogates<T extends { chars?: number[] }>(each: T): T {
  return each.chars === undefined
    ? each
    : { ...each, chars: [...each.chars.slice(0, -1), 0xd7ff, 0xe000, 0x10ffff] };
}

describe("what Istio refuses", () => {
  it.each([
    ["", /empty/],
    [`/${"a".repeat(1024)}`, /1025 bytes/],
    ["ä".repeat(513), /1026 bytes/],
    ["/a(?=b)", /look-around/],
    ["/a(?!b)", /look-around/],
    ["(?<=a)b", /look-around/],
    ["(a)\\1", /back-references/],
    ["(?P<x>a)(?P=x)", /back-references/],
    ["/a(", /does not compile/],
    ["*", /does not compile/],
    ["a**", /does not compile/],
    ["a{1001}", /does not compile/],
    ["(?>a)", /does not compile/],
    ["a++", /does not compile/],
    ["\\Z", /does not compile/],
    ["[b-a]", /does not compile/],
  ])("%j", (pattern, reason) => {
    const compiled = compileRegex(pattern);
    expect(compiled.ok ? "accepted" : compiled.reason).toMatch(reason);
  });

  it.each(["/a".repeat(512), "(?P<id>[0-9]+)", "a{1000}", "\\Q*\\E", "x{,5}", "[[:word:]]+", "\\pN"])(
    "but not %j",
    (pattern) => {
      expect(compileRegex(pattern).ok).toBe(true);
    },
  );
});
