import { type CharSet, hasChar, intersectionOf, isSubset, readableChar } from "./char-set.ts";
import { type Edge, minterms, type Nfa, reversed } from "./nfa.ts";

/** What a search for a text came to. `states` is what it cost; `undecided` means that the budget ran out first. */
export type Search =
  | { readonly kind: "found"; readonly text: string; readonly states: number }
  | { readonly kind: "none"; readonly states: number }
  | { readonly kind: "undecided"; readonly states: number };

/** How a state was reached; the way back to the start spells the text. */
interface Step {
  readonly from: Step | undefined;
  readonly chars: CharSet | undefined;
}

function spell(last: Step, backwards = false): string {
  const chars: number[] = [];
  for (let step: Step | undefined = last; step?.chars !== undefined; step = step.from) {
    chars.push(readableChar(step.chars));
  }
  return String.fromCodePoint(...(backwards ? chars : chars.reverse()));
}

/** Searches a shortest text in both languages: pairs of single states, so at most |a| · |b| of them. */
export function findShared(a: Nfa, b: Nfa, budget: number): Search {
  const width = b.edges.length;
  const seen = new Set<number>();
  const queue: { x: number; y: number; step: Step }[] = [];
  const visit = (x: number, y: number, step: Step) => {
    const key = x * width + y;
    if (seen.has(key)) return;
    seen.add(key);
    queue.push({ x, y, step });
  };
  const root: Step = { from: undefined, chars: undefined };
  for (const x of a.starts) for (const y of b.starts) visit(x, y, root);
  for (const { x, y, step } of queue) {
    if (a.accepting[x] === true && b.accepting[y] === true) {
      return { kind: "found", text: spell(step), states: seen.size };
    }
    if (seen.size > budget) return { kind: "undecided", states: budget };
    for (const left of a.edges[x] ?? []) {
      for (const right of b.edges[y] ?? []) {
        const chars = intersectionOf(left.chars, right.chars);
        if (chars.length > 0) visit(left.to, right.to, { from: step, chars });
      }
    }
  }
  return { kind: "none", states: seen.size };
}

/** Searches a shortest text of the language. */
export function findMember(nfa: Nfa): string | undefined {
  const seen = new Set(nfa.starts);
  const root: Step = { from: undefined, chars: undefined };
  const queue = nfa.starts.map((state) => ({ state, step: root }));
  for (const { state, step } of queue) {
    if (nfa.accepting[state] === true) return spell(step);
    for (const { chars, to } of nfa.edges[state] ?? []) {
      if (seen.has(to)) continue;
      seen.add(to);
      queue.push({ state: to, step: { from: step, chars } });
    }
  }
  return undefined;
}

/**
 * Searches a text of `a` that is not in `b`; `none` proves that `a` lies inside `b`.
 * Deterministic forms can be exponentially large read in one direction and small in the other (`[ab]*a[ab]{20}`), so half of the
 * budget goes to each. `alphabet` holds every character that texts of `a` are made of.
 */
export function findOutside(a: Nfa, b: Nfa, alphabet: CharSet, budget: number): Search {
  const half = Math.ceil(budget / 2);
  const forwards = findEscape(a, b, alphabet, half, false);
  if (forwards.kind !== "undecided") return forwards;
  const backwards = findEscape(reversed(a), reversed(b), alphabet, half, true);
  return { ...backwards, states: forwards.states + backwards.states };
}

/**
 * Walks `a` together with the set of all states that `b` can be in. Of two such sets at one state of `a` only the smaller is
 * followed: whatever escapes the larger escapes the smaller (an antichain).
 */
