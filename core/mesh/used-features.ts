import { programSize } from "../route/regex/program-size.ts";
import { compileRegex } from "../route/regex/program.ts";
import type {
  Cors,
  ForwardAction,
  PathMatch,
  Retries,
  Rewrite,
  Route,
  RouteAction,
  RouteMatch,
  Service,
  ValueMatch,
} from "../service.ts";
import type { IstioFeature } from "./version-profile.ts";

/** What a rule needs of Istio beyond the first version: to be compared with the profile's `features`. Names of rules are not among it. */
export function usedFeatures(route: Route, service: Service): ReadonlySet<IstioFeature> {
  return new Set(
    [...route.matches.map(matchFeatures), ...actionFeatures(route.action, service)].flatMap(present),
  );
}

type Used = Partial<Record<IstioFeature, boolean>>;

function present(used: Used): IstioFeature[] {
  return (Object.keys(used) as IstioFeature[]).filter((feature) => used[feature]);
}

function matchFeatures({ path, headers, queryParams }: RouteMatch): Used {
  const queries = Object.values(queryParams);
  const regexes = regexesOf([path, ...Object.values(headers), ...queries]);
  return {
    ignoreCase: path.kind !== "regex" && path.ignoreCase,
    queryParams: queries.length > 0,
    queryPrefix: queries.some(({ kind }) => kind === "prefix"),
    regex: regexes.length > 0,
    largeRegex: regexes.some(isLarge),
  };
}

function actionFeatures(action: RouteAction, service: Service): Used[] {
  switch (action.kind) {
    case "forward":
      return [
        trafficFeatures(action, service),
        rewriteFeatures(action.rewrite),
        retryFeatures(action.retries),
        corsFeatures(action.cors),
      ];
    case "redirect":
      return [{ redirectStatus: action.status !== undefined, redirectScheme: action.scheme !== undefined }];
    case "directResponse":
      return [{ directResponse: true }];
  }
}

function trafficFeatures(
  { traffic, mirror, fault, headers, preview }: ForwardAction,
  service: Service,
): Used {
  const destinations = traffic.filter(({ weight }) => weight > 0 || service.weightsManagedBy !== undefined);
  return {
    destinationHost: destinations.length > 1,
    mirrorPercentage: mirror !== undefined,
    faultPercentage: fault !== undefined,
    headerOperations: headers !== undefined,
    regex: preview?.mark.kind === "cookie",
  };
}

function rewriteFeatures(rewrite: Rewrite | undefined): Used {
  return {
    regexRewrite: rewrite?.kind === "regex",
    largeRegex: rewrite?.kind === "regex" && isLarge(rewrite.match),
  };
}

function retryFeatures(retries: Retries | undefined): Used {
  const conditions = retries?.retryOn ?? [];
  return {
    noRetries: retries?.attempts === 0,
    retryOn: retries?.retryOn !== undefined,
    retryOnReset: conditions.includes("reset"),
    retryOnHeaders: conditions.includes("retriable-headers") || conditions.includes("envoy-ratelimited"),
    retryOnResetBeforeRequest: conditions.includes("reset-before-request"),
    retryOnHttp3: conditions.includes("http3-post-connect-failure"),
  };
}

function corsFeatures(cors: Cors | undefined): Used {
  const regexes = regexesOf(cors?.allowOrigins ?? []);
  return {
    corsOrigins: cors?.allowOrigins !== undefined,
    corsAnyMethod: cors?.allowMethods?.includes("*") ?? false,
    regex: regexes.length > 0,
    largeRegex: regexes.some(isLarge),
  };
}

function regexesOf(matches: readonly (PathMatch | ValueMatch)[]): string[] {
  return matches.flatMap((match) => (match.kind === "regex" ? [match.value] : []));
}

/** Sizes are estimated: within this, none is above the 1024 that Envoy took. */
const largestProgram = 900;

/** Too large for the Envoy of an older Istio: https://github.com/istio/istio/pull/19212, https://github.com/istio/istio/pull/36143 */
function isLarge(pattern: string): boolean {
  const compiled = compileRegex(pattern);
  return compiled.ok && programSize(compiled.regex.program) > largestProgram;
}
