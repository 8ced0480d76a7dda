import { fileURLToPath } from "node:url";
import { describe, expect, it } from "@jest/globals";
import { loadStack } from "../../../config/load-stack.ts";
import { planMesh } from "../../../core/mesh/plan-mesh.ts";
import type { Stack } from "../../../core/stack.ts";
import { aService, aStack, versions } from "../../support/builders.ts";

/** The manifest of the original, to which only the destination's port is added. */
const manifest = {
  apiVersion: "networking.istio.io/v1alpha3",
  kind: "VirtualService",
  metadata: {
    name: "faas-alpha-ns-saas-showroom-ksvc-virtualservice",
    namespace: "kfaas-system",
  },
  spec: {
    gateways: ["knative-serving/cluster-local-gateway", "knative-serving/knative-ingress-gateway"],
    hosts: ["faas-alpha-ksvc-gateway.kfaas-system.svc.cluster.local"],
    http: [
      {
        match: [{ uri: { prefix: "/faas/api/saas/showroom/" } }],
        rewrite: { authority: "saas-showroom.faas-alpha.svc.cluster.local" },
        route: [
          {
            destination: {
              host: "cluster-local-gateway.istio-system.svc.cluster.local",
              port: { number: 80 },
            },
            weight: 100,
          },
        ],
      },
    ],
  },
};

function virtualServices(stack: Stack | undefined) {
  return stack && planMesh(stack).environments.flatMap((environment) => environment.virtualServices);
}

// toStrictEqual: an undefined key, a label or a timeout would be one too many.
describe("the case study's manifest", () => {
  it("comes out field for field of its own versions and gateways", () => {
    const stack = aStack({
      versions: versions({ kubernetes: "1.16", istio: "1.5", knative: "0.15" }),
      services: [aService()],
    });

    expect(virtualServices(stack)).toStrictEqual([manifest]);
  });

  it("comes out of examples/case-study", async () => {
    const cwd = fileURLToPath(new URL("../../../examples/case-study", import.meta.url));
    const { stack, problems } = await loadStack(cwd, "case-study");

    expect(problems).toStrictEqual([]);
    expect(virtualServices(stack)).toStrictEqual([manifest]);
  });
});
