import { hostsOfStack, isDomainName } from "../domain.ts";
import { compareProblems, type Problem } from "../problem.ts";
import type { Service } from "../service.ts";
import type { Environment, Stack } from "../stack.ts";
import { type RouteTable, routeTable } from "./carve-out.ts";
import { type Clause, clausesOf } from "./clause.ts";
import { defaultBudget } from "./compare-languages.ts";
import type { PathNormalisation } from "./normalise.ts";
import { circleFinding, overlapFindings } from "./overlap-findings.ts";
import { checkPathClaims } from "./path-claims.ts";
import { circlesOf, type Edge, precedenceOf } from "./precedence.ts";
import { acceptedFindings, yieldFindings } from "./settlement-findings.ts";
import {
  coverageFindings,
  fallbackFindings,
  previewFindings,
  type TableLimits,
  tableFindings,
} from "./table-findings.ts";

export interface ProveOptions {
  /** `YYYY-MM-DD`; entries of `accepted.yaml` hold up to and including their day. */
  readonly today: string;
  /** States that one search may visit before its question counts as undecided. Default 20,000. */
  readonly budget?: number;
  /** Budgets on what is rendered; see `defaultLimits`. */
  readonly limits?: Partial<TableLimits>;
}

/** Everything that is known about who gets which request. `check`, `render`, `explain`, `diff` and `map` all read from it. */
export interface Proof {
  readonly stack: Stack;
  readonly normalisation: PathNormalisation;
  /** Sorted. Without errors every request has exactly one owner, whatever the order in which objects are created. */
  readonly problems: readonly Problem[];
  /** In the stack's order; domains after them. */
  readonly environments: readonly EnvironmentProof[];
  readonly stats: ProofStats;
}

export interface ProofStats {
  readonly services: number;
  readonly clauses: number;
  /** Pairs of clauses that had to be compared: what an index cannot tell apart. */
  readonly comparisons: number;
  /** Copies of other services' clauses in all tables. */
  readonly copies: number;
}

export interface EnvironmentProof {
  readonly environment: Environment;
  readonly services: readonly Service[];
  /** In the order of services, rules and alternatives, without those that match nothing. */
  readonly clauses: readonly Clause[];
  /** Who beats whom and why, by the loser. The fallback loses to all and is not in it. */
  readonly beatenBy: ReadonlyMap<Clause, readonly Edge[]>;
  /** One per service, in the same order. */
  readonly tables: readonly RouteTable[];
}

/** Proves for each environment and domain of a stack that every request has exactly one owner, or says what stands against it. */
export function proveStack(stack: Stack, options: ProveOptions): Proof {
  const problems: Problem[] = [];
  const stats = { services: 0, clauses: 0, comparisons: 0, copies: 0 };
  const environments = hostsOfStack(stack).map((environment) => {
    const services = stack.services.filter((service) => service.environment === environment.name);
    const { proof, found, comparisons } = proveEnvironment(stack, environment, services, options);
    problems.push(...found);
    stats.services += services.length;
    stats.clauses += proof.clauses.length;
    stats.comparisons += comparisons;
    stats.copies += proof.tables.reduce((sum, { copies }) => sum + copies, 0);
    return proof;
  });
  return {
    stack,
    normalisation: stack.pathNormalisation,
    problems: problems.sort(compareProblems),
    environments,
    stats,
  };
}

function proveEnvironment(
  stack: Stack,
  environment: Environment,
  services: readonly Service[],
  { today, budget = defaultBudget, limits }: ProveOptions,
): { proof: EnvironmentProof; found: Problem[]; comparisons: number } {
  const accepted = stack.accepted.filter((entry) => entry.environment === environment.name);
  const { clauses, problems } = clausesOf(services, environment.fallback, stack.pathNormalisation, budget);
  const precedence = precedenceOf(clauses, { accepted, today, budget });
  const { edges, beatenBy } = precedence;
  const own = new Map<Service, Clause[]>(services.map((service) => [service, []]));
  for (const clause of clauses) own.get(clause.owner)?.push(clause);
  const tables = Array.from(own, ([service, mine]) => routeTable(service, mine, beatenBy));
  return {
    proof: { environment, services, clauses, beatenBy, tables },
    comparisons: precedence.comparisons,
    found: [
      ...problems,
      ...overlapFindings(edges, { accepted, today, production: stack.production }),
      ...circlesOf(precedence).map(circleFinding),
      ...yieldFindings(services, edges),
      ...acceptedFindings(services, edges, accepted),
      ...coverageFindings(clauses, beatenBy, budget),
      // Claims are about the one path root that all environments share.
      ...(isDomainName(environment.name) ? [] : checkPathClaims(clauses, stack.pathClaims, budget)),
      ...fallbackFindings(environment, clauses),
      ...previewFindings(clauses),
      ...tableFindings(environment.name, tables, limits),
    ],
  };
}
