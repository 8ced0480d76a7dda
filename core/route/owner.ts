import type { WitnessRequest } from "../problem.ts";
import type { Clause } from "./clause.ts";
import type { EnvironmentProof } from "./prove.ts";
import { includesRequest } from "./request-set.ts";

/** Who gets a request, and which clauses stood against it. */
export interface Ownership {
  readonly owner: Clause;
  /** Other clauses that match and lose, in no particular order of strength. */
  readonly losers: readonly Clause[];
  /** True if something between the matching clauses is unsettled, so that the owner is only the one with the fixed preference. */
  readonly contested: boolean;
}

/** The owner of a request whose path is normalised; undefined if no clause of the environment matches it. */
export function ownerOf(
  { clauses, beatenBy }: Pick<EnvironmentProof, "clauses" | "beatenBy">,
  request: WitnessRequest,
): Ownership | undefined {
  const matching = clauses.filter((clause) => includesRequest(clause.requests, request));
  const held = new Set(matching);
  const beaten = (clause: Clause) => (beatenBy.get(clause) ?? []).filter(({ winner }) => held.has(winner));
  const owner =
    matching.find((clause) => !clause.fallback && beaten(clause).length === 0) ??
    matching.find((clause) => !clause.fallback) ??
    matching[0];
  if (owner === undefined) return undefined;
  return {
    owner,
    losers: matching.filter((clause) => clause !== owner),
    contested: matching.some((clause) => beaten(clause).some(({ reason }) => reason.kind === "unsettled")),
  };
}
