import { canonical } from "../route/treatment.ts";
import type { HttpRoute, HttpRouteDestination, VirtualService } from "./istio.ts";
import type { EnvironmentObjects } from "./plan.ts";

/** Rules of a VirtualService whose weights somebody else moves. */
export interface ForeignWeights {
  /** Its name. */
  readonly virtualService: string;
  /** `weightsManagedBy` of the file. */
  readonly manager: string;
  /** Their positions in `spec.http`. */
  readonly rules: readonly number[];
}

export interface SharedRoutes {
  /** What is to be written, in the order of the plan. */
  readonly virtualServices: readonly VirtualService[];
  /**
   * Names of those with foreign weights. True where the live rules differ from the planned ones in nothing but those: then there is
   * nothing to write.
   */
  readonly shared: ReadonlyMap<string, boolean>;
}

/**
 * A plan with the weights of others as they are on the cluster. `spec.http` has one owner as a whole, because the list is atomic for
 * Kubernetes: whoever writes a rule writes the weights of all.
 * @param live ours as the cluster holds them; where one is not there yet, the file's weights are where they begin
 */
export function keepForeignWeights(
  { virtualServices, foreignWeights }: Pick<EnvironmentObjects, "virtualServices" | "foreignWeights">,
  live: readonly VirtualService[],
): SharedRoutes {
  if (foreignWeights.length === 0) return { virtualServices, shared: new Map<string, boolean>() };
  const rulesOf = new Map(foreignWeights.map((each) => [each.virtualService, each.rules]));
  const liveOf = new Map(live.map((object) => [object.metadata.name, object]));
  const shared = new Map<string, boolean>();
  const kept = virtualServices.map((planned) => {
    const { name } = planned.metadata;
    const rules = rulesOf.get(name);
    if (rules === undefined) return planned;
    const liveRules = liveOf.get(name)?.spec.http ?? [];
    const http = withLiveWeights(planned.spec.http, rules, liveRules);
    shared.set(name, canonical(withoutWeights(http, rules)) === canonical(withoutWeights(liveRules, rules)));
    return { ...planned, spec: { ...planned.spec, http } };
  });
  return { virtualServices: kept, shared };
}

function withLiveWeights(
  planned: readonly HttpRoute[],
  rules: ForeignWeights["rules"],
  live: readonly HttpRoute[],
): HttpRoute[] {
  const counterparts = counterpartsOf(
    planned.filter((_, index) => rules.includes(index)),
    live,
  );
  return planned.map((rule) => withWeightsOf(rule, counterparts.get(rule)));
}

/**
 * For each rule the live one that splits between the same destinations: of several the one of the same name, else of the same matches, else
 * the first that is nobody else's.
 */
function counterpartsOf(
  rules: readonly HttpRoute[],
  live: readonly HttpRoute[],
): ReadonlyMap<HttpRoute, HttpRoute> {
  const found = new Map<HttpRoute, HttpRoute>();
  const taken = new Set<HttpRoute>();
  for (const fits of [isSameName, isSameMatch, () => true]) {
    for (const rule of rules.filter((each) => !found.has(each))) {
      const counterpart = live.find(
        (each) => !taken.has(each) && hostsOf(each) === hostsOf(rule) && fits(each, rule),
      );
      if (counterpart === undefined) continue;
      found.set(rule, counterpart);
      taken.add(counterpart);
    }
  }
  return found;
}

function isSameName(a: HttpRoute, b: HttpRoute): boolean {
  return a.name !== undefined && a.name === b.name;
}

function isSameMatch(a: HttpRoute, b: HttpRoute): boolean {
  return canonical(a.match ?? []) === canonical(b.match ?? []);
}

function withWeightsOf(rule: HttpRoute, live: HttpRoute | undefined): HttpRoute {
  if (live === undefined || rule.route === undefined) return rule;
  const weights = new Map(live.route?.map((destination) => [hostOf(destination), destination.weight]));
  return {
    ...rule,
    // Go writes no zeros.
    route: rule.route.map((destination) => ({
      ...destination,
      weight: weights.get(hostOf(destination)) ?? 0,
    })),
  };
}

function withoutWeights(http: readonly HttpRoute[], rules: ForeignWeights["rules"]): object[] {
  return http.map((rule, index) =>
    rules.includes(index)
      ? { ...rule, route: rule.route?.map(({ destination, headers }) => ({ destination, headers })) }
      : rule,
  );
}

function hostsOf({ route = [] }: HttpRoute): string {
  return canonical(route.map(hostOf).sort());
}

function hostOf({ headers }: HttpRouteDestination): string | undefined {
  return headers?.request?.set?.["Host"];
}
