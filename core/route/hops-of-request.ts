import { compact } from "../compact.ts";
import { hopsOf, type Hops, routeGateways } from "../mesh/hops.ts";
import { destinationAuthority, environmentHost, systemNamespace, virtualServiceName } from "../mesh/names.ts";
import { isAtLeast, isSupportedVersion, versionProfile } from "../mesh/version-profile.ts";
import { isPreviewed } from "../preview.ts";
import type { WitnessRequest } from "../problem.ts";
import type {
  Destination,
  DirectResponseAction,
  Fault,
  ForwardAction,
  Mirror,
  Preview,
  RedirectAction,
  Retries,
  RouteAction,
  Service,
} from "../service.ts";
import type { Stack, Versions } from "../stack.ts";
import { type Clause, describeMatch, renderedMatch } from "./clause.ts";
import type { EnvironmentProof } from "./prove.ts";
import { rewrittenPath } from "./rewritten-path.ts";

/** One gateway on a request's way. */
export type RequestHop = EntryHop | KnativeHop;

/** Hop 1: the entry gateway, or a domain's, and the rule of the owning service. */
export interface EntryHop {
  readonly hop: 1;
  /** Gateways that the object is bound to, `<namespace>/<name>` each. */
  readonly gateways: readonly string[];
  readonly host: string;
  readonly path: string;
  /** The owner's VirtualService, `<namespace>/<name>`. */
  readonly object: string;
  /** VirtualServices of other services that hold a copy of the clause, so that age does not matter. */
  readonly carvedOutInto: readonly string[];
  readonly rule: RuleReference;
  readonly action: ForwardInEffect | RedirectAction | DirectResponseAction;
}

export interface RuleReference {
  /** As the file has it; null if it names none. */
  readonly name: string | null;
  /** Position in the file, from 1; null for what a fallback takes, which stands in no file. */
  readonly number: number | null;
  /** Such as `prefix /faas/api/saas/`. */
  readonly match: string;
  readonly file: string;
  /** 1-based; null if unknown. */
  readonly line: number | null;
}

export interface ForwardInEffect {
  readonly kind: "forward";
  /** `uri` is the whole new path, null if it stays; `authority` is null for a split, where each destination has its own. */
  readonly rewrite: { readonly uri: string | null; readonly authority: string | null };
  /** Null if there is none: then nothing limits the time at this hop. */
  readonly timeout: string | null;
  readonly retries: RetriesInEffect;
  readonly fault: Fault | null;
  readonly mirror: Mirror | null;
  /** The mark by which the request takes no part in the split; null if it has none. */
  readonly preview: Preview["mark"] | null;
  readonly destinations: readonly DestinationInEffect[];
  /** Who else moves the weights, so that they may be different on the cluster; null if nobody. */
  readonly weightsManagedBy: string | null;
}

export interface DestinationInEffect {
  readonly authority: string;
  /** Percent. */
  readonly weight: number;
}

export interface RetriesInEffect {
  readonly attempts: number;
  readonly perTryTimeout: string | null;
  readonly retryOn: readonly string[];
  /** `file`, or `istio` where the file says nothing and Istio's default holds. */
  readonly from: "file" | "istio" | "knative";
  readonly note: string | null;
}

/** Hop 2: Knative's gateway and its own VirtualService, one for each destination of a split. */
export interface KnativeHop {
  readonly hop: 2;
  /** `<namespace>/<name>` */
  readonly gateway: string;
  /** The Service that the gateway is reached by, on port 80. */
  readonly serviceHost: string;
  /** Knative's VirtualService, `<namespace>/<name>`; null where Knative shortens the name by a hash. */
  readonly object: string | null;
  /** Exact host in that object. */
  readonly host: string;
  readonly path: string;
  /** Percent of the requests that take this way. */
  readonly weight: number;
  readonly timeout: string | null;
  /** Null if unknown, which the note explains. */
  readonly retries: RetriesInEffect | null;
  readonly note: string | null;
}

/** The way of a request to the service that owns it. Empty for versions that cannot be rendered for. */
export function hopsOfRequest(
  stack: Stack,
  { environment, tables }: EnvironmentProof,
  clause: Clause,
  request: WitnessRequest,
): RequestHop[] {
  const { path } = request;
  const { versions } = stack;
  if (!isSupportedVersion("istio", versions.istio) || !isSupportedVersion("knative", versions.knative))
    return [];
  const hops = hopsOf(stack, versionProfile(versions));
  const holders = tables.filter(
    ({ service, clauses }) => service !== clause.owner && clauses.includes(clause),
  );
  const action = actionFor(clause.route.action, request);
  const entry = {
    hop: 1,
    gateways: routeGateways(environment.name, hops),
    host: environmentHost(environment.name),
    path,
    object: objectOf(clause.owner),
    carvedOutInto: holders.map(({ service }) => objectOf(service)),
    rule: ruleOf(clause),
  } as const;
  if (action.kind === "redirect") return [{ ...entry, action: { ...action, status: action.status ?? 301 } }];
  if (action.kind === "directResponse") return [{ ...entry, action }];
  const newPath = rewrittenPath(action.rewrite, renderedMatch(clause).path, path);
  const traffic = trafficOf(action, clause.owner);
  return [
    { ...entry, action: forwardOf(action, clause.owner, newPath, versions) },
    ...traffic.map((to) => knativeHop(to, clause.owner.namespace, newPath, hops, versions)),
  ];
}

