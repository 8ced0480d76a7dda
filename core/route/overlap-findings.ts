import type { AcceptedOverlap } from "../ownership.ts";
import type { Problem, Witness, WitnessRequest } from "../problem.ts";
import { describeClause } from "./clause.ts";
import { acceptedEntry, type Edge } from "./precedence.ts";

const rule = "Where two services match the same request the more specific match wins";

/** How many findings two services get; further pairs of theirs are only counted. */
const mostPerPair = 20;

/** Findings about pairs of clauses that nothing decides. */
export function overlapFindings(
  edges: readonly Edge[],
  options: {
    readonly accepted: readonly AcceptedOverlap[];
    readonly today: string;
    readonly production: boolean;
  },
): Problem[] {
  const counts = new Map<string, number>();
  const key = ({ first, second }: Edge) => `${first.owner.name} ${second.owner.name}`;
  const unsettled = edges.filter(({ reason }) => reason.kind === "unsettled");
  for (const edge of unsettled) counts.set(key(edge), (counts.get(key(edge)) ?? 0) + 1);
  const shown = new Map<string, number>();
  return unsettled.flatMap((edge) => {
    const number = (shown.get(key(edge)) ?? 0) + 1;
    shown.set(key(edge), number);
    if (number > mostPerPair) return [];
    const more = number === mostPerPair ? (counts.get(key(edge)) ?? 0) - mostPerPair : 0;
    return [finding(edge, more, options)];
  });
}

function finding(
  edge: Edge,
  more: number,
  options: {
    readonly accepted: readonly AcceptedOverlap[];
    readonly today: string;
    readonly production: boolean;
  },
): Problem {
  const { first, second, relation, winner } = edge;
  const entry = acceptedEntry(first.owner, second.owner, options.accepted);
  const tolerated = relation.kind === "undecided" && !options.production && entry === undefined;
  const expired = entry === undefined ? "" : ` The entry in accepted.yaml expired on ${entry.expires}.`;
  const others = more > 0 ? ` (and ${more} more pairs of these two files)` : "";
  return {
    code: entry === undefined ? codes[relation.kind] : "accepted-expired",
    severity: tolerated ? "warning" : "error",
    message: `${describeClause(first)}, and ${describeClause(second)}, ${verdict(edge)}${tolerated ? ` ${winner.owner.name} gets what both match.` : ""}${expired}${others}`,
    fix: wayOut(edge),
    environment: first.owner.environment,
    services: [first.owner.name, second.owner.name],
    witness: witnessOf(edge),
    location: first.match.location,
    related: [second.match.location, ...(entry === undefined ? [] : [entry.location])],
  };
}

const codes = {
  equal: "equal-matches",
  overlap: "partial-overlap",
  undecided: "undecided-overlap",
  inside: "partial-overlap",
  contains: "partial-overlap",
} as const;

function verdict({ relation }: Edge): string {
  if (relation.kind === "equal") {
    return `match exactly the same requests, such as ${show(relation.shared)}. ${rule}, and here neither is.`;
  }
  if (relation.kind === "undecided") {
    return `may match the same requests: that could not be decided within ${relation.states} states. ${rule}.`;
  }
  const both = relation.shared;
  return `both match ${show(both)}, but neither lies inside the other. ${rule}, and here neither is.`;
}

function wayOut({ first, second, relation }: Edge): string {
  const [a, b] = [first.owner.name, second.owner.name];
  const accept = `accept it for a while in accepted.yaml with the winner's name`;
  if (relation.kind === "equal")
    return `delete or narrow one of the two, or ${accept}; yieldsTo does not settle equal matches`;
  const narrow =
    relation.kind === "undecided"
      ? "write simpler regular expressions, or prefixes"
      : "narrow one of the two";
  return `${narrow}; or let one file yield: \`yieldsTo: [${b}]\` in ${a}, or \`yieldsTo: [${a}]\` in ${b}; or ${accept}`;
}

function witnessOf({ relation }: Edge): Witness {
  return {
    shared: relation.shared,
    onlyFirst: "onlyFirst" in relation ? relation.onlyFirst : null,
    onlySecond: "onlySecond" in relation ? relation.onlySecond : null,
  };
}

/** A request in one line, conditions included. */
export function show({ method, path, query, headers }: WitnessRequest): string {
  const search = Object.entries(query).map(([name, value]) => `${name}=${value}`);
  const lines = Object.entries(headers).map(([name, value]) => ` -H '${name}: ${value}'`);
  return `${method} ${path}${search.length > 0 ? `?${search.join("&")}` : ""}${lines.join("")}`;
}

/** A circle of precedence, as a finding that prints it. */
export function circleFinding(circle: readonly Edge[]): Problem {
  const names = Array.from(
    new Set(circle.flatMap(({ winner, loser }) => [winner, loser]).map(({ owner }) => owner.name)),
  );
  const [start] = circle;
  const steps = circle.map(
    (edge) => `${describeClause(edge.winner)}, beats ${describeClause(edge.loser)} (${because(edge)})`,
  );
  const places = circle.map(({ winner }) => winner.match.location);
  return {
    code: "precedence-circle",
    severity: "error",
    message: `these matches beat each other in a circle, so that who gets a request would depend on the age of objects: ${steps.join("; ")}`,
    fix:
      names.length === 1
        ? "put the more specific match first in the file, or narrow one of them"
        : "take one yieldsTo or accepted entry of the circle away, or narrow one of the matches",
    services: names.sort(),
    ...(start === undefined
      ? {}
      : { environment: start.winner.owner.environment, location: start.winner.match.location }),
    related: places.slice(1),
  };
}

function because({ winner, loser, reason }: Edge): string {
  switch (reason.kind) {
    case "more-specific":
      return "it is more specific";
    case "file-order":
      return "it comes first in the file";
    case "yields":
      return `${loser.owner.name} yields to ${winner.owner.name}`;
    case "accepted":
      return "accepted.yaml says so";
    case "unsettled":
      return "undecided";
  }
}
