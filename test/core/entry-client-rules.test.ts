import { describe, expect, it } from "@jest/globals";
import { checkEntryClients } from "../../core/entry-client-rules.ts";
import type { ClientCertificate, EntryClients } from "../../core/stack.ts";

const mutual: ClientCertificate = {
  mode: "mutual",
  secret: "entry-tls",
  subjectAltNames: ["java-gateway.example.com"],
  alsoHttp: false,
};
const ofMesh: ClientCertificate = {
  mode: "istio-mutual",
  subjectAltNames: ["spiffe://cluster.local/ns/java/sa/java-gateway"],
  alsoHttp: false,
};

const problems = (clients: Partial<EntryClients>): [string, string][] =>
  checkEntryClients({ addresses: ["10.0.0.0/8"], ...clients }).map(({ path, code }) => [
    path.join("."),
    code,
  ]);

describe("addresses of clients", () => {
  it.each(["10.0.0.0/8", "10.1.2.3", "2001:db8::/32", "::1"])("%s is one", (address) => {
    expect(problems({ addresses: [address] })).toStrictEqual([]);
  });

  it.each(["10.0.0", "intranet", "10.0.0.0/33", "java-gateway.example.com", ""])("%j is none", (address) => {
    expect(problems({ addresses: ["10.1.2.3", address] })).toStrictEqual([
      ["addresses.1", "invalid-address"],
    ]);
  });

  it.each(["0.0.0.0/0", "::/0"])("%s would be everybody", (address) => {
    expect(problems({ addresses: [address] })).toStrictEqual([["addresses.0", "open-to-everybody"]]);
  });
});

describe("namespaces of clients", () => {
  it("are names that Kubernetes takes", () => {
    expect(problems({ namespaces: ["java"] })).toStrictEqual([]);
    expect(problems({ namespaces: ["java", "Java_2"] })).toStrictEqual([["namespaces.1", "invalid-name"]]);
  });
});

describe("certificates of clients", () => {
  it.each([mutual, { ...mutual, secret: "a.example.com" }, ofMesh])("%j is fine", (certificate) => {
    expect(problems({ certificate })).toStrictEqual([]);
  });

  it("of an authority need the Secret that names it", () => {
    const { mode, subjectAltNames, alsoHttp } = mutual;
    expect(problems({ certificate: { mode, subjectAltNames, alsoHttp } })).toStrictEqual([
      ["certificate.secret", "missing-key"],
    ]);
  });

  it.each(["Entry", "entry_tls", "a..b", "-a", "kfaas-system/entry"])(
    "cannot be in a Secret %j",
    (secret) => {
      expect(problems({ certificate: { ...mutual, secret } })).toStrictEqual([
        ["certificate.secret", "invalid-name"],
      ]);
    },
  );

  it("of the mesh have no Secret", () => {
    expect(problems({ certificate: { ...ofMesh, secret: "entry-tls" } })).toStrictEqual([
      ["certificate.secret", "needless-secret"],
    ]);
  });

  it.each(["*.example.com", "java gateway", "java-gateway", "spiffe://cluster.local/*", ""])(
    "cannot hold the name %j",
    (name) => {
      expect(problems({ certificate: { ...mutual, subjectAltNames: [name] } })).toStrictEqual([
        ["certificate.subjectAltNames.0", "invalid-subject-alt-name"],
      ]);
    },
  );

  it.each(["java-gateway.example.com", "cluster.local/ns/java/sa/java-gateway", "spiffe://a/ns/java"])(
    "of the mesh cannot hold %j",
    (name) => {
      expect(problems({ certificate: { ...ofMesh, subjectAltNames: [name] } })).toStrictEqual([
        ["certificate.subjectAltNames.0", "invalid-subject-alt-name"],
      ]);
    },
  );
});
