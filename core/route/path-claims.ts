import type { PathClaim } from "../ownership.ts";
import type { Problem } from "../problem.ts";
import { type Clause, describeClause, describeMatch } from "./clause.ts";
import { findInBoth, findText } from "./compare-languages.ts";
import { foldCase, type Language, languageOf } from "./language.ts";
import type { Universe } from "./universe.ts";

/** Whose a claim's paths are, to end a clause of a message with. */
function holder(claim: PathClaim): string {
  return claim.kind === "team"
    ? `which belong to team ${claim.team}`
    : `which are reserved (${claim.reason})`;
}

interface Space {
  readonly claim: PathClaim;
  readonly language: Language;
}

/**
 * Checks who claims what against `paths.yaml`: a team's services stay inside its prefixes, all others outside. Of nested prefixes the
 * longest counts. A fallback is exempt: taking what nobody else takes is what it is for.
 */
export function checkPathClaims(
  clauses: readonly Clause[],
  claims: readonly PathClaim[],
  budget: number,
): Problem[] {
  const universe = clauses[0]?.requests.path.within[0].universe;
  if (universe === undefined || claims.length === 0) return [];
  const spaces = claims.map((claim): Space => ({
    claim,
    language: prefixLanguage(claim.prefix, false, universe),
  }));
  return clauses.flatMap((clause) => {
    if (clause.fallback) return [];
    return [...checkInside(clause, claims, budget), ...checkOutside(clause, spaces, budget)];
  });
}

function prefixLanguage(value: string, ignoreCase: boolean, universe: Universe): Language {
  const result = languageOf({ kind: "prefix", value, ignoreCase }, universe);
  if (!result.ok) throw new Error(result.reason);
  return result.language;
}

function ignoresCase({ match: { path } }: Clause): boolean {
  return path.kind !== "regex" && path.ignoreCase;
}

function checkInside(clause: Clause, claims: readonly PathClaim[], budget: number): Problem[] {
  const { owner } = clause;
  const own = claims.filter((claim) => claim.kind === "team" && claim.team === owner.team);
  if (own.length === 0) return [];
  const path = clause.requests.path.within[0];
  const spaces = own.map(({ prefix }) => prefixLanguage(prefix, ignoresCase(clause), path.universe));
  const outside = findText([path], spaces, budget);
  if (outside.kind === "none") return [];
  const example =
    outside.kind === "found"
      ? `, for example ${outside.text}`
      : ` (not decided within ${outside.states} states)`;
  const prefixes = own.map(({ prefix }) => prefix).join(", ");
  return [
    {
      ...about(clause, own[0]),
      code: "outside-team-paths",
      message: `${describeClause(clause)}, reaches out of the paths of its team ${owner.team ?? ""} (${prefixes})${example}`,
      fix: `keep below ${prefixes}, or let the team claim the path in paths.yaml`,
    },
  ];
}

function checkOutside(clause: Clause, spaces: readonly Space[], budget: number): Problem[] {
  const path = clause.requests.path.within[0];
  const stem = path.stem();
  return spaces.flatMap(({ claim, language }): Problem[] => {
    if (claim.kind === "team" && claim.team === clause.owner.team) return [];
    const prefix = foldCase(claim.prefix);
    if (!stem.startsWith(prefix) && !prefix.startsWith(stem)) return [];
    if (findInBoth(path, language, budget).kind === "none") return [];
    const nested = spaces.filter(
      (other) =>
        other.claim.prefix.length > claim.prefix.length && other.claim.prefix.startsWith(claim.prefix),
    );
    const taken = findText(
      [path, language],
      nested.map((other) => foldedLike(clause, other)),
      budget,
    );
    if (taken.kind === "none") return [];
    const example = taken.kind === "found" ? `, for example ${taken.text}` : "";
    return [
      {
        ...about(clause, claim),
        code: claim.kind === "team" ? "inside-other-team-paths" : "reserved-path",
        message: `${describeClause(clause)}, takes paths below ${claim.prefix}, ${holder(claim)}${example}`,
        fix: `narrow ${describeMatch(clause.match)} to paths outside ${claim.prefix}, or change paths.yaml together with its owner`,
      },
    ];
  });
}

/** A clause that ignores case lies in a space if it does so ignoring case. */
function foldedLike(clause: Clause, { claim, language }: Space): Language {
  return ignoresCase(clause) ? prefixLanguage(claim.prefix, true, language.universe) : language;
}

function about(
  clause: Clause,
  claim: PathClaim | undefined,
): Pick<Problem, "severity" | "environment" | "services" | "location" | "related"> {
  return {
    severity: "error",
    environment: clause.owner.environment,
    services: [clause.owner.name],
    location: clause.match.location,
    ...(claim === undefined ? {} : { related: [claim.location] }),
  };
}
