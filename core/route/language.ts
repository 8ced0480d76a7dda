import type { CharSet } from "./regex/char-set.ts";
import { literalNfa, type Nfa, prefixNfa, productNfa, programNfa } from "./regex/nfa.ts";
import { compileRegex, type Regex } from "./regex/program.ts";
import type { Universe } from "./universe.ts";

/** How one text of a request is matched, free of where it stands. */
export type TextPattern =
  | { readonly kind: "exact" | "prefix"; readonly value: string; readonly ignoreCase: boolean }
  | { readonly kind: "regex"; readonly value: string };

/** The texts of a universe that a pattern matches. */
export interface Language {
  readonly universe: Universe;
  readonly pattern: TextPattern;
  /** Decides as the proxy does; regexes by `re2js` itself. */
  readonly matches: (text: string) => boolean;
  /** What every text of the language begins with, in lower case: the key to an index of languages. */
  readonly stem: () => string;
  /** An automaton that may accept texts outside the universe. */
  readonly loose: () => Nfa;
  /** The same cut down to the universe; no state in it leads nowhere. */
  readonly strict: () => Nfa;
}

export type LanguageResult =
  { readonly ok: true; readonly language: Language } | { readonly ok: false; readonly reason: string };

/** The language of a pattern, or why Istio would refuse the pattern. */
export function languageOf(pattern: TextPattern, universe: Universe): LanguageResult {
  if (pattern.kind !== "regex") return { ok: true, language: literalLanguage(pattern, universe) };
  const compiled = compileRegex(pattern.value);
  return compiled.ok ? { ok: true, language: regexLanguage(compiled.regex, universe) } : compiled;
}

/** Every text of a universe. */
export function wholeUniverse(universe: Universe): Language {
  return literalLanguage({ kind: "prefix", value: "", ignoreCase: false }, universe);
}

type Literal = Extract<TextPattern, { readonly ignoreCase: boolean }>;

function literalLanguage(given: Literal, universe: Universe): Language {
  // Every path begins with a slash, so the prefix "" says no more than "/".
  const pattern = given.kind === "prefix" && given.value === "" ? { ...given, value: universe.begin } : given;
  const { kind, value, ignoreCase } = pattern;
  const wanted = ignoreCase ? foldCase(value) : value;
  const loose = once(() =>
    kind === "exact" ? literalNfa(value, ignoreCase) : prefixNfa(value, universe.alphabet, ignoreCase),
  );
  return {
    universe,
    pattern,
    matches: (text) => {
      const begin = kind === "prefix" ? text.slice(0, value.length) : text;
      return (ignoreCase ? foldCase(begin) : begin) === wanted;
    },
    stem: () => foldCase(value),
    loose,
    strict: once(() => productNfa(loose(), universe.nfa)),
  };
}

function regexLanguage(regex: Regex, universe: Universe): Language {
  const loose = once(() => programNfa(regex.program, universe.alphabet));
  const strict = once(() => productNfa(loose(), universe.nfa));
  return {
    universe,
    pattern: { kind: "regex", value: regex.pattern },
    matches: regex.matches,
    stem: once(() => stemOf(strict())),
    loose,
    strict,
  };
}

/** The longest beginning that all texts of a language share but for the case of ASCII letters. */
function stemOf(nfa: Nfa): string {
  let stem = "";
  let states = nfa.starts;
  const longest = nfa.edges.length;
  while (states.length > 0 && stem.length < longest && !states.some((state) => nfa.accepting[state])) {
    const edges = states.flatMap((state) => nfa.edges[state] ?? []);
    const folded = new Set(edges.map(({ chars }) => onlyChar(chars)));
    const [char] = folded;
    if (folded.size !== 1 || char === undefined) break;
    stem += char;
    states = Array.from(new Set(edges.map(({ to }) => to)));
  }
  return stem;
}

/** The one character of a set, lower-cased, or undefined if there are several. */
function onlyChar(chars: CharSet): string | undefined {
  const [low = 0, high] = chars;
  if (low !== high) return undefined;
  const char = foldCase(String.fromCodePoint(low));
  if (chars.length === 2) return char;
  const [, , other = 0, otherEnd] = chars;
  const folds = chars.length === 4 && other === otherEnd && foldCase(String.fromCodePoint(other)) === char;
  return folds ? char : undefined;
}

/** Lower-cases ASCII letters only, as the proxy does. */
export function foldCase(text: string): string {
  return text.replace(/[A-Z]+/g, (letters) => letters.toLowerCase());
}

function once<T>(compute: () => T): () => T {
  let memo: { value: T } | undefined;
  return () => (memo ??= { value: compute() }).value;
}
