import type { AcceptedOverlap } from "../ownership.ts";
import type { Service } from "../service.ts";
import { candidatePairs } from "./candidates.ts";
import type { Clause } from "./clause.ts";
import { type Relation, relationOf } from "./request-set.ts";

/** Why one clause beats another. */
export type Reason =
  /** It matches a part of what the other matches. */
  | { readonly kind: "more-specific" }
  /** Same service, and it comes first in the file. */
  | { readonly kind: "file-order" }
  /** The other's service yields to its service. */
  | { readonly kind: "yields" }
  | { readonly kind: "accepted"; readonly entry: AcceptedOverlap }
  /** Nothing decides. A fixed winner keeps the outcome the same everywhere; whether that is enough is a finding's matter. */
  | { readonly kind: "unsettled" };

/** `winner` gets the requests that both match. */
export interface Edge {
  readonly winner: Clause;
  readonly loser: Clause;
  readonly reason: Reason;
  /** How `first` lies to `second`, whose positions ascend. */
  readonly relation: Exclude<Relation, { readonly kind: "disjoint" }>;
  readonly first: Clause;
  readonly second: Clause;
}

export interface Precedence {
  /** One per pair of clauses that share a request, but for the fallback, which loses to all. Sorted by position. */
  readonly edges: readonly Edge[];
  /** The edges by their loser. */
  readonly beatenBy: ReadonlyMap<Clause, readonly Edge[]>;
  /** How many pairs had to be looked at. */
  readonly comparisons: number;
}

export interface PrecedenceOptions {
  readonly accepted: readonly AcceptedOverlap[];
  /** `YYYY-MM-DD` */
  readonly today: string;
  /** States per search. */
  readonly budget: number;
}

/** Compares all clauses of an environment that may meet and says which beats which. */
export function precedenceOf(clauses: readonly Clause[], options: PrecedenceOptions): Precedence {
  const edges: Edge[] = [];
  let comparisons = 0;
  for (const [a, b] of candidatePairs(clauses.filter(({ fallback }) => !fallback))) {
    comparisons++;
    const [first, second] = a.position < b.position ? [a, b] : [b, a];
    const relation = relationOf(first.requests, second.requests, options.budget);
    if (relation.kind === "disjoint") continue;
    edges.push({ first, second, relation, ...decide(first, second, relation, options) });
  }
  edges.sort((a, b) => a.first.position - b.first.position || a.second.position - b.second.position);
  const beatenBy = new Map<Clause, Edge[]>();
  for (const edge of edges) {
    const known = beatenBy.get(edge.loser);
    if (known === undefined) beatenBy.set(edge.loser, [edge]);
    else known.push(edge);
  }
  return { edges, beatenBy, comparisons };
}

type Decision = Pick<Edge, "winner" | "loser" | "reason">;

function decide(
  first: Clause,
  second: Clause,
  relation: Edge["relation"],
  options: PrecedenceOptions,
): Decision {
  if (relation.kind === "inside") return { winner: first, loser: second, reason: { kind: "more-specific" } };
  if (relation.kind === "contains")
    return { winner: second, loser: first, reason: { kind: "more-specific" } };
  if (first.owner === second.owner) return { winner: first, loser: second, reason: { kind: "file-order" } };
  if (relation.kind !== "equal") {
    const yielding = yieldingOf(first, second);
    if (yielding !== undefined) return { ...yielding, reason: { kind: "yields" } };
  }
  const entry = acceptedEntry(first.owner, second.owner, options.accepted);
  if (entry !== undefined && entry.expires >= options.today) {
    const winner = entry.winner === first.owner.name ? first : second;
    return { winner, loser: winner === first ? second : first, reason: { kind: "accepted", entry } };
  }
  return { ...fixedWinner(first, second, relation), reason: { kind: "unsettled" } };
}

/** One-sided yields only: two services that yield to each other settle nothing. */
function yieldingOf(first: Clause, second: Clause): Omit<Decision, "reason"> | undefined {
  const firstYields = first.owner.yieldsTo.includes(second.owner.name);
  const secondYields = second.owner.yieldsTo.includes(first.owner.name);
  if (firstYields === secondYields) return undefined;
  return firstYields ? { winner: second, loser: first } : { winner: first, loser: second };
}

/** The register's entry for two services of one environment, expired or not. */
export function acceptedEntry(
  a: Service,
  b: Service,
  accepted: readonly AcceptedOverlap[],
): AcceptedOverlap | undefined {
  const entries = accepted.filter(
    ({ environment, services }) =>
      environment === a.environment && services.includes(a.name) && services.includes(b.name),
  );
  // Of several the one that holds longest.
  return entries.sort((x, y) => (x.expires < y.expires ? 1 : -1))[0];
}

