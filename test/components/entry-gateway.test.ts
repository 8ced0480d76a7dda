import { describe, expect, it } from "@jest/globals";
import { EntryGateway } from "../../components/entry-gateway.ts";
import type { EntryObjects } from "../../core/mesh/plan.ts";
import { planMesh } from "../../core/mesh/plan-mesh.ts";
import { aForward, aManagedGateway, aService, aServiceWith, aStack } from "../support/builders.ts";
import { gatewayChildren } from "../support/gateway-children.ts";
import { outline, withMocks } from "../support/mocks.ts";

const namespace = "kfaas-system";
const component = "kfaas:mesh:EntryGateway entry";

function entryOf(...services: ReturnType<typeof aService>[]): EntryObjects {
  const gateways = { entry: aManagedGateway(), clusterLocal: { mode: "existing" } } as const;
  const { entry } = planMesh(aStack({ gateways, services }));
  if (entry === undefined) throw new Error("a managed entry gateway is planned");
  return entry;
}

describe("EntryGateway", () => {
  it("is the eight objects of a gateway and nothing else", async () => {
    const registered = await withMocks();
    new EntryGateway("entry", { objects: entryOf(aService()), namespace });
    expect(outline(await registered())).toEqual([
      component,
      ...gatewayChildren(component, "kfaas-entry-gateway"),
    ]);
  });

  it("has a VirtualService more for every service that another mirrors to", async () => {
    const mirroring = aServiceWith(aForward(undefined, { mirror: { service: "saas-shadow", percent: 10 } }));
    const objects = entryOf(mirroring);
    const registered = await withMocks();
    new EntryGateway("entry", { objects, namespace });
    const mirrors = (await registered()).filter(({ type }) => type.endsWith(":VirtualService"));
    expect(outline(mirrors)).toEqual([
      `${component} > kubernetes:networking.istio.io/v1:VirtualService ` +
        "kfaas-system/faas-alpha-ns-saas-shadow-ksvc-mirror-virtualservice",
    ]);
    expect(mirrors[0]?.inputs["spec"]).toEqual(objects.mirrors[0]?.spec);
  });

  it("has a DestinationRule more where the stack says how it treats the next hop", async () => {
    const entry = { ...aManagedGateway(), connectionPool: { maxRequests: 100 } };
    const objects = planMesh(aStack({ gateways: { entry, clusterLocal: { mode: "existing" } } })).entry;
    if (objects === undefined) throw new Error("a managed entry gateway is planned");
    const registered = await withMocks();
    new EntryGateway("entry", { objects, namespace });
    const rules = (await registered()).filter(({ type }) => type.endsWith(":DestinationRule"));
    expect(outline(rules)).toEqual([
      `${component} > kubernetes:networking.istio.io/v1:DestinationRule ` +
        "kfaas-system/cluster-local-gateway-destinationrule",
    ]);
    expect(rules[0]?.inputs["spec"]).toEqual({
      host: "knative-local-gateway.istio-system.svc.cluster.local",
      trafficPolicy: { connectionPool: { http: { http2MaxRequests: 100 } } },
      exportTo: ["."],
    });
  });

  it("has an AuthorizationPolicy more where the stack says who may enter", async () => {
    const clients = { addresses: ["10.0.0.0/8"] };
    const gateways = {
      entry: { ...aManagedGateway(), clients },
      clusterLocal: { mode: "existing" },
    } as const;
    const objects = planMesh(aStack({ gateways })).entry;
    if (objects === undefined) throw new Error("a managed entry gateway is planned");
    const registered = await withMocks();
    new EntryGateway("entry", { objects, namespace });
    const policies = (await registered()).filter(({ type }) => type.endsWith(":AuthorizationPolicy"));
    expect(outline(policies)).toEqual([
      `${component} > kubernetes:security.istio.io/v1:AuthorizationPolicy kfaas-system/kfaas-entry-clients`,
    ]);
    expect(policies[0]?.inputs["spec"]).toEqual(objects.clients?.spec);
  });

  it("starts pods only when their account is there", async () => {
    const registered = await withMocks();
    new EntryGateway("entry", { objects: entryOf(), namespace });
    const dependencies = Object.fromEntries(
      (await registered()).map(({ type, dependencies }) => [type, dependencies]),
    );
    expect(dependencies["kubernetes:apps/v1:Deployment"]).toEqual([
      "kubernetes:core/v1:ServiceAccount kfaas-system/kfaas-entry-gateway",
    ]);
    expect(Object.values(dependencies).filter(({ length }) => length > 0)).toHaveLength(1);
  });

  it("deploys the plan's own specs, with no number of replicas", async () => {
    const objects = entryOf(aService());
    const registered = await withMocks();
    new EntryGateway("entry", { objects, namespace });
    const specs = Object.fromEntries((await registered()).map(({ type, inputs }) => [type, inputs["spec"]]));
    expect(specs).toMatchObject({
      "kubernetes:apps/v1:Deployment": objects.deployment.spec,
      "kubernetes:core/v1:Service": objects.service.spec,
      "kubernetes:autoscaling/v2:HorizontalPodAutoscaler": objects.autoscaler.spec,
      "kubernetes:policy/v1:PodDisruptionBudget": objects.disruptionBudget.spec,
      "kubernetes:networking.istio.io/v1:Gateway": objects.gateway.spec,
    });
    expect(specs["kubernetes:apps/v1:Deployment"]).not.toHaveProperty("replicas");
  });

  it("waits for the Deployment but not for the Service", async () => {
    const registered = await withMocks();
    new EntryGateway("entry", { objects: entryOf(), namespace });
    const notAwaited = (await registered()).filter(({ inputs }) =>
      JSON.stringify(inputs["metadata"] ?? {}).includes('"pulumi.com/skipAwait":"true"'),
    );
    expect(notAwaited.map(({ type }) => type)).toEqual(["kubernetes:core/v1:Service"]);
  });
});
