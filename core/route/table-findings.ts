import type { Problem } from "../problem.ts";
import { isDomainName } from "../domain.ts";
import type { Environment } from "../stack.ts";
import type { RouteTable } from "./carve-out.ts";
import { type Clause, describeClause } from "./clause.ts";
import { isCovered } from "./coverage.ts";
import type { Edge } from "./precedence.ts";

/** Budgets on what is rendered, well below what breaks: Kubernetes refuses objects of 1.5 MB, and each gateway holds all lists. */
export interface TableLimits {
  /** Other services' clauses in one VirtualService. */
  readonly copies: number;
  /** Estimated bytes of one VirtualService. */
  readonly bytes: number;
  /** Routes in the list of one host, copies included. */
  readonly routes: number;
}

export const defaultLimits: TableLimits = { copies: 1000, bytes: 1_000_000, routes: 60_000 };

/** Findings about clauses that never get a request. */
export function coverageFindings(
  clauses: readonly Clause[],
  beatenBy: ReadonlyMap<Clause, readonly Edge[]>,
  budget: number,
): Problem[] {
  return clauses.flatMap((clause): Problem[] => {
    const edges = (beatenBy.get(clause) ?? []).filter(
      // What nothing settles is a finding already, and what the register takes away was taken knowingly.
      ({ reason }) => reason.kind !== "unsettled" && reason.kind !== "accepted",
    );
    const winners = edges.map(({ winner }) => winner);
    if (!isCovered(clause, winners, budget)) return [];
    const own = winners.filter(({ owner }) => owner === clause.owner);
    const byItself = isCovered(clause, own, budget);
    const takers = (byItself ? own : winners).slice(0, 5);
    return [
      {
        code: byItself ? "unreachable-match" : "taken-over-match",
        severity: byItself ? "warning" : "error",
        message: `${describeClause(clause)}, never gets a request: ${takers.map(describeClause).join("; ")} take all of it`,
        fix: byItself
          ? "delete it, or put it before what takes its requests"
          : "delete it, or settle with the other services who gets what",
        environment: clause.owner.environment,
        services: Array.from(new Set([clause.owner.name, ...takers.map(({ owner }) => owner.name)])),
        location: clause.match.location,
        related: takers.map(({ match }) => match.location),
      },
    ];
  });
}

/** Says what a fallback takes, and that nothing is left for it where another service takes everything. */
export function fallbackFindings({ name, fallback }: Environment, clauses: readonly Clause[]): Problem[] {
  const clause = clauses.find((each) => each.fallback);
  if (fallback === undefined || clause === undefined) return [];
  const about = { environment: name, location: clause.owner.location };
  const rivals = clauses.filter((each) => !each.fallback && each.takesAll && each.owner !== clause.owner);
  return [
    {
      ...about,
      code: "fallback-takes-all",
      severity: "info",
      message: `${fallback} is the fallback of ${name}: it takes every path that no other match takes${isDomainName(name) ? "" : ", also outside the path root"}`,
      services: [fallback],
    },
    ...rivals.map((rival): Problem => ({
      ...about,
      code: "equal-matches",
      severity: "error",
      message: `${describeClause(rival)}, takes every request, and so does the environment's fallback ${fallback}`,
      fix: "narrow the match, or name no fallback",
      services: [rival.owner.name, fallback],
      witness: { shared: rival.sample, onlyFirst: null, onlySecond: null },
      location: rival.match.location,
      related: [clause.owner.location],
    })),
  ];
}

/** A preview of a catch-all would be a rule that istiod does not move behind those of younger objects, as it moves the catch-all. */
export function previewFindings(clauses: readonly Clause[]): Problem[] {
  return clauses.flatMap(({ takesAll, route: { action }, owner, match }) =>
    takesAll && action.kind === "forward" && action.preview !== undefined
      ? {
          code: "preview-of-everything",
          severity: "error" as const,
          message: `${owner.name} takes every request, and marked ones that other services own would follow its preview`,
          fix: "narrow the match, or give up the preview",
          environment: owner.environment,
          services: [owner.name],
          location: match.location,
        }
      : [],
  );
}

/** Findings about tables that cannot or should not be rendered. */
export function tableFindings(
  environment: string,
  tables: readonly RouteTable[],
  limits: Partial<TableLimits> = {},
): Problem[] {
  const limit = { ...defaultLimits, ...limits };
  const total = tables.reduce((sum, { clauses }) => sum + clauses.length, 0);
  const problems = tables.flatMap((table) => [
    ...managedCopies(table),
    ...overBudget(table, limit, environment),
  ]);
  if (total <= limit.routes) return problems;
  const largest = [...tables].sort((a, b) => b.copies - a.copies)[0];
  return [
    ...problems,
    {
      code: "route-list-too-long",
      severity: "error",
      message: `the routes of ${environment} add up to ${total} with all copies, and ${limit.routes} are allowed; most copies (${largest?.copies ?? 0}) are held for ${largest?.service.name ?? ""}`,
      fix: `narrow what ${largest?.service.name ?? "the widest service"} matches, or make it the environment's fallback`,
      environment,
      services: largest === undefined ? [] : [largest.service.name],
      ...(largest === undefined ? {} : { location: largest.service.location }),
    },
  ];
}

function managedCopies({ service, clauses }: RouteTable): Problem[] {
  const managed = new Map<string, Clause>();
  for (const clause of clauses) {
    const { owner, route } = clause;
    if (owner === service || owner.weightsManagedBy === undefined || route.action.kind !== "forward")
      continue;
    if (!managed.has(owner.name)) managed.set(owner.name, clause);
  }
  return Array.from(managed.values(), (clause) => ({
    code: "managed-weights-copied",
    severity: "error" as const,
    message: `${service.name} would have to hold a copy of ${describeClause(clause)}, whose weights belong to ${clause.owner.weightsManagedBy ?? ""}: the copy would go stale with the next change of weights`,
    fix: `narrow the matches of ${service.name} so that they do not surround those of ${clause.owner.name}, make ${service.name} the environment's fallback, or leave the weights to KFaaS`,
    environment: service.environment,
    services: [service.name, clause.owner.name],
    location: service.location,
    related: [clause.match.location],
  }));
}

function overBudget(
  { service, copies, bytes }: RouteTable,
  limit: TableLimits,
  environment: string,
): Problem[] {
  const about = {
    severity: "error" as const,
    environment,
    services: [service.name],
    location: service.location,
  };
  const fix = `name ${service.name} as the environment's fallback, which needs no copies, or narrow its matches`;
  if (copies > limit.copies) {
    return [
      {
        ...about,
        code: "too-many-copies",
        message: `${service.name} surrounds ${copies} matches of other services, which its VirtualService would have to copy; ${limit.copies} are allowed`,
        fix,
      },
    ];
  }
  if (bytes <= limit.bytes) return [];
  return [
    {
      ...about,
      code: "object-too-large",
      message: `the VirtualService of ${service.name} would have about ${bytes} bytes, ${copies} copies of other services' matches among them; ${limit.bytes} are allowed`,
      fix: copies > 0 ? fix : "spread the matches over several services, or use fewer and wider ones",
    },
  ];
}
