import { describe, expect, it } from "@jest/globals";
import { ServiceRoutes } from "../../components/service-routes.ts";
import type { EnvironmentObjects } from "../../core/mesh/plan.ts";
import { planMesh } from "../../core/mesh/plan-mesh.ts";
import { aService, aStack, versions } from "../support/builders.ts";
import { outline, withMocks } from "../support/mocks.ts";

const namespace = "kfaas-system";
const shared: ReadonlyMap<string, boolean> = new Map();

function environmentOf(names: readonly string[], istio = "1.31"): EnvironmentObjects {
  const services = names.map((name) => aService({ name, service: name }));
  const [objects] = planMesh(aStack({ services, versions: versions({ istio }) })).environments;
  if (objects === undefined) throw new Error("environment alpha is planned");
  return objects;
}

describe("ServiceRoutes", () => {
  it("is one VirtualService per service, named after namespace and name", async () => {
    const objects = environmentOf(["saas-showroom", "render-queue"]);
    const registered = await withMocks();
    await new ServiceRoutes("alpha", { waves: [objects.virtualServices], shared, namespace }).registered;
    const all = await registered();
    const child = "kfaas:routing:ServiceRoutes alpha > kubernetes:networking.istio.io/v1:VirtualService";
    expect(outline(all)).toEqual([
      "kfaas:routing:ServiceRoutes alpha",
      `${child} kfaas-system/faas-alpha-ns-render-queue-ksvc-virtualservice`,
      `${child} kfaas-system/faas-alpha-ns-saas-showroom-ksvc-virtualservice`,
    ]);
    expect(all.slice(1).map(({ inputs }) => inputs["spec"])).toEqual(
      objects.virtualServices.map(({ spec }) => spec),
    );
  });

  it("is a component without children for an environment without services", async () => {
    const registered = await withMocks();
    await new ServiceRoutes("alpha", { waves: [environmentOf([]).virtualServices], shared, namespace })
      .registered;
    expect(outline(await registered())).toEqual(["kfaas:routing:ServiceRoutes alpha"]);
  });

  it("gives a service the same name whatever the others are, so that none is replaced when one comes or goes", async () => {
    const names = async (services: string[]): Promise<string[]> => {
      const registered = await withMocks();
      await new ServiceRoutes("alpha", {
        waves: [environmentOf(services).virtualServices],
        shared,
        namespace,
      }).registered;
      return (await registered()).map(({ name }) => name);
    };
    const before = await names(["b", "c"]);
    expect(await names(["a", "b", "c"])).toEqual(expect.arrayContaining(before));
    expect(await names(["c", "b"])).toEqual(before);
  });

  it.each([
    ["1.31", "v1", ["v1alpha3", "v1beta1"]],
    ["1.15", "v1beta1", ["v1", "v1alpha3"]],
    ["1.4", "v1alpha3", ["v1", "v1beta1"]],
  ])(
    "takes the API version of Istio %s, %s, and the state of all others over",
    async (istio, version, others) => {
      const registered = await withMocks();
      await new ServiceRoutes("alpha", {
        waves: [environmentOf(["a"], istio).virtualServices],
        shared,
        namespace,
      }).registered;
      const [, route] = await registered();
      const type = (of: string): string => `kubernetes:networking.istio.io/${of}:VirtualService`;
      expect(route?.type).toBe(type(version));
      expect(route?.inputs["apiVersion"]).toBe(`networking.istio.io/${version}`);
      expect(route?.formerTypes).toEqual(others.map(type));
    },
  );

  it("registers every service of a large environment exactly once", async () => {
    const services = Array.from({ length: 250 }, (_, index) => `service-${index}`);
    const registered = await withMocks();
    await new ServiceRoutes("alpha", { waves: [environmentOf(services).virtualServices], shared, namespace })
      .registered;
    const names = (await registered()).map(({ name }) => name);
    expect(names).toHaveLength(251);
    expect(new Set(names).size).toBe(251);
  });

  it("fails, instead of leaving a route out, for an API version that it does not know", async () => {
    const objects = environmentOf(["a"]);
    const unknown = objects.virtualServices.map((object) => ({
      ...object,
      apiVersion: "networking.istio.io/v2",
    }));
    await withMocks();
    const { registered } = new ServiceRoutes("alpha", { waves: [unknown], shared, namespace });
    await expect(registered).rejects.toThrow("no Istio API networking.istio.io/v2");
  });

  it("writes by force where somebody else moves weights, and nothing of the rules where only weights differ", async () => {
    const objects = environmentOf(["moved", "own", "settled"]);
    const name = (service: string) => `faas-alpha-ns-${service}-ksvc-virtualservice`;
    const others = new Map([
      [name("moved"), false],
      [name("settled"), true],
    ]);
    const registered = await withMocks();
    await new ServiceRoutes("alpha", { waves: [objects.virtualServices], shared: others, namespace })
      .registered;
    const treated = (await registered()).slice(1).map(({ inputs, ignored }) => {
      const { annotations } = inputs["metadata"] as { annotations: Record<string, string> };
      return [annotations["pulumi.com/patchForce"], ignored];
    });
    expect(treated).toEqual([
      ["true", []],
      [undefined, []],
      ["true", ["spec.http"]],
    ]);
  });
});
