import { RE2JS } from "re2js";
import { type CharSet, charSet, intersectionOf, rangesOf } from "./char-set.ts";

/**
 * The only file that looks inside `re2js`, whose version is pinned for that reason: the compiled program of a pattern is what RE2
 * itself would run, so no second parser can disagree with it about syntax. The numbers below are the opcodes and flags of
 * RE2's and Go's program (https://pkg.go.dev/regexp/syntax#InstOp), as `re2js` 2.10 numbers them; test/core/route/regex/program.test.ts
 * fails if that changes.
 */
const opcode = {
  alternative: [1, 2],
  capture: 3,
  emptyWidth: 4,
  fail: 5,
  match: 6,
  nothing: 7,
  rune: [8, 9, 10, 11],
} as const;
const foldCase = 1;
/** Case orbits end below this: https://www.unicode.org/Public/UCD/latest/ucd/CaseFolding.txt */
const lastFoldingChar = 0x1ffff;

/** Empty-width conditions; all bits of an `assert` must hold. */
export const condition = {
  beginLine: 1,
  endLine: 2,
  beginText: 4,
  endText: 8,
  wordBoundary: 16,
  noWordBoundary: 32,
} as const;

export type Instruction =
  | { readonly kind: "split"; readonly to: readonly [number, number] }
  | { readonly kind: "skip"; readonly to: number }
  | { readonly kind: "assert"; readonly conditions: number; readonly to: number }
  | {
      readonly kind: "read";
      /** The characters of `alphabet` that are read here. */
      readonly chars: (alphabet: CharSet) => CharSet;
      readonly to: number;
    }
  | { readonly kind: "match" }
  | { readonly kind: "fail" };

export interface Program {
  readonly start: number;
  readonly instructions: readonly Instruction[];
}

/** A pattern that Istio accepts. */
export interface Regex {
  readonly pattern: string;
  readonly program: Program;
  /** Whether the whole text matches, decided by `re2js` itself and not by our automata. */
  readonly matches: (text: string) => boolean;
}

export type CompiledRegex =
  { readonly ok: true; readonly regex: Regex } | { readonly ok: false; readonly reason: string };

/** Istio's limit, in bytes: https://github.com/istio/istio/blob/1.30.3/pkg/config/validation/validation.go validateStringRegexp */
const longestPattern = 1024;

/** Compiles a pattern, or says why Istio would refuse it. */
export function compileRegex(pattern: string): CompiledRegex {
  if (pattern === "") return { ok: false, reason: "an empty regex is refused by Istio" };
  const bytes = new TextEncoder().encode(pattern).length;
  if (bytes > longestPattern) {
    return {
      ok: false,
      reason: `the regex has ${bytes} bytes and Istio allows ${longestPattern}`,
    };
  }
  try {
    const compiled = RE2JS.compile(pattern);
    return {
      ok: true,
      regex: { pattern, program: readProgram(compiled), matches: (text) => compiled.testExact(text) },
    };
  } catch (error) {
    return { ok: false, reason: refusal(pattern, error) };
  }
}

function refusal(pattern: string, error: unknown): string {
  const detail = error instanceof Error ? error.message : String(error);
  if (/\(\?<?[=!]/.test(pattern)) return `RE2 has no look-around (${detail})`;
  if (/\\[1-9]|\(\?P=/.test(pattern)) return `RE2 has no back-references (${detail})`;
  return `RE2 does not compile it (${detail})`;
}

interface InternalInstruction {
  readonly op: number;
  readonly out: number;
  readonly arg: number;
  readonly runes: Int32Array;
  matchRune(char: number): boolean;
}

function readProgram(compiled: RE2JS): Program {
  const { start, inst } = compiled.re2Input.prog as {
    start: number;
    inst: readonly InternalInstruction[];
  };
  return { start, instructions: inst.map(readInstruction) };
}

function readInstruction(from: InternalInstruction): Instruction {
  switch (from.op) {
    case opcode.alternative[0]:
    case opcode.alternative[1]:
      return { kind: "split", to: [from.out, from.arg] };
    case opcode.capture:
    case opcode.nothing:
      return { kind: "skip", to: from.out };
    case opcode.emptyWidth:
      return { kind: "assert", conditions: from.arg, to: from.out };
    case opcode.match:
      return { kind: "match" };
    case opcode.fail:
      return { kind: "fail" };
    case opcode.rune[0]:
    case opcode.rune[1]:
    case opcode.rune[2]:
    case opcode.rune[3]:
      return { kind: "read", chars: charsRead(from), to: from.out };
    default:
      throw new Error(`re2js compiled an instruction of unknown kind ${from.op}`);
  }
}

function charsRead(from: InternalInstruction): (alphabet: CharSet) => CharSet {
  const { runes } = from;
  const single = runes[0];
  if (runes.length === 1 && single !== undefined) {
    return (from.arg & foldCase) === 0
      ? (alphabet) => intersectionOf([single, single], alphabet)
      : (alphabet) => charsFolding(from, single, alphabet);
  }
  const set = charSet(rangesOf(Array.from(runes)));
  return (alphabet) => intersectionOf(set, alphabet);
}

/** Asks `re2js` character by character: which letters fold together is its knowledge, not ours. */
function charsAccepted(from: InternalInstruction, alphabet: CharSet): CharSet {
  const accepted: [number, number][] = [];
  for (const [low, high] of rangesOf(alphabet)) {
    for (let char = low; char <= Math.min(high, lastFoldingChar); char++) {
      if (from.matchRune(char)) accepted.push([char, char]);
    }
  }
  const own = from.runes[0] ?? 0;
  if (own > lastFoldingChar) accepted.push(...rangesOf(intersectionOf([own, own], alphabet)));
  return charSet(accepted);
}

const folding = new WeakMap<CharSet, Map<number, CharSet>>();

/** Asking is slow for the whole of Unicode, and patterns repeat their letters. */
function charsFolding(from: InternalInstruction, char: number, alphabet: CharSet): CharSet {
  const known = folding.get(alphabet) ?? new Map<number, CharSet>();
  folding.set(alphabet, known);
  const chars = known.get(char) ?? charsAccepted(from, alphabet);
  known.set(char, chars);
  return chars;
}
