import {
  type CharSet,
  charSet,
  charsOf,
  codePoints,
  differenceOf,
  everyChar,
  intersectionOf,
  hasChar,
  readability,
  readableChar,
  unionOf,
} from "./char-set.ts";
import { condition, type Instruction, type Program } from "./program.ts";

/** A nondeterministic automaton without empty moves. States are numbers; the language is what leads from a start to an accepting state. */
export interface Nfa {
  readonly starts: readonly number[];
  readonly accepting: readonly boolean[];
  /** Outgoing edges of each state. */
  readonly edges: readonly (readonly Edge[])[];
}

export interface Edge {
  /** Never empty. */
  readonly chars: CharSet;
  readonly to: number;
}

/** Exactly `text`; with `ignoreCase`, ASCII letters stand for both cases, as Envoy compares. */
export function literalNfa(text: string, ignoreCase = false): Nfa {
  const chars = codePoints(text);
  return {
    starts: [0],
    accepting: [...chars.map(() => false), true],
    edges: [...chars.map((char, index) => [{ chars: caseVariants(char, ignoreCase), to: index + 1 }]), []],
  };
}

/** Everything over `alphabet` that begins with `text`. */
export function prefixNfa(text: string, alphabet: CharSet, ignoreCase = false): Nfa {
  const literal = literalNfa(text, ignoreCase);
  const last = literal.edges.length - 1;
  return {
    ...literal,
    edges: literal.edges.map((edges, state) => (state === last ? [{ chars: alphabet, to: last }] : edges)),
  };
}

function caseVariants(char: number, ignoreCase: boolean): CharSet {
  if (!ignoreCase) return [char, char];
  const text = String.fromCodePoint(char);
  if (!/^[A-Za-z]$/.test(text)) return [char, char];
  return charsOf(text.toLowerCase() + text.toUpperCase());
}

const newline: CharSet = [10, 10];
const wordChars: CharSet = charSet([
  [48, 57],
  [65, 90],
  [95, 95],
  [97, 122],
]);

/** What stood before, or comes next, as far as empty-width assertions can tell. */
type Neighbour = "nothing" | "newline" | "word" | "other";

/** The neighbours that a program can tell apart, with their characters; one entry if it asserts nothing about them. */
function distinguished(program: Program): { neighbour: Neighbour; chars: CharSet }[] {
  let asserted = 0;
  for (const instruction of program.instructions) {
    if (instruction.kind === "assert") asserted |= instruction.conditions;
  }
  const kinds: { neighbour: Neighbour; chars: CharSet }[] = [];
  let rest = everyChar;
  if (asserted & (condition.beginLine | condition.endLine)) {
    kinds.push({ neighbour: "newline", chars: newline });
    rest = differenceOf(rest, newline);
  }
  if (asserted & (condition.wordBoundary | condition.noWordBoundary)) {
    kinds.push({ neighbour: "word", chars: wordChars });
    rest = differenceOf(rest, wordChars);
  }
  return [...kinds, { neighbour: "other", chars: rest }];
}

/**
 * The language of a compiled pattern over `alphabet`, matched against the whole text.
 * A state is an instruction to go on from together with the kind of character just read, which is all that `^ $ \b \B` need to know.
 */
export function programNfa(program: Program, alphabet: CharSet): Nfa {
  const kinds = distinguished(program);
  const numbers = new Map<string, number>();
  const pending: { at: number; before: Neighbour }[] = [];
  const number = (at: number, before: Neighbour): number => {
    const key = `${at} ${before}`;
    const known = numbers.get(key);
    if (known !== undefined) return known;
    numbers.set(key, pending.push({ at, before }) - 1);
    return pending.length - 1;
  };
  const accepting: boolean[] = [];
  const edges: Edge[][] = [];
  number(program.start, "nothing");
  // `pending` grows while it is walked.
  for (const { at, before } of pending) {
    accepting.push(reach(program, at, conditionsBetween(before, "nothing")).some(isMatch));
    const outgoing: Edge[] = [];
    for (const { neighbour, chars } of kinds) {
      for (const instruction of reach(program, at, conditionsBetween(before, neighbour))) {
        if (instruction.kind !== "read") continue;
        const read = intersectionOf(instruction.chars(alphabet), chars);
        if (read.length > 0) outgoing.push({ chars: read, to: number(instruction.to, neighbour) });
      }
    }
    edges.push(mergeEdges(outgoing));
  }
  return { starts: [0], accepting, edges };
}

function isMatch(instruction: Instruction): boolean {
  return instruction.kind === "match";
}

/** The instructions that read or match, reachable without reading while `holding` conditions hold. */
function reach(program: Program, from: number, holding: number): Instruction[] {
  const seen = new Set<number>();
  const stack = [from];
  const found: Instruction[] = [];
  for (let at = stack.pop(); at !== undefined; at = stack.pop()) {
    const instruction = program.instructions[at];
    if (instruction === undefined || seen.has(at)) continue;
    seen.add(at);
    if (instruction.kind === "split") stack.push(instruction.to[1], instruction.to[0]);
    else if (instruction.kind === "skip") stack.push(instruction.to);
    else if (instruction.kind === "assert") {
      if ((instruction.conditions & ~holding) === 0) stack.push(instruction.to);
    } else if (instruction.kind !== "fail") found.push(instruction);
  }
  return found;
}

/** The conditions that hold between two neighbours; outside the text there is neither a word nor anything else. */
function conditionsBetween(before: Neighbour, after: Neighbour): number {
  let holding =
    (before === "word") === (after === "word") ? condition.noWordBoundary : condition.wordBoundary;
  if (before === "nothing") holding |= condition.beginText | condition.beginLine;
  if (before === "newline") holding |= condition.beginLine;
  if (after === "nothing") holding |= condition.endText | condition.endLine;
  if (after === "newline") holding |= condition.endLine;
  return holding;
}

