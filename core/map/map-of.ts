import { environmentHost, virtualServiceName } from "../mesh/names.ts";
import { placeOf, requestText } from "../problem-text.ts";
import type { Location, Problem } from "../problem.ts";
import type { Clause } from "../route/clause.ts";
import type { Edge } from "../route/precedence.ts";
import type { EnvironmentProof, Proof } from "../route/prove.ts";
import type { RouteAction, RouteMatch } from "../service.ts";
import { describeAction, describeValue } from "./describe-action.ts";
import type { MapEdge, MapEnvironment, MapFinding, MapLeaf, RouteMap, Trait } from "./route-map.ts";

/**
 * The map of a stack, or of one of its environments.
 * @param problems all that is known, of files and proof together, sorted
 */
export function mapOf(proof: Proof, problems: readonly Problem[], environment?: string): RouteMap {
  const concerns = (name: string | undefined) =>
    environment === undefined || name === undefined || name === environment;
  const environments = proof.environments.filter((each) => concerns(each.environment.name));
  const { stack } = proof;
  return {
    stack: stack.name,
    cluster: stack.cluster.name,
    pathRoot: stack.pathRoot,
    normalisation: proof.normalisation,
    environments: environments.map((each) => mapEnvironment(each, problems)),
    findings: findingsOf(
      problems.filter((problem) => concerns(problem.environment)),
      environments,
    ),
  };
}

function mapEnvironment(proof: EnvironmentProof, problems: readonly Problem[]): MapEnvironment {
  const { environment, services, clauses, beatenBy, tables } = proof;
  const copiedTo = new Map<Clause, string[]>();
  for (const table of tables) {
    for (const clause of table.clauses) {
      if (clause.owner === table.service) continue;
      const known = copiedTo.get(clause);
      if (known === undefined) copiedTo.set(clause, [table.service.name]);
      else known.push(table.service.name);
    }
  }
  return {
    name: environment.name,
    host: environmentHost(environment.name),
    services: services.length,
    leaves: clauses.map((clause) => mapLeaf(clause, copiedTo.get(clause) ?? [])),
    precedence: Array.from(beatenBy.values()).flat().map(mapEdge),
    leftOut: leftOut(proof, problems),
  };
}

/** Files with an error and without a service. */
function leftOut({ environment, services }: EnvironmentProof, problems: readonly Problem[]): string[] {
  const read = new Set(services.map(({ location }) => location.file));
  const files = problems.flatMap(({ severity, location, environment: name }) =>
    severity === "error" && name === environment.name && location !== undefined ? location.file : [],
  );
  // Errors of an environment that lie in paths.yaml or accepted.yaml leave no service out.
  return Array.from(new Set(files)).filter(
    (file) => isServiceFile(file, environment.name) && !read.has(file),
  );
}

function isServiceFile(file: string, environment: string): boolean {
  return file.split("/").at(-2) === environment;
}

function mapLeaf(clause: Clause, copiedTo: readonly string[]): MapLeaf {
  const { owner, route, match, position, sample, requests, takesAll, fallback } = clause;
  const { location, path } = match;
  const stem = requests.path.within[0].stem();
  return {
    id: position,
    kind: path.kind,
    pattern: path.value,
    ignoreCase: path.kind !== "regex" && path.ignoreCase,
    // Stems are in lower case; the sample begins with the stem as the file has it.
    stem: path.kind === "regex" ? sample.path.slice(0, stem.length) : path.value || "/",
    takesAll,
    fallback,
    conditions: conditionsOf(match),
    service: owner.name,
    team: owner.team ?? "",
    object: virtualServiceName(owner),
    rule: fallback ? "fallback" : (route.name ?? String(clause.routeIndex + 1)),
    file: location.file,
    line: location.line ?? null,
    action: describeAction(route.action, owner.service),
    traits: traitsOf(clause, copiedTo),
    copiedTo,
  };
}

