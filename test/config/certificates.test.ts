import { generateKeyPairSync } from "node:crypto";
import { describe, expect, it } from "@jest/globals";
import { keyMatches, readChain, withoutPrivateKeys } from "../../config/certificates.ts";
import { certificateAuthority, issue } from "../support/certificates.ts";

const authority = certificateAuthority();
const shop = authority.chainFor({
  commonName: "shop.example.com",
  dnsNames: ["shop.example.com", "*.shop.example.com"],
  from: "2026-01-31",
  to: "2027-02-28",
});

describe("readChain", () => {
  it("says what the certificates say, in their order", () => {
    expect(readChain(`${shop.certificate}\n${authority.root.certificate}`)).toEqual([
      {
        subject: "CN=shop.example.com",
        dnsNames: ["shop.example.com", "*.shop.example.com"],
        firstDay: "2026-01-31",
        lastDay: "2027-02-28",
        issuedByNext: true,
      },
      expect.objectContaining({ subject: "CN=Test Intermediate", dnsNames: [], issuedByNext: true }),
      expect.objectContaining({ subject: "CN=Test Root", issuedByNext: undefined }),
    ]);
  });

  it("sees that an issuer of the same name has another key", () => {
    const other = issue({ commonName: "Test Intermediate", isAuthority: true });
    const [leaf = ""] = shop.certificate.split(/(?<=-----END CERTIFICATE-----\n)/);
    expect(readChain(leaf + other.certificate)?.[0]?.issuedByNext).toBe(false);
  });

  it.each([
    ["nothing", ""],
    ["other text", "certificate"],
    ["something beside it", `${shop.certificate}and more`],
    ["a private key", shop.privateKey],
    ["a certificate cut short", shop.certificate.replace(/[A-Za-z0-9+/]{64}\n/, "")],
  ])("takes no %s for a chain", (_, text) => {
    expect(readChain(text)).toBeUndefined();
  });
});

describe("keyMatches", () => {
  it("knows the key of the first certificate, in either form of PEM", () => {
    expect(keyMatches(shop.certificate, shop.privateKey)).toBe(true);
    expect(keyMatches(shop.certificate, authority.intermediate.privateKey)).toBe(false);
  });

  it("cannot say it of what is no key, or of one with a passphrase", () => {
    const { privateKey } = generateKeyPairSync("ec", {
      namedCurve: "P-256",
      publicKeyEncoding: { type: "spki", format: "pem" },
      privateKeyEncoding: { type: "pkcs8", format: "pem", cipher: "aes-256-cbc", passphrase: "x" },
    });
    expect(keyMatches(shop.certificate, privateKey)).toBeUndefined();
    expect(keyMatches(shop.certificate, shop.privateKey.slice(0, 500))).toBeUndefined();
  });
});

describe("withoutPrivateKeys", () => {
  const key = "kfaas:certificates";
  const certificateChain = "public";

  it("leaves a config without certificates as it is", () => {
    const config = { "kfaas:pathRoot": "/" };
    expect(withoutPrivateKeys(config).config).toBe(config);
    expect(withoutPrivateKeys(undefined).config).toBeUndefined();
  });

  it("reads the same from Pulumi and from the stack's file", () => {
    const decrypted = withoutPrivateKeys({
      [key]: { shop: { certificateChain, privateKey: "secret text" } },
    });
    const written = withoutPrivateKeys({
      [key]: { shop: { certificateChain, privateKey: { secure: "v1:x" } } },
    });
    expect(decrypted.config).toEqual(written.config);
    expect(decrypted.privateKeys).toEqual(new Map([["shop", "secret text"]]));
    expect(written.privateKeys.size).toBe(0);
  });

  it.each([
    ["as the certificate", { shop: shop.privateKey }],
    ["as the chain", { shop: { certificateChain: shop.privateKey + shop.certificate } }],
    ["under another key", { shop: { certificateChain, key: shop.privateKey } }],
    ["in a list", { shop: { certificateChain, privateKey: [shop.privateKey] } }],
    ["deeper", { shop: { certificateChain, privateKey: { pem: shop.privateKey } } }],
    ["as everything", shop.privateKey],
  ])("hides a key wherever it is: %s", (_, certificates) => {
    const { config } = withoutPrivateKeys({ [key]: certificates });
    for (const line of shop.privateKey.split("\n").filter((text) => text !== ""))
      expect(JSON.stringify(config)).not.toContain(line);
  });
});
