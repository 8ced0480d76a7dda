import { describe, expect, it } from "@jest/globals";
import fc from "fast-check";
import type { HttpRoute, VirtualService } from "../../../core/mesh/istio.ts";
import { planMesh } from "../../../core/mesh/plan-mesh.ts";
import { planObjects } from "../../../core/mesh/plan-objects.ts";
import type { MeshPlan } from "../../../core/mesh/plan.ts";
import type { Stack } from "../../../core/stack.ts";
import { stacks } from "../../support/arbitraries.ts";
import {
  aManagedGateway,
  anEnvironment,
  anExitGateway,
  aService,
  aStack,
  versions,
} from "../../support/builders.ts";
import { isIstioKind, schemaErrors } from "../../support/istio-schema.ts";

function virtualServices(plan: MeshPlan): VirtualService[] {
  return plan.environments.flatMap((environment) => environment.virtualServices);
}

/** The same value, as a file would give it that lists all keys the other way round. */
function withKeysReversed<T>(value: T): T {
  if (Array.isArray(value)) return value.map(withKeysReversed) as T;
  if (typeof value !== "object" || value === null) return value;
  const entries = Object.entries(value).map(([key, item]) => [key, withKeysReversed<unknown>(item)] as const);
  return Object.fromEntries(entries.reverse()) as T;
}

describe("an environment", () => {
  const stack = aStack({
    environments: [anEnvironment({ name: "alpha", fallback: "b" }), anEnvironment({ name: "beta" })],
    services: [
      aService({ name: "b", environment: "beta" }),
      aService({ name: "b" }),
      aService({ name: "a" }),
    ],
  });

  it("has its host and its services' VirtualServices, sorted", () => {
    const { environments } = planMesh(stack);

    expect(
      environments.map(({ environment, host, virtualServices }) => ({
        environment,
        host: host.metadata.name,
        virtualServices: virtualServices.map(({ metadata, spec }) => [metadata.name, ...spec.hosts]),
      })),
    ).toStrictEqual([
      {
        environment: "alpha",
        host: "faas-alpha-ksvc-gateway",
        virtualServices: [
          ["faas-alpha-ns-a-ksvc-virtualservice", "faas-alpha-ksvc-gateway.kfaas-system.svc.cluster.local"],
          ["faas-alpha-ns-b-ksvc-virtualservice", "faas-alpha-ksvc-gateway.kfaas-system.svc.cluster.local"],
        ],
      },
      {
        environment: "beta",
        host: "faas-beta-ksvc-gateway",
        virtualServices: [
          ["faas-beta-ns-b-ksvc-virtualservice", "faas-beta-ksvc-gateway.kfaas-system.svc.cluster.local"],
        ],
      },
    ]);
  });

  it("lets its fallback service, and no other of the same name, take every other path last", () => {
    const lastPrefix = ({ spec }: VirtualService) => spec.http.at(-1)?.match?.[0]?.uri;

    expect(virtualServices(planMesh(stack)).map(lastPrefix)).toStrictEqual([
      { prefix: "/faas/api/saas/showroom/" },
      { prefix: "/" },
      { prefix: "/faas/api/saas/showroom/" },
    ]);
  });
});

describe("gateways", () => {
  const existing = { mode: "existing" } as const;
  const knativeLocal = "knative-local-gateway.istio-system.svc.cluster.local";
  const clusterLocal = "cluster-local-gateway.kfaas-system.svc.cluster.local";
  const entry = "kfaas-entry-gateway.kfaas-system.svc.cluster.local";
  const knative = ["knative-serving/knative-local-gateway", "knative-serving/knative-ingress-gateway"];
  const ours = ["kfaas-system/kfaas-entry-gateway"];

  it.each<[string, Stack["gateways"], string[], string, string]>([
    ["both Knative's", { entry: existing, clusterLocal: existing }, knative, knativeLocal, knativeLocal],
    [
      "our entry, Knative's second hop",
      { entry: aManagedGateway(), clusterLocal: existing },
      ours,
      entry,
      knativeLocal,
    ],
    [
      "Knative's entry, our second hop",
      { entry: existing, clusterLocal: aManagedGateway() },
      knative,
      knativeLocal,
      clusterLocal,
    ],
    ["both ours", { entry: aManagedGateway(), clusterLocal: aManagedGateway() }, ours, entry, clusterLocal],
  ])("%s", (_name, gateways, boundTo, hostLeadsTo, destination) => {
    const plan = planMesh(aStack({ gateways, services: [aService()] }));
    const [virtualService] = virtualServices(plan);

    expect(virtualService?.spec.gateways).toStrictEqual(boundTo);
    expect(plan.environments[0]?.host.spec?.externalName).toBe(hostLeadsTo);
    expect(virtualService?.spec.http[0]?.route?.[0]?.destination.host).toBe(destination);
  });

  it.each([
    ["0.17", ["cluster-local-gateway"]],
    ["0.18", ["cluster-local-gateway", "knative-local-gateway"]],
    ["0.19", ["cluster-local-gateway", "knative-local-gateway"]],
    ["0.20", ["knative-local-gateway"]],
  ])("that are existing on Knative %s are all bound to: %j and the public one", (knative, local) => {
    const plan = planMesh(aStack({ services: [aService()], versions: versions({ knative }) }));
    const { gateways, http } = plan.environments[0]?.virtualServices[0]?.spec ?? {};
    expect(gateways).toStrictEqual(
      [...local, "knative-ingress-gateway"].map((name) => `knative-serving/${name}`),
    );
    expect(http?.[0]?.route?.[0]?.destination).toStrictEqual({
      host: `${local[0] ?? ""}.istio-system.svc.cluster.local`,
      port: { number: 80 },
    });
  });

  it("that are existing have no objects", () => {
    const plan = planMesh(aStack({ services: [aService()] }));

    expect(Object.keys(plan)).toStrictEqual(["namespace", "environments", "domains"]);
    expect(planObjects(plan).map(({ kind, metadata }) => `${kind} ${metadata.name}`)).toStrictEqual([
      "Namespace kfaas-system",
      "ResourceQuota kfaas-system",
      "NetworkPolicy default-deny",
      "Service faas-alpha-ksvc-gateway",
      "VirtualService faas-alpha-ns-saas-showroom-ksvc-virtualservice",
    ]);
  });

  it("take only the hosts they are for", () => {
    const plan = planMesh(
      aStack({
        environments: [anEnvironment({ name: "beta" }), anEnvironment({ name: "alpha" })],
        gateways: { entry: aManagedGateway(), clusterLocal: aManagedGateway(), exit: anExitGateway() },
      }),
    );
    const hosts = [plan.entry, plan.exit, plan.clusterLocal].map(
      (objects) => objects?.gateway.spec.servers[0]?.hosts,
    );

    expect(hosts).toStrictEqual([
      ["alpha", "beta"].map(
        (name) => `kfaas-system/faas-${name}-ksvc-gateway.kfaas-system.svc.cluster.local`,
      ),
      ["alpha", "beta"].map((name) => `kfaas-system/java-${name}-gateway.kfaas-system.svc.cluster.local`),
      ["*"],
    ]);
  });
});

