import { X509Certificate } from "node:crypto";
import { describe, expect, it } from "@jest/globals";
import { coversHost } from "../../core/certificate.ts";
import { issue } from "../support/certificates.ts";

const certificates = [
  ["shop.example.com"],
  ["*.example.com"],
  ["*.example.com", "example.com"],
  ["*.shop.example.com"],
  ["SHOP.example.com"],
  ["*.com"],
  [],
].map((dnsNames) => ({
  dnsNames,
  certificate: new X509Certificate(issue({ commonName: "shop.example.com", dnsNames }).certificate),
}));

const hosts = [
  "shop.example.com",
  "example.com",
  "a.shop.example.com",
  "www.example.com",
  "shop.example.org",
  "shopxexample.com",
  "com",
];

describe("coversHost", () => {
  it.each(certificates)(
    "says of $dnsNames what OpenSSL says, for every host",
    ({ dnsNames, certificate }) => {
      const options = { subject: "never", partialWildcards: false } as const;
      for (const host of hosts) {
        expect([host, coversHost({ dnsNames }, host)]).toEqual([
          host,
          certificate.checkHost(host, options) !== undefined,
        ]);
      }
    },
  );
});
