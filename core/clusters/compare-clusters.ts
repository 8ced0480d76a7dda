import { isDomainName } from "../domain.ts";
import type { ClusterDifference } from "../ownership.ts";
import { compareProblems, compareText, type Problem, type WitnessRequest } from "../problem.ts";
import { type Clause, describeClause } from "../route/clause.ts";
import { diffProofs } from "../route/diff.ts";
import { ownerOf } from "../route/owner.ts";
import type { Proof } from "../route/prove.ts";
import {
  type ClusterFinding,
  type ClusterOwner,
  entryFindings,
  environmentMissing,
  normalisationDiffers,
  notCompared,
  ownersDiffer,
  ownersUndecided,
} from "./cluster-findings.ts";

/** A production stack: one cluster. */
export interface ProductionCluster {
  /** Of the stack. */
  readonly name: string;
  /** Undefined if the stack has errors: then nobody knows who owns what. */
  readonly proof: Proof | undefined;
}

export interface ClusterComparison {
  /** By the name of the stack that stands apart; each sorted. */
  readonly problems: ReadonlyMap<string, readonly Problem[]>;
  /** Names of the stacks that were compared, sorted. */
  readonly compared: readonly string[];
  /** Entries of `clusters.yaml` that declare what differs. */
  readonly declared: number;
}

/**
 * Proves that the same request has the same owner in all production clusters, or that `clusters.yaml` declares the difference. How the
 * owner treats it (timeouts, weights, rewrites) may differ: new versions are rolled out one cluster after another.
 * @param today `YYYY-MM-DD`; declared differences hold up to and including their day
 */
export function compareClusters(clusters: readonly ProductionCluster[], today: string): ClusterComparison {
  const comparison = new Comparison(clusters, today);
  const problems = new Map<string, Problem[]>();
  for (const { stack, problem } of comparison.findings()) {
    const known = problems.get(stack);
    if (known === undefined) problems.set(stack, [problem]);
    else known.push(problem);
  }
  for (const found of problems.values()) found.sort(compareProblems);
  return {
    problems,
    compared: comparison.proofs.map(({ stack }) => stack.name).sort(compareText),
    declared: comparison.holding.size,
  };
}

/** What two clusters do differently with some requests of an environment. */
interface Difference {
  readonly environment: string;
  readonly between: readonly [Proof, Proof];
  /** Who gets the requests in one of the two; undefined if that is not known of each request. */
  readonly services: readonly string[] | undefined;
}

class Comparison {
  readonly proofs: readonly Proof[];
  /** The entries of today that declare some difference. */
  readonly holding = new Set<ClusterDifference>();
  private readonly expired = new Set<ClusterDifference>();
  private readonly clusters: readonly ProductionCluster[];
  private readonly today: string;
  private readonly entries: readonly { readonly stack: string; readonly entry: ClusterDifference }[];
  /** By what they say, so that each is said once. */
  private readonly found = new Map<string, ClusterFinding>();

  constructor(clusters: readonly ProductionCluster[], today: string) {
    this.clusters = clusters;
    this.today = today;
    this.proofs = clusters.flatMap(({ proof }) => proof ?? []);
    this.entries = entriesOf(this.proofs);
  }

  findings(): ClusterFinding[] {
    // Each pair: if one cluster's differences are declared, the others still have to agree with each other.
    this.proofs.forEach((first, index) => {
      for (const second of this.proofs.slice(index + 1)) this.compare(first, second);
    });
    const broken = this.clusters.length < 2 ? [] : this.clusters.filter(({ proof }) => proof === undefined);
    return [
      ...this.found.values(),
      ...broken.map(({ name }) => notCompared(name)),
      // What a stack with errors would say about the entries is not known.
      ...(broken.length > 0 ? [] : this.entryFindings()),
    ];
  }

  private compare(first: Proof, second: Proof): void {
    const [ours, theirs] = [environmentsOf(first), environmentsOf(second)];
    for (const environment of new Set([...ours, ...theirs])) {
      const whole = { environment, between: [first, second], services: undefined } as const;
      if (!ours.includes(environment) || !theirs.includes(environment)) {
        // A domain is where its DNS name leads to, and need not be everywhere.
        if (!isDomainName(environment))
          this.record(whole, ["missing", environment], () => this.missing(environment));
      } else if (first.normalisation === second.normalisation) {
        this.compareOwners(environment, first, second);
      } else {
        this.record(whole, ["normalisation", environment, second.stack.name], () =>
          normalisationDiffers(environment, first, second),
        );
      }
    }
  }

