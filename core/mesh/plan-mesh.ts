import { compareText } from "../problem.ts";
import type { Service } from "../service.ts";
import type { Environment, Stack } from "../stack.ts";
import { renderEnvironmentHost } from "./environment-host.ts";
import { renderExit } from "./exit.ts";
import { renderGateway } from "./gateway.ts";
import { hopsOf, type Hops } from "./hops.ts";
import { renderMirrorVirtualServices } from "./mirror.ts";
import { clusterLocalGatewayName, entryGatewayName, environmentHost, gatewayReference } from "./names.ts";
import { renderNamespace } from "./namespace.ts";
import type { EntryObjects, EnvironmentObjects, GatewayObjects, MeshPlan } from "./plan.ts";
import { versionProfile, type VersionProfile } from "./version-profile.ts";
import { fallbackRoute, renderRule, renderVirtualService, type RenderContext } from "./virtual-service.ts";

/**
 * All objects of a stack, whatever the order of its lists.
 * @throws RangeError for versions that `checkMesh` refuses; what else it finds, the objects would say wrongly.
 */
export function planMesh(stack: Stack): MeshPlan {
  const profile = versionProfile(stack.versions);
  const hops = hopsOf(stack, profile);
  const environments = [...stack.environments].sort((a, b) => compareText(a.name, b.name));
  const inOrder = { ...stack, environments };
  const entry = planEntry(inOrder, hops, profile);
  const clusterLocal = planClusterLocal(stack, profile);
  const { exit } = stack.gateways;
  return {
    namespace: renderNamespace(stack, hops),
    ...(entry && { entry }),
    ...(clusterLocal && { clusterLocal }),
    ...(exit && { exit: renderExit(exit, inOrder, profile) }),
    environments: environments.map((environment) =>
      planEnvironment(environment, stack.services, { profile, hops }),
    ),
  };
}

function planEntry(stack: Stack, hops: Hops, profile: VersionProfile): EntryObjects | undefined {
  const { entry } = stack.gateways;
  if (entry.mode === "existing") return undefined;
  const mirrors = renderMirrorVirtualServices(stack.services, hops, profile);
  const hosts = [
    ...stack.environments.map(({ name }) => environmentHost(name)),
    ...new Set(mirrors.flatMap(({ spec }) => spec.hosts)),
  ];
  return {
    ...renderGateway(
      {
        name: entryGatewayName,
        component: "entry-gateway",
        // Only VirtualServices of kfaas-system, and only for these hosts.
        hosts: hosts.map((host) => gatewayReference(host)),
        scaling: entry,
      },
      profile,
    ),
    mirrors,
  };
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
      scaling: clusterLocal,
    },
    profile,
  );
}

function planEnvironment(
  { name, fallback }: Environment,
  services: readonly Service[],
  context: RenderContext,
): EnvironmentObjects {
  return {
    environment: name,
    host: renderEnvironmentHost(name, context.hops.entry.serviceHost),
    virtualServices: services
      .filter(({ environment }) => environment === name)
      .sort((a, b) => compareText(a.name, b.name))
      .map((service) => {
        const routes =
          service.name === fallback ? [...service.routes, fallbackRoute(service)] : service.routes;
        return renderVirtualService(
          service,
          routes.map((route) => renderRule(route, service, context)),
          context,
        );
      }),
  };
}
