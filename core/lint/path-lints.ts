import { candidatePairs, type Indexed } from "../route/candidates.ts";
import { type Clause, describeClause } from "../route/clause.ts";
import { isCovered } from "../route/coverage.ts";
import { foldCase, languageOf } from "../route/language.ts";
import { includesRequest, type RequestSet } from "../route/request-set.ts";
import type { PathMatch } from "../service.ts";
import { atMatch, type LintContext, type LintFinding, winnersOver, writtenClauses } from "./finding.ts";

/** As many examples as a message can hold. */
const mostExamples = 3;

/**
 * A prefix that ends within a segment and really gets a path of its neighbours: `/x/show` takes `/x/showroom` where somebody has
 * `/x/showroom/`. A prefix that ends with a sign, such as `/x/model-`, means what it says.
 */
export function prefixesWithoutSlash({ proof }: LintContext): LintFinding[] {
  return writtenClauses(proof).flatMap((clause): LintFinding[] => {
    const prefix = prefixOf(clause);
    if (prefix === undefined || !endsWithinSegment(prefix)) return [];
    const swallowed = swallowedNeighbours(clause, prefix, winnersOver(clause, proof));
    if (swallowed.length === 0) return [];
    const examples = swallowed
      .slice(0, mostExamples)
      .map(({ path, neighbour }) => `${path} beside ${describeClause(neighbour)}`);
    const services = [clause.owner, ...swallowed.map(({ neighbour }) => neighbour.owner)];
    return [
      {
        ...atMatch(clause),
        code: "prefix-without-slash",
        message: `${describeClause(clause)}, has no slash at its end and so also gets ${examples.join("; ")}`,
        fix: `write exact: ${prefix} and prefix: ${prefix}/`,
        services: Array.from(new Set(services.map(({ name }) => name))),
        related: swallowed.map(({ neighbour }) => neighbour.match.location),
      },
    ];
  });
}

interface Swallowed {
  readonly path: string;
  readonly neighbour: Clause;
}

function swallowedNeighbours(clause: Clause, prefix: string, winners: readonly Clause[]): Swallowed[] {
  const taken = takenBy(winners);
  const found = new Map<string, Swallowed>();
  for (const neighbour of winners) {
    if (neighbour.route === clause.route) continue;
    const path = siblingOf(neighbour.sample.path, prefix);
    if (path === undefined || found.has(path)) continue;
    const request = { ...clause.sample, path };
    if (
      includesRequest(clause.requests, request) &&
      !taken(path, (winner) => includesRequest(winner.requests, request))
    )
      found.set(path, { path, neighbour });
  }
  return Array.from(found.values());
}

/** The segment that goes on where the prefix ends, if a path leads on below it: `/x/showroom` of `/x/showroom/a`. */
function siblingOf(path: string, prefix: string): string | undefined {
  const slash = path.indexOf("/", prefix.length);
  return slash > prefix.length ? path.slice(0, slash) : undefined;
}

/** Whether one of the clauses takes something at a path; asks only those whose paths begin like it. */
function takenBy(clauses: readonly Clause[]): (path: string, test: (clause: Clause) => boolean) => boolean {
  const byStem = new Map<string, Clause[]>();
  for (const clause of clauses) {
    const stem = clause.requests.path.within[0].stem();
    const known = byStem.get(stem);
    if (known === undefined) byStem.set(stem, [clause]);
    else known.push(clause);
  }
  return (path, test) => {
    const folded = foldCase(path);
    for (let length = 0; length <= folded.length; length++) {
      if (byStem.get(folded.slice(0, length))?.some(test)) return true;
    }
    return false;
  };
}

/** A prefix `/a/b/` of which nobody answers `/a/b`. */
export function missingBarePaths({ proof, pathRoot }: LintContext): LintFinding[] {
  const probes = new Map<string, Probe>();
  for (const clause of writtenClauses(proof)) {
    const path = barePathOf(clause, pathRoot);
    if (path !== undefined && !probes.has(path)) probes.set(path, probeOf(clause, path));
  }
  const answered = new Set<Probe>();
  for (const [a, b] of candidatePairs<Clause | Probe>([...proof.clauses, ...probes.values()])) {
    const [probe, other] = isProbe(a) ? [a, b] : [b, a];
    if (isProbe(probe) && !isProbe(other) && answersAt(other, probe.path)) answered.add(probe);
  }
  return Array.from(probes.values())
    .filter((probe) => !answered.has(probe))
    .map(({ clause, path }) => ({
      ...atMatch(clause),
      code: "missing-bare-path",
      message: `${describeClause(clause)}: nobody answers ${path}, the same without its last slash`,
      fix: `add exact: ${path}, if anybody may ask for it`,
    }));
}

