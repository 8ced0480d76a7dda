import { describe, expect, it } from "@jest/globals";
import type { Domain } from "../../core/domain.ts";
import { planMesh } from "../../core/mesh/plan-mesh.ts";
import type { DomainGateway, Stack } from "../../core/stack.ts";
import { domainInstallation } from "../../local/domain-gateways.ts";
import { gatewayProxies } from "../../local/gateway-proxies.ts";
import { aDomain, aDomainGateway, aManagedGateway, aSecretCertificate, aStack } from "../support/builders.ts";

function layoutOf(domains: readonly Domain[], business: DomainGateway) {
  const stack: Stack = aStack({
    domains,
    gateways: {
      entry: aManagedGateway(),
      clusterLocal: { mode: "existing" },
      business,
      intranet: aDomainGateway("intranet-gateway"),
    },
  });
  const layout = gatewayProxies(stack, planMesh(stack));
  return { layout, installation: domainInstallation(stack, layout) };
}

describe("gateways of domains on the embedded mesh", () => {
  it("are an Envoy with a Service and the right to read Secrets, where a domain needs them", () => {
    const certificate = aSecretCertificate();
    const { layout, installation } = layoutOf([aDomain({ certificate })], aDomainGateway("business-gateway"));
    expect(layout.proxies.map(({ name }) => name)).toEqual([
      "kfaas-entry-gateway",
      "istio-ingressgateway",
      "business-gateway",
    ]);
    expect(layout.domains).toEqual({
      business: {
        http: "business-gateway/8080",
        https: "business-gateway/8443",
        account: "business-gateway",
      },
    });
    expect(
      installation.map(({ kind, metadata }) => `${kind} ${metadata.namespace ?? ""}/${metadata.name}`),
    ).toEqual([
      "Namespace /gateways",
      "Service gateways/local-business-gateway",
      "Role gateways/local-business-gateway",
      "RoleBinding gateways/local-business-gateway",
    ]);
  });

  it("are Knative's where its pods have the labels", () => {
    const business = { ...aDomainGateway("ingressgateway"), namespace: "istio-system" };
    const { layout } = layoutOf([aDomain()], business);
    expect(
      layout.proxies.map(({ name, listeners }) => [name, listeners.map(({ podPort }) => podPort)]),
    ).toEqual([
      ["kfaas-entry-gateway", [8080, 80]],
      ["istio-ingressgateway", [8081, 8080, 8443]],
    ]);
    expect(layout.domains.business?.account).toBe("istio-ingressgateway");
  });

  it("come with the definition of cert-manager's Certificate where one is asked for", () => {
    const { installation } = layoutOf([aDomain()], aDomainGateway("business-gateway"));
    expect(installation[0]).toMatchObject({
      kind: "CustomResourceDefinition",
      metadata: { name: "certificates.cert-manager.io" },
    });
  });

  it("are not there without domains", () => {
    const { layout, installation } = layoutOf([], aDomainGateway("business-gateway"));
    expect(layout.domains).toEqual({});
    expect(installation).toEqual([]);
  });
});
