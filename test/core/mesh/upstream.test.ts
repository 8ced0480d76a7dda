import { describe, expect, it } from "@jest/globals";
import { clusterNamespace, upstreamOf } from "../../../core/mesh/upstream.ts";
import { anExitGateway, anImageExitGateway } from "../../support/builders.ts";

describe("an upstream", () => {
  it.each([
    ["java-export-gateway.java.svc.cluster.local", "java"],
    ["java.example.com", undefined],
    ["a.b.c.svc.cluster.local", undefined],
    ["svc.cluster.local", undefined],
  ])("%s is in namespace %s", (host, namespace) => {
    expect(clusterNamespace({ host })).toBe(namespace);
  });

  it("is the one that is there, or our own", () => {
    const exit = anExitGateway();
    expect(upstreamOf(exit)).toBe(exit.upstream);
    expect(upstreamOf(anImageExitGateway())).toEqual({
      host: "kfaas-java-export-gateway.kfaas-system.svc.cluster.local",
      port: 80,
    });
  });
});
