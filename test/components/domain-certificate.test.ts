import { describe, expect, it } from "@jest/globals";
import * as pulumi from "@pulumi/pulumi";
import { DomainCertificate } from "../../components/domain-certificate.ts";
import type { DomainCertificate as Source } from "../../core/domain.ts";
import { planMesh } from "../../core/mesh/plan-mesh.ts";
import type { DomainObjects } from "../../core/mesh/plan.ts";
import { aDomain, aDomainGateway, aSecretCertificate, aStack } from "../support/builders.ts";
import { outline, withMocks } from "../support/mocks.ts";

const host = "shop.example.com";
const component = `kfaas:mesh:DomainCertificate ${host}`;
const gateway = `${component} > kubernetes:networking.istio.io/v1:Gateway kfaas-system/domain-shop-example-com`;

function objectsFor(certificate?: Source): DomainObjects {
  const existing = { mode: "existing" } as const;
  const business = aDomainGateway("business-gateway");
  const [objects] = planMesh(
    aStack({
      domains: [aDomain(certificate === undefined ? {} : { certificate })],
      gateways: { entry: existing, clusterLocal: existing, business },
    }),
  ).domains;
  if (objects === undefined) throw new Error("a domain is planned");
  return objects;
}

describe("DomainCertificate", () => {
  it("asks cert-manager for a certificate, and then shows it", async () => {
    const objects = objectsFor();
    const registered = await withMocks();
    new DomainCertificate(host, { objects, namespace: "kfaas-system" });
    const all = await registered();
    const certificate = "kubernetes:cert-manager.io/v1:Certificate gateways/domain-shop-example-com";
    expect(outline(all)).toEqual([component, `${component} > ${certificate}`, gateway]);
    expect(all.find(({ type }) => type.endsWith(":Gateway"))?.dependencies).toEqual([certificate]);
    expect(all.find(({ type }) => type.endsWith(":Certificate"))?.inputs["spec"]).toEqual(
      objects.certificate.kind === "Certificate" ? objects.certificate.spec : {},
    );
  });

  it("puts the key in place of the placeholder, as a secret", async () => {
    const objects = objectsFor(aSecretCertificate());
    const registered = await withMocks();
    const privateKey = pulumi.output("the key");
    new DomainCertificate(host, { objects, namespace: "kfaas-system", privateKey });
    const all = await registered();
    const secret = "kubernetes:core/v1:Secret gateways/domain-shop-example-com";
    expect(outline(all)).toEqual([component, `${component} > ${secret}`, gateway]);
    const inputs = all.find(({ type }) => type.endsWith(":Secret"))?.inputs;
    // The signature with which the SDK marks secrets for the engine.
    expect(JSON.stringify(inputs?.["data"])).toContain("1b47061264138c4ac30d75fd1eb44270");
    expect(JSON.stringify(inputs?.["data"])).toContain(Buffer.from("the key").toString("base64"));
    expect(JSON.stringify(inputs?.["data"])).not.toContain("[secret]");
  });

  it("makes no Secret without a key", async () => {
    await withMocks();
    const objects = objectsFor(aSecretCertificate());
    expect(() => new DomainCertificate(host, { objects, namespace: "kfaas-system" })).toThrow(
      "no private key for domain-shop-example-com",
    );
  });
});
