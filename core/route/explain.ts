import type { WitnessRequest } from "../problem.ts";
import type { ValueMatch } from "../service.ts";
import type { Clause } from "./clause.ts";
import { foldCase } from "./language.ts";
import { ownerOf, type Ownership } from "./owner.ts";
import type { EnvironmentProof } from "./prove.ts";
import { includesRequest, type RequestSet } from "./request-set.ts";

/** Who gets a request, and who only just does not. */
export interface Explanation {
  readonly request: WitnessRequest;
  /** Undefined if nobody matches. */
  readonly ownership: Ownership | undefined;
  /** Clauses that one small change of the request would make match; closest first. */
  readonly nearMisses: readonly NearMiss[];
}

export interface NearMiss {
  readonly clause: Clause;
  /** Such as `needs a trailing slash`. */
  readonly reason: string;
}

const mostNearMisses = 5;

/** Explains who owns a request whose path is normalised. */
export function explain(proof: EnvironmentProof, request: WitnessRequest): Explanation {
  const nearMisses = proof.clauses.flatMap((clause) => {
    const miss = clause.fallback ? undefined : nearMiss(clause, request);
    return miss === undefined ? [] : [{ clause, ...miss }];
  });
  nearMisses.sort((a, b) => a.distance - b.distance || a.clause.position - b.clause.position);
  return {
    request,
    ownership: ownerOf(proof, request),
    nearMisses: nearMisses.slice(0, mostNearMisses).map(({ clause, reason }) => ({ clause, reason })),
  };
}

function nearMiss(clause: Clause, request: WitnessRequest): { reason: string; distance: number } | undefined {
  const { requests } = clause;
  if (includesRequest(requests, request)) return undefined;
  if (requests.path.within.every((language) => language.matches(request.path))) {
    const reasons = failedConditions(clause, request);
    return { reason: reasons.join(", "), distance: reasons.length };
  }
  // One difference at a time: the conditions hold, as a path of its own shows.
  if (!includesRequest(requests, { ...request, path: clause.sample.path })) return undefined;
  const reason = pathDifference(clause, request.path);
  return reason === undefined ? undefined : { reason, distance: 0 };
}

function pathDifference(clause: Clause, path: string): string | undefined {
  const { path: pattern } = clause.match;
  const matches = (other: string) => clause.requests.path.within.every((language) => language.matches(other));
  if (matches(`${path}/`)) return "needs a trailing slash";
  if (path.length > 1 && path.endsWith("/") && matches(path.slice(0, -1))) return "has no trailing slash";
  if (path.includes("//") && matches(path.replace(/\/{2,}/g, "/"))) return "double slashes are not merged";
  if (pattern.kind === "regex") return matches(foldCase(path)) ? "case differs" : undefined;
  const [given, wanted] = [foldCase(path), foldCase(pattern.value)];
  const begins = pattern.kind === "prefix" ? given.startsWith(wanted) : given === wanted;
  return begins ? "case differs" : undefined;
}

function failedConditions({ match, requests }: Clause, { method, headers, query }: WitnessRequest): string[] {
  const isWrongMethod = match.methods.length > 0 && !match.methods.includes(method);
  return [
    ...(isWrongMethod ? [`method ${match.methods.join(" or ")} only`] : []),
    ...failedValues("header", match.headers, requests.headers, headers),
    ...failedValues("query parameter", match.queryParams, requests.query, query),
  ];
}

function failedValues(
  what: string,
  wanted: Readonly<Record<string, ValueMatch>>,
  sets: RequestSet["headers"],
  given: Readonly<Record<string, string>>,
): string[] {
  return Object.entries(wanted).flatMap(([name, match]) => {
    const value = Object.hasOwn(given, name) ? given[name] : undefined;
    if (value === undefined) return [`needs ${what} ${name}${wish(match)}`];
    const fits = sets.get(name)?.within.every((language) => language.matches(value)) ?? true;
    return fits ? [] : [`needs ${what} ${name}${wish(match)}, not ${value}`];
  });
}

function wish(match: ValueMatch): string {
  return match.kind === "present" ? "" : ` with ${match.kind} ${match.value}`;
}
