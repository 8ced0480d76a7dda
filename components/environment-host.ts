import * as k8s from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";
import type { EnvironmentObjects } from "../core/mesh/plan.ts";
import { registerObject } from "./register-object.ts";

export interface EnvironmentHostArgs {
  readonly objects: Pick<EnvironmentObjects, "host">;
  /** Where the Service goes; see KfaasNamespace. */
  readonly namespace: pulumi.Input<string>;
}

/** The name that an environment is reached by, and that tells it from the others behind the same gateway. */
export class EnvironmentHost extends pulumi.ComponentResource {
  static readonly type = "kfaas:mesh:EnvironmentHost";

  constructor(
    name: string,
    { objects, namespace }: EnvironmentHostArgs,
    opts?: pulumi.ComponentResourceOptions,
  ) {
    super(EnvironmentHost.type, name, {}, opts);
    registerObject(k8s.core.v1.Service, objects.host, { parent: this }, namespace);
    this.registerOutputs();
  }
}
