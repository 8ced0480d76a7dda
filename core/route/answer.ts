import { isDomainName } from "../domain.ts";
import { environmentHost } from "../mesh/names.ts";
import type { WitnessRequest } from "../problem.ts";
import type { Environment, Stack } from "../stack.ts";
import type { Clause } from "./clause.ts";
import { explain } from "./explain.ts";
import { hopsOfRequest, type RequestHop, ruleOf, type RuleReference } from "./hops-of-request.ts";
import type { Reason } from "./precedence.ts";
import type { EnvironmentProof, Proof } from "./prove.ts";
import type { ParsedRequest } from "./request.ts";

/** What `explain` answers, as its JSON has it. */
export interface Answer {
  /** File name of the service that gets the request; null if nobody does. */
  readonly owner: string | null;
  readonly team: string | null;
  readonly stack: string;
  readonly environment: string;
  readonly request: AskedRequest;
  /** Why the proxy answers with 400 before it looks for a route; null if it does not. */
  readonly refused: string | null;
  /** Why nobody's service may claim the path (`paths.yaml`); null if it may be claimed. */
  readonly reserved: string | null;
  /** True if services contend for the request in a way that is an error: the owner is then only a fixed preference. */
  readonly contested: boolean;
  readonly hops: readonly RequestHop[];
  /** Other clauses that match and lose. */
  readonly losers: readonly (ClauseReference & { readonly why: Reason["kind"] | "fallback" | "indirect" })[];
  /** Clauses that one small change of the request would make match; closest first. */
  readonly nearMisses: readonly (ClauseReference & { readonly reason: string })[];
}

export interface AskedRequest extends Omit<WitnessRequest, "path"> {
  /** The environment's, which the Java side sends. */
  readonly host: string;
  /** As given. */
  readonly givenPath: string;
  /** As routes are compared with it; null if the proxy refuses it. */
  readonly path: string | null;
}

export interface ClauseReference extends RuleReference {
  readonly service: string;
  readonly team: string | null;
}

/**
 * Explains a request to the first environment of a proof.
 * @throws RangeError if the proof has none
 */
export function answerOf(
  { stack, environments: [proof] }: Proof,
  { rawPath, request }: ParsedRequest,
): Answer {
  if (proof === undefined) throw new RangeError("a proof without environments explains nothing");
  const { ownership, nearMisses } = explain(proof, request);
  const about = unanswered(stack, proof.environment, { ...request, givenPath: rawPath });
  const misses = nearMisses.map(({ clause, reason }) => ({ ...referenceTo(clause), reason }));
  if (ownership === undefined) return { ...about, nearMisses: misses };
  const { owner, losers, contested } = ownership;
  return {
    ...about,
    owner: owner.owner.name,
    team: owner.owner.team ?? null,
    contested,
    hops: hopsOfRequest(stack, proof, owner, request),
    losers: losers.map((loser) => ({ ...referenceTo(loser), why: whyBeaten(proof, loser, owner) })),
    nearMisses: misses,
  };
}

/** The answer to a request that no route is ever compared with. */
export function refusedAnswer(
  stack: Stack,
  environment: Environment,
  { method, rawPath }: { readonly method: string; readonly rawPath: string },
  refused: string,
): Answer {
  const request = { method, givenPath: rawPath, path: null, query: {}, headers: {} };
  return { ...unanswered(stack, environment, request), refused };
}

function unanswered(stack: Stack, environment: Environment, request: Omit<AskedRequest, "host">): Answer {
  const { path } = request;
  const reservation = (isDomainName(environment.name) ? [] : stack.pathClaims).find(
    (claim) => claim.kind === "reserved" && path?.startsWith(claim.prefix) === true,
  );
  return {
    owner: null,
    team: null,
    stack: stack.name,
    environment: environment.name,
    request: { host: environmentHost(environment.name), ...request },
    refused: null,
    reserved: reservation?.kind === "reserved" ? reservation.reason : null,
    contested: false,
    hops: [],
    losers: [],
    nearMisses: [],
  };
}

function referenceTo(clause: Clause): ClauseReference {
  return { service: clause.owner.name, team: clause.owner.team ?? null, ...ruleOf(clause) };
}

/** `indirect` if only a third clause decides between the two, which takes a circle: an error of its own. */
function whyBeaten(
  { beatenBy }: EnvironmentProof,
  loser: Clause,
  winner: Clause,
): Answer["losers"][number]["why"] {
  if (loser.fallback) return "fallback";
  const edge = beatenBy.get(loser)?.find((each) => each.winner === winner);
  return edge?.reason.kind ?? "indirect";
}
