import { readForeignMatch } from "../audit/foreign-match.ts";
import { canonicalText, isRecord, listAt, recordAt, textAt } from "../audit/plain-value.ts";
import { parseDuration } from "../duration.ts";
import type { HttpMatchRequest } from "../mesh/istio.ts";
import { isCatchAllMatch } from "../route/istio-merge.ts";
import { intersection, isEmpty } from "../route/request-set.ts";
import type { FieldPath } from "./field-path.ts";
import { parseQuantity } from "./quantity.ts";

/** A field that is not as it should be; what is undefined is not there. */
export interface Difference {
  readonly path: FieldPath;
  readonly expected: unknown;
  readonly actual: unknown;
}

/** All differences of two contents in normal form, as close to the single field as can be. */
export function differences(expected: unknown, actual: unknown, path: FieldPath = []): Difference[] {
  if (isRecord(expected) && isRecord(actual)) {
    const keys = [...new Set([...Object.keys(expected), ...Object.keys(actual)])];
    return keys.flatMap((key) => differences(expected[key], actual[key], [...path, key]));
  }
  if (Array.isArray(expected) && Array.isArray(actual)) return listDifferences(expected, actual, path);
  return isSameScalar(expected, actual, path) ? [] : [{ path, expected, actual }];
}

function isSame(a: unknown, b: unknown, path: FieldPath): boolean {
  return a === b || differences(a, b, path).length === 0;
}

/** Values that have more than one spelling: what two spellings of the same have in common, undefined for what is none of them. */
type Reading = (value: unknown) => unknown;

const readDuration: Reading = (value) => (typeof value === "string" ? parseDuration(value) : undefined);
const byKey: Readonly<Record<string, Reading>> = {
  timeout: readDuration,
  perTryTimeout: readDuration,
  fixedDelay: readDuration,
  maxAge: readDuration,
  retryOn: canonicalList,
};
const byParent: Readonly<Record<string, Reading>> = {
  hard: parseQuantity,
  requests: parseQuantity,
  limits: parseQuantity,
};

function isSameScalar(a: unknown, b: unknown, path: FieldPath): boolean {
  if (a === b) return true;
  if (a === undefined || b === undefined) return false;
  const read = byKey[String(path.at(-1))] ?? byParent[String(path.at(-2))];
  const meaning = read?.(a);
  return meaning !== undefined && meaning === read?.(b);
}

function canonicalList(value: unknown): string | undefined {
  return typeof value === "string" ? value.split(",").sort().join(",") : undefined;
}

/** Lists whose order is part of what they say; in all others it means nothing. */
const ordered = new Set(["http", "tls", "tcp", "args", "command", "initContainers"]);

function listDifferences(
  expected: readonly unknown[],
  actual: readonly unknown[],
  path: FieldPath,
): Difference[] {
  const pairs = equalPairs(expected, actual, path);
  if (pairs.length === expected.length && pairs.length === actual.length) {
    return isSameOrder(pairs, expected, path) ? [] : [{ path, expected, actual }];
  }
  const kept = isOrdered(path, expected) ? longestAscending(pairs) : pairs;
  return restDifferences(expected, actual, kept, path);
}

function isOrdered(path: FieldPath, entries: readonly unknown[]): boolean {
  const key = String(path.at(-1));
  // What follows a catch-all in one object is not read.
  if (key === "match") return entries.some((each) => isCatchAllMatch(each as HttpMatchRequest));
  return ordered.has(key);
}

/** Positions of equal entries, in the order of the first list; each entry counts once. */
function equalPairs(
  expected: readonly unknown[],
  actual: readonly unknown[],
  path: FieldPath,
): [number, number][] {
  const free = new Set(actual.keys());
  return expected.flatMap((entry, index) => {
    const same = (candidate: number) => isSame(entry, actual[candidate], [...path, index]);
    const match = free.has(index) && same(index) ? index : Array.from(free).find(same);
    if (match === undefined) return [];
    free.delete(match);
    return [[index, match] as [number, number]];
  });
}

