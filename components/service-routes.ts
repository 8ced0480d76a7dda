import * as pulumi from "@pulumi/pulumi";
import type { EnvironmentObjects } from "../core/mesh/plan.ts";
import { withAnnotations } from "./field-manager.ts";
import { istioApi } from "./istio-api.ts";
import { registerObject } from "./register-object.ts";
import { registerInWindows } from "./registration-window.ts";

export interface ServiceRoutesArgs {
  readonly objects: Pick<EnvironmentObjects, "virtualServices">;
  /** Where the VirtualServices go; see KfaasNamespace. */
  readonly namespace: pulumi.Input<string>;
}

/**
 * Nothing belongs to a VirtualService that would have to go before it; waiting for the garbage collector to say so takes three
 * times as long. https://kubernetes.io/docs/concepts/architecture/garbage-collection/#background-deletion
 */
const deletedAtOnce = { "pulumi.com/deletionPropagationPolicy": "background" };

/** All VirtualServices of an environment. One component for all of them: one each would double the engine's work. */
export class ServiceRoutes extends pulumi.ComponentResource {
  static readonly type = "kfaas:routing:ServiceRoutes";

  /** The program waits for it before it ends; rejected if a VirtualService could not even be registered. */
  readonly registered: Promise<void>;

  constructor(
    name: string,
    { objects, namespace }: ServiceRoutesArgs,
    opts?: pulumi.ComponentResourceOptions,
  ) {
    super(ServiceRoutes.type, name, {}, opts);
    const parent = { parent: this };
    this.registered = registerInWindows(objects.virtualServices, (object) =>
      registerObject(
        istioApi(object).VirtualService,
        withAnnotations(object, deletedAtOnce),
        parent,
        namespace,
      ),
    );
    this.registerOutputs();
  }
}
