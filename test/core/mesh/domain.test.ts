import { describe, expect, it } from "@jest/globals";
import { planMesh } from "../../../core/mesh/plan-mesh.ts";
import { planObjects } from "../../../core/mesh/plan-objects.ts";
import type { Domain } from "../../../core/domain.ts";
import type { DomainObjects } from "../../../core/mesh/plan.ts";
import type { Stack } from "../../../core/stack.ts";
import {
  aDomain,
  aDomainGateway,
  aManagedGateway,
  aSecretCertificate,
  aService,
  aStack,
} from "../../support/builders.ts";
import { isIstioKind, schemaErrors } from "../../support/istio-schema.ts";

const host = "shop.example.com";
const gateways = {
  entry: aManagedGateway(),
  clusterLocal: { mode: "existing" },
  business: aDomainGateway("business-gateway"),
} as const;

function aStackWith(domain: Domain): Stack {
  return aStack({
    gateways,
    domains: [domain],
    services: [aService(), aService({ environment: domain.name, namespace: "faas-alpha" })],
  });
}

function rendered(domain: Domain): DomainObjects {
  const [objects] = planMesh(aStackWith(domain)).domains;
  if (objects === undefined) throw new Error("a domain is planned");
  return objects;
}

describe("a domain", () => {
  it("has an HTTPS server with the certificate of its name, and a redirect from HTTP", () => {
    expect(rendered(aDomain()).gateway).toEqual({
      apiVersion: "networking.istio.io/v1",
      kind: "Gateway",
      metadata: { name: "domain-shop-example-com", namespace: "kfaas-system" },
      spec: {
        selector: { istio: "business-gateway" },
        servers: [
          {
            port: { number: 443, name: "https", protocol: "HTTPS" },
            hosts: ["kfaas-system/shop.example.com"],
            tls: {
              mode: "SIMPLE",
              credentialName: "domain-shop-example-com",
              minProtocolVersion: "TLSV1_2",
            },
          },
          {
            port: { number: 80, name: "http", protocol: "HTTP" },
            hosts: ["kfaas-system/shop.example.com"],
            tls: { httpsRedirect: true },
          },
        ],
      },
    });
  });

  it("does not answer on port 80 without the redirect, and speaks only what it is told to", () => {
    const { servers } = rendered(aDomain({ httpsRedirect: false, minProtocolVersion: "TLSV1_3" })).gateway
      .spec;
    expect(servers.map(({ port, tls }) => [port.number, tls?.minProtocolVersion])).toEqual([
      [443, "TLSV1_3"],
    ]);
  });

  it("asks cert-manager for its certificate beside the gateway's pods", () => {
    expect(rendered(aDomain()).certificate).toMatchObject({
      apiVersion: "cert-manager.io/v1",
      kind: "Certificate",
      metadata: { name: "domain-shop-example-com", namespace: "gateways" },
      spec: {
        secretName: "domain-shop-example-com",
        dnsNames: [host],
        issuerRef: { name: "letsencrypt", kind: "ClusterIssuer", group: "cert-manager.io" },
      },
    });
  });

  it("keeps its place for a private key free", () => {
    const chain = "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n";
    expect(rendered(aDomain({ certificate: aSecretCertificate({ chain }) })).certificate).toMatchObject({
      kind: "Secret",
      type: "kubernetes.io/tls",
      metadata: { name: "domain-shop-example-com", namespace: "gateways" },
      data: { "tls.crt": Buffer.from(chain).toString("base64"), "tls.key": "[secret]" },
    });
  });

  it("has routes that only its own Gateway serves, beside those that the same service has in an environment", () => {
    const plan = planMesh(aStackWith(aDomain()));
    const [ofDomain] = plan.domains[0]?.virtualServices ?? [];
    expect(ofDomain?.metadata.name).toBe("faas-alpha-ns-saas-showroom-ksvc-shop.example.com-virtualservice");
    expect(ofDomain?.spec).toMatchObject({
      hosts: [host],
      gateways: ["kfaas-system/domain-shop-example-com"],
      http: [{ rewrite: { authority: "saas-showroom.faas-alpha.svc.cluster.local" } }],
    });
    expect(plan.environments[0]?.virtualServices.map(({ spec }) => spec.hosts)).toEqual([
      ["faas-alpha-ksvc-gateway.kfaas-system.svc.cluster.local"],
    ]);
    expect(JSON.stringify([plan.entry, plan.environments])).not.toContain(host);
  });

  it("is what Istio's schema allows, on every version of its API", () => {
    for (const istio of ["1.5", "1.20", "1.31"]) {
      const stack = aStackWith(aDomain());
      const managed = { ...stack, versions: { ...stack.versions, istio } };
      const objects = planObjects(planMesh(managed)).filter(({ metadata }) =>
        metadata.name.includes("example"),
      );
      expect(objects.map(({ kind }) => kind)).toEqual(["Certificate", "Gateway", "VirtualService"]);
      expect(objects.filter(isIstioKind).flatMap(schemaErrors)).toEqual([]);
    }
  });
});