/** What is done with a request: a marked one takes no part in the split. */
function actionFor(action: RouteAction, request: WitnessRequest): RouteAction {
  if (action.kind !== "forward" || action.preview === undefined) return action;
  return isPreviewed(action.preview, request)
    ? { ...action, traffic: [{ ...action.preview.to, weight: 100 }] }
    : compact({ ...action, preview: undefined });
}

/** Where a clause is written down. */
export function ruleOf({ route, routeIndex, match, fallback }: Clause): RuleReference {
  return {
    name: route.name ?? null,
    number: fallback ? null : routeIndex + 1,
    match: fallback ? "what nobody else takes (fallback)" : describeMatch(match),
    file: match.location.file,
    line: match.location.line ?? null,
  };
}

function objectOf(service: Service): string {
  return `${systemNamespace}/${virtualServiceName(service)}`;
}

/** As it is rendered: destinations without requests are left out, unless somebody else moves the weights. */
function trafficOf({ traffic }: ForwardAction, { weightsManagedBy }: Service): Destination[] {
  const rendered = traffic.filter(({ weight }) => weight > 0 || weightsManagedBy !== undefined);
  // Envoy sends everything to the only destination there is.
  return rendered.length === 1 ? rendered.map((only) => ({ ...only, weight: 100 })) : rendered;
}

function forwardOf(
  action: ForwardAction,
  owner: Service,
  newPath: string,
  versions: Versions,
): ForwardInEffect {
  const destinations = trafficOf(action, owner).map((to) => ({
    authority: destinationAuthority(to, owner.namespace),
    weight: to.weight,
  }));
  return {
    kind: "forward",
    rewrite: {
      uri: action.rewrite === undefined ? null : newPath,
      authority: destinations.length === 1 ? (destinations[0]?.authority ?? null) : null,
    },
    timeout: action.timeout ?? null,
    retries: retriesOf(action.retries, versions),
    fault: action.fault ?? null,
    mirror: action.mirror ?? null,
    preview: action.preview?.mark ?? null,
    destinations,
    weightsManagedBy: owner.weightsManagedBy ?? null,
  };
}

function retriesOf(retries: Retries | undefined, versions: Versions): RetriesInEffect {
  const defaults = versionProfile(versions).defaultRetries;
  const { attempts, perTryTimeout = null, retryOn = [] } = retries ?? { attempts: defaults.attempts };
  const about = { attempts, perTryTimeout, from: retries === undefined ? "istio" : "file" } as const;
  if (attempts === 0 || retryOn.length > 0)
    return { ...about, retryOn: attempts === 0 ? [] : retryOn, note: null };
  return {
    ...about,
    retryOn: defaults.retryOn,
    note: defaults.repeats503
      ? `Istio ${versions.istio} also repeats requests that were answered with 503; from 1.24 it does not`
      : null,
  };
}

/** Names of Kubernetes objects that Knative derives end here; beyond, it shortens them by a hash (kmeta.ChildName). */
const longestName = 63;

function knativeHop(
  to: Destination,
  namespace: string,
  path: string,
  { clusterLocal }: Hops,
  versions: Versions,
): KnativeHop {
  const name = `${to.service}-ingress`;
  return {
    hop: 2,
    gateway: clusterLocal.gateway,
    serviceHost: clusterLocal.serviceHost,
    object: name.length > longestName ? null : `${namespace}/${name}`,
    host: destinationAuthority(to, namespace),
    path,
    weight: to.weight,
    ...knativePolicy(versions),
  };
}

/**
 * Today Knative switches Istio's default retries off and sets no timeout. To 0.14 it wrote both, from its setting
 * max-revision-timeout-seconds (https://github.com/knative/serving/issues/7791); between, it changed with every release.
 */
function knativePolicy(versions: Versions): Pick<KnativeHop, "timeout" | "retries" | "note"> {
  const { knative } = versions;
  if (isAtLeast(knative, "1.0")) {
    const retries = { attempts: 0, perTryTimeout: null, retryOn: [], from: "knative", note: null } as const;
    return { timeout: null, retries, note: null };
  }
  if (isAtLeast(knative, "0.15"))
    return {
      timeout: null,
      retries: null,
      note: `Knative ${knative} may set a timeout and retries of its own`,
    };
  const { retryOn } = versionProfile(versions).defaultRetries;
  return {
    timeout: "10m",
    retries: { attempts: 3, perTryTimeout: "10m", retryOn, from: "knative", note: null },
    note: null,
  };
}
