import { describe, expect, it } from "@jest/globals";
import { planMesh } from "../../../core/mesh/plan-mesh.ts";
import { planObjects } from "../../../core/mesh/plan-objects.ts";
import {
  aForward,
  aManagedGateway,
  anEnvironment,
  anExitGateway,
  aService,
  aServiceWith,
  aStack,
} from "../../support/builders.ts";

describe("all objects of a stack with everything", () => {
  const stack = aStack({
    environments: [anEnvironment({ name: "beta" }), anEnvironment({ name: "alpha" })],
    gateways: {
      entry: aManagedGateway(),
      clusterLocal: aManagedGateway(),
      exit: anExitGateway({ host: "java.example.com" }),
    },
    services: [
      aService(),
      aServiceWith(aForward("b", { mirror: { service: "shadow", percent: 1 } }), {
        name: "b",
        environment: "beta",
      }),
    ],
  });

  it("come in the order in which they can be applied, exactly these", () => {
    const gateways = ["cluster-local-gateway", "kfaas-entry-gateway", "kfaas-exit-gateway"];

    expect(
      planObjects(planMesh(stack)).map(({ kind, metadata }) => `${kind} ${metadata.name}`),
    ).toStrictEqual([
      "Namespace kfaas-system",
      "ResourceQuota kfaas-system",
      "NetworkPolicy cluster-local-gateway",
      "NetworkPolicy default-deny",
      "NetworkPolicy gateway-control-plane",
      "NetworkPolicy kfaas-entry-gateway",
      "NetworkPolicy kfaas-exit-gateway",
      ...gateways.map((name) => `ServiceAccount ${name}`),
      ...gateways.map((name) => `Role ${name}`),
      ...gateways.map((name) => `RoleBinding ${name}`),
      "Service cluster-local-gateway",
      "Service faas-alpha-ksvc-gateway",
      "Service faas-beta-ksvc-gateway",
      "Service java-alpha-gateway",
      "Service java-beta-gateway",
      "Service kfaas-entry-gateway",
      "Service kfaas-exit-gateway",
      ...gateways.map((name) => `Deployment ${name}`),
      ...gateways.map((name) => `HorizontalPodAutoscaler ${name}`),
      ...gateways.map((name) => `PodDisruptionBudget ${name}`),
      ...gateways.map((name) => `Gateway ${name}`),
      "ServiceEntry java-export-gateway",
      "VirtualService faas-alpha-ns-saas-showroom-ksvc-virtualservice",
      "VirtualService faas-beta-ns-b-ksvc-virtualservice",
      "VirtualService faas-beta-ns-shadow-ksvc-mirror-virtualservice",
      "VirtualService java-gateway-virtualservice",
    ]);
  });
});
