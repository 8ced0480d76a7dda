import { describe, expect, it } from "@jest/globals";
import { ExitGateway } from "../../components/exit-gateway.ts";
import type { Gateways } from "../../core/stack.ts";
import type { ExitObjects } from "../../core/mesh/plan.ts";
import { planMesh } from "../../core/mesh/plan-mesh.ts";
import { anEnvironment, anExitGateway, anImageExitGateway, aStack } from "../support/builders.ts";
import { gatewayChildren } from "../support/gateway-children.ts";
import { outline, withMocks } from "../support/mocks.ts";

const component = "kfaas:mesh:ExitGateway exit";
const child = `${component} > kubernetes:`;

function exitTo(host: string): ExitObjects {
  return exitOf(anExitGateway({ host }));
}

function exitOf(gateway: NonNullable<Gateways["exit"]>): ExitObjects {
  const environments = [anEnvironment({ name: "alpha" }), anEnvironment({ name: "beta" })];
  const existing = { mode: "existing" } as const;
  const { exit } = planMesh(
    aStack({
      environments,
      gateways: { entry: existing, clusterLocal: existing, exit: gateway },
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

  it("has the Java export gateway's Deployment and all that belongs to it, where it is an image", async () => {
    const registered = await withMocks();
    new ExitGateway("exit", { objects: exitOf(anImageExitGateway()), namespace: "kfaas-system" });
    const java = outline(await registered()).filter((line) => line.endsWith("/kfaas-java-export-gateway"));
    expect(java).toEqual(
      [
        "apps/v1:Deployment",
        "autoscaling/v2:HorizontalPodAutoscaler",
        "core/v1:Service",
        "core/v1:ServiceAccount",
        "policy/v1:PodDisruptionBudget",
      ].map((type) => `${child}${type} kfaas-system/kfaas-java-export-gateway`),
    );
  });

  it("opens the way only when the rules and TLS are there, and asks for certificates only when it may have them", async () => {
    const trust = { credentialName: "java-tls" };
    const allow = [{ callers: { kind: "addresses", addresses: ["10.1.0.0/16"] } } as const];
    const exit = anExitGateway({ host: "java.example.com", tls: { mode: "simple", trust } }, { allow });
    const registered = await withMocks();
    new ExitGateway("exit", { objects: exitOf(exit), namespace: "kfaas-system" });
    const resources = await registered();
    const before = (kind: string): readonly string[] | undefined =>
      resources.find(({ type }) => type.endsWith(`:${kind}`))?.dependencies;
    expect(before("VirtualService")).toEqual([
      "kubernetes:networking.istio.io/v1:DestinationRule kfaas-system/java-export-gateway",
      "kubernetes:security.istio.io/v1:AuthorizationPolicy kfaas-system/kfaas-exit-gateway",
    ]);
    expect(before("DestinationRule")).toEqual([
      "kubernetes:rbac.authorization.k8s.io/v1:Role kfaas-system/kfaas-exit-gateway",
      "kubernetes:rbac.authorization.k8s.io/v1:RoleBinding kfaas-system/kfaas-exit-gateway",
    ]);
  });
});