function conditionsOf({ methods, headers, queryParams }: RouteMatch): string[] {
  return [
    ...(methods.length === 0 ? [] : [`method ${methods.join(", ")}`]),
    ...Object.entries(headers).map(([name, value]) => `header ${name}: ${describeValue(value)}`),
    ...Object.entries(queryParams).map(([name, value]) => `query ${name}: ${describeValue(value)}`),
  ];
}

function traitsOf({ match, route, fallback }: Clause, copiedTo: readonly string[]): Trait[] {
  return [
    ...(match.path.kind === "regex" ? (["regex"] as const) : []),
    ...(fallback ? (["fallback"] as const) : []),
    ...(conditionsOf(match).length > 0 ? (["conditions"] as const) : []),
    ...(copiedTo.length > 0 ? (["carve-out"] as const) : []),
    ...actionTraits(route.action),
  ];
}

function actionTraits(action: RouteAction): Trait[] {
  if (action.kind === "redirect") return ["redirect"];
  if (action.kind === "directResponse") return ["direct response"];
  return [
    ...(action.traffic.length > 1 ? (["split"] as const) : []),
    ...(action.rewrite === undefined ? [] : (["rewrite"] as const)),
    ...(action.mirror === undefined ? [] : (["mirror"] as const)),
    ...(action.fault === undefined ? [] : (["fault"] as const)),
  ];
}

function mapEdge({ winner, loser, reason }: Edge): MapEdge {
  return {
    winner: winner.position,
    loser: loser.position,
    reason: reasonText(reason),
    unsettled: reason.kind === "unsettled",
  };
}

function reasonText(reason: Edge["reason"]): string {
  switch (reason.kind) {
    case "more-specific":
      return "more specific";
    case "file-order":
      return "first in the file";
    case "yields":
      return "the other yields to it";
    case "accepted":
      return `accepted until ${reason.entry.expires}: ${reason.entry.reason}`;
    case "unsettled":
      return "not settled";
  }
}

function findingsOf(problems: readonly Problem[], environments: readonly EnvironmentProof[]): MapFinding[] {
  const index = new Map(environments.map((proof) => [proof.environment.name, indexOf(proof)]));
  return problems.map((problem) => {
    const { severity, code, message, fix = "", environment = "", services, location, related = [] } = problem;
    const places = [...(location === undefined ? [] : [location]), ...related];
    return {
      severity,
      code,
      message,
      fix,
      environment,
      services,
      witnesses: witnessesOf(problem),
      places: Array.from(new Set(places.map(placeOf))),
      leaves: index.get(environment)?.(places, services) ?? [],
    };
  });
}

/** Finds the clauses that a finding is about: those at its places or, if it points to none, all of its services. */
function indexOf({ clauses }: EnvironmentProof) {
  const byLine = groupBy(clauses, ({ match }) => lineOf(match.location));
  const byService = groupBy(clauses, ({ owner }) => owner.name);
  return (places: readonly Location[], services: readonly string[]): number[] => {
    const there = places.flatMap((place) => byLine.get(lineOf(place)) ?? []);
    const found = there.length > 0 ? there : services.flatMap((service) => byService.get(service) ?? []);
    return Array.from(new Set(found.map(({ position }) => position)));
  };
}

function lineOf({ file, line }: Location): string {
  return `${file}:${line ?? 0}`;
}

function groupBy<T>(values: readonly T[], key: (value: T) => string): Map<string, T[]> {
  const groups = new Map<string, T[]>();
  for (const value of values) {
    const group = groups.get(key(value));
    if (group === undefined) groups.set(key(value), [value]);
    else group.push(value);
  }
  return groups;
}

function witnessesOf({ witness, services }: Problem): [string, string][] {
  if (witness === undefined) return [];
  const [first = "the first", second = "the second"] = services;
  const rows = [
    ["both match", witness.shared],
    [`only ${first}`, witness.onlyFirst],
    [`only ${second}`, witness.onlySecond],
  ] as const;
  return rows.flatMap(([label, request]) =>
    request === null ? [] : [[label, requestText(request)] satisfies [string, string]],
  );
}
