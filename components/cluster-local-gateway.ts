import * as pulumi from "@pulumi/pulumi";
import { type GatewayArgs, registerGatewayObjects } from "./gateway-objects.ts";

/** Hop 2 of every request, where Knative's own VirtualServices are served; only for stacks that don't use Knative's. */
export class ClusterLocalGateway extends pulumi.ComponentResource {
  static readonly type = "kfaas:mesh:ClusterLocalGateway";

  constructor(name: string, args: GatewayArgs, opts?: pulumi.ComponentResourceOptions) {
    super(ClusterLocalGateway.type, name, {}, opts);
    registerGatewayObjects(this, args);
    this.registerOutputs();
  }
}
