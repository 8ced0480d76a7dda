import { compareText } from "../problem.ts";
import type {
  Cors,
  Destination,
  Fault,
  ForwardAction,
  HeaderChanges,
  PathMatch,
  RedirectAction,
  Retries,
  Rewrite,
  Route,
  RouteAction,
  RouteMatch,
  Service,
  ValueMatch,
} from "../service.ts";
import { compact } from "../compact.ts";
import { type Hops, routeGateways } from "./hops.ts";
import type {
  CorsPolicy,
  HeaderOperations,
  Headers,
  HttpFaultInjection,
  HttpMatchRequest,
  HttpRedirect,
  HttpRetry,
  HttpRewrite,
  HttpRoute,
  HttpRouteDestination,
  IstioDestination,
  StringMatch,
  VirtualService,
} from "./istio.ts";
import { renderMirror } from "./mirror.ts";
import {
  destinationAuthority,
  environmentHost,
  ruleNamesAnnotation,
  systemNamespace,
  virtualServiceName,
} from "./names.ts";
import type { VersionProfile } from "./version-profile.ts";

/** What all rules of a stack have in common. */
export interface RenderContext {
  readonly profile: VersionProfile;
  readonly hops: Hops;
}

/**
 * The VirtualService of a service. `rules` are its own, or carve-outs among them, in the order in which Envoy is to try them.
 * It carries no labels: up to Istio 1.30.2 every change of metadata pushes the configuration to all proxies anew
 * (https://github.com/istio/istio/issues/60629), and the original has none.
 */
export function renderVirtualService(
  service: Service,
  rules: readonly HttpRoute[],
  { profile, hops }: RenderContext,
): VirtualService {
  const named = profile.features.has("ruleNames") || rules.every(({ name }) => name === undefined);
  return {
    apiVersion: profile.networkingApiVersion,
    kind: "VirtualService",
    metadata: {
      name: virtualServiceName(service),
      namespace: systemNamespace,
      ...(named
        ? {}
        : { annotations: { [ruleNamesAnnotation]: rules.map(({ name }) => name ?? "").join(",") } }),
    },
    spec: {
      gateways: [...routeGateways(service.environment, hops)],
      hosts: [environmentHost(service.environment)],
      http: rules.map((rule) => (named ? rule : compact({ ...rule, name: undefined }))),
    },
  };
}

/** One rule, as it stands in its owner's VirtualService and, as a carve-out, in those of others. */
export function renderRule(route: Route, owner: Service, context: RenderContext): HttpRoute {
  return compact({
    name: route.name,
    match: route.matches.flatMap(renderMatch),
    ...renderAction(route.action, owner, context),
  });
}

/** One request match per method: exact on every version of Istio, where a regular expression would change its meaning. */
function renderMatch({ path, methods, headers, queryParams }: RouteMatch): HttpMatchRequest[] {
  const conditions = {
    headers: renderValueMatches(headers),
    queryParams: renderValueMatches(queryParams),
  };
  const ignoreUriCase = path.kind !== "regex" && path.ignoreCase ? true : undefined;
  const perMethod = methods.length === 0 ? [undefined] : [...new Set(methods)].sort(compareText);
  return perMethod.map((method) =>
    compact({
      uri: renderText(path),
      ignoreUriCase,
      method: method === undefined ? undefined : { exact: method },
      ...conditions,
    }),
  );
}

function renderText({ kind, value }: PathMatch | Exclude<ValueMatch, { kind: "present" }>): StringMatch {
  switch (kind) {
    case "exact":
      return { exact: value };
    case "prefix":
      return { prefix: value };
    case "regex":
      return { regex: value };
  }
}

function renderValueMatches(
  matches: Readonly<Record<string, ValueMatch>>,
): Record<string, StringMatch> | undefined {
  return sorted(matches, renderValueMatch);
}

/** `{}` is Istio's word for "present", in headers and query parameters alike (route.go, canBeConvertedToPresentMatch). */
function renderValueMatch(match: ValueMatch): StringMatch {
  return match.kind === "present" ? {} : renderText(match);
}

function renderAction(action: RouteAction, owner: Service, context: RenderContext): HttpRoute {
  switch (action.kind) {
    case "forward":
      return renderForward(action, owner, context);
    case "redirect":
      return { redirect: renderRedirect(action) };
    case "directResponse":
      return {
        directResponse: compact({
          status: action.status,
          body: action.body === undefined ? undefined : { string: action.body },
        }),
      };
  }
}

function renderRedirect({ uri, authority, scheme, status }: RedirectAction): HttpRedirect {
  return compact({ uri, authority, scheme, redirectCode: status });
}

function renderForward(action: ForwardAction, owner: Service, context: RenderContext): HttpRoute {
  const { rewrite, route } = renderTraffic(action, owner, context);
  const mirror = action.mirror && renderMirror(action.mirror, owner, context.profile);
  return compact({
    rewrite,
    route,
    timeout: action.timeout,
    retries: action.retries && renderRetries(action.retries, context.profile),
    fault: action.fault && renderFault(action.fault),
    ...mirror?.rule,
    corsPolicy: action.cors && renderCors(action.cors),
    headers: renderHeaders({
      ...action.headers,
      ...(mirror && { request: addToSet(action.headers?.request, mirror.requestHeaders) }),
    }),
  });
}

