import { compareText, type WitnessRequest } from "../problem.ts";
import type { Clause } from "./clause.ts";
import { ownerOf } from "./owner.ts";
import type { EnvironmentProof, Proof } from "./prove.ts";
import { difference, findRequest, intersection, type RequestSet } from "./request-set.ts";
import { canonical, treatmentDifference, treatmentOf } from "./treatment.ts";

/** What happens to requests between two states of the files. */
export interface RequestChange {
  /** `moved`: another service; `policy`: the same service, treated differently; `added`, `removed`: nobody before, or nobody after. */
  readonly kind: "moved" | "added" | "removed" | "policy";
  readonly environment: string;
  /** File name of the service that gets the requests; null if nobody does. */
  readonly from: string | null;
  readonly to: string | null;
  /** One of the requests. */
  readonly witness: WitnessRequest;
  readonly fromClause: Clause | undefined;
  readonly toClause: Clause | undefined;
}

type Environments = Pick<Proof, "environments">;

export interface DiffOptions {
  /** Leaves out what is only treated differently: many times faster where most is. */
  readonly ownersOnly?: boolean;
  /**
   * Told of each clause of whose requests only some could be looked at; of all others nothing is missed, unless clauses beat each other
   * in a circle, which is an error of its own.
   */
  readonly undecided?: (clause: Clause) => void;
}

/** The requests whose owner or treatment differs; two spellings of the same differ in nothing. Sorted. */
export function diffProofs(from: Environments, to: Environments, options: DiffOptions = {}): RequestChange[] {
  const names = [...from.environments, ...to.environments].map(({ environment }) => environment.name);
  return Array.from(new Set(names))
    .sort(compareText)
    .flatMap((name) => diffEnvironment(name, environmentOf(from, name), environmentOf(to, name), options));
}

type Side = Pick<EnvironmentProof, "clauses" | "beatenBy">;

function environmentOf(proof: Environments, name: string): Side {
  const found = proof.environments.find(({ environment }) => environment.name === name);
  return found ?? { clauses: [], beatenBy: new Map() };
}

function diffEnvironment(
  environment: string,
  from: Side,
  to: Side,
  { ownersOnly = false, undecided }: DiffOptions,
): RequestChange[] {
  const [before, after] = [signatures(from, ownersOnly), signatures(to, ownersOnly)];
  const changes = new Map<string, RequestChange>();
  const record = (witness: WitnessRequest) => {
    const change = changeOf(environment, witness, from, to);
    if (change === undefined || (ownersOnly && change.kind === "policy")) return;
    const key = [change.kind, position(change.fromClause), position(change.toClause)].join(" ");
    if (!changes.has(key)) changes.set(key, change);
  };
  // A clause that is the same on both sides and beaten by the same clauses owns the same requests on both.
  const sides = [
    [from.clauses.filter((clause) => !after.all.has(before.of.get(clause) ?? "")), from, to],
    [to.clauses.filter((clause) => !before.all.has(after.of.get(clause) ?? "")), to, from],
  ] as const;
  for (const [changed, own, other] of sides) {
    for (const clause of changed) {
      const search = new WitnessSearch(clause, own, other);
      for (const witness of search.witnesses()) record(witness);
      if (search.incomplete) undecided?.(clause);
    }
  }
  return Array.from(changes.values()).sort(
    (a, b) =>
      compareText(a.from ?? "", b.from ?? "") ||
      compareText(a.to ?? "", b.to ?? "") ||
      compareText(a.witness.path, b.witness.path),
  );
}

function position(clause: Clause | undefined): number {
  return clause?.position ?? -1;
}

function changeOf(
  environment: string,
  witness: WitnessRequest,
  from: Side,
  to: Side,
): RequestChange | undefined {
  const [fromClause, toClause] = [ownerOf(from, witness)?.owner, ownerOf(to, witness)?.owner];
  const about = {
    environment,
    from: fromClause?.owner.name ?? null,
    to: toClause?.owner.name ?? null,
    witness,
    fromClause,
    toClause,
  };
  if (fromClause === undefined) return toClause === undefined ? undefined : { kind: "added", ...about };
  if (toClause === undefined) return { kind: "removed", ...about };
  if (about.from !== about.to) return { kind: "moved", ...about };
  return treatmentDifference(fromClause, toClause).length === 0 ? undefined : { kind: "policy", ...about };
}

