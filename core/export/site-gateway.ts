import { isDomainName } from "../domain.ts";
import { environmentHost } from "../mesh/names.ts";
import { compareText } from "../problem.ts";
import type { Clause } from "../route/clause.ts";
import { foldCase, type Language, languageOf } from "../route/language.ts";
import { findOnlyInFirst } from "../route/compare-languages.ts";
import type { Proof } from "../route/prove.ts";

/** What the Java site gateway must subscribe to and send, so that every request that has an owner can arrive. */
export interface SiteGatewayExport {
  readonly stack: string;
  /** The simple alternative: subscribing to all of it is always enough, and never changes. */
  readonly pathRoot: string;
  /** In the stack's order. */
  readonly environments: readonly SiteGatewayEnvironment[];
}

export interface SiteGatewayEnvironment {
  readonly environment: string;
  /** What the Java side must send as Host. */
  readonly host: string;
  /** File name of the service that takes whatever nobody else does; null if there is none. */
  readonly fallback: string | null;
  /** None covers another. Sorted by path. */
  readonly subscriptions: readonly Subscription[];
}

export interface Subscription {
  /** `prefix` is a plain string prefix, not one of segments. */
  readonly kind: "prefix" | "exact";
  readonly path: string;
  /** The case of ASCII letters does not matter; `path` is one spelling. */
  readonly ignoreCase: boolean;
  /** Only the literal beginning of a regex: not every path below it has an owner. */
  readonly fromRegex: boolean;
  /** File names of the services behind it, sorted. */
  readonly services: readonly string[];
  /** For information: the methods that any of them takes; empty means every method. */
  readonly methods: readonly string[];
  /** For information: headers that decide between routes, and so must be passed on. Lower case, sorted. */
  readonly headers: readonly string[];
  /** For information: query parameters that decide between routes. Sorted. */
  readonly queryParams: readonly string[];
}

/** The smallest set of paths that covers what the services of each environment own. */
export function exportSiteGateway({ stack, environments }: Proof): SiteGatewayExport {
  return {
    stack: stack.name,
    pathRoot: stack.pathRoot,
    // What comes for a domain does not pass the Java side.
    environments: environments
      .filter(({ environment }) => !isDomainName(environment.name))
      .map(({ environment, clauses }) => ({
        environment: environment.name,
        host: environmentHost(environment.name),
        fallback: environment.fallback ?? null,
        subscriptions: smallestSet(clauses.map((clause) => subscriptionOf(clause, stack.pathRoot))),
      })),
  };
}

type Pattern = Pick<Subscription, "kind" | "path" | "ignoreCase" | "fromRegex">;

function subscriptionOf(clause: Clause, pathRoot: string): Subscription {
  const { headers, queryParams, methods } = clause.match;
  return {
    ...patternOf(clause, pathRoot),
    services: [clause.owner.name],
    methods: [...methods].sort(compareText),
    headers: Object.keys(headers).sort(compareText),
    queryParams: Object.keys(queryParams).sort(compareText),
  };
}

function patternOf({ match: { path }, requests, sample, fallback }: Clause, pathRoot: string): Pattern {
  if (fallback) return { kind: "prefix", path: pathRoot, ignoreCase: false, fromRegex: false };
  if (path.kind !== "regex")
    return { kind: path.kind, path: path.value, ignoreCase: path.ignoreCase, fromRegex: false };
  const [language] = requests.path.within;
  const stem = language.stem();
  const spelling = sample.path.slice(0, stem.length);
  return liesBelow(language, spelling)
    ? { kind: "prefix", path: spelling, ignoreCase: false, fromRegex: true }
    : { kind: "prefix", path: stem, ignoreCase: true, fromRegex: true };
}

function liesBelow(language: Language, prefix: string): boolean {
  const below = languageOf({ kind: "prefix", value: prefix, ignoreCase: false }, language.universe);
  return below.ok && findOnlyInFirst(language, below.language).kind === "none";
}

function smallestSet(subscriptions: readonly Subscription[]): Subscription[] {
  const kept = new Map<string, Subscription>();
  for (const subscription of [...subscriptions].sort(widestFirst)) {
    const cover = coverOf(subscription, kept);
    if (cover === undefined) kept.set(keyOf(subscription), subscription);
    else kept.set(keyOf(cover), merged(cover, subscription));
  }
  return [...kept.values()].sort((a, b) => compareText(a.path, b.path) || compareText(a.kind, b.kind));
}

/** What covers a subscription: its path can only be one of the beginnings of the other's. */
function coverOf(
  subscription: Subscription,
  kept: ReadonlyMap<string, Subscription>,
): Subscription | undefined {
  const { path } = subscription;
  for (let length = 1; length <= path.length; length++) {
    for (const kind of ["prefix", "exact"] as const) {
      for (const ignoreCase of [true, false]) {
        const candidate = kept.get(keyOf({ kind, path: path.slice(0, length), ignoreCase }));
        if (candidate !== undefined && covers(candidate, subscription)) return candidate;
      }
    }
  }
  return undefined;
}

function keyOf({ kind, path, ignoreCase }: Omit<Pattern, "fromRegex">): string {
  return ignoreCase ? `${kind} in any case ${foldCase(path)}` : `${kind} ${path}`;
}

/** Whoever covers another comes before it. */
function widestFirst(a: Subscription, b: Subscription): number {
  return (
    Number(a.kind === "exact") - Number(b.kind === "exact") ||
    a.path.length - b.path.length ||
    Number(b.ignoreCase) - Number(a.ignoreCase) ||
    Number(a.fromRegex) - Number(b.fromRegex) ||
    compareText(a.path, b.path)
  );
}

/** Whether every path of `b` is one of `a`. */
export function covers(a: Pattern, b: Pattern): boolean {
  // Other spellings of a letter would be missing.
  if (b.ignoreCase && !a.ignoreCase && /[a-z]/i.test(a.path)) return false;
  const [wide, narrow] = a.ignoreCase ? [foldCase(a.path), foldCase(b.path)] : [a.path, b.path];
  return a.kind === "prefix" ? narrow.startsWith(wide) : b.kind === "exact" && narrow === wide;
}

function merged(a: Subscription, b: Subscription): Subscription {
  const everyMethod = a.methods.length === 0 || b.methods.length === 0;
  return {
    ...a,
    services: union(a.services, b.services),
    methods: everyMethod ? [] : union(a.methods, b.methods),
    headers: union(a.headers, b.headers),
    queryParams: union(a.queryParams, b.queryParams),
  };
}

function union(a: readonly string[], b: readonly string[]): string[] {
  return Array.from(new Set([...a, ...b])).sort(compareText);
}
