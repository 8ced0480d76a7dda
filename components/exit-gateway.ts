import * as k8s from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";
import { deployedService } from "../core/mesh/deployed-objects.ts";
import type { ExitObjects } from "../core/mesh/plan.ts";
import { type GatewayArgs, registerGatewayObjects, registerWorkload } from "./gateway-objects.ts";
import { istioApi, istioSecurityApi } from "./istio-api.ts";
import { registerObject } from "./register-object.ts";

/** The way from serverless services to Java: the hosts they call and where those lead. The west half of the pair. */
export class ExitGateway extends pulumi.ComponentResource {
  static readonly type = "kfaas:mesh:ExitGateway";

  constructor(name: string, args: GatewayArgs<ExitObjects>, opts?: pulumi.ComponentResourceOptions) {
    super(ExitGateway.type, name, {}, opts);
    const { objects, namespace } = args;
    const parent = { parent: this };
    const permissions = registerGatewayObjects(this, args);
    if (objects.java) registerWorkload(this, { objects: objects.java, namespace });
    for (const host of objects.hosts) {
      registerObject(k8s.core.v1.Service, deployedService(host), parent, namespace);
    }
    const { virtualService, serviceEntry, destinationRules, policy } = objects;
    if (serviceEntry !== undefined) {
      registerObject(istioApi(serviceEntry).ServiceEntry, serviceEntry, parent, namespace);
    }
    const first: pulumi.Resource[] = destinationRules.map((rule) =>
      registerObject(
        istioApi(rule).DestinationRule,
        rule,
        { parent: this, dependsOn: permissions },
        namespace,
      ),
    );
    if (policy !== undefined) {
      first.push(registerObject(istioSecurityApi(policy).AuthorizationPolicy, policy, parent, namespace));
    }
    // Routes come last: no request may pass that is not allowed, or goes on in plain text, not even for a moment.
    registerObject(
      istioApi(virtualService).VirtualService,
      virtualService,
      { parent: this, dependsOn: first },
      namespace,
    );
    this.registerOutputs();
  }
}
