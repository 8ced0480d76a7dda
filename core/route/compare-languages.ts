import { foldCase, type Language } from "./language.ts";
import { type Nfa, productNfa, unionNfa } from "./regex/nfa.ts";
import { findMember, findOutside, findShared, type Search } from "./regex/search.ts";

/** Default budget of one search, in states of an automaton: never in seconds, so that a verdict is the same on every machine. */
export const defaultBudget = 20_000;

const none: Search = { kind: "none", states: 0 };

/** A text of the language, as short and readable as can be; undefined if there is none. */
export function textOf(language: Language): string | undefined {
  return literalTexts(language).find((text) => isMember(text, language)) ?? findMember(language.strict());
}

/** A text that both languages hold. */
export function findInBoth(a: Language, b: Language, budget = defaultBudget): Search {
  const [candidates, exhaustive] = sharedCandidates(a, b);
  const text = candidates.find((each) => isMember(each, a) && b.matches(each));
  if (text !== undefined) return { kind: "found", text, states: 0 };
  if (exhaustive) return none;
  return checked(findShared(a.strict(), b.loose(), budget), (each) => isMember(each, a) && b.matches(each));
}

/** A text of `a` that `b` does not hold; `none` proves that `a` lies inside `b`. */
export function findOnlyInFirst(a: Language, b: Language, budget = defaultBudget): Search {
  if (isInside(a, b)) return none;
  const text = literalTexts(a).find((each) => isMember(each, a) && !b.matches(each));
  if (text !== undefined) return { kind: "found", text, states: 0 };
  if (isSingleText(a)) return none;
  return checked(
    findOutside(a.strict(), b.loose(), a.universe.alphabet, budget),
    (each) => isMember(each, a) && !b.matches(each),
  );
}

/** A text that all of `within` hold and none of `without`; `within` is not empty. The general case of the two above. */
export function findText(
  within: readonly Language[],
  without: readonly Language[],
  budget = defaultBudget,
): Search {
  const [first, second, ...others] = within;
  const [excluded, ...alsoExcluded] = without;
  if (first === undefined) return none;
  if (second === undefined && excluded === undefined) {
    const text = textOf(first);
    return text === undefined ? none : { kind: "found", text, states: 0 };
  }
  if (second === undefined && excluded !== undefined && alsoExcluded.length === 0) {
    return findOnlyInFirst(first, excluded, budget);
  }
  if (second !== undefined && excluded === undefined && others.length === 0) {
    return findInBoth(first, second, budget);
  }
  return findAmong(first, within, without, budget);
}

function findAmong(
  first: Language,
  within: readonly Language[],
  without: readonly Language[],
  budget: number,
): Search {
  if (without.some((other) => within.some((each) => isInside(each, other)))) return none;
  const fits = (text: string) =>
    within.every((each) => isMember(text, each)) && !without.some((each) => each.matches(text));
  const text = within.flatMap(literalTexts).find(fits);
  if (text !== undefined) return { kind: "found", text, states: 0 };
  const product = within.slice(1).reduce((nfa: Nfa, each) => productNfa(nfa, each.loose()), first.strict());
  const union = unionNfa(without.map((each) => each.loose()));
  return checked(findOutside(product, union, first.universe.alphabet, budget), fits);
}

/**
 * No text leaves here without having been tried on the patterns themselves. One that fails would be a bug of ours; until it is mended
 * the honest answer is that nothing has been decided.
 */
function checked(search: Search, fits: (text: string) => boolean): Search {
  if (search.kind !== "found" || fits(search.text)) return search;
  return { kind: "undecided", states: search.states };
}

function isMember(text: string, language: Language): boolean {
  return language.matches(text) && language.universe.contains(text);
}

/** Texts that decide nearly every question about a literal: itself, its other cases, and short continuations of a prefix. */
function literalTexts({ pattern }: Language): string[] {
  if (pattern.kind === "regex") return [];
  const { kind, value, ignoreCase } = pattern;
  const cases = ignoreCase ? [value, upperCase(value), foldCase(value)] : [value];
  if (kind === "exact") return cases;
  return cases.flatMap((each) => [each, `${each}a`, `${each}0`, `${each}/`]);
}

function upperCase(text: string): string {
  return text.replace(/[a-z]+/g, (letters) => letters.toUpperCase());
}

/** A language of at most one text, wherever the candidates above are all there is. */
function isSingleText({ pattern }: Language): boolean {
  return pattern.kind === "exact" && (!pattern.ignoreCase || !/[a-zA-Z]/.test(pattern.value));
}

/** Containment that can be read off the patterns. False means unknown. */
function isInside(a: Language, b: Language): boolean {
  const [p, q] = [a.pattern, b.pattern];
  if (q.kind === "regex") return p.kind === "regex" && p.value === q.value;
  if (q.kind === "prefix" && q.value === b.universe.begin) return true;
  if (q.kind === "exact" && p.kind !== "exact") return false;
  const fits = (begin: string, wanted: string) =>
    q.kind === "prefix" ? begin.startsWith(wanted) : begin === wanted;
  if (q.ignoreCase || !/[a-zA-Z]/.test(q.value)) return fits(a.stem(), foldCase(q.value));
  // A regex's beginning is known but for its case.
  return p.kind !== "regex" && !p.ignoreCase && fits(p.value, q.value);
}

/** Texts to try first, and whether there can be no others. */
function sharedCandidates(a: Language, b: Language): [candidates: string[], exhaustive: boolean] {
  const [p, q] = [a.pattern, b.pattern];
  if (isSingleText(a)) return [[p.value], true];
  if (isSingleText(b)) return [[q.value], true];
  const [s, t] = [a.stem(), b.stem()];
  if (!s.startsWith(t) && !t.startsWith(s)) return [[], true];
  if (p.kind === "regex" || q.kind === "regex") return [[], false];
  return sharedLiterals(a, b);
}

/** Two literals whose stems agree as far as the shorter goes. */
function sharedLiterals(a: Language, b: Language): [candidates: string[], exhaustive: boolean] {
  const [longer, shorter] = a.stem().length >= b.stem().length ? [a, b] : [b, a];
  const [p, q] = [longer.pattern, shorter.pattern];
  if (p.kind === "regex" || q.kind === "regex") return [[], false];
  if (q.kind === "exact" && longer.stem() !== shorter.stem()) return [[], true];
  const length = q.value.length;
  // Where one of the two minds the case, its spelling counts.
  const begin = p.ignoreCase ? q.value + p.value.slice(length) : p.value;
  const agrees = q.ignoreCase || begin.startsWith(q.value);
  if (!agrees) return [[], true];
  const isExact = p.kind === "exact" || q.kind === "exact";
  return [isExact ? [begin] : [begin, `${begin}a`, `${begin}0`, `${begin}/`], isExact];
}
