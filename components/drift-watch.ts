import * as k8s from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";
import type { DriftWatchObjects } from "../core/mesh/plan.ts";
import { registerObject } from "./register-object.ts";

export interface DriftWatchArgs {
  readonly objects: DriftWatchObjects;
  /** Where the workload goes; see KfaasNamespace. */
  readonly namespace: pulumi.Input<string>;
}

/** Compares the cluster with the plan from inside, and may write nothing. */
export class DriftWatch extends pulumi.ComponentResource {
  static readonly type = "kfaas:mesh:DriftWatch";

  constructor(name: string, { objects, namespace }: DriftWatchArgs, opts?: pulumi.ComponentResourceOptions) {
    super(DriftWatch.type, name, {}, opts);
    const parent = { parent: this };
    const { deployment, cronJob } = objects;
    const before = [
      registerObject(k8s.core.v1.ServiceAccount, objects.serviceAccount, parent, namespace),
      registerObject(k8s.rbac.v1.ClusterRole, objects.clusterRole, parent),
      registerObject(k8s.rbac.v1.ClusterRoleBinding, objects.clusterRoleBinding, parent),
      registerObject(k8s.rbac.v1.Role, objects.role, parent, namespace),
      registerObject(k8s.rbac.v1.RoleBinding, objects.roleBinding, parent, namespace),
      registerObject(k8s.networking.v1.NetworkPolicy, objects.networkPolicy, parent, namespace),
    ];
    const afterRights = { parent: this, dependsOn: before };
    // The same API but for `hostAliases[].ip`, which kubernetes-types calls optional and nothing here sets.
    if (cronJob !== undefined) {
      const typed = cronJob as typeof cronJob & k8s.types.input.batch.v1.CronJob;
      registerObject(k8s.batch.v1.CronJob, typed, afterRights, namespace);
    }
    if (deployment !== undefined) {
      const typed = deployment as typeof deployment & k8s.types.input.apps.v1.Deployment;
      registerObject(k8s.apps.v1.Deployment, typed, afterRights, namespace);
    }
    this.registerOutputs();
  }
}
