import { describe, expect, it } from "@jest/globals";
import { planMesh } from "../../../core/mesh/plan-mesh.ts";
import type { Destination, Service } from "../../../core/service.ts";
import type { Stack } from "../../../core/stack.ts";
import { aForward, aManagedGateway, aServiceWith, aStack, versions } from "../../support/builders.ts";

const mirror = { service: "shadow", percent: 10 };

function aMirroredService(traffic?: readonly Destination[], changes: Partial<Service> = {}): Service {
  return aServiceWith(aForward(traffic, { mirror }), changes);
}

function plan(services: readonly Service[], istio = "1.31", changes: Partial<Stack> = {}) {
  const gateways = { entry: aManagedGateway(), clusterLocal: { mode: "existing" } } as const;
  return planMesh(aStack({ versions: versions({ istio }), gateways, services, ...changes }));
}

const entryHost = "kfaas-entry-gateway.kfaas-system.svc.cluster.local";

describe("a mirror", () => {
  it("goes to the entry gateway again, because a mirrored request keeps its Host, and says whom it is for", () => {
    const rule = plan([aMirroredService()]).environments[0]?.virtualServices[0]?.spec.http[0];

    expect(rule?.mirrors).toStrictEqual([
      { destination: { host: entryHost, port: { number: 8081 } }, percentage: { value: 10 } },
    ]);
    expect(rule?.headers).toStrictEqual({ request: { set: { "x-kfaas-mirror": "shadow.faas-alpha" } } });
    expect(rule?.rewrite).toStrictEqual({ authority: "saas-showroom.faas-alpha.svc.cluster.local" });
  });

  it("takes the older form before Istio 1.19", () => {
    const rule = plan([aMirroredService()], "1.18").environments[0]?.virtualServices[0]?.spec.http[0];

    expect(rule).not.toHaveProperty("mirrors");
    expect(rule).toMatchObject({
      mirror: { host: entryHost, port: { number: 8081 } },
      mirrorPercentage: { value: 10 },
    });
  });

  it("leaves the rule's own header operations as they are", () => {
    const headers = { request: { set: { "x-a": "1" }, remove: ["x-b"] } };
    const service = aServiceWith(aForward("saas-showroom", { mirror, headers }));

    expect(plan([service]).environments[0]?.virtualServices[0]?.spec.http[0]?.headers).toStrictEqual({
      request: { set: { "x-a": "1", "x-kfaas-mirror": "shadow.faas-alpha" }, remove: ["x-b"] },
    });
  });

  it("gets a VirtualService that gives the request its target's Host", () => {
    expect(plan([aMirroredService()]).entry?.mirrors).toStrictEqual([
      {
        apiVersion: "networking.istio.io/v1",
        kind: "VirtualService",
        metadata: { name: "faas-alpha-ns-shadow-ksvc-mirror-virtualservice", namespace: "kfaas-system" },
        spec: {
          gateways: ["kfaas-system/kfaas-entry-gateway"],
          hosts: [
            "saas-showroom.faas-alpha.svc.cluster.local",
            "saas-showroom.faas-alpha.svc.cluster.local-shadow",
          ],
          http: [
            {
              match: [{ headers: { "x-kfaas-mirror": { exact: "shadow.faas-alpha" } } }],
              rewrite: { authority: "shadow.faas-alpha.svc.cluster.local" },
              route: [
                {
                  destination: {
                    host: "knative-local-gateway.istio-system.svc.cluster.local",
                    port: { number: 80 },
                  },
                  weight: 100,
                },
              ],
              retries: { attempts: 0 },
            },
          ],
        },
      },
    ]);
  });

  it("has one VirtualService per target, for the hosts of all who mirror to it and of all their destinations", () => {
    const split = [
      { service: "blue", weight: 50 },
      { service: "green", weight: 50 },
    ];
    const services = [aMirroredService(undefined, { name: "a" }), aMirroredService(split, { name: "b" })];

    const mirrors = plan(services).entry?.mirrors ?? [];

    expect(mirrors.map(({ spec }) => spec.hosts.filter((host) => !host.endsWith("-shadow")))).toStrictEqual([
      ["blue", "green", "saas-showroom"].map((name) => `${name}.faas-alpha.svc.cluster.local`),
    ]);
  });
});
