import { describe, expect, it } from "@jest/globals";
import type { CertificateFacts } from "../../core/certificate.ts";
import type { Domain, SecretCertificate } from "../../core/domain.ts";
import { checkDomainGateway, checkDomainName, checkDomains } from "../../core/domain-rules.ts";
import {
  aDomain,
  aDomainGateway,
  aForward,
  aSecretCertificate,
  aServiceWith,
  aStack,
} from "../support/builders.ts";

const today = "2026-11-30";

function facts(changes: Partial<CertificateFacts> = {}): CertificateFacts {
  return {
    subject: "CN=shop.example.com",
    dnsNames: ["shop.example.com"],
    firstDay: "2026-01-01",
    lastDay: "2027-06-30",
    issuedByNext: undefined,
    ...changes,
  };
}

function found(domains: readonly Domain[], gateways = bothGateways): string[] {
  const stack = aStack({ domains, gateways });
  return checkDomains(stack, today).map(({ severity, code }) => `${severity} ${code}`);
}

const existing = { mode: "existing" } as const;
const bothGateways = {
  entry: existing,
  clusterLocal: existing,
  business: aDomainGateway("business-gateway"),
  intranet: aDomainGateway("intranet-gateway"),
};

function withCertificate(changes: Partial<SecretCertificate>): Domain {
  return aDomain({ certificate: aSecretCertificate({ certificates: [facts()], ...changes }) });
}