/** Whether two orders of the same entries say the same. */
function isSameOrder(
  pairs: readonly [number, number][],
  expected: readonly unknown[],
  path: FieldPath,
): boolean {
  if (!isOrdered(path, expected)) return true;
  for (const [i, before] of pairs) {
    for (const [j, after] of pairs) {
      const isSwapped = i < j && before > after;
      if (isSwapped && !(path.at(-1) === "http" && areIndependent(expected[i], expected[j]))) return false;
    }
  }
  return true;
}

/** Rules that no request meets both, or that do the same: between them order means nothing. */
function areIndependent(a: unknown, b: unknown): boolean {
  if (actionOf(a) === actionOf(b)) return !hasCatchAll(a) && !hasCatchAll(b);
  const [left, right] = [a, b].map((rule) => listAt(rule, "match").map(readForeignMatch));
  if (left === undefined || right === undefined || left.length === 0 || right.length === 0) return false;
  return left.every((x) =>
    right.every((y) => x.ok && y.ok && isEmpty(intersection(x.match.requests, y.match.requests))),
  );
}

function hasCatchAll(rule: unknown): boolean {
  const matches = listAt(rule, "match");
  return matches.length === 0 || matches.some((each) => isCatchAllMatch(each as HttpMatchRequest));
}

function actionOf(rule: unknown): string {
  if (!isRecord(rule)) return "";
  return canonicalText({ ...rule, match: undefined, name: undefined });
}

/** The most pairs that both lists have in the same order. */
function longestAscending(pairs: readonly [number, number][]): [number, number][] {
  const best: [number, number][][] = [];
  for (const pair of pairs) {
    const before = best.filter((chain) => (chain.at(-1)?.[1] ?? -1) < pair[1]);
    const longest = before.reduce<[number, number][]>((a, b) => (b.length > a.length ? b : a), []);
    best.push([...longest, pair]);
  }
  return best.reduce<[number, number][]>((a, b) => (b.length > a.length ? b : a), []);
}

/** Entries without an equal one are compared with the one that takes their place; the rest was added or removed. */
function restDifferences(
  expected: readonly unknown[],
  actual: readonly unknown[],
  kept: readonly [number, number][],
  path: FieldPath,
): Difference[] {
  const missing = new Set(expected.keys());
  const added = new Set(actual.keys());
  for (const [i, j] of kept) {
    missing.delete(i);
    added.delete(j);
  }
  const changed: [number, number][] = [];
  const pair = (i: number, j: number | undefined) => {
    if (j === undefined) return;
    missing.delete(i);
    added.delete(j);
    changed.push([i, j]);
  };
  for (const i of [...missing]) {
    const key = entryKey(expected[i]);
    if (key !== undefined)
      pair(
        i,
        [...added].find((j) => entryKey(actual[j]) === key),
      );
  }
  for (const i of [...missing]) if (isRecord(expected[i]) && added.has(i) && isRecord(actual[i])) pair(i, i);
  return [
    ...changed.flatMap(([i, j]) => differences(expected[i], actual[j], [...path, j])),
    ...[...missing].map((i) => ({ path: [...path, i], expected: expected[i], actual: undefined })),
    ...[...added].map((j) => ({ path: [...path, j], expected: undefined, actual: actual[j] })),
  ];
}

/** What an entry of a list is known by; undefined where only its place tells. */
function entryKey(entry: unknown): string | undefined {
  if (!isRecord(entry)) return undefined;
  const destination = recordAt(entry, "destination");
  const port = recordAt(entry, "port");
  const own = textAt(entry, "name") ?? textAt(entry, "topologyKey") ?? textAt(port, "name");
  if (own !== undefined) return own;
  if (isRecord(entry["match"]) || Array.isArray(entry["match"])) return canonicalText(entry["match"]);
  const host = textAt(destination, "host");
  return host === undefined ? undefined : canonicalText([host, recordAt(entry, "headers")]);
}
