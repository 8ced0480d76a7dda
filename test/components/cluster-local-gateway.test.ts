import { describe, expect, it } from "@jest/globals";
import { ClusterLocalGateway } from "../../components/cluster-local-gateway.ts";
import { planMesh } from "../../core/mesh/plan-mesh.ts";
import { aManagedGateway, aStack } from "../support/builders.ts";
import { gatewayChildren } from "../support/gateway-children.ts";
import { outline, withMocks } from "../support/mocks.ts";

describe("ClusterLocalGateway", () => {
  it("is the eight objects of a gateway and nothing else", async () => {
    const { clusterLocal: objects } = planMesh(
      aStack({ gateways: { entry: { mode: "existing" }, clusterLocal: aManagedGateway() } }),
    );
    if (objects === undefined) throw new Error("a managed cluster-local-gateway is planned");
    const registered = await withMocks();
    new ClusterLocalGateway("cluster-local", { objects, namespace: "kfaas-system" });
    const component = "kfaas:mesh:ClusterLocalGateway cluster-local";
    expect(outline(await registered())).toEqual([
      component,
      ...gatewayChildren(component, "cluster-local-gateway"),
    ]);
  });
});
