import { isAtLeast } from "../mesh/version-profile.ts";
import type { Clause } from "../route/clause.ts";
import { isCovered } from "../route/coverage.ts";
import type { ForwardAction, Retries, Route, Service } from "../service.ts";
import type { Versions } from "../stack.ts";
import { atRoute, type LintContext, type LintFinding, winnersOver, writtenClauses } from "./finding.ts";

/** Istio's attempts where a VirtualService says nothing: pilot/pkg/networking/core/route/retry/retry.go. */
const defaultAttempts = 2;

/**
 * Attempts that KFaaS's route and Knative's own both make, and so multiply: hop 1 sees only what hop 2 gave up on, and both repeat on
 * 503. Knative's routes have not retried since 0.21.
 */
export function retriesOnTwoHops({ proof, versions }: LintContext): LintFinding[] {
  const second = knativeAttempts(versions);
  if (second === 0) return [];
  return forwards(proof.services).flatMap(({ service, route, action: { retries } }): LintFinding[] => {
    if (retries === undefined || retries.attempts === 0) return [];
    const on503 = conditionsOf(retries, versions).filter((each) =>
      ["5xx", "gateway-error", "503"].includes(each),
    );
    if (on503.length === 0) return [];
    const most = (retries.attempts + 1) * (second + 1);
    return [
      {
        ...atRoute(service, route),
        code: "retries-on-two-hops",
        message:
          `${service.name} retries ${times(retries.attempts)} on ${list(on503)}, and Knative ${versions.knative} retries ${times(second)} ` +
          `behind it: one request may reach the service ${times(most)}`,
        fix: "retry on connect-failure and refused-stream only, write attempts: 0, or upgrade Knative to 0.21 or newer",
      },
    ];
  });
}

/**
 * How often Knative's own VirtualService repeats a request that got 503. It asked for 3 attempts until
 * https://github.com/knative/serving/pull/7842 (0.15), left them to Istio's default until
 * https://github.com/knative-extensions/net-istio/pull/159 (0.16), and by mistake again from 0.18 until
 * https://github.com/knative-extensions/net-istio/pull/508 (0.21).
 */
function knativeAttempts({ istio, knative }: Versions): number {
  if (!isAtLeast(knative, "0.15")) return 3;
  const leftToIstio =
    !isAtLeast(knative, "0.16") || (isAtLeast(knative, "0.18") && !isAtLeast(knative, "0.21"));
  return leftToIstio && repeats503ByDefault(istio) ? defaultAttempts : 0;
}

/**
 * Until https://github.com/istio/istio/pull/52111 (1.24) the conditions that Istio takes where none are written held 503. Those it takes
 * since then are failures to connect, and states that only gRPC has.
 */
function repeats503ByDefault(istio: string): boolean {
  return !isAtLeast(istio, "1.24");
}

/** Retries that a file asks for, on conditions that do not exclude that the service has done its work, of requests that do harm twice. */
export function retriesNotIdempotent(context: LintContext): LintFinding[] {
  const { proof, versions } = context;
  const method = methodsReaching(context);
  return forwards(proof.services).flatMap(({ service, route, action: { retries } }): LintFinding[] => {
    if (retries === undefined || retries.attempts === 0) return [];
    const harmful = conditionsOf(retries, versions).filter(mayComeAfterWork);
    const repeated = harmful.length === 0 ? undefined : method(route);
    if (repeated === undefined) return [];
    const fromDefault = retries.retryOn === undefined ? ` (the default of Istio ${versions.istio})` : "";
    return [
      {
        ...atRoute(service, route),
        code: "retries-not-idempotent",
        message: `${service.name} retries on ${list(harmful)}${fromDefault}, which may come after the service has done its work: a ${repeated} would be done twice`,
        fix: "retry on connect-failure, refused-stream and reset-before-request only, or give the methods that may be repeated a route of their own",
      },
    ];
  });
}

