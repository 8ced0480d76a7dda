import type { Service } from "kubernetes-types/core/v1.js";
import { keepForeignWeights } from "./foreign-weights.ts";
import type { VirtualService } from "./istio.ts";
import type { ExitObjects, MeshPlan, Rendered, RouteObjects, WorkloadObjects } from "./plan.ts";
import { type KubernetesObject, planObjects } from "./plan-objects.ts";

/**
 * Owner of every field that KFaaS writes. Fixed, because the provider otherwise invents one per resource and keeps it only in
 * the state: a lost state would then conflict with itself, and hand edits could not be told from our own.
 * https://www.pulumi.com/registry/packages/kubernetes/how-to-guides/managing-resources-with-server-side-apply/
 */
export const fieldManager = "kfaas";

/** The Deployment waits for the pods; the Service would watch the same pods for ten seconds more to see whether they stay. */
const notAwaited = { "pulumi.com/skipAwait": "true" };

/**
 * Nothing belongs to a VirtualService that would have to go before it; waiting for the garbage collector to say so takes three
 * times as long. https://kubernetes.io/docs/concepts/architecture/garbage-collection/#background-deletion
 */
const deletedAtOnce = { "pulumi.com/deletionPropagationPolicy": "background" };

/** Somebody else moved a weight and so owns all of `spec.http`, which then can be written by force only. */
const writtenByForce = { "pulumi.com/patchForce": "true" };

/** An object, as far as its annotations go. */
export interface Annotated {
  readonly metadata: { readonly annotations?: Readonly<Record<string, string>> };
}

/** Tells the provider the field manager. */
export function withFieldManager<Planned extends Annotated>(object: Planned): Planned {
  return withAnnotations(object, { "pulumi.com/patchFieldManager": fieldManager });
}

/** A Service in front of pods; an ExternalName has none, and is there at once. */
export function deployedService(service: Rendered<Service>): Rendered<Service> {
  return service.spec?.type === "ExternalName" ? service : withAnnotations(service, notAwaited);
}

/** @param isShared whether somebody else moves its weights */
export function deployedRoute(route: VirtualService, isShared: boolean): VirtualService {
  return withAnnotations(route, { ...deletedAtOnce, ...(isShared && writtenByForce) });
}

/** The object with further annotations, which tell the provider how to treat it. */
function withAnnotations<Planned extends Annotated>(
  object: Planned,
  annotations: Readonly<Record<string, string>>,
): Planned {
  const { metadata } = object;
  return { ...object, metadata: { ...metadata, annotations: { ...metadata.annotations, ...annotations } } };
}

/**
 * All objects of a plan in the order of `planObjects`, each as the program gives it to the provider.
 * @param live VirtualServices as the cluster holds them, for weights that are somebody else's
 */
export function deployedObjects(plan: MeshPlan, live: readonly VirtualService[] = []): KubernetesObject[] {
  const { entry, clusterLocal, exit } = plan;
  return planObjects({
    ...plan,
    ...(entry && { entry: deployedWorkload(entry) }),
    ...(clusterLocal && { clusterLocal: deployedWorkload(clusterLocal) }),
    ...(exit && { exit: deployedExit(exit) }),
    environments: plan.environments.map((environment) => deployedRoutes(environment, live)),
    domains: plan.domains.map((domain) => deployedRoutes(domain, live)),
  }).map(withFieldManager);
}

function deployedWorkload<Objects extends WorkloadObjects>(workload: Objects): Objects {
  return { ...workload, service: deployedService(workload.service) };
}

function deployedExit(exit: ExitObjects): ExitObjects {
  return {
    ...deployedWorkload(exit),
    hosts: exit.hosts.map(deployedService),
    ...(exit.java && { java: deployedWorkload(exit.java) }),
  };
}

function deployedRoutes<Objects extends RouteObjects>(
  routes: Objects,
  live: readonly VirtualService[],
): Objects {
  const { virtualServices, shared } = keepForeignWeights(routes, live);
  return {
    ...routes,
    virtualServices: virtualServices.map((each) => deployedRoute(each, shared.has(each.metadata.name))),
  };
}