describe("checkDomains", () => {
  it("finds nothing in a domain of cert-manager's, and in a certificate that clients accept", () => {
    expect(found([aDomain(), withCertificate({ keyMatches: true })].slice(0, 1))).toEqual([]);
    expect(found([withCertificate({ keyMatches: true })])).toEqual([]);
  });

  it("says what is left to up where the key cannot be read", () => {
    expect(found([withCertificate({ keyMatches: undefined })])).toEqual(["info certificate-key-unread"]);
  });

  it.each<[string, Partial<CertificateFacts>, string[]]>([
    ["for another host", { dnsNames: ["www.example.com"] }, ["error certificate-host"]],
    ["for no host", { dnsNames: [] }, ["error certificate-host"]],
    ["for all hosts of the parent", { dnsNames: ["*.example.com"] }, []],
    ["for hosts two labels below", { dnsNames: ["*.com"] }, ["error certificate-host"]],
    ["over since yesterday", { lastDay: "2026-11-29" }, ["error certificate-expired"]],
    ["over today", { lastDay: today }, ["error certificate-expired"]],
    ["over tomorrow", { lastDay: "2026-12-01" }, ["warning certificate-expires-soon"]],
    ["over in 29 days", { lastDay: "2026-12-29" }, ["warning certificate-expires-soon"]],
    ["over in 30 days", { lastDay: "2026-12-30" }, []],
    ["valid from tomorrow", { firstDay: "2026-12-01" }, ["error certificate-not-yet-valid"]],
  ])("a certificate %s", (_, changes, expected) => {
    const certificates = [facts(changes)];
    expect(found([withCertificate({ keyMatches: true, certificates })])).toEqual(expected);
  });

  it("refuses the key of another certificate", () => {
    expect(found([withCertificate({ keyMatches: false })])).toEqual(["error certificate-key"]);
  });

  it("refuses a chain in the wrong order, and looks at the days of each of its certificates", () => {
    const issuer = facts({ subject: "CN=Issuer", dnsNames: [], lastDay: "2026-12-05" });
    const ordered = [facts({ issuedByNext: true }), issuer];
    expect(found([withCertificate({ keyMatches: true, certificates: ordered })])).toEqual([
      "warning certificate-expires-soon",
    ]);
    const reversed = [facts({ issuedByNext: false }), facts()];
    expect(found([withCertificate({ keyMatches: true, certificates: reversed })])).toEqual([
      "error certificate-chain-order",
    ]);
  });

  it("warns of two hosts of one gateway that a browser would ask on one connection", () => {
    const certificates = [facts({ dnsNames: ["*.example.com"] })];
    const domain = withCertificate({ keyMatches: true, certificates });
    const other = aDomain({ name: "cart.example.com" });
    expect(found([other, domain])).toEqual(["warning certificate-shared"]);
    expect(found([{ ...other, gateway: "intranet" }, domain])).toEqual([]);
  });

  it("refuses a domain whose gateway the stack does not have", () => {
    const { business, ...gateways } = bothGateways;
    expect(business.namespace).toBe("gateways");
    const stack = aStack({ domains: [aDomain()], gateways });
    expect(checkDomains(stack, today).map(({ code, environment }) => [code, environment])).toEqual([
      ["missing-domain-gateway", "shop.example.com"],
    ]);
  });

  it.each([
    ["the same labels", { istio: "gateway" }, { istio: "gateway" }, false],
    ["labels that one pod may have", { istio: "gateway" }, { zone: "intranet" }, false],
    ["fewer labels", { istio: "gateway", zone: "dmz" }, { istio: "gateway" }, false],
    ["different values of one label", { istio: "gateway", zone: "dmz" }, { zone: "intranet" }, true],
  ])("gateways with %s", (_, business, intranet, isApart) => {
    const gateways = {
      ...bothGateways,
      business: { ...bothGateways.business, selector: business },
      intranet: { ...bothGateways.intranet, selector: intranet },
    };
    expect(found([], gateways)).toEqual(isApart ? [] : ["error domain-gateways-overlap"]);
  });

  it("refuses mirrors, which would have to pass the entry gateway", () => {
    const mirroring = aForward("cart", { mirror: { service: "shadow", percent: 1 } });
    const service = aServiceWith(mirroring, { name: "cart", environment: "shop.example.com" });
    const stack = aStack({ domains: [aDomain()], gateways: bothGateways });
    const problems = checkDomains(
      { ...stack, services: [service, { ...service, environment: "alpha" }] },
      today,
    );
    expect(problems.map(({ code, environment, services }) => [code, environment, services])).toEqual([
      ["mirror-on-domain", "shop.example.com", ["cart"]],
    ]);
  });

  it("refuses two domains whose Gateways would have one name", () => {
    const domains = [aDomain({ name: "a-b.example.com" }), aDomain({ name: "ab.example.com" })];
    expect(found(domains)).toEqual([]);
    expect(found([...domains, aDomain({ name: "a.b.example.com" })])).toEqual(["error name-collision"]);
  });
});

describe("checkDomainName", () => {
  it("takes hosts", () => {
    expect(checkDomainName("shop.example.com")).toEqual([]);
    expect(checkDomainName(`${"a".repeat(44)}.example.com`)).toEqual([]);
  });

  it.each([
    ["shop", "invalid-host"],
    ["*.example.com", "invalid-host"],
    ["Shop.example.com", "invalid-host"],
    ["https://shop.example.com", "invalid-host"],
    ["shop.example.com:443", "invalid-host"],
    ["10.0.0.1", "invalid-host"],
    ["shop.faas-prod.svc.cluster.local", "invalid-host"],
    [`${"a".repeat(45)}.example.com`, "name-too-long"],
  ])("refuses %s", (host, code) => {
    expect(checkDomainName(host).map((violation) => violation.code)).toEqual([code]);
  });
});

describe("checkDomainGateway", () => {
  it("refuses a selector that would select every gateway, and values that no label has", () => {
    const { mode } = existing;
    expect(checkDomainGateway({ mode, namespace: "gateways", selector: {} }).map(({ code }) => code)).toEqual(
      ["too-few"],
    );
    expect(
      checkDomainGateway({ mode, namespace: "Gateways", selector: { istio: "a b" } }).map(({ code }) => code),
    ).toEqual(["invalid-name", "invalid-name"]);
  });
});
