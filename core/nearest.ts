import { closest, distance } from "fastest-levenshtein";

/** The candidate that was probably meant, or `undefined` if none is close: a third of the letters may differ, at least two. */
export function nearest(text: string, candidates: readonly string[]): string | undefined {
  if (candidates.length === 0 || text.length > 100) return undefined;
  const best = closest(
    text.toLowerCase(),
    candidates.map((candidate) => candidate.toLowerCase()),
  );
  const index = candidates.findIndex((candidate) => candidate.toLowerCase() === best);
  const candidate = candidates[index];
  if (candidate === undefined) return undefined;
  const tolerance = Math.max(2, Math.floor(Math.max(text.length, candidate.length) / 3));
  // A word of two letters is within two steps of any other.
  const allowed = Math.min(tolerance, text.length - 1);
  return distance(text.toLowerCase(), best) <= allowed ? candidate : undefined;
}
