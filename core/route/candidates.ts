import { compareText } from "../problem.ts";
import { hasChar } from "./regex/char-set.ts";
import type { Nfa } from "./regex/nfa.ts";
import type { RequestSet } from "./request-set.ts";

/** What can be indexed: a set of requests of one match, and a place in an order to tell equals apart. */
export interface Indexed {
  readonly requests: RequestSet;
  readonly position: number;
}

/**
 * Pairs of clauses whose paths may overlap; every pair that does is among them, once. Never compares all with all: clauses are sorted
 * by what their paths begin with, so that those below one prefix lie side by side, and a regex is walked along that order once.
 */
export function* candidatePairs<C extends Indexed>(clauses: readonly C[]): Generator<[C, C]> {
  const entries = clauses
    .map((clause) => entryOf(clause))
    .sort((a, b) => compareText(a.stem, b.stem) || a.clause.position - b.clause.position);
  const common = entries.map((entry, index) => commonLength(entry.stem, entries[index - 1]?.stem ?? ""));
  const open: Entry<C>[] = [];
  for (const [index, entry] of entries.entries()) {
    for (let last = open.at(-1); last !== undefined && !entry.stem.startsWith(last.stem); last = open.at(-1))
      open.pop();
    for (const other of open) {
      // Literals above a regex; what lies below it, and its equals, are found by walking it.
      if (entry.nfa === undefined || other.stem.length < entry.stem.length)
        yield [other.clause, entry.clause];
    }
    if (entry.nfa === undefined) open.push(entry);
    else yield* below(entry, entry.nfa, index, entries, common);
  }
}

interface Entry<C> {
  readonly clause: C;
  /** Lower-case beginning of every path of the clause. */
  readonly stem: string;
  readonly exact: boolean;
  /** Of a regex only. */
  readonly nfa: Nfa | undefined;
}

function entryOf<C extends Indexed>(clause: C): Entry<C> {
  const language = clause.requests.path.within[0];
  const { kind } = language.pattern;
  return {
    clause,
    stem: language.stem(),
    exact: kind === "exact",
    nfa: kind === "regex" ? language.strict() : undefined,
  };
}

function commonLength(a: string, b: string): number {
  let length = 0;
  while (length < a.length && a[length] === b[length]) length++;
  return length;
}

/** The entries whose stem begins with that of the regex at `index`, as far as the regex can go along with their stems. */
function* below<C>(
  regex: Entry<C>,
  nfa: Nfa,
  index: number,
  entries: readonly Entry<C>[],
  common: readonly number[],
): Generator<[C, C]> {
  const root = regex.stem.length;
  let first = index;
  while (first > 0 && (common[first] ?? 0) >= root) first--;
  const walk = new Walk(nfa);
  for (const [offset, entry] of entries.slice(first, endOfBlock(index, root, common)).entries()) {
    if (!walk.follow(entry.stem, offset === 0 ? 0 : (common[first + offset] ?? 0), entry.exact)) continue;
    const at = first + offset;
    // Of two regexes with one stem the earlier finds the later.
    const foundBefore = entry.nfa !== undefined && entry.stem.length === root && at < index;
    if (at !== index && !foundBefore) yield [regex.clause, entry.clause];
  }
}

/** The index behind the last entry that shares its first `root` characters with that at `index`. */
function endOfBlock(index: number, root: number, common: readonly number[]): number {
  let end = index + 1;
  while (end < common.length && (common[end] ?? 0) >= root) end++;
  return end;
}

/** A regex read deterministically along lower-cased text; states are made as they are met. */
class Walk {
  readonly #nfa: Nfa;
  readonly #sets: (readonly number[])[] = [];
  readonly #numbers = new Map<string, number>();
  readonly #steps = new Map<number, number>();
  /** States after each length of the stem followed last. */
  readonly #path: number[];
  /** How far it could be followed. */
  #reached = 0;

  constructor(nfa: Nfa) {
    this.#nfa = nfa;
    this.#path = [this.#number(nfa.starts)];
  }

  /** Whether the regex matches the stem (`exact`), or something that begins with it. `shared` is how much of the last stem it repeats. */
  follow(stem: string, shared: number, exact: boolean): boolean {
    // Where the last stem led nowhere, one that begins alike leads nowhere either.
    if (this.#isDead() && shared >= this.#reached) return false;
    this.#reached = Math.min(this.#reached, shared);
    while (this.#reached < stem.length && !this.#isDead()) {
      this.#path[this.#reached + 1] = this.#step(this.#state(), stem.charCodeAt(this.#reached));
      this.#reached++;
    }
    const states = this.#sets[this.#state()] ?? [];
    return exact ? states.some((each) => this.#nfa.accepting[each]) : states.length > 0;
  }

  #state(): number {
    return this.#path[this.#reached] ?? 0;
  }

  #isDead(): boolean {
    return this.#sets[this.#state()]?.length === 0;
  }

  #step(state: number, char: number): number {
    const key = state * 65536 + char;
    const known = this.#steps.get(key);
    if (known !== undefined) return known;
    const upper = char >= 97 && char <= 122 ? char - 32 : char;
    const next = new Set<number>();
    for (const each of this.#sets[state] ?? []) {
      for (const { chars, to } of this.#nfa.edges[each] ?? []) {
        if (hasChar(chars, char) || hasChar(chars, upper)) next.add(to);
      }
    }
    const number = this.#number(Array.from(next).sort((a, b) => a - b));
    this.#steps.set(key, number);
    return number;
  }

  #number(set: readonly number[]): number {
    const key = set.join(" ");
    const known = this.#numbers.get(key) ?? this.#sets.push(set) - 1;
    this.#numbers.set(key, known);
    return known;
  }
}
