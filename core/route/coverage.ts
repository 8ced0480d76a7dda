import type { WitnessRequest } from "../problem.ts";
import type { Clause } from "./clause.ts";
import { difference, findRequest, includesRequest, type RequestSet } from "./request-set.ts";

/** Beyond these the question is given up in favour of the clause: a missed finding is better than a false one. */
const mostPieces = 200;
const mostOthers = 400;

/** True only if it is proven that the others together take every request of the clause. */
export function isCovered(clause: Clause, others: readonly Clause[], budget: number): boolean {
  if (others.length === 0) return false;
  if (
    samplesOf(clause).some((request) => !others.some((other) => includesRequest(other.requests, request)))
  ) {
    return false;
  }
  if (others.length > mostOthers) return false;
  let pieces: RequestSet[] = [clause.requests];
  for (const other of others) {
    pieces = pieces
      .flatMap((piece) => difference(piece, other.requests))
      .filter((piece) => findRequest(piece, budget).kind !== "none");
    if (pieces.length === 0) return true;
    if (pieces.length > mostPieces) return false;
  }
  return false;
}

/** Requests that are likely to be left over: what others take of a prefix, they seldom take of all its continuations. */
function samplesOf({ requests, sample }: Clause): WitnessRequest[] {
  const paths = [sample.path, `${sample.path}~`, `${sample.path}zz/~`, `${sample.path}a`];
  return paths.map((path) => ({ ...sample, path })).filter((request) => includesRequest(requests, request));
}
