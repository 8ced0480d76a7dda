import { type Domain, hostsOfStack } from "../domain.ts";
import { fallbackRoute } from "../fallback-route.ts";
import { renderedRoutes } from "../preview.ts";
import { compareText } from "../problem.ts";
import type { Route, Service } from "../service.ts";
import type { Environment, Stack } from "../stack.ts";
import { renderDomain } from "./domain.ts";
import { renderDriftWatch } from "./drift-watch.ts";
import { renderEnvironmentHost } from "./environment-host.ts";
import { renderEntry } from "./entry.ts";
import { renderExit } from "./exit.ts";
import type { ForeignWeights } from "./foreign-weights.ts";
import { renderGateway } from "./gateway.ts";
import { hopsOf } from "./hops.ts";
import type { VirtualService } from "./istio.ts";
import { clusterLocalGatewayName } from "./names.ts";
import { renderNamespace } from "./namespace.ts";
import type { DomainObjects, EnvironmentObjects, GatewayObjects, MeshPlan, RouteObjects } from "./plan.ts";
import { planObjects } from "./plan-objects.ts";
import { versionProfile, type VersionProfile } from "./version-profile.ts";
import { renderRule, renderVirtualService, type RenderContext } from "./virtual-service.ts";

/** A rule as it stands in some VirtualService, and whose it is. */
export interface OwnedRule {
  readonly route: Route;
  readonly owner: Service;
}

/** The rules of a service's VirtualService, in the order in which Envoy is to try them. */
export type RulesOf = (service: Service) => readonly OwnedRule[];

/**
 * All objects of a stack, whatever the order of its lists.
 * @param rulesOf default: the service's own, without carve-outs; `planStack` gives what the proof asks for
 * @throws RangeError for versions that `checkMesh` refuses; what else it finds, the objects would say wrongly.
 */
export function planMesh(stack: Stack, rulesOf: RulesOf = ownRules(stack)): MeshPlan {
  const profile = versionProfile(stack.versions);
  const hops = hopsOf(stack, profile);
  const environments = [...stack.environments].sort((a, b) => compareText(a.name, b.name));
  const inOrder = { ...stack, environments };
  const { entry, exit } = stack.gateways;
  const clusterLocal = planClusterLocal(stack, profile);
  const plan: MeshPlan = {
    namespace: renderNamespace(stack, hops),
    ...(entry.mode === "managed" && { entry: renderEntry(entry, inOrder, hops, profile) }),
    ...(clusterLocal && { clusterLocal }),
    ...(exit && { exit: renderExit(exit, inOrder, profile) }),
    environments: environments.map((environment) =>
      planEnvironment(environment, stack.services, rulesOf, { profile, hops }),
    ),
    domains: [...stack.domains]
      .sort((a, b) => compareText(a.name, b.name))
      .flatMap((domain) => planDomain(domain, stack, rulesOf, { profile, hops })),
  };
  if (stack.driftWatch === undefined) return plan;
  return { ...plan, driftWatch: renderDriftWatch(stack.driftWatch, stack, planObjects(plan)) };
}

function planClusterLocal({ gateways }: Stack, profile: VersionProfile): GatewayObjects | undefined {
  const { clusterLocal } = gateways;
  if (clusterLocal.mode === "existing") return undefined;
  return renderGateway(
    {
      name: clusterLocalGatewayName,
      component: "cluster-local-gateway",
      // Knative's VirtualServices live in the namespaces of its services.
      hosts: ["*"],
      readsSecrets: false,
      scaling: clusterLocal,
    },
    profile,
  );
}

function ownRules(stack: Stack): RulesOf {
  const fallbacks = new Map(hostsOfStack(stack).map(({ name, fallback }) => [name, fallback]));
  return (service) => {
    const isFallback = fallbacks.get(service.environment) === service.name;
    const routes = isFallback ? [...service.routes, fallbackRoute(service)] : service.routes;
    return routes.map((route) => ({ route, owner: service }));
  };
}

function planEnvironment(
  { name }: Environment,
  services: readonly Service[],
  rulesOf: RulesOf,
  context: RenderContext,
): EnvironmentObjects {
  return {
    environment: name,
    host: renderEnvironmentHost(name, context.hops.entry.serviceHost),
    ...planRoutes(name, services, rulesOf, context),
  };
}

/** Nothing for a domain whose gateway the stack does not have, which `checkDomains` refuses. */
function planDomain(
  domain: Domain,
  { services, gateways }: Stack,
  rulesOf: RulesOf,
  context: RenderContext,
): DomainObjects[] {
  const gateway = gateways[domain.gateway];
  if (gateway === undefined) return [];
  const routes = planRoutes(domain.name, services, rulesOf, context);
  return [{ environment: domain.name, ...renderDomain(domain, gateway, context.profile), ...routes }];
}

function planRoutes(
  name: string,
  services: readonly Service[],
  rulesOf: RulesOf,
  context: RenderContext,
): RouteObjects {
  const planned = services
    .filter(({ environment }) => environment === name)
    .sort((a, b) => compareText(a.name, b.name))
    .map((service) => planService(service, rulesOf(service), context));
  return {
    virtualServices: planned.map(({ object }) => object),
    foreignWeights: planned.flatMap(({ foreignWeights }) => foreignWeights),
  };
}

function planService(
  service: Service,
  owned: readonly OwnedRule[],
  context: RenderContext,
): { object: VirtualService; foreignWeights: ForeignWeights[] } {
  const rules = owned.flatMap(({ route, owner }) =>
    renderedRoutes(route).map((each) => ({ owner, rule: renderRule(each, owner, context) })),
  );
  const object = renderVirtualService(
    service,
    rules.map(({ rule }) => rule),
    context,
  );
  const { weightsManagedBy: manager } = service;
  const managed = rules.flatMap(({ owner, rule }, index) =>
    owner === service && (rule.route?.length ?? 0) > 1 ? index : [],
  );
  return {
    object,
    foreignWeights:
      manager === undefined || managed.length === 0
        ? []
        : [{ virtualService: object.metadata.name, manager, rules: managed }],
  };
}