  private compareOwners(environment: string, first: Proof, second: Proof): void {
    const between = [first, second] as const;
    const undecided = (clause: Clause) => {
      const key = ["undecided", first.stack.name, second.stack.name, describeClause(clause)];
      this.record({ environment, between, services: undefined }, key, () =>
        ownersUndecided(clause, first, second),
      );
    };
    const sides = [only(environment, first), only(environment, second)] as const;
    const changes = diffProofs(...sides, { ownersOnly: true, undecided });
    for (const { from, to, witness } of changes) {
      const owners = this.ownersOf(environment, witness);
      const key = owners.map(({ stack, clause }) => `${stack} ${clause && describeClause(clause)}`);
      const services = [from, to].filter((name) => name !== null);
      this.record({ environment, between, services }, key, () => ownersDiffer(environment, witness, owners));
    }
  }

  /** A finding, unless an entry of `clusters.yaml` declares the difference. */
  private record(difference: Difference, key: readonly string[], finding: () => ClusterFinding): void {
    const entries = this.entries.map(({ entry }) => entry).filter((entry) => covers(entry, difference));
    const holding = entries.filter(({ expires }) => expires >= this.today);
    for (const entry of holding) this.holding.add(entry);
    if (holding.length > 0) return;
    for (const entry of entries) this.expired.add(entry);
    const text = JSON.stringify(key);
    if (entries.length === 0 && !this.found.has(text)) this.found.set(text, finding());
  }

  private ownersOf(environment: string, witness: WitnessRequest): ClusterOwner[] {
    return this.proofs.map((proof) => {
      const [side] = only(environment, proof).environments;
      return { stack: proof.stack.name, clause: side && ownerOf(side, witness)?.owner };
    });
  }

  private missing(environment: string): ClusterFinding {
    const [having = [], missing = []] = [true, false].map((has) =>
      this.proofs
        .filter((proof) => environmentsOf(proof).includes(environment) === has)
        .map(({ stack }) => stack.name),
    );
    return environmentMissing(environment, having, missing);
  }

  private entryFindings(): ClusterFinding[] {
    const stacks = this.clusters.map(({ name }) => name);
    return this.entries.flatMap(({ stack, entry }) => {
      const there = this.proofs.flatMap((proof) =>
        proof.stack.services.filter(({ environment }) => environment === entry.environment),
      );
      const strangers = (entry.services ?? []).filter((name) => !there.some((each) => each.name === name));
      const state = this.holding.has(entry) ? "holds" : this.expired.has(entry) ? "expired" : "needless";
      return entryFindings(entry, { stacks, strangers, state }).map((problem) => ({ stack, problem }));
    });
  }
}

/** An owner is known of all requests of a pair of clauses, so that naming services says enough; a path would say less. */
function covers(entry: ClusterDifference, { environment, between, services }: Difference): boolean {
  return (
    entry.environment === environment &&
    between.some(({ stack }) => entry.clusters.includes(stack.name)) &&
    (entry.services === undefined || services?.every((name) => entry.services?.includes(name)) === true)
  );
}

/** Each line once, with the first stack that read it: stacks share files. */
function entriesOf(proofs: readonly Proof[]): { stack: string; entry: ClusterDifference }[] {
  const entries = new Map<string, { stack: string; entry: ClusterDifference }>();
  for (const { stack } of proofs) {
    for (const entry of stack.differences) {
      const key = JSON.stringify(entry.location);
      if (!entries.has(key)) entries.set(key, { stack: stack.name, entry });
    }
  }
  return [...entries.values()];
}

function environmentsOf({ environments }: Proof): string[] {
  return environments.map(({ environment }) => environment.name);
}

function only(environment: string, { environments }: Proof): Pick<Proof, "environments"> {
  return { environments: environments.filter((each) => each.environment.name === environment) };
}
