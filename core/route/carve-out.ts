import type { Route, Service } from "../service.ts";
import { type Clause, renderedMatch } from "./clause.ts";
import type { Edge } from "./precedence.ts";

/** What a service's VirtualService holds, in the order in which Envoy is to try it. */
export interface RouteTable {
  readonly service: Service;
  /** Its own clauses and, before each, every clause that beats it, transitively. */
  readonly clauses: readonly Clause[];
  /** The same, ready for rendering: neighbours of one rule are one rule again. */
  readonly rules: readonly TableRule[];
  /** How many of the clauses are other services'. */
  readonly copies: number;
  /** Estimate of the object's size in bytes. */
  readonly bytes: number;
}

export interface TableRule {
  /** The owner's rule with those of its alternatives that stand here, named where an object holds carve-outs. */
  readonly route: Route;
  readonly owner: Service;
  /** True for a copy of another service's clause. */
  readonly carveOut: boolean;
}

/**
 * The table of one service. Any two clauses that share a request are comparable, so those that match a request form a chain with a top;
 * a table that holds one of them holds the top too, and before the others. Hence the first match is the same clause in whatever order
 * the objects were created. The order is a linear extension of *beats* that keeps to the file wherever it can, and does not change
 * with services that this one never meets.
 */
export function routeTable(
  service: Service,
  own: readonly Clause[],
  beatenBy: ReadonlyMap<Clause, readonly Edge[]>,
): RouteTable {
  const ordered = linearExtension(own, (clause) => winnersOver(clause, beatenBy));
  // Everything beats a catch-all. In front of others it would also end the object: istiod reads no further.
  const clauses = [
    ...ordered.filter(({ takesAll }) => !takesAll),
    ...ordered.filter(({ takesAll }) => takesAll),
  ];
  const copies = clauses.filter(({ owner }) => owner !== service).length;
  return {
    service,
    clauses,
    rules: rulesOf(service, clauses, copies > 0),
    copies,
    bytes: clauses.reduce((sum, clause) => sum + bytesOf(clause), emptyObjectBytes),
  };
}

/** Depth first, winners first. Of a circle, which is an error of its own, the edge that closes it is passed over. */
function linearExtension(roots: readonly Clause[], winners: (clause: Clause) => readonly Clause[]): Clause[] {
  const order: Clause[] = [];
  const seen = new Set<Clause>();
  const calls: { clause: Clause; winners: readonly Clause[]; next: number }[] = [];
  const open = (clause: Clause) => {
    if (seen.has(clause)) return;
    seen.add(clause);
    calls.push({ clause, winners: winners(clause), next: 0 });
  };
  for (const root of roots) {
    open(root);
    for (let call = calls.at(-1); call !== undefined; call = calls.at(-1)) {
      const winner = call.winners[call.next++];
      if (winner !== undefined) open(winner);
      else {
        order.push(call.clause);
        calls.pop();
      }
    }
  }
  return order;
}

function winnersOver(clause: Clause, beatenBy: ReadonlyMap<Clause, readonly Edge[]>): Clause[] {
  const winners = (beatenBy.get(clause) ?? []).map(({ winner }) => winner);
  // istiod puts a catch-all behind all other routes of the host, so only another catch-all can stand in its way.
  const needed = clause.takesAll ? winners.filter(({ takesAll }) => takesAll) : winners;
  return needed.sort((a, b) => a.position - b.position);
}

function rulesOf(service: Service, clauses: readonly Clause[], named: boolean): TableRule[] {
  const groups: Clause[][] = [];
  for (const clause of clauses) {
    const group = groups.at(-1);
    const last = group?.at(-1);
    if (group !== undefined && last?.route === clause.route && last.owner === clause.owner)
      group.push(clause);
    else groups.push([clause]);
  }
  return groups.flatMap((group): TableRule[] => {
    const [first] = group;
    if (first === undefined) return [];
    const { owner, route } = first;
    const matches = group.map(renderedMatch);
    const name = named ? `${owner.name}/${route.name ?? first.routeIndex + 1}` : route.name;
    return [
      {
        route: name === undefined ? { ...route, matches } : { ...route, matches, name },
        owner,
        carveOut: owner !== service,
      },
    ];
  });
}

/** Metadata, hosts and gateways. */
const emptyObjectBytes = 700;
/** Keys, destination, rewritten authority and name of a rule, beside what its file says. */
const ruleBytes = 350;

const sizes = new WeakMap<Clause, number>();

function bytesOf(clause: Clause): number {
  const known = sizes.get(clause);
  if (known !== undefined) return known;
  const { path, methods, headers, queryParams } = clause.match;
  const match = JSON.stringify({ path, headers, queryParams }).length;
  const { action } = clause.route;
  const rules = action.kind === "forward" && action.preview !== undefined ? 2 : 1;
  const bytes = rules * (ruleBytes + match * Math.max(1, methods.length) + JSON.stringify(action).length);
  sizes.set(clause, bytes);
  return bytes;
}
