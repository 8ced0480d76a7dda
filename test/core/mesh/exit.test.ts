import { describe, expect, it } from "@jest/globals";
import { planMesh } from "../../../core/mesh/plan-mesh.ts";
import type { ExitObjects } from "../../../core/mesh/plan.ts";
import type { ExitGateway, ManagedExitGateway, Upstream, UpstreamTls } from "../../../core/exit-gateway.ts";
import type { Stack } from "../../../core/stack.ts";
import { planObjects } from "../../../core/mesh/plan-objects.ts";
import { anEnvironment, anExitGateway, anImageExitGateway, aStack } from "../../support/builders.ts";
import { isIstioKind, schemaErrors } from "../../support/istio-schema.ts";

const machines = { host: "java.example.com", port: 8443, addresses: ["10.1.2.3"] };

function stackWith(exit: ExitGateway): Stack {
  return aStack({
    environments: [anEnvironment({ name: "alpha" }), anEnvironment({ name: "beta" })],
    gateways: { entry: { mode: "existing" }, clusterLocal: { mode: "existing" }, exit },
  });
}

function planned(gateway: ExitGateway): ExitObjects {
  const { exit } = planMesh(stackWith(gateway));
  if (exit === undefined) throw new Error("the stack has an exit gateway");
  return exit;
}

function anExit(upstream: Partial<Upstream> = {}): ExitObjects {
  return planned(anExitGateway(upstream));
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

describe("the exit gateway of an image", () => {
  const exit = planned(anImageExitGateway());

  it("sends requests to our own Java export gateway", () => {
    const host = "kfaas-java-export-gateway.kfaas-system.svc.cluster.local";
    expect(exit.virtualService.spec.http[0]).toMatchObject({
      rewrite: { authority: host },
      route: [{ destination: { host, port: { number: 80 } } }],
    });
    expect(exit).not.toHaveProperty("serviceEntry");
    expect(exit.java?.service.metadata.name).toBe("kfaas-java-export-gateway");
  });
});

describe("the exit gateway before machines", () => {
  it("tells istiod where they are", () => {
    const addresses = ["10.1.2.3", "10.1.2.4"];
    expect(anExit({ host: "java.example.com", port: 8443, addresses }).serviceEntry?.spec).toMatchObject({
      hosts: ["java.example.com"],
      resolution: "STATIC",
      endpoints: [{ address: "10.1.2.3" }, { address: "10.1.2.4" }],
    });
  });

  it("begins TLS, asking for the host's name and verifying it, unless other names are given", () => {
    const tls = { mode: "mutual", trust: { credentialName: "java-tls" } } as const;
    const rule = (changes: Partial<UpstreamTls> = {}) =>
      anExit({ host: "java.example.com", tls: { ...tls, ...changes } }).destinationRules;

    expect(rule()).toStrictEqual([
      {
        apiVersion: "networking.istio.io/v1",
        kind: "DestinationRule",
        metadata: { name: "java-export-gateway", namespace: "kfaas-system" },
        spec: {
          host: "java.example.com",
          trafficPolicy: {
            tls: {
              mode: "MUTUAL",
              credentialName: "java-tls",
              sni: "java.example.com",
              subjectAltNames: ["java.example.com"],
            },
          },
          exportTo: ["."],
        },
      },
    ]);
    const other = rule({
      mode: "simple",
      trust: { caCertificates: "/ca.crt" },
      sni: "a.example.com",
      subjectAltNames: ["b"],
    });
    expect(other[0]?.spec.trafficPolicy.tls).toStrictEqual({
      mode: "SIMPLE",
      caCertificates: "/ca.crt",
      sni: "a.example.com",
      subjectAltNames: ["b"],
    });
  });

  it("may read Secrets only where one is named", () => {
    const verbs = (trust: UpstreamTls["trust"]) =>
      (anExit({ tls: { mode: "simple", trust } }).role.rules ?? []).flatMap((rule) => rule.verbs);

    expect(verbs({ credentialName: "java-tls" })).toStrictEqual(["list"]);
    expect(verbs({ caCertificates: "/ca.crt" })).toStrictEqual([]);
  });
});

describe("what the exit gateway does with requests", () => {
  it("has a timeout, retries and limits of its own, for every environment", () => {
    const exit = planned(
      anExitGateway(
        {},
        {
          timeout: "10s",
          retries: { attempts: 2, perTryTimeout: "3s", retryOn: ["connect-failure", "503"] },
          connectionPool: { maxConnections: 100 },
        },
      ),
    );

    for (const route of exit.virtualService.spec.http) {
      expect(route).toMatchObject({
        timeout: "10s",
        retries: { attempts: 2, perTryTimeout: "3s", retryOn: "connect-failure,503" },
      });
    }
    expect(exit.destinationRules[0]?.spec.trafficPolicy).toStrictEqual({
      connectionPool: { tcp: { maxConnections: 100 } },
    });
  });
});

describe("mutual TLS with callers", () => {
  const exit = planned(anExitGateway({}, { mutualTls: true }));
  const host = "java-alpha-gateway.kfaas-system.svc.cluster.local";

  it("is the only way in, on the same port", () => {
    expect(exit.gateway.spec.servers).toStrictEqual([
      {
        port: { number: 80, name: "https", protocol: "HTTPS" },
        hosts: [host, host.replace("alpha", "beta")].map((name) => `kfaas-system/${name}`),
        tls: { mode: "ISTIO_MUTUAL" },
      },
    ]);
    expect(exit.service.spec?.ports?.map(({ port, targetPort }) => [port, targetPort])).toStrictEqual([
      [15021, 15021],
      [80, 8080],
    ]);
  });

  it("gives each environment a Service with pods, and a rule for sidecars that asks for its host", () => {
    expect(exit.hosts.map(({ spec }) => [spec?.type, spec?.selector])).toStrictEqual([
      ["ClusterIP", { istio: "kfaas-exit-gateway" }],
      ["ClusterIP", { istio: "kfaas-exit-gateway" }],
    ]);
    expect(exit.destinationRules.map(({ spec }) => spec)).toContainEqual({
      host,
      trafficPolicy: { tls: { mode: "ISTIO_MUTUAL", sni: host } },
      exportTo: ["*"],
    });
  });
});

describe("every form", () => {
  const everything: Partial<ManagedExitGateway> = {
    timeout: "10s",
    retries: { attempts: 0 },
    mutualTls: true,
    connectionPool: { maxConnections: 1 },
    allow: [
      {
        callers: { kind: "namespaces", namespaces: ["faas-alpha"] },
        environments: ["alpha"],
        paths: [{ kind: "exact", value: "/x", methods: ["GET"] }],
      },
    ],
  };

  it.each<[string, ExitGateway]>([
    ["an image", anImageExitGateway()],
    [
      "machines by TLS",
      anExitGateway({ ...machines, tls: { mode: "simple", trust: { credentialName: "x" } } }),
    ],
    ["everything", anExitGateway(machines, everything)],
  ])("is what Istio's schemas take: %s", (_, exit) => {
    const objects = planObjects(planMesh(stackWith(exit)));

    expect(objects.filter(isIstioKind).flatMap(schemaErrors)).toStrictEqual([]);
  });
});
