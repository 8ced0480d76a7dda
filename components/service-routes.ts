import * as pulumi from "@pulumi/pulumi";
import { deployedRoute } from "../core/mesh/deployed-objects.ts";
import type { SharedRoutes } from "../core/mesh/foreign-weights.ts";
import type { Transition } from "../core/transition/plan-transition.ts";
import type { VirtualService } from "../core/mesh/istio.ts";
import { istioApi } from "./istio-api.ts";
import { registerObject } from "./register-object.ts";
import { registerInWindows } from "./registration-window.ts";

export interface ServiceRoutesArgs {
  /** The objects to write; each wave after the one before it, so that no request is without an owner on the way. */
  readonly waves: Transition["waves"];
  readonly shared: SharedRoutes["shared"];
  /** Where the VirtualServices go; see KfaasNamespace. */
  readonly namespace: pulumi.Input<string>;
}

/**
 * For Pulumi the weights stay what they were when they were written last. Should anything else of the object be written now, such as an
 * annotation, the provider leaves all of `spec.http` as it is on the cluster.
 */
const onlyWeightsDiffer = { ignoreChanges: ["spec.http"] };

/** All VirtualServices of an environment. One component for all of them: one each would double the engine's work. */
export class ServiceRoutes extends pulumi.ComponentResource {
  static readonly type = "kfaas:routing:ServiceRoutes";

  /** The program waits for it before it ends; rejected if a VirtualService could not even be registered. */
  readonly registered: Promise<void>;

  constructor(
    name: string,
    { waves, shared, namespace }: ServiceRoutesArgs,
    opts?: pulumi.ComponentResourceOptions,
  ) {
    super(ServiceRoutes.type, name, {}, opts);
    const register = (object: VirtualService) => {
      const settled = shared.get(object.metadata.name);
      return registerObject(
        istioApi(object).VirtualService,
        deployedRoute(object, settled !== undefined),
        { parent: this, ...(settled === true && onlyWeightsDiffer) },
        namespace,
      );
    };
    this.registered = registerWaves(waves, register);
    this.registerOutputs();
  }
}

/** By waiting instead of dependencies, which would grow with the square of what moves and stay in the state for ever. */
async function registerWaves(
  waves: Transition["waves"],
  register: (object: VirtualService) => pulumi.Resource,
): Promise<void> {
  for (const wave of waves) await registerInWindows(wave, register);
}