/** One edge per target, the most readable first, so that searches find readable texts. */
export function mergeEdges(edges: readonly Edge[]): Edge[] {
  const byTarget = new Map<number, CharSet>();
  for (const { chars, to } of edges) {
    const known = byTarget.get(to);
    byTarget.set(to, known === undefined ? chars : unionOf(known, chars));
  }
  const merged = Array.from(byTarget, ([to, chars]) => ({ chars, to }));
  return merged.length < 2 ? merged : merged.sort((a, b) => rank(a.chars) - rank(b.chars));
}

function rank(chars: CharSet): number {
  return readability(readableChar(chars));
}

/** The texts in both languages, as an automaton that holds only states on the way from a start to an end. */
export function productNfa(a: Nfa, b: Nfa): Nfa {
  const numbers = new Map<number, number>();
  const pending: [number, number][] = [];
  const width = b.edges.length;
  const number = (x: number, y: number): number => {
    const key = x * width + y;
    const known = numbers.get(key);
    if (known !== undefined) return known;
    numbers.set(key, pending.push([x, y]) - 1);
    return pending.length - 1;
  };
  const starts = a.starts.flatMap((x) => b.starts.map((y) => number(x, y)));
  const accepting: boolean[] = [];
  const edges: Edge[][] = [];
  for (const [x, y] of pending) {
    accepting.push((a.accepting[x] ?? false) && (b.accepting[y] ?? false));
    const outgoing: Edge[] = [];
    for (const left of a.edges[x] ?? []) {
      for (const right of b.edges[y] ?? []) {
        const chars = intersectionOf(left.chars, right.chars);
        if (chars.length > 0) outgoing.push({ chars, to: number(left.to, right.to) });
      }
    }
    edges.push(mergeEdges(outgoing));
  }
  return trimmed({ starts, accepting, edges });
}

/** Without the states from which nothing can be accepted. Starts and everything else are renumbered. */
function trimmed(nfa: Nfa): Nfa {
  const live = liveStates(nfa);
  const renumbered = new Map<number, number>();
  nfa.edges.forEach((_, state) => {
    if (live.has(state)) renumbered.set(state, renumbered.size);
  });
  const keep = (state: number): number[] => {
    const number = renumbered.get(state);
    return number === undefined ? [] : [number];
  };
  const kept = Array.from(renumbered.keys());
  return {
    starts: nfa.starts.flatMap(keep),
    accepting: kept.map((state) => nfa.accepting[state] ?? false),
    edges: kept.map((state) =>
      (nfa.edges[state] ?? []).flatMap(({ chars, to }) => keep(to).map((number) => ({ chars, to: number }))),
    ),
  };
}

function liveStates(nfa: Nfa): ReadonlySet<number> {
  const incoming = nfa.edges.map((): number[] => []);
  nfa.edges.forEach((edges, state) => {
    for (const { to } of edges) incoming[to]?.push(state);
  });
  const stack = nfa.accepting.flatMap((accepts, state) => (accepts ? [state] : []));
  const live = new Set(stack);
  for (let state = stack.pop(); state !== undefined; state = stack.pop()) {
    for (const source of incoming[state] ?? []) {
      if (live.has(source)) continue;
      live.add(source);
      stack.push(source);
    }
  }
  return live;
}

/** The texts in any of the languages. */
export function unionNfa(parts: readonly Nfa[]): Nfa {
  const starts: number[] = [];
  const accepting: boolean[] = [];
  const edges: Edge[][] = [];
  for (const part of parts) {
    const offset = edges.length;
    starts.push(...part.starts.map((start) => start + offset));
    accepting.push(...part.accepting);
    edges.push(
      ...part.edges.map((outgoing) => outgoing.map(({ chars, to }) => ({ chars, to: to + offset }))),
    );
  }
  return { starts, accepting, edges };
}

/** The texts of the language, read backwards. */
export function reversed(nfa: Nfa): Nfa {
  const edges = nfa.edges.map((): Edge[] => []);
  nfa.edges.forEach((outgoing, state) => {
    for (const { chars, to } of outgoing) edges[to]?.push({ chars, to: state });
  });
  const starts = new Set(nfa.starts);
  return {
    starts: nfa.accepting.flatMap((accepts, state) => (accepts ? [state] : [])),
    accepting: nfa.edges.map((_, state) => starts.has(state)),
    edges,
  };
}

/** Whether the automaton accepts `text`. */
export function accepts(nfa: Nfa, text: string): boolean {
  let states = new Set(nfa.starts);
  for (const char of codePoints(text)) states = stepSet(nfa, states, char);
  return Array.from(states).some((state) => nfa.accepting[state] === true);
}

function stepSet(nfa: Nfa, states: ReadonlySet<number>, char: number): Set<number> {
  const next = new Set<number>();
  for (const state of states) {
    for (const { chars, to } of nfa.edges[state] ?? []) {
      if (hasChar(chars, char)) next.add(to);
    }
  }
  return next;
}

/** Splits the characters of all sets so that each part lies wholly inside or outside each set; most readable parts first. */
export function minterms(sets: readonly CharSet[]): CharSet[] {
  const bounds = new Set<number>();
  for (const set of sets) {
    for (let index = 0; index < set.length; index += 2)
      bounds.add(set[index] ?? 0).add((set[index + 1] ?? 0) + 1);
  }
  const sorted = Array.from(bounds).sort((a, b) => a - b);
  const parts = sorted.slice(1).map((end, index): CharSet => [sorted[index] ?? 0, end - 1]);
  return parts.length < 2 ? parts : parts.sort((a, b) => rank(a) - rank(b));
}