describe("versions that cannot be rendered for", () => {
  it("are refused rather than guessed at", () => {
    expect(() => planMesh(aStack({ versions: versions({ istio: "1.99" }) }))).toThrow(
      "istio 1.99 is not one of 1.0 to 1.31; checkMesh comes first",
    );
  });
});

describe("any stack's objects", () => {
  const ofAny = (property: (stack: Stack, plan: MeshPlan) => void) => {
    fc.assert(
      fc.property(stacks, (stack) => {
        property(stack, planMesh(stack));
      }),
      { numRuns: 100 },
    );
  };
  const rules = (plan: MeshPlan): HttpRoute[] => virtualServices(plan).flatMap(({ spec }) => spec.http);

  it("fulfil the schemas of Istio's CustomResourceDefinitions", () => {
    ofAny((_stack, plan) => {
      expect(planObjects(plan).filter(isIstioKind).flatMap(schemaErrors)).toStrictEqual([]);
    });
  });

  it("have names and hosts that Kubernetes takes, each only once", () => {
    const label = /^[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?$/;
    ofAny((_stack, plan) => {
      const objects = planObjects(plan);
      const ids = objects.map(({ kind, metadata }) => `${kind}/${metadata.namespace ?? ""}/${metadata.name}`);
      const namesOfServices = objects
        .filter(({ kind }) => kind === "Service")
        .map(({ metadata }) => metadata.name);
      const hosts = virtualServices(plan).flatMap(({ spec }) => spec.hosts);

      expect(new Set(ids).size).toBe(ids.length);
      expect(objects.filter(({ metadata }) => metadata.name.length > 253)).toStrictEqual([]);
      expect(
        [...namesOfServices, ...hosts.flatMap((host) => host.split("."))].filter((name) => !label.test(name)),
      ).toStrictEqual([]);
    });
  });

  it("live in kfaas-system, all but the namespace itself", () => {
    ofAny((_stack, plan) => {
      const elsewhere = planObjects(plan).filter(({ metadata }) => metadata.namespace !== "kfaas-system");

      expect(elsewhere.map(({ kind }) => kind)).toStrictEqual(["Namespace"]);
    });
  });

  it("share all of a rule's requests out", () => {
    ofAny((_stack, plan) => {
      for (const { route } of rules(plan)) {
        if (route === undefined) continue;
        expect(route.reduce((sum, { weight }) => sum + weight, 0)).toBe(100);
      }
    });
  });

  it("name Host exactly once for every destination", () => {
    ofAny((_stack, plan) => {
      for (const { route, rewrite } of rules(plan)) {
        for (const { headers, destination } of route ?? []) {
          const own = headers?.request?.set?.["Host"];
          expect([own, rewrite?.authority].filter((host) => host !== undefined)).toHaveLength(1);
          expect(destination.port.number).toBe(80);
        }
      }
    });
  });

  it("do not depend on the order of the stack's lists and keys, and are plain data", () => {
    fc.assert(
      fc.property(
        stacks.chain((stack) =>
          fc.record({
            stack: fc.constant(stack),
            services: fc.shuffledSubarray([...stack.services], { minLength: stack.services.length }),
            environments: fc.shuffledSubarray([...stack.environments], {
              minLength: stack.environments.length,
            }),
          }),
        ),
        ({ stack, services, environments }) => {
          const text = JSON.stringify(planObjects(planMesh(stack)));

          expect(
            JSON.stringify(planObjects(planMesh(withKeysReversed({ ...stack, services, environments })))),
          ).toBe(text);
          // Neither undefined nor anything else that YAML would lose or invent.
          expect(planObjects(planMesh(stack))).toStrictEqual(JSON.parse(text));
        },
      ),
      { numRuns: 100 },
    );
  });

  it("leave the stack as it was", () => {
    ofAny((stack) => {
      const before = JSON.stringify(stack);
      planMesh(stack);

      expect(JSON.stringify(stack)).toBe(before);
    });
  });
});
