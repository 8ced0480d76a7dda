import type { Cors, ForwardAction, Route, RouteAction, RouteMatch, Service } from "../service.ts";
import type { IstioFeature } from "./version-profile.ts";

/** What a rule needs of Istio beyond the first version: to be compared with the profile's `features`. Names of rules are not among it. */
export function usedFeatures(route: Route, service: Service): ReadonlySet<IstioFeature> {
  return new Set([
    ...route.matches.flatMap((match) => present(matchFeatures(match))),
    ...present(actionFeatures(route.action, service)),
  ]);
}

type Used = Partial<Record<IstioFeature, boolean>>;

function present(used: Used): IstioFeature[] {
  return (Object.keys(used) as IstioFeature[]).filter((feature) => used[feature]);
}

function matchFeatures({ path, headers, queryParams }: RouteMatch): Used {
  const values = [...Object.values(headers), ...Object.values(queryParams)];
  return {
    ignoreCase: path.kind !== "regex" && path.ignoreCase,
    queryParams: Object.keys(queryParams).length > 0,
    regex: path.kind === "regex" || values.some(({ kind }) => kind === "regex"),
  };
}

function actionFeatures(action: RouteAction, service: Service): Used {
  switch (action.kind) {
    case "forward":
      return { ...trafficFeatures(action, service), ...robustnessFeatures(action) };
    case "redirect":
      return { redirectStatus: action.status !== undefined, redirectScheme: action.scheme !== undefined };
    case "directResponse":
      return { directResponse: true };
  }
}

function trafficFeatures({ traffic, rewrite, mirror, headers }: ForwardAction, service: Service): Used {
  const destinations = traffic.filter(({ weight }) => weight > 0 || service.weightsManagedBy !== undefined);
  return {
    destinationHost: destinations.length > 1,
    regexRewrite: rewrite?.kind === "regex",
    mirrorPercentage: mirror !== undefined,
    headerOperations: headers !== undefined,
  };
}

function robustnessFeatures({ retries, fault, cors }: ForwardAction): Used {
  return {
    noRetries: retries?.attempts === 0,
    retryOn: retries?.retryOn !== undefined,
    faultPercentage: fault !== undefined,
    corsOrigins: cors?.allowOrigins !== undefined,
    regex: cors !== undefined && matchesOriginsByRegex(cors),
  };
}

function matchesOriginsByRegex({ allowOrigins }: Cors): boolean {
  return allowOrigins?.some(({ kind }) => kind === "regex") ?? false;
}