/** A path for which somebody is looked for, in the index of clauses. */
interface Probe extends Indexed {
  readonly clause: Clause;
  readonly path: string;
}

function isProbe(entry: Clause | Probe): entry is Probe {
  return "clause" in entry;
}

function barePathOf(clause: Clause, pathRoot: string): string | undefined {
  const prefix = prefixOf(clause);
  if (prefix?.endsWith("/") !== true) return undefined;
  const path = prefix.slice(0, -1);
  return path.startsWith(pathRoot) && !path.endsWith("/") ? path : undefined;
}

function probeOf(clause: Clause, path: string): Probe {
  return {
    clause,
    path,
    requests: withPath(clause.requests, { kind: "exact", value: path, ignoreCase: false }),
    position: clause.position,
  };
}

function answersAt({ requests }: Clause, path: string): boolean {
  return requests.path.within.every((language) => language.matches(path));
}

/**
 * The proxy puts the rewrite in the place of the matched prefix and nothing in between: `/common` rewritten to `/` makes `//x` of
 * `/common/x`, and `/common/` rewritten to `/v1` makes `/v1x`. https://github.com/istio/istio/issues/8076
 */
export function doubleSlashes(context: LintContext): LintFinding[] {
  return writtenClauses(context.proof).flatMap((clause): LintFinding[] => {
    const { action } = clause.route;
    const prefix = prefixOf(clause);
    if (prefix === undefined || action.kind !== "forward" || action.rewrite?.kind !== "uri") return [];
    const joint = badJoint(prefix, action.rewrite.uri, clause, context);
    if (joint === undefined) return [];
    return [
      {
        ...atMatch(clause),
        code: "double-slash-after-rewrite",
        message: `${describeClause(clause)}, rewritten to ${action.rewrite.uri}, sends ${joint.from} on as ${joint.to}`,
        fix: joint.fix,
      },
    ];
  });
}

interface Joint {
  readonly from: string;
  readonly to: string;
  readonly fix: string;
}

function badJoint(prefix: string, uri: string, clause: Clause, context: LintContext): Joint | undefined {
  if (prefix.endsWith("/") && endsWithinSegment(uri)) {
    return { from: `${prefix}x`, to: `${uri}x`, fix: `rewrite to ${uri}/` };
  }
  if (!endsWithinSegment(prefix) || !uri.endsWith("/")) return undefined;
  if (!isReached(clause, `${prefix}/`, context)) return undefined;
  return {
    from: `${prefix}/x`,
    to: `${uri}/x`,
    fix: `match exact: ${prefix} and prefix: ${prefix}/ instead`,
  };
}

/** Whether a request below the prefix comes to the clause: none does if more specific matches take them all, as `/common/` may. */
function isReached(clause: Clause, prefix: string, { proof, budget }: LintContext): boolean {
  const ignoreCase = clause.match.path.kind !== "regex" && clause.match.path.ignoreCase;
  const narrowed: Clause = {
    ...clause,
    requests: withPath(clause.requests, { kind: "prefix", value: prefix, ignoreCase }),
    sample: { ...clause.sample, path: prefix },
  };
  return !isCovered(narrowed, winnersOver(clause, proof), budget);
}

function withPath(requests: RequestSet, path: PathMatch): RequestSet {
  const result = languageOf(path, requests.path.within[0].universe);
  if (!result.ok) throw new Error(result.reason);
  return { ...requests, path: { within: [result.language], without: [], absent: false } };
}

function prefixOf({ match: { path } }: Clause): string | undefined {
  return path.kind === "prefix" ? path.value : undefined;
}

function endsWithinSegment(path: string): boolean {
  return /[A-Za-z0-9]$/.test(path);
}
