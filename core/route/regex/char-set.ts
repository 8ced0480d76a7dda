/**
 * A set of code points: sorted, disjoint, non-adjacent inclusive ranges, flattened (`[low, high, low, high, …]`).
 * Automata are labelled with these instead of single characters, so that Unicode costs no more than ASCII.
 */
export type CharSet = readonly number[];

export const noChars: CharSet = [];

/** Every code point that can occur in well-formed text: surrogates are left out. */
export const everyChar: CharSet = [0, 0xd7ff, 0xe000, 0x10ffff];

/** Brings ranges in any order, touching or overlapping, into the canonical form. */
export function charSet(ranges: readonly (readonly [low: number, high: number])[]): CharSet {
  const sorted = ranges.filter(([low, high]) => low <= high).sort((a, b) => a[0] - b[0]);
  const result: number[] = [];
  for (const [low, high] of sorted) {
    const last = result.at(-1);
    if (last !== undefined && low <= last + 1) result[result.length - 1] = Math.max(last, high);
    else result.push(low, high);
  }
  return result;
}

/** The set of the characters of a text. */
export function charsOf(text: string): CharSet {
  return charSet(codePoints(text).map((char) => [char, char]));
}

/** A text's code points; lone surrogates count as themselves and so match nothing. */
export function codePoints(text: string): number[] {
  return Array.from(text, (char) => char.codePointAt(0) ?? 0);
}

/** The ranges of a set as pairs. */
export function rangesOf(set: CharSet): [low: number, high: number][] {
  const ranges: [number, number][] = [];
  for (let index = 0; index < set.length; index += 2) ranges.push([set[index] ?? 0, set[index + 1] ?? -1]);
  return ranges;
}

export function hasChar(set: CharSet, char: number): boolean {
  for (let index = 0; index < set.length; index += 2) {
    if (char < (set[index] ?? 0)) return false;
    if (char <= (set[index + 1] ?? -1)) return true;
  }
  return false;
}

export function unionOf(a: CharSet, b: CharSet): CharSet {
  return charSet([...rangesOf(a), ...rangesOf(b)]);
}

/** The characters in both sets; the innermost step of every product, hence without allocation until there is a result. */
export function intersectionOf(a: CharSet, b: CharSet): CharSet {
  let result: number[] | undefined;
  let i = 0;
  let j = 0;
  while (i < a.length && j < b.length) {
    const low = Math.max(a[i] ?? 0, b[j] ?? 0);
    const highA = a[i + 1] ?? -1;
    const highB = b[j + 1] ?? -1;
    const high = Math.min(highA, highB);
    if (low <= high) (result ??= []).push(low, high);
    if (highA <= highB) i += 2;
    if (highB <= highA) j += 2;
  }
  return result ?? noChars;
}

/** The characters of `a` that are not in `b`. */
export function differenceOf(a: CharSet, b: CharSet): CharSet {
  const rest: [number, number][] = [];
  for (const [low, high] of rangesOf(a)) {
    let from = low;
    for (const [start, end] of rangesOf(b)) {
      if (end < from || start > high) continue;
      if (start > from) rest.push([from, start - 1]);
      from = end + 1;
    }
    if (from <= high) rest.push([from, high]);
  }
  return charSet(rest);
}

export function isSubset(a: CharSet, b: CharSet): boolean {
  return rangesOf(a).every(([low, high]) => rangesOf(b).some(([start, end]) => start <= low && high <= end));
}

/** What people read most easily first; what is not listed comes last. */
const readable = codePoints(
  "abcdefghijklmnopqrstuvwxyz0123456789-_ABCDEFGHIJKLMNOPQRSTUVWXYZ/.~!$&'()*+,;=:@[] \"<>?^`{|}%\\#",
);

/** The most readable member of a set that is not empty. */
export function readableChar(set: CharSet): number {
  if (set.length === 2 && set[0] === set[1]) return set[0] ?? 0;
  return readable.find((char) => hasChar(set, char)) ?? set[0] ?? 0;
}

const ranks = new Map(readable.map((char, rank) => [char, rank]));

/** How readable a character is: 0 is best. */
export function readability(char: number): number {
  return ranks.get(char) ?? readable.length;
}
