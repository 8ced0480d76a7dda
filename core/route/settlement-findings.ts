import type { AcceptedOverlap } from "../ownership.ts";
import type { Problem } from "../problem.ts";
import type { Service } from "../service.ts";
import { describeClause } from "./clause.ts";
import { acceptedEntry, type Edge } from "./precedence.ts";

/** Findings about `yieldsTo`: what contradicts the order, and what has no effect. */
export function yieldFindings(services: readonly Service[], edges: readonly Edge[]): Problem[] {
  const byName = new Map(services.map((service) => [service.name, service]));
  const byPair = edgesByPair(edges);
  return services.flatMap((service) =>
    service.yieldsTo.flatMap((name): Problem[] => {
      const other = byName.get(name);
      const about = {
        environment: service.environment,
        services: [service.name, name],
        location: service.location,
      };
      if (name === service.name) {
        return [
          {
            ...about,
            services: [name],
            code: "yields-to-itself",
            severity: "error",
            message: `${name} yields to itself`,
            fix: "name the other service, or delete the line",
          },
        ];
      }
      if (other === undefined) {
        return [
          {
            ...about,
            services: [service.name],
            code: "unknown-service",
            severity: "error",
            message: `${service.name} yields to ${name}, which environment ${service.environment} does not have`,
            fix: "name the file of a service, without its ending",
          },
        ];
      }
      return yieldOf(service, other, byPair.get(pairKey(service, other)) ?? []).map((problem) => ({
        ...about,
        related: [other.location],
        ...problem,
      }));
    }),
  );
}

type Judgement = Pick<Problem, "code" | "severity" | "message" | "fix">;

function yieldOf(service: Service, other: Service, edges: readonly Edge[]): Judgement[] {
  const [a, b] = [service.name, other.name];
  if (other.yieldsTo.includes(a)) {
    // Said once for both.
    if (a > b) return [];
    return [
      {
        code: "mutual-yield",
        severity: "error",
        message: `${a} and ${b} yield to each other, which settles nothing`,
        fix: "delete yieldsTo in one of the two files",
      },
    ];
  }
  const useful = edges.some(({ relation: { kind } }) => kind === "overlap" || kind === "undecided");
  const against = edges.find(
    ({ relation, winner, reason }) =>
      relation.kind === "equal" || (reason.kind === "more-specific" && winner.owner === service),
  );
  if (against !== undefined) {
    const how =
      against.relation.kind === "equal"
        ? `matches the same requests as ${describeClause(against.loser === against.first ? against.first : against.second)}`
        : `is more specific than ${describeClause(against.loser)}, and so wins all the same`;
    return [
      {
        code: "yield-against-precedence",
        // Where the yield also settles an overlap it is needed, and only worth a remark.
        severity: useful ? "warning" : "error",
        message: `${a} yields to ${b}, but ${describeClause(against.winner)}, ${how}: yieldsTo settles partial overlaps only`,
        fix: `delete \`yieldsTo: [${b}]\`, or change the matches themselves`,
      },
    ];
  }
  if (useful) return [];
  return [
    {
      code: "needless-yield",
      severity: "warning",
      message: `${a} yields to ${b}, but there is no partial overlap between them to settle`,
      fix: `delete \`yieldsTo: [${b}]\``,
    },
  ];
}

/** Findings about `accepted.yaml`: entries that settle nothing, or name services that are not there. */
export function acceptedFindings(
  services: readonly Service[],
  edges: readonly Edge[],
  accepted: readonly AcceptedOverlap[],
): Problem[] {
  const byName = new Map(services.map((service) => [service.name, service]));
  const byPair = edgesByPair(edges);
  return accepted.flatMap((entry): Problem[] => {
    const about = { environment: entry.environment, services: [...entry.services], location: entry.location };
    const [a, b] = entry.services.map((name) => byName.get(name));
    if (a === undefined || b === undefined) {
      return [
        {
          ...about,
          code: "unknown-service",
          severity: "error",
          message: `accepted.yaml names ${entry.services.filter((name) => !byName.has(name)).join(" and ")}, which environment ${entry.environment} does not have`,
          fix: "correct the name, or delete the entry",
        },
      ];
    }
    const between = byPair.get(pairKey(a, b)) ?? [];
    const used = between.some(({ reason }) => reason.kind === "accepted" && reason.entry === entry);
    const wanted =
      between.some(({ reason }) => reason.kind === "unsettled") && acceptedEntry(a, b, accepted) === entry;
    if (used || wanted) return [];
    return [
      {
        ...about,
        code: "needless-accepted",
        severity: "warning",
        message: `accepted.yaml settles nothing between ${a.name} and ${b.name}: their matches do not meet, or something else decides`,
        fix: "delete the entry",
      },
    ];
  });
}

function pairKey(a: Service, b: Service): string {
  return a.name < b.name ? `${a.name} ${b.name}` : `${b.name} ${a.name}`;
}

function edgesByPair(edges: readonly Edge[]): ReadonlyMap<string, Edge[]> {
  const pairs = new Map<string, Edge[]>();
  for (const edge of edges) {
    if (edge.first.owner === edge.second.owner) continue;
    const key = pairKey(edge.first.owner, edge.second.owner);
    const known = pairs.get(key);
    if (known === undefined) pairs.set(key, [edge]);
    else known.push(edge);
  }
  return pairs;
}
