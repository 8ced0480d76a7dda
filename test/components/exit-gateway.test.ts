import { describe, expect, it } from "@jest/globals";
import { ExitGateway } from "../../components/exit-gateway.ts";
import type { ExitObjects } from "../../core/mesh/plan.ts";
import { planMesh } from "../../core/mesh/plan-mesh.ts";
import { anEnvironment, anExitGateway, aStack } from "../support/builders.ts";
import { gatewayChildren } from "../support/gateway-children.ts";
import { outline, withMocks } from "../support/mocks.ts";

const component = "kfaas:mesh:ExitGateway exit";
const child = `${component} > kubernetes:`;

function exitTo(host: string): ExitObjects {
  const environments = [anEnvironment({ name: "alpha" }), anEnvironment({ name: "beta" })];
  const existing = { mode: "existing" } as const;
  const { exit } = planMesh(
    aStack({
      environments,
      gateways: { entry: existing, clusterLocal: existing, exit: anExitGateway({ host }) },
    }),
  );
  if (exit === undefined) throw new Error("an exit gateway is planned");
  return exit;
}

describe("ExitGateway", () => {
  it("is a gateway, a host per environment and the way from these to Java", async () => {
    const registered = await withMocks();
    new ExitGateway("exit", {
      objects: exitTo("java-export-gateway.java.svc.cluster.local"),
      namespace: "kfaas-system",
    });
    expect(outline(await registered())).toEqual(
      [
        component,
        ...gatewayChildren(component, "kfaas-exit-gateway"),
        `${child}core/v1:Service kfaas-system/java-alpha-gateway`,
        `${child}core/v1:Service kfaas-system/java-beta-gateway`,
        `${child}networking.istio.io/v1:VirtualService kfaas-system/java-gateway-virtualservice`,
      ].sort(),
    );
  });

  it("makes a Java gateway outside the cluster known to the mesh", async () => {
    const objects = exitTo("export.java.example.com");
    const registered = await withMocks();
    new ExitGateway("exit", { objects, namespace: "kfaas-system" });
    const entries = (await registered()).filter(({ type }) => type.endsWith(":ServiceEntry"));
    expect(outline(entries)).toEqual([
      `${child}networking.istio.io/v1:ServiceEntry kfaas-system/java-export-gateway`,
    ]);
    expect(entries[0]?.inputs["spec"]).toEqual(objects.serviceEntry?.spec);
  });
});
