import type { Location } from "./problem.ts";

/**
 * A Knative service with the routes that lead to it: the parsed form of one file
 * `stacks/<folder>/<environment>/<service>.yaml`, all defaults filled in.
 */
export interface Service {
  /** The file's name without its ending: how people and `yieldsTo` refer to it. Unique in an environment. */
  readonly name: string;
  readonly environment: string;
  /** Namespace of the Knative service. */
  readonly namespace: string;
  /** Name of the Knative service in that namespace. */
  readonly service: string;
  readonly team?: string;
  /** File names of services in the same environment that win where both match. */
  readonly yieldsTo: readonly string[];
  /** Who else owns the weights (Argo Rollouts, Flagger); then KFaaS leaves them alone. */
  readonly weightsManagedBy?: string;
  readonly release?: Release;
  readonly routes: readonly Route[];
  readonly location: Location;
}

/** How a new version takes over: by steps, while testers see it before everybody else. */
export interface Release {
  /** Percentages for the new version, ascending, ending with 100. */
  readonly steps: readonly number[];
  /** Also stands in the action of every route that it holds for. */
  readonly preview?: Preview;
}

/** Marked requests that go to one destination of a split, whatever its weight. */
export interface Preview {
  readonly to: Target;
  /** `header` names are lower-case. */
  readonly mark: { readonly kind: "header" | "cookie"; readonly name: string; readonly value: string };
}

/** One rule: any of `matches`, then one action. Order inside a file is order of precedence among equals. */
export interface Route {
  readonly name?: string;
  /** At least one; the rule applies if any of them matches. */
  readonly matches: readonly RouteMatch[];
  readonly action: RouteAction;
  readonly location: Location;
}

/** One match alternative: the path and all conditions must hold. */
export interface RouteMatch {
  readonly path: PathMatch;
  /** Upper-case HTTP methods, any of them; empty means every method. */
  readonly methods: readonly string[];
  /** Keys are lower-case header names. */
  readonly headers: Readonly<Record<string, ValueMatch>>;
  /** Keys are query parameter names, case-sensitive. */
  readonly queryParams: Readonly<Record<string, ValueMatch>>;
  readonly location: Location;
}

/**
 * How a path is matched by Envoy behind istiod: `prefix` is a plain string prefix, not a segment prefix; `regex` is RE2 and
 * must match the whole path without the query.
 */
export type PathMatch =
  | { readonly kind: "exact"; readonly value: string; readonly ignoreCase: boolean }
  | { readonly kind: "prefix"; readonly value: string; readonly ignoreCase: boolean }
  | { readonly kind: "regex"; readonly value: string };

/** How a header or query value is matched; `present` takes any value. `regex` is RE2 and must match the whole value. */
export type ValueMatch =
  | { readonly kind: "exact"; readonly value: string }
  | { readonly kind: "prefix"; readonly value: string }
  | { readonly kind: "regex"; readonly value: string }
  | { readonly kind: "present" };

/** What happens to a matched request. Durations are strings such as `10s` or `300ms`, as Kubernetes writes them. */
export type RouteAction = ForwardAction | RedirectAction | DirectResponseAction;

export interface ForwardAction {
  readonly kind: "forward";
  /** At least one; weights add up to 100. Entries of weight 0 stay in the file but are not rendered. */
  readonly traffic: readonly Destination[];
  readonly rewrite?: Rewrite;
  readonly timeout?: string;
  readonly retries?: Retries;
  readonly fault?: Fault;
  readonly cors?: Cors;
  readonly headers?: HeaderOperations;
  readonly mirror?: Mirror;
  /** Its target is one of `traffic`, which may have a weight of 0 there. */
  readonly preview?: Preview;
}

export interface RedirectAction {
  readonly kind: "redirect";
  readonly uri?: string;
  readonly authority?: string;
  readonly scheme?: "http" | "https";
  /** 301, 302, 303, 307 or 308. Default 301, as Istio's. */
  readonly status?: number;
}

export interface DirectResponseAction {
  readonly kind: "directResponse";
  readonly status: number;
  readonly body?: string;
}

/** A Knative service of the same environment, or one of its traffic tags. */
export interface Target {
  /** Name of the Knative service in the namespace of the file's service. */
  readonly service: string;
  readonly tag?: string;
}

/** A target with its share of the requests. */
export interface Destination extends Target {
  /** Percent, 0 to 100, whole. */
  readonly weight: number;
}

/** The authority is always rewritten to the target and so is not named here. */
export type Rewrite =
  | { readonly kind: "uri"; readonly uri: string }
  | { readonly kind: "regex"; readonly match: string; readonly replace: string };

export interface Retries {
  /** 0 switches retries off, also Istio's default of 2. */
  readonly attempts: number;
  readonly perTryTimeout?: string;
  readonly retryOn?: readonly string[];
}

export interface Fault {
  readonly delay?: { readonly percent: number; readonly duration: string };
  readonly abort?: { readonly percent: number; readonly status: number };
}

export interface Cors {
  readonly allowOrigins?: readonly ValueMatch[];
  readonly allowMethods?: readonly string[];
  readonly allowHeaders?: readonly string[];
  readonly exposeHeaders?: readonly string[];
  readonly maxAge?: string;
  readonly allowCredentials?: boolean;
}

export interface HeaderOperations {
  readonly request?: HeaderChanges;
  readonly response?: HeaderChanges;
}

export interface HeaderChanges {
  readonly set?: Readonly<Record<string, string>>;
  readonly add?: Readonly<Record<string, string>>;
  readonly remove?: readonly string[];
}

export interface Mirror {
  readonly service: string;
  readonly percent: number;
}
