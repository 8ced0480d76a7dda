import * as k8s from "@pulumi/kubernetes";
import type * as pulumi from "@pulumi/pulumi";
import { deployedService } from "../core/mesh/deployed-objects.ts";
import type { GatewayObjects, WorkloadObjects } from "../core/mesh/plan.ts";
import { istioApi } from "./istio-api.ts";
import { registerObject } from "./register-object.ts";

export interface GatewayArgs<Objects extends GatewayObjects = GatewayObjects> {
  readonly objects: Objects;
  /** Where the gateway goes; see KfaasNamespace. */
  readonly namespace: pulumi.Input<string>;
}

/**
 * What every gateway of ours consists of, as children of the component that it is.
 * @returns what lets istiod send it certificates; what makes it ask for one comes later, or istiod refuses it and remembers that
 */
export function registerGatewayObjects(
  parent: pulumi.ComponentResource,
  args: GatewayArgs,
): pulumi.Resource[] {
  const { objects, namespace } = args;
  const opts = { parent };
  registerWorkload(parent, args);
  const permissions = [
    registerObject(k8s.rbac.v1.Role, objects.role, opts, namespace),
    registerObject(k8s.rbac.v1.RoleBinding, objects.roleBinding, opts, namespace),
  ];
  registerObject(istioApi(objects.gateway).Gateway, objects.gateway, opts, namespace);
  return permissions;
}

/** An autoscaled Deployment and what belongs to it. */
export function registerWorkload(
  parent: pulumi.ComponentResource,
  { objects, namespace }: { readonly objects: WorkloadObjects; readonly namespace: pulumi.Input<string> },
): void {
  const opts = { parent };
  const account = registerObject(k8s.core.v1.ServiceAccount, objects.serviceAccount, opts, namespace);
  // Pods are refused until their account exists.
  const afterAccount = { parent, dependsOn: [account] };
  // The same API but for `hostAliases[].ip`, which kubernetes-types calls optional and nothing here sets.
  const deployment = objects.deployment as typeof objects.deployment & k8s.types.input.apps.v1.Deployment;
  registerObject(k8s.apps.v1.Deployment, deployment, afterAccount, namespace);
  registerObject(k8s.core.v1.Service, deployedService(objects.service), opts, namespace);
  registerObject(k8s.autoscaling.v2.HorizontalPodAutoscaler, objects.autoscaler, opts, namespace);
  registerObject(k8s.policy.v1.PodDisruptionBudget, objects.disruptionBudget, opts, namespace);
}