function findEscape(a: Nfa, b: Nfa, alphabet: CharSet, budget: number, backwards: boolean): Search {
  const frontier = new Frontier(universalStates(b, alphabet));
  const first = emptySet(b);
  for (const state of b.starts) add(first, state);
  for (const state of a.starts) frontier.visit(state, first, { from: undefined, chars: undefined });
  for (const escape of frontier.queue) {
    if (!escape.alive) continue;
    const { state, others, step } = escape;
    const reached = members(others);
    if (a.accepting[state] === true && !reached.some((other) => b.accepting[other])) {
      return { kind: "found", text: spell(step, backwards), states: frontier.queue.length };
    }
    if (frontier.queue.length > budget) return { kind: "undecided", states: budget };
    const answers = reached.flatMap((other) => b.edges[other] ?? []);
    for (const edge of a.edges[state] ?? []) {
      for (const [part, next] of responses(edge.chars, answers, emptySet(b))) {
        frontier.visit(edge.to, next, { from: step, chars: part });
      }
    }
  }
  return { kind: "none", states: frontier.queue.length };
}

/** Splits `chars` by where `answers` lead with them, and gives the set of targets for each part. */
function* responses(
  chars: CharSet,
  answers: readonly Edge[],
  empty: Uint32Array,
): Generator<[part: CharSet, targets: Uint32Array]> {
  const relevant = answers.flatMap((edge) => {
    const shared = intersectionOf(edge.chars, chars);
    return shared.length > 0 ? [{ chars: shared, to: edge.to }] : [];
  });
  for (const part of minterms([chars, ...relevant.map((edge) => edge.chars)])) {
    const char = part[0] ?? 0;
    if (!hasChar(chars, char)) continue;
    const targets = empty.slice();
    for (const edge of relevant) if (hasChar(edge.chars, char)) add(targets, edge.to);
    yield [part, targets];
  }
}

/** What is still to be followed, and for each state of `a` the smallest sets seen there. */
class Frontier {
  /** Grows while it is walked; its length is the number of states spent. */
  readonly queue: Escape[] = [];
  readonly #kept = new Map<number, Escape[]>();
  readonly #universal: Uint32Array;

  constructor(universal: Uint32Array) {
    this.#universal = universal;
  }

  visit(state: number, others: Uint32Array, step: Step): void {
    if (meets(others, this.#universal)) return;
    const rivals = this.#kept.get(state) ?? [];
    if (rivals.some((rival) => includes(others, rival.others))) return;
    for (const rival of rivals) if (includes(rival.others, others)) rival.alive = false;
    const escape = { state, others, step, alive: true };
    this.#kept.set(state, [...rivals.filter((rival) => rival.alive), escape]);
    this.queue.push(escape);
  }
}

function emptySet(nfa: Nfa): Uint32Array {
  return new Uint32Array((nfa.edges.length + 31) >> 5);
}

interface Escape {
  readonly state: number;
  readonly others: Uint32Array;
  readonly step: Step;
  /** False once a smaller set has been found at the same state. */
  alive: boolean;
}

/** States from which everything is accepted; once `b` can be in one, nothing escapes it any more. */
function universalStates(nfa: Nfa, alphabet: CharSet): Uint32Array {
  const set = emptySet(nfa);
  nfa.edges.forEach((edges, state) => {
    if (nfa.accepting[state] !== true) return;
    if (edges.some(({ chars, to }) => to === state && isSubset(alphabet, chars))) add(set, state);
  });
  return set;
}

function add(set: Uint32Array, state: number): void {
  set[state >> 5] = (set[state >> 5] ?? 0) | (1 << (state & 31));
}

function includes(larger: Uint32Array, smaller: Uint32Array): boolean {
  return smaller.every((word, index) => (word & ~(larger[index] ?? 0)) === 0);
}

function meets(a: Uint32Array, b: Uint32Array): boolean {
  return a.some((word, index) => (word & (b[index] ?? 0)) !== 0);
}

function members(set: Uint32Array): number[] {
  const states: number[] = [];
  set.forEach((word, index) => {
    for (let rest = word; rest !== 0; rest &= rest - 1) {
      states.push(index * 32 + 31 - Math.clz32(rest & -rest));
    }
  });
  return states;
}
