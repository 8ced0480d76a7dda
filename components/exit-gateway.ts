import * as k8s from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";
import type { ExitObjects } from "../core/mesh/plan.ts";
import { type GatewayArgs, registerGatewayObjects } from "./gateway-objects.ts";
import { istioApi } from "./istio-api.ts";
import { registerObject } from "./register-object.ts";

/** The way from serverless services to Java: the hosts they call and where those lead. The west half of the pair. */
export class ExitGateway extends pulumi.ComponentResource {
  static readonly type = "kfaas:mesh:ExitGateway";

  constructor(name: string, args: GatewayArgs<ExitObjects>, opts?: pulumi.ComponentResourceOptions) {
    super(ExitGateway.type, name, {}, opts);
    const { objects, namespace } = args;
    const parent = { parent: this };
    registerGatewayObjects(this, args);
    for (const host of objects.hosts) registerObject(k8s.core.v1.Service, host, parent, namespace);
    const { virtualService, serviceEntry } = objects;
    registerObject(istioApi(virtualService).VirtualService, virtualService, parent, namespace);
    if (serviceEntry !== undefined) {
      registerObject(istioApi(serviceEntry).ServiceEntry, serviceEntry, parent, namespace);
    }
    this.registerOutputs();
  }
}