/**
 * If a request of one is known to lie outside the other, the other may still be inside and so wins, as it would if that were proven;
 * otherwise the service whose name sorts first.
 */
function fixedWinner(first: Clause, second: Clause, relation: Edge["relation"]): Omit<Decision, "reason"> {
  const secondMayBeInside =
    relation.kind === "undecided" && relation.onlyFirst !== null && relation.onlySecond === null;
  return secondMayBeInside ? { winner: second, loser: first } : { winner: first, loser: second };
}

/** Circles of settled edges, one per knot of clauses, each as short as can be. Without circles there is one winner for every request. */
export function circlesOf(precedence: Precedence): Edge[][] {
  const settled = new Map<Clause, Edge[]>();
  for (const [loser, edges] of precedence.beatenBy) {
    settled.set(
      loser,
      edges.filter(({ reason }) => reason.kind !== "unsettled"),
    );
  }
  return knotsOf(settled)
    .filter((knot) => knot.size > 1)
    .map((knot) => shortestCircle(knot, settled));
}

/** Strongly connected parts of the graph that leads from each clause to those that beat it (Tarjan, without recursion). */
function knotsOf(beatenBy: ReadonlyMap<Clause, readonly Edge[]>): Set<Clause>[] {
  const indexes = new Map<Clause, number>();
  const lowest = new Map<Clause, number>();
  const stack: Clause[] = [];
  const onStack = new Set<Clause>();
  const knots: Set<Clause>[] = [];
  const open = (clause: Clause) => {
    indexes.set(clause, indexes.size);
    lowest.set(clause, indexes.size - 1);
    stack.push(clause);
    onStack.add(clause);
    return { clause, next: 0 };
  };
  const lower = (clause: Clause, to: number | undefined) => {
    lowest.set(clause, Math.min(lowest.get(clause) ?? 0, to ?? Infinity));
  };
  const close = (clause: Clause) => {
    if (lowest.get(clause) !== indexes.get(clause)) return;
    const knot = new Set<Clause>();
    for (let member = stack.pop(); member !== undefined; member = stack.pop()) {
      onStack.delete(member);
      knot.add(member);
      if (member === clause) break;
    }
    knots.push(knot);
  };
  for (const root of beatenBy.keys()) {
    if (indexes.has(root)) continue;
    const calls = [open(root)];
    for (let call = calls.at(-1); call !== undefined; call = calls.at(-1)) {
      const target = beatenBy.get(call.clause)?.[call.next++]?.winner;
      if (target === undefined) {
        calls.pop();
        close(call.clause);
        const caller = calls.at(-1);
        if (caller !== undefined) lower(caller.clause, lowest.get(call.clause));
      } else if (!indexes.has(target)) calls.push(open(target));
      else if (onStack.has(target)) lower(call.clause, indexes.get(target));
    }
  }
  return knots;
}

/** Breadth first from each member back to itself; knots are small, or the circle in them is. */
function shortestCircle(knot: ReadonlySet<Clause>, beatenBy: ReadonlyMap<Clause, readonly Edge[]>): Edge[] {
  let best: Edge[] = [];
  const starts = Array.from(knot)
    .sort((a, b) => a.position - b.position)
    .slice(0, 50);
  for (const start of starts) {
    const circle = circleThrough(start, knot, beatenBy);
    if (best.length === 0 || circle.length < best.length) best = circle;
  }
  return best;
}

function circleThrough(
  start: Clause,
  knot: ReadonlySet<Clause>,
  beatenBy: ReadonlyMap<Clause, readonly Edge[]>,
): Edge[] {
  const reachedBy = new Map<Clause, Edge>();
  const queue = [start];
  for (const clause of queue) {
    for (const edge of beatenBy.get(clause) ?? []) {
      if (!knot.has(edge.winner) || reachedBy.has(edge.winner)) continue;
      reachedBy.set(edge.winner, edge);
      if (edge.winner === start) return spell(start, reachedBy);
      queue.push(edge.winner);
    }
  }
  return [];
}

function spell(start: Clause, reachedBy: ReadonlyMap<Clause, Edge>): Edge[] {
  const circle: Edge[] = [];
  let edge = reachedBy.get(start);
  while (edge !== undefined) {
    circle.push(edge);
    if (edge.loser === start) break;
    edge = reachedBy.get(edge.loser);
  }
  return circle;
}
