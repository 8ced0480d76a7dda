import type { Deployment } from "kubernetes-types/apps/v1.js";
import type { HorizontalPodAutoscaler } from "kubernetes-types/autoscaling/v2.js";
import type { Namespace, ResourceQuota, Service, ServiceAccount } from "kubernetes-types/core/v1.js";
import type { NetworkPolicy } from "kubernetes-types/networking/v1.js";
import type { PodDisruptionBudget } from "kubernetes-types/policy/v1.js";
import type { Role, RoleBinding } from "kubernetes-types/rbac/v1.js";
import type { Gateway, ServiceEntry, VirtualService } from "./istio.ts";

/** Every object of a stack as plain data, grouped as the components register them. Nothing here is known only after deployment. */
export interface MeshPlan {
  readonly namespace: NamespaceObjects;
  /** Absent if the stack uses an existing entry gateway. */
  readonly entry?: GatewayObjects;
  /** Absent if the stack uses Knative's own. */
  readonly clusterLocal?: GatewayObjects;
  readonly exit?: ExitObjects;
  /** Sorted by environment. */
  readonly environments: readonly EnvironmentObjects[];
}

export interface NamespaceObjects {
  readonly namespace: Namespace;
  readonly quota: ResourceQuota;
  readonly networkPolicies: readonly NetworkPolicy[];
}

/** An autoscaled gateway: Istio's injected gateway template behind a ClusterIP Service, and the Gateway that binds it. */
export interface GatewayObjects {
  readonly serviceAccount: ServiceAccount;
  readonly role: Role;
  readonly roleBinding: RoleBinding;
  readonly deployment: Deployment;
  readonly service: Service;
  readonly autoscaler: HorizontalPodAutoscaler;
  readonly disruptionBudget: PodDisruptionBudget;
  readonly gateway: Gateway;
}

export interface ExitObjects extends GatewayObjects {
  /** `java-<environment>-gateway` ExternalName Services, one per environment, sorted. */
  readonly hosts: readonly Service[];
  /** Sends those hosts to the Java export gateway. */
  readonly virtualService: VirtualService;
  /** Only where the Java export gateway is outside the cluster. */
  readonly serviceEntry?: ServiceEntry;
}

export interface EnvironmentObjects {
  readonly environment: string;
  /** The ExternalName Service whose name the Java gateway sends as Host. */
  readonly host: Service;
  /** One per service file, sorted by name. */
  readonly virtualServices: readonly VirtualService[];
}
