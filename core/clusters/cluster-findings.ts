import { environmentHost } from "../mesh/names.ts";
import { nearest } from "../nearest.ts";
import type { ClusterDifference } from "../ownership.ts";
import { requestText } from "../problem-text.ts";
import { compareText, type Location, type Problem, type WitnessRequest } from "../problem.ts";
import { type Clause, describeClause } from "../route/clause.ts";
import type { Proof } from "../route/prove.ts";

/** A problem and the stack whose it is. */
export interface ClusterFinding {
  readonly stack: string;
  readonly problem: Problem;
}

/** Who gets a request in one cluster; no clause if nobody does. */
export interface ClusterOwner {
  readonly stack: string;
  readonly clause: Clause | undefined;
}

/** Stands with the stack that is most alone in it. */
export function ownersDiffer(
  environment: string,
  witness: WitnessRequest,
  owners: readonly ClusterOwner[],
): ClusterFinding {
  const groups = new Map<string, ClusterOwner[]>();
  for (const owner of owners) {
    const name = owner.clause?.owner.name ?? "nobody";
    groups.set(name, [...(groups.get(name) ?? []), owner]);
  }
  const bySize = [...groups].sort(([a, { length: m }], [b, { length: n }]) => n - m || compareText(a, b));
  const who = bySize.map(([name, group]) => `to ${name} in ${list(group.map(({ stack }) => stack))}`);
  const [alone] = bySize.at(-1)?.[1] ?? [];
  const clauses = [alone, ...owners].flatMap((owner) => owner?.clause ?? []);
  const places = clauses.map(({ match }) => [JSON.stringify(match.location), match.location] as const);
  const [location, ...related] = new Map(places).values();
  const url = requestText({ ...witness, path: `http://${environmentHost(environment)}${witness.path}` });
  return {
    stack: alone?.stack ?? "",
    problem: {
      code: "cluster-owner-differs",
      severity: "error",
      environment,
      services: Array.from(new Set(clauses.map(({ owner }) => owner.name))),
      message: `${url} belongs ${who.join(", ")}`,
      fix: "let the clusters share the file, or write the same matches; or declare the difference in clusters.yaml, with a reason and a last day",
      witness: { shared: witness, onlyFirst: null, onlySecond: null },
      ...(location === undefined ? {} : { location }),
      ...(related.length === 0 ? {} : { related }),
    },
  };
}

/** An environment that some clusters have and some have not. */
export function environmentMissing(
  environment: string,
  having: readonly string[],
  missing: readonly string[],
): ClusterFinding {
  const [stack = ""] = missing.length > having.length ? having : missing;
  return differingEnvironment(
    stack,
    environment,
    `environment ${environment} is in ${list(having)} and not in ${list(missing)}, so its requests have an owner in some production clusters only`,
    "add it where it is missing",
  );
}

/** Two clusters of which each reads another path where one reads this. */
export function normalisationDiffers(environment: string, first: Proof, second: Proof): ClusterFinding {
  const [one = "", other = ""] = [first, second].map(
    ({ stack, normalisation }) => `${stack.name} (${normalisation})`,
  );
  return differingEnvironment(
    second.stack.name,
    environment,
    `${one} and ${other} normalise paths differently, so the same URL may be two different requests`,
    "set kfaas:pathNormalisation to one value, as their meshes have it",
  );
}

function differingEnvironment(
  stack: string,
  environment: string,
  message: string,
  fix: string,
): ClusterFinding {
  return {
    stack,
    problem: {
      code: "cluster-environment-differs",
      severity: "error",
      environment,
      services: [],
      message,
      fix: `${fix}, or declare the difference in clusters.yaml, without services`,
      location: stackFileOf(stack),
    },
  };
}

/** A clause whose requests could not all be compared. */
export function ownersUndecided(clause: Clause, first: Proof, second: Proof): ClusterFinding {
  const { environment, name } = clause.owner;
  return {
    stack: second.stack.name,
    problem: {
      code: "cluster-owner-undecided",
      severity: "error",
      environment,
      services: [name],
      message: `whether all requests of ${describeClause(clause)} have the same owner in ${first.stack.name} and ${second.stack.name} could not be decided`,
      fix: "let the clusters share the file, or use simpler expressions and prefixes",
      location: clause.match.location,
    },
  };
}

/** A stack with errors, of which nobody knows yet who owns what. */
export function notCompared(stack: string): ClusterFinding {
  return {
    stack,
    problem: {
      code: "cluster-not-compared",
      severity: "info",
      services: [],
      message: `${stack} has errors and was not compared with the production clusters`,
      fix: "mend them first",
      location: stackFileOf(stack),
    },
  };
}

/** What was found out about an entry of `clusters.yaml`. */
export interface EntryUse {
  /** Names of all production stacks. */
  readonly stacks: readonly string[];
  /** Of its services, those that no production cluster has in the environment. */
  readonly strangers: readonly string[];
  /** `holds` and `expired` if something differs as it says. */
  readonly state: "holds" | "expired" | "needless";
}

/** What is wrong with an entry of `clusters.yaml`, if anything. */
export function entryFindings(entry: ClusterDifference, { stacks, strangers, state }: EntryUse): Problem[] {
  const { environment, services, clusters, expires, reason, location } = entry;
  const about = { environment, services: services ?? [], location };
  const unknown = clusters.filter((name) => !stacks.includes(name));
  if (unknown.length > 0) {
    const close = nearest(unknown[0] ?? "", stacks);
    return [
      {
        ...about,
        code: "unknown-cluster",
        severity: "error",
        message: `clusters.yaml names ${list(unknown)}, which is no production stack`,
        fix: close === undefined ? `name one of ${list(stacks)}` : `did you mean ${close}?`,
      },
    ];
  }
  if (strangers.length > 0) {
    return [
      {
        ...about,
        code: "unknown-service",
        severity: "error",
        message: `clusters.yaml names ${list(strangers)}, which environment ${environment} has in no production cluster`,
        fix: "correct the name, or delete the entry",
      },
    ];
  }
  if (state === "holds") return [];
  const what = `that ${services === undefined ? `environment ${environment}` : list(services)} may differ in ${list(clusters)}`;
  if (state === "needless") {
    return [
      {
        ...about,
        code: "needless-difference",
        severity: "warning",
        message: `clusters.yaml says ${what}, but nothing does`,
        fix: "delete the entry",
      },
    ];
  }
  return [
    {
      ...about,
      code: "difference-expired",
      severity: "error",
      message: `clusters.yaml said until ${expires} ${what}, and it still does: ${reason}`,
      fix: "give the requests the same owner everywhere, or renew the entry knowingly",
    },
  ];
}

function stackFileOf(stack: string): Location {
  return { file: `Pulumi.${stack}.yaml` };
}

function list(names: readonly string[]): string {
  return names.join(", ");
}