/** The same of Istio's own two attempts, which a file without `retries` gets. */
export function defaultRetriesNotIdempotent(context: LintContext): LintFinding[] {
  const { proof, versions } = context;
  if (!repeats503ByDefault(versions.istio) || !isAtLeast(versions.istio, "1.1")) return [];
  const method = methodsReaching(context);
  return forwards(proof.services).flatMap(({ service, route, action: { retries } }): LintFinding[] => {
    const repeated = retries === undefined ? method(route) : undefined;
    if (repeated === undefined) return [];
    return [
      {
        ...atRoute(service, route),
        code: "default-retries-not-idempotent",
        message: `${service.name} says nothing about retries, and Istio ${versions.istio} retries ${times(defaultAttempts)} on 503 by itself: a ${repeated} may be done twice`,
        fix: "write retries: { attempts: 0 }, or upgrade Istio to 1.24 or newer",
      },
    ];
  });
}

/** Where none are written, only those of Istio's that matter here. */
function conditionsOf({ retryOn }: Retries, { istio }: Versions): readonly string[] {
  return retryOn ?? (repeats503ByDefault(istio) ? ["503"] : []);
}

/**
 * Whether an answer or reset like this may come after the service has done its work. The conditions of gRPC are left out: no gRPC path
 * lies below a path root. https://www.envoyproxy.io/docs/envoy/latest/configuration/http/http_filters/router_filter#x-envoy-retry-on
 */
function mayComeAfterWork(condition: string): boolean {
  if (["5xx", "gateway-error", "reset", "retriable-4xx"].includes(condition)) return true;
  // Of the refusals by number only 409 may be about work half done; retriable-4xx is its other name.
  return /^\d{3}$/.test(condition) && (condition === "409" || !condition.startsWith("4"));
}

/** Methods that do harm if they are repeated: https://www.rfc-editor.org/rfc/rfc9110#section-9.2.2 */
const harmfulMethods = ["POST", "PATCH"];

/** Finds the first such method of which a request reaches a route, that is, is not taken by a more specific match. */
function methodsReaching({ proof, budget }: LintContext): (route: Route) => string | undefined {
  const byRoute = new Map<Route, Clause[]>();
  for (const clause of writtenClauses(proof)) {
    const known = byRoute.get(clause.route);
    if (known === undefined) byRoute.set(clause.route, [clause]);
    else known.push(clause);
  }
  return (route) =>
    harmfulMethods.find((method) =>
      (byRoute.get(route) ?? []).some((clause) => {
        const { methods } = clause.match;
        if (methods.length > 0 && !methods.includes(method)) return false;
        const only: Clause = {
          ...clause,
          requests: { ...clause.requests, methods: { kind: "only", names: [method] } },
          sample: { ...clause.sample, method },
        };
        return !isCovered(only, winnersOver(clause, proof), budget);
      }),
    );
}

/** A route without `timeout`: only Knative's own limit, 5 minutes unless the revision says otherwise, ends a request. */
export function noTimeout({ proof }: LintContext): LintFinding[] {
  return forwards(proof.services).flatMap(({ service, route, action: { timeout } }): LintFinding[] =>
    timeout !== undefined
      ? []
      : [
          {
            ...atRoute(service, route),
            code: "no-timeout",
            message: `${service.name} sets no timeout: a request that hangs is held until Knative ends it, by default after 5 minutes`,
            fix: "write how long a caller should wait at most, for example timeout: 10s",
          },
        ],
  );
}

interface Forward {
  readonly service: Service;
  readonly route: Route;
  readonly action: ForwardAction;
}

function forwards(services: readonly Service[]): Forward[] {
  return services.flatMap((service) =>
    service.routes.flatMap((route) =>
      route.action.kind === "forward" ? [{ service, route, action: route.action }] : [],
    ),
  );
}

function times(count: number): string {
  return ["never", "once", "twice"][count] ?? `${count} times`;
}

function list(conditions: readonly string[]): string {
  return conditions.join(", ");
}
