import { describe, expect, it } from "@jest/globals";
import type { AllowRule } from "../../../core/exit-gateway.ts";
import { planMesh } from "../../../core/mesh/plan-mesh.ts";
import type { Stack } from "../../../core/stack.ts";
import {
  aForward,
  aManagedGateway,
  anExitGateway,
  anImageExitGateway,
  aServiceWith,
  aStack,
} from "../../support/builders.ts";

const existing: Stack["gateways"] = { entry: { mode: "existing" }, clusterLocal: { mode: "existing" } };
const namespace = (name: string) => ({
  namespaceSelector: { matchLabels: { "kubernetes.io/metadata.name": name } },
});
const tcp = (...ports: number[]) => ports.map((port) => ({ protocol: "TCP", port }));

function policies(gateways: Stack["gateways"], changes: Partial<Stack> = {}) {
  const { networkPolicies } = planMesh(aStack({ gateways, ...changes })).namespace;
  return Object.fromEntries(networkPolicies.map(({ metadata, spec }) => [metadata.name, spec]));
}

describe("network policies", () => {
  it("deny everything that no other allows, also where there is no gateway of ours", () => {
    expect(policies(existing)).toStrictEqual({
      "default-deny": { podSelector: {}, policyTypes: ["Ingress", "Egress"] },
    });
  });

  it("let gateways resolve names, reach istiod, and be probed and measured", () => {
    expect(policies({ ...existing, entry: aManagedGateway() })["gateway-control-plane"]).toStrictEqual({
      podSelector: { matchLabels: { "app.kubernetes.io/part-of": "kfaas" } },
      policyTypes: ["Ingress", "Egress"],
      ingress: [{ from: [{ namespaceSelector: {} }], ports: tcp(15021, 15020, 15090) }],
      egress: [
        {
          to: [namespace("kube-system"), { ipBlock: { cidr: "169.254.20.10/32" } }],
          ports: [{ protocol: "UDP", port: 53 }, ...tcp(53)],
        },
        {
          to: [{ ...namespace("istio-system"), podSelector: { matchLabels: { app: "istiod" } } }],
          ports: tcp(15012),
        },
      ],
    });
  });

  it("let the entry gateway take requests from the whole cluster and pass them on to hop 2 only", () => {
    expect(policies({ ...existing, entry: aManagedGateway() })["kfaas-entry-gateway"]).toStrictEqual({
      podSelector: { matchLabels: { istio: "kfaas-entry-gateway" } },
      policyTypes: ["Ingress", "Egress"],
      ingress: [{ from: [{ namespaceSelector: {} }], ports: tcp(8080) }],
      egress: [{ to: [namespace("istio-system")], ports: tcp(8081) }],
    });
  });

  it("know our own hop 2 by its pods", () => {
    const both = { entry: aManagedGateway(), clusterLocal: aManagedGateway() };

    expect(policies(both)["kfaas-entry-gateway"]?.egress).toStrictEqual([
      { to: [{ podSelector: { matchLabels: { istio: "cluster-local-gateway" } } }], ports: tcp(8080) },
    ]);
  });

  it("let the entry gateway reach itself where requests are mirrored", () => {
    const services = [aServiceWith(aForward("a", { mirror: { service: "b", percent: 1 } }))];
    const { egress, ingress } =
      policies({ ...existing, entry: aManagedGateway() }, { services })["kfaas-entry-gateway"] ?? {};
    const itself = [{ podSelector: { matchLabels: { istio: "kfaas-entry-gateway" } } }];

    expect(egress).toContainEqual({ to: itself, ports: tcp(8081) });
    // The only one who does: at that port, Hosts and headers of mirrored requests are believed.
    expect(ingress?.filter(({ ports }) => JSON.stringify(ports).includes("8081"))).toStrictEqual([
      { from: itself, ports: tcp(8081) },
    ]);
  });

  it("let our hop 2 reach Knative's activator and queue-proxies, wherever services live", () => {
    expect(
      policies({ ...existing, clusterLocal: aManagedGateway() })["cluster-local-gateway"]?.egress,
    ).toStrictEqual([{ to: [{ namespaceSelector: {} }], ports: tcp(8012, 8013, 8112) }]);
  });

  it.each([
    [
      "in its namespace, on any port: the Service's is not the pods'",
      anExitGateway(),
      { to: [namespace("java")], ports: [{ protocol: "TCP" }] },
    ],
    [
      "outside the cluster, on its port",
      anExitGateway({ host: "java.example.com", port: 8443 }),
      { to: [{ ipBlock: { cidr: "0.0.0.0/0" } }, { ipBlock: { cidr: "::/0" } }], ports: tcp(8443) },
    ],
    [
      "on machines, at their addresses and port only",
      anExitGateway({ host: "java.example.com", port: 8443, addresses: ["10.1.2.3", "2001:db8::1"] }),
      {
        to: [{ ipBlock: { cidr: "10.1.2.3/32" } }, { ipBlock: { cidr: "2001:db8::1/128" } }],
        ports: tcp(8443),
      },
    ],
    [
      "of an image, by its pods",
      anImageExitGateway({ port: 9090 }),
      {
        to: [{ podSelector: { matchLabels: { "app.kubernetes.io/name": "kfaas-java-export-gateway" } } }],
        ports: tcp(9090),
      },
    ],
  ])("let the exit gateway reach the Java export gateway %s", (_name, exit, egress) => {
    expect(policies({ ...existing, exit })["kfaas-exit-gateway"]?.egress).toStrictEqual([egress]);
  });

  it("let our own Java export gateway be called by the exit gateway alone, and call what its config says", () => {
    const exit = anImageExitGateway({
      egress: [{ namespace: "java" }, { addresses: ["10.0.0.0/8", "192.0.2.1"], ports: [20880] }],
    });

    expect(policies({ ...existing, exit })["kfaas-java-export-gateway"]).toMatchObject({
      podSelector: { matchLabels: { "app.kubernetes.io/name": "kfaas-java-export-gateway" } },
      policyTypes: ["Ingress", "Egress"],
      ingress: [
        { from: [{ podSelector: { matchLabels: { istio: "kfaas-exit-gateway" } } }], ports: tcp(8080) },
      ],
      egress: [
        { ports: [{ protocol: "UDP", port: 53 }, ...tcp(53)] },
        { to: [namespace("java")], ports: [{ protocol: "TCP" }] },
        {
          to: [{ ipBlock: { cidr: "10.0.0.0/8" } }, { ipBlock: { cidr: "192.0.2.1/32" } }],
          ports: tcp(20880),
        },
      ],
    });
  });

  it("let only the namespaces reach the exit gateway that its rules name, if all of them name some", () => {
    const byNamespace = { callers: { kind: "namespaces", namespaces: ["faas-beta", "faas-alpha"] } } as const;
    const byAddress = { callers: { kind: "addresses", addresses: ["10.0.0.1"] } } as const;
    const from = (...allow: AllowRule[]) =>
      policies({ ...existing, exit: anExitGateway({}, { allow }) })["kfaas-exit-gateway"]?.ingress?.[0]?.from;

    expect(from(byNamespace)).toStrictEqual([namespace("faas-alpha"), namespace("faas-beta")]);
    expect(from(byNamespace, byAddress)).toStrictEqual([{ namespaceSelector: {} }]);
  });
});