/** What a clause is and by what it is beaten, as text. */
function signatures(
  { clauses, beatenBy }: Side,
  ownersOnly: boolean,
): { of: Map<Clause, string>; all: Set<string> } {
  const keys = new Map<Clause, string>();
  for (const clause of clauses) {
    const { path, methods, headers, queryParams } = clause.match;
    keys.set(
      clause,
      canonical([
        clause.owner.name,
        ownersOnly ? [] : [...treatmentOf(clause)],
        path,
        [...methods].sort(),
        headers,
        queryParams,
      ]),
    );
  }
  const of = new Map<Clause, string>();
  for (const clause of clauses) {
    const winners = (beatenBy.get(clause) ?? []).map(({ winner }) => keys.get(winner) ?? "");
    // A fallback is beaten by everybody.
    const rivals = clause.fallback ? Array.from(keys.values()) : winners;
    of.set(clause, JSON.stringify([keys.get(clause), rivals.sort(compareText)]));
  }
  return { of, all: new Set(of.values()) };
}

/** Beyond this many pieces only the requests found so far are looked at. */
const mostPieces = 200;

/** Looks at the requests that a clause owns on its side, as the other side divides them. */
class WitnessSearch {
  /** True if some of the requests could not be looked at. */
  incomplete = false;
  private readonly clause: Clause;
  private readonly own: Side;
  private readonly other: Side;

  constructor(clause: Clause, own: Side, other: Side) {
    this.clause = clause;
    this.own = own;
    this.other = other;
  }

  /** One request for each clause that may own some of them on the other side, and one that nobody owns there. */
  *witnesses(): Generator<WitnessRequest> {
    const rest = this.owned();
    yield* this.found(rest);
    let left = rest;
    for (const rival of this.other.clauses) {
      if (rival.fallback || !mayMeet(this.clause, rival)) continue;
      const shared = rest.map((piece) => intersection(piece, rival.requests));
      const theirs = shared.flatMap((piece) => this.withoutWinners(piece, rival, this.other));
      yield* this.found(theirs);
      left = nonEmpty(left.flatMap((piece) => difference(piece, rival.requests)));
      if (left.length > mostPieces) {
        this.incomplete = true;
        return;
      }
    }
    yield* this.found(left);
  }

  private owned(): RequestSet[] {
    const { clause, own } = this;
    if (!clause.fallback) return this.withoutWinners(clause.requests, clause, own);
    return this.subtract(
      clause.requests,
      own.clauses.filter(({ fallback }) => !fallback),
    );
  }

  private withoutWinners(set: RequestSet, clause: Clause, { beatenBy }: Side): RequestSet[] {
    return this.subtract(
      set,
      (beatenBy.get(clause) ?? []).map(({ winner }) => winner),
    );
  }

  private subtract(set: RequestSet, clauses: readonly Clause[]): RequestSet[] {
    let pieces = nonEmpty([set]);
    for (const { requests } of clauses) {
      if (pieces.length === 0) break;
      if (pieces.length > mostPieces) {
        this.incomplete = true;
        break;
      }
      pieces = nonEmpty(pieces.flatMap((piece) => difference(piece, requests)));
    }
    return pieces;
  }

  private *found(pieces: readonly RequestSet[]): Generator<WitnessRequest> {
    for (const piece of pieces) {
      const search = findRequest(piece);
      if (search.kind === "found") yield search.request;
      else if (search.kind === "undecided") this.incomplete = true;
    }
  }
}

function mayMeet(a: Clause, b: Clause): boolean {
  const [s, t] = [a.requests.path.within[0].stem(), b.requests.path.within[0].stem()];
  return s.startsWith(t) || t.startsWith(s);
}

function nonEmpty(pieces: readonly RequestSet[]): RequestSet[] {
  return pieces.filter((piece) => findRequest(piece).kind !== "none");
}
