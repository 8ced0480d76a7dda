import { fallbackRoute } from "../fallback-route.ts";
import type { Problem, WitnessRequest } from "../problem.ts";
import type { Route, RouteMatch, Service } from "../service.ts";
import { defaultBudget, findOnlyInFirst } from "./compare-languages.ts";
import { wholeUniverse } from "./language.ts";
import type { PathNormalisation } from "./normalise.ts";
import { findRequest, requestSet, type RequestSet } from "./request-set.ts";

/**
 * One match alternative of a rule together with that rule's action: the unit that wins or loses a request. Relations are between
 * clauses, never between whole rules or services, whose unions overlap where no two of their clauses do.
 */
export interface Clause {
  readonly owner: Service;
  readonly route: Route;
  /** Position of the rule in its file, from 0. */
  readonly routeIndex: number;
  readonly match: RouteMatch;
  /** Position of the alternative in its rule, from 0. */
  readonly matchIndex: number;
  readonly requests: RequestSet;
  /** One of the requests. */
  readonly sample: WitnessRequest;
  /**
   * Takes every request. Rendered as prefix `/`, whatever it says in the file, because istiod moves that one behind all other routes of
   * the host, and others that mean the same (`/.*`, an empty prefix) not.
   */
  readonly takesAll: boolean;
  /** Takes what nobody else of the environment does; rendered as prefix `/`, which istiod moves last by itself. */
  readonly fallback: boolean;
  /** Position among the environment's clauses, by service, rule and alternative: the order wherever nothing else decides. */
  readonly position: number;
}

/** The clauses of an environment's services in their order, without those that can never match. */
export function clausesOf(
  services: readonly Service[],
  fallback: string | undefined,
  normalisation: PathNormalisation,
  budget = defaultBudget,
): { clauses: Clause[]; problems: Problem[] } {
  const clauses: Clause[] = [];
  const problems: Problem[] = [];
  for (const owner of services) {
    const routes = owner.name === fallback ? [...owner.routes, fallbackRoute(owner)] : owner.routes;
    routes.forEach((route, routeIndex) => {
      route.matches.forEach((match, matchIndex) => {
        const result = requestSet(match, normalisation);
        const found = result.ok ? findRequest(result.set) : undefined;
        if (!result.ok) problems.push(refused(owner, match, result.reason));
        else if (found?.kind !== "found") problems.push(empty(owner, match));
        else {
          clauses.push({
            owner,
            route,
            routeIndex,
            match,
            matchIndex,
            requests: result.set,
            sample: found.request,
            takesAll: takesAll(result.set, budget),
            fallback: routeIndex === owner.routes.length,
            position: clauses.length,
          });
        }
      });
    });
  }
  return { clauses, problems };
}

function refused(owner: Service, match: RouteMatch, reason: string): Problem {
  return {
    code: "invalid-regex",
    severity: "error",
    message: `${owner.name} matches by a pattern that Istio refuses: ${reason}`,
    fix: "use RE2 syntax (https://github.com/google/re2/wiki/Syntax) and at most 1024 bytes",
    environment: owner.environment,
    services: [owner.name],
    location: match.location,
  };
}

function empty(owner: Service, match: RouteMatch): Problem {
  return {
    code: "empty-clause",
    severity: "error",
    message: `${owner.name} matches ${describeMatch(match)}, which no request can meet once the proxy has normalised it`,
    fix: 'write the path as the proxy sees it: without dot segments, \\ and needless percent-encoding, and with {}"<>^|` encoded; header values have no blanks around them',
    environment: owner.environment,
    services: [owner.name],
    location: match.location,
  };
}

/** A match in few words, as a service file would put it. */
export function describeMatch({ path, methods, headers, queryParams }: RouteMatch): string {
  const fold = path.kind !== "regex" && path.ignoreCase ? " (ignoring case)" : "";
  const conditions = [
    ...(methods.length > 0 ? [`method ${methods.join("|")}`] : []),
    ...Object.keys(headers).map((name) => `header ${name}`),
    ...Object.keys(queryParams).map((name) => `query ${name}`),
  ];
  return `${path.kind} ${path.value}${fold}${conditions.length > 0 ? ` with ${conditions.join(", ")}` : ""}`;
}

/** Who and where, for messages: `saas-cart (stacks/test/alpha/saas-cart.yaml:3), prefix /faas/api/cart/`. */
export function describeClause({ owner, match }: Clause): string {
  const { file, line } = match.location;
  return `${owner.name} (${file}${line === undefined ? "" : `:${line}`}), ${describeMatch(match)}`;
}

function takesAll({ path, methods, headers, query }: RequestSet, budget: number): boolean {
  const [language] = path.within;
  if (methods.kind === "only" || headers.size + query.size > 0 || language.stem().length > 1) return false;
  return findOnlyInFirst(wholeUniverse(language.universe), language, budget).kind === "none";
}

/** The match as it is rendered; see `takesAll`. */
export function renderedMatch({ match, takesAll }: Clause): RouteMatch {
  return takesAll ? { ...match, path: { kind: "prefix", value: "/", ignoreCase: false } } : match;
}
