import * as k8s from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";
import { type ClusterRecord, recordObject } from "../cluster/identity.ts";
import type { NamespaceObjects } from "../core/mesh/plan.ts";
import { registerObject } from "./register-object.ts";

export interface KfaasNamespaceArgs {
  readonly objects: NamespaceObjects;
  /** Written into the namespace before anything else is, so that every later run finds out which cluster this is. */
  readonly record: ClusterRecord;
}

/** The namespace with its quota, its network policies and the record of whose cluster it is on. */
export class KfaasNamespace extends pulumi.ComponentResource {
  static readonly type = "kfaas:mesh:KfaasNamespace";

  /** Known to be there, record included: whoever takes its namespace from here is deployed after both. */
  readonly namespaceName: pulumi.Output<string>;

  constructor(name: string, { objects, record }: KfaasNamespaceArgs, opts?: pulumi.ComponentResourceOptions) {
    // Not the args: what a component is given ends up in the state, and the children say it all once already.
    super(KfaasNamespace.type, name, {}, opts);
    const parent = { parent: this };
    const namespace = registerObject(k8s.core.v1.Namespace, objects.namespace, parent);
    const created = namespace.metadata.name;
    const recorded = registerObject(k8s.core.v1.ConfigMap, recordObject(record), parent, created);
    registerObject(k8s.core.v1.ResourceQuota, objects.quota, parent, created);
    for (const policy of objects.networkPolicies) {
      registerObject(k8s.networking.v1.NetworkPolicy, policy, parent, created);
    }
    this.namespaceName = recorded.metadata.namespace;
    this.registerOutputs({ namespaceName: this.namespaceName });
  }
}
