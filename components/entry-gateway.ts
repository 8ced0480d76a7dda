import * as pulumi from "@pulumi/pulumi";
import type { EntryObjects } from "../core/mesh/plan.ts";
import { type GatewayArgs, registerGatewayObjects } from "./gateway-objects.ts";
import { istioApi, istioSecurityApi } from "./istio-api.ts";
import { registerObject } from "./register-object.ts";

/** The Java gateway's way in: hop 1 of every request. The east half of the east-west pair. */
export class EntryGateway extends pulumi.ComponentResource {
  static readonly type = "kfaas:mesh:EntryGateway";

  constructor(name: string, args: GatewayArgs<EntryObjects>, opts?: pulumi.ComponentResourceOptions) {
    super(EntryGateway.type, name, {}, opts);
    registerGatewayObjects(this, args);
    const { objects, namespace } = args;
    const parent = { parent: this };
    for (const mirror of objects.mirrors) {
      registerObject(istioApi(mirror).VirtualService, mirror, parent, namespace);
    }
    const { nextHop, clients } = objects;
    if (nextHop !== undefined) {
      registerObject(istioApi(nextHop).DestinationRule, nextHop, parent, namespace);
    }
    if (clients !== undefined) {
      registerObject(istioSecurityApi(clients).AuthorizationPolicy, clients, parent, namespace);
    }
    this.registerOutputs();
  }
}
