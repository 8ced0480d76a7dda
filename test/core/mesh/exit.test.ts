import { describe, expect, it } from "@jest/globals";
import { clusterNamespace } from "../../../core/mesh/upstream.ts";
import { planMesh } from "../../../core/mesh/plan-mesh.ts";
import type { ExitObjects } from "../../../core/mesh/plan.ts";
import type { Upstream } from "../../../core/exit-gateway.ts";
import { anEnvironment, anExitGateway, aStack } from "../../support/builders.ts";

function anExit(upstream: Partial<Upstream> = {}): ExitObjects {
  const { exit } = planMesh(
    aStack({
      environments: [anEnvironment({ name: "alpha" }), anEnvironment({ name: "beta" })],
      gateways: {
        entry: { mode: "existing" },
        clusterLocal: { mode: "existing" },
        exit: anExitGateway(upstream),
      },
    }),
  );
  if (exit === undefined) throw new Error("the stack has an exit gateway");
  return exit;
}

describe("the exit gateway", () => {
  it("has a host per environment that leads to it", () => {
    expect(
      anExit().hosts.map(({ metadata, spec }) => [metadata.name, spec?.type, spec?.externalName]),
    ).toStrictEqual([
      ["java-alpha-gateway", "ExternalName", "kfaas-exit-gateway.kfaas-system.svc.cluster.local"],
      ["java-beta-gateway", "ExternalName", "kfaas-exit-gateway.kfaas-system.svc.cluster.local"],
    ]);
  });

  it("sends each host's requests to the Java export gateway and says which environment they come from", () => {
    const upstream = "java-export-gateway.java.svc.cluster.local";
    const rule = (environment: string) => ({
      match: [{ authority: { prefix: `java-${environment}-gateway.kfaas-system.svc.cluster.local` } }],
      rewrite: { authority: upstream },
      route: [{ destination: { host: upstream, port: { number: 8080 } }, weight: 100 }],
      headers: { request: { set: { "x-kfaas-environment": environment } } },
    });

    expect(anExit().virtualService).toStrictEqual({
      apiVersion: "networking.istio.io/v1",
      kind: "VirtualService",
      metadata: { name: "java-gateway-virtualservice", namespace: "kfaas-system" },
      spec: {
        gateways: ["kfaas-system/kfaas-exit-gateway"],
        hosts: [
          "java-alpha-gateway.kfaas-system.svc.cluster.local",
          "java-beta-gateway.kfaas-system.svc.cluster.local",
        ],
        http: [rule("alpha"), rule("beta")],
      },
    });
  });

  it("needs no ServiceEntry for a Service of the cluster", () => {
    expect(anExit()).not.toHaveProperty("serviceEntry");
  });

  it("tells istiod about an upstream outside, for the exit gateway alone", () => {
    expect(anExit({ host: "java.example.com", port: 8443 }).serviceEntry?.spec).toStrictEqual({
      hosts: ["java.example.com"],
      location: "MESH_EXTERNAL",
      resolution: "DNS",
      ports: [{ number: 8443, name: "http", protocol: "HTTP" }],
      exportTo: ["."],
    });
  });
});

describe("an upstream", () => {
  it.each([
    ["java-export-gateway.java.svc.cluster.local", "java"],
    ["java.example.com", undefined],
    ["a.b.c.svc.cluster.local", undefined],
    ["svc.cluster.local", undefined],
  ])("%s is in namespace %s", (host, namespace) => {
    expect(clusterNamespace({ host })).toBe(namespace);
  });
});