/**
 * One destination: the rule's authority is the service's. Several: each sets its own Host and the rule none, because a rule's
 * authority silently beats those of its destinations (Envoy's WeightedClusterEntry::finalizeRequestHeaders).
 */
function renderTraffic(
  action: ForwardAction,
  owner: Service,
  { hops }: RenderContext,
): { rewrite: HttpRewrite | undefined; route: HttpRouteDestination[] } {
  // Whoever moves the weights must find every destination; for all others a weight of 0 is none.
  const traffic =
    owner.weightsManagedBy === undefined ? action.traffic.filter(({ weight }) => weight > 0) : action.traffic;
  const destination = (): IstioDestination => ({
    host: hops.clusterLocal.serviceHost,
    port: { number: 80 },
  });
  const authority = (to: Destination): string => destinationAuthority(to, owner.namespace);
  const [only, ...others] = traffic;
  if (only !== undefined && others.length === 0) {
    return {
      rewrite: { ...renderRewrite(action.rewrite), authority: authority(only) },
      route: [{ destination: destination(), weight: 100 }],
    };
  }
  return {
    rewrite: action.rewrite && renderRewrite(action.rewrite),
    route: traffic.map((to) => ({
      destination: destination(),
      weight: to.weight,
      headers: { request: { set: { Host: authority(to) } } },
    })),
  };
}

function renderRewrite(rewrite: Rewrite | undefined): HttpRewrite {
  if (rewrite === undefined) return {};
  return rewrite.kind === "uri"
    ? { uri: rewrite.uri }
    : { uriRegexRewrite: { match: rewrite.match, rewrite: rewrite.replace } };
}

export function renderRetries(
  { attempts, perTryTimeout, retryOn }: Retries,
  { features }: VersionProfile,
): HttpRetry {
  return compact({
    attempts,
    perTryTimeout,
    retryOn: retryOn && retryConditions(retryOn, features.has("retryStatuses")).join(","),
  });
}

/** Where a status alone does nothing, the condition that makes it count is written beside it. */
function retryConditions(retryOn: readonly string[], statusesCount: boolean): readonly string[] {
  const condition = "retriable-status-codes";
  const silent =
    !statusesCount && !retryOn.includes(condition) && retryOn.some((each) => /^\d{3}$/.test(each));
  return silent ? [...retryOn, condition] : retryOn;
}

function renderFault({ delay, abort }: Fault): HttpFaultInjection {
  return compact({
    delay: delay && { percentage: { value: delay.percent }, fixedDelay: delay.duration },
    abort: abort && { percentage: { value: abort.percent }, httpStatus: abort.status },
  });
}

function renderCors(cors: Cors): CorsPolicy {
  return compact({
    // An origin cannot be "present": istiod refuses the empty match here.
    allowOrigins: cors.allowOrigins?.map((origin) =>
      origin.kind === "present" ? { regex: ".*" } : renderValueMatch(origin),
    ),
    allowMethods: copied(cors.allowMethods),
    allowHeaders: copied(cors.allowHeaders),
    exposeHeaders: copied(cors.exposeHeaders),
    maxAge: cors.maxAge,
    allowCredentials: cors.allowCredentials,
  });
}

function renderHeaders(headers: {
  readonly request?: HeaderChanges;
  readonly response?: HeaderChanges;
}): Headers | undefined {
  const rendered = compact({
    request: renderHeaderChanges(headers.request),
    response: renderHeaderChanges(headers.response),
  });
  return Object.keys(rendered).length === 0 ? undefined : rendered;
}

function renderHeaderChanges(changes: HeaderChanges | undefined): HeaderOperations | undefined {
  const rendered = compact({
    set: sorted(changes?.set ?? {}, (value) => value),
    add: sorted(changes?.add ?? {}, (value) => value),
    remove: changes?.remove?.length ? [...changes.remove] : undefined,
  });
  return Object.keys(rendered).length === 0 ? undefined : rendered;
}

function addToSet(
  changes: HeaderChanges | undefined,
  headers: Readonly<Record<string, string>>,
): HeaderChanges {
  return { ...changes, set: { ...changes?.set, ...headers } };
}

/** Sorted by key, so that the order of a file's keys shows in no object; undefined if there are none. */
function sorted<Value, Rendered>(
  record: Readonly<Record<string, Value>>,
  render: (value: Value) => Rendered,
): Record<string, Rendered> | undefined {
  const entries = Object.entries(record);
  if (entries.length === 0) return undefined;
  return Object.fromEntries(
    entries.sort(([a], [b]) => compareText(a, b)).map(([key, value]) => [key, render(value)]),
  );
}

function copied<Item>(items: readonly Item[] | undefined): Item[] | undefined {
  return items && [...items];
}
