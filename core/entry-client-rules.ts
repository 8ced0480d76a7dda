import { checkAddressRange } from "./ip-address.ts";
import { checkHost, checkLabel, labelPattern } from "./kubernetes-name.ts";
import type { ClientCertificate, EntryClients } from "./stack.ts";
import { below, type Violation } from "./violation.ts";

/** What of who may enter could not be deployed, or would let everybody in. */
export function checkEntryClients({ addresses, namespaces = [], certificate }: EntryClients): Violation[] {
  return [
    ...addresses.flatMap((address, index) => below(["addresses", index], checkClientAddress(address))),
    ...namespaces.flatMap((name, index) => below(["namespaces", index], checkLabel("the namespace", name))),
    ...(certificate === undefined ? [] : below(["certificate"], checkClientCertificate(certificate))),
  ];
}

function checkClientAddress(address: string): Violation[] {
  const invalid = checkAddressRange("the address", address);
  if (invalid.length > 0 || !address.endsWith("/0")) return invalid;
  return [
    {
      code: "open-to-everybody",
      path: [],
      message: `${address} lets everybody in`,
      fix: "write the addresses of the Java gateway, or those of the intranet",
    },
  ];
}

function checkClientCertificate({ mode, secret, subjectAltNames }: ClientCertificate): Violation[] {
  const checkName = mode === "mutual" ? checkSubjectAltName : checkMeshIdentity;
  return [
    ...checkSecret(mode, secret),
    ...subjectAltNames.flatMap((name, index) => below(["subjectAltNames", index], checkName(name))),
  ];
}

function checkSecret(mode: ClientCertificate["mode"], secret: string | undefined): Violation[] {
  if (mode === "istio-mutual") {
    if (secret === undefined) return [];
    return [
      {
        code: "needless-secret",
        path: ["secret"],
        message: "istio-mutual uses the mesh's own certificates, and no Secret",
        fix: "delete secret, or write mode: mutual",
      },
    ];
  }
  if (secret === undefined) {
    return [
      {
        code: "missing-key",
        path: ["secret"],
        message: "mutual needs the Secret with the gateway's certificate and the authority of its clients",
        fix: "write secret: and the name of a Secret in kfaas-system with tls.crt, tls.key and ca.crt",
      },
    ];
  }
  if (secret.length <= 253 && secret.split(".").every((label) => labelPattern.test(label))) return [];
  return [
    {
      code: "invalid-name",
      path: ["secret"],
      message: `the Secret ${JSON.stringify(secret)} is not a name that Kubernetes takes`,
      fix: "use lower-case letters, digits, hyphens and dots; begin and end with a letter or digit",
    },
  ];
}

/** A DNS name or a URI. The proxy compares whole names, so that a wildcard would match nobody. */
function checkSubjectAltName(name: string): Violation[] {
  if (/^[a-z][a-z0-9+.-]*:\/\/[^\s*]+$/.test(name) || checkHost("the name", name).length === 0) return [];
  return [invalidName(name, "a full DNS name or a URI", "java-gateway.example.com")];
}

/** What a certificate of the mesh holds: https://istio.io/latest/docs/concepts/security/#istio-identity */
function checkMeshIdentity(name: string): Violation[] {
  if (/^spiffe:\/\/[^/\s*]+\/ns\/[^/\s*]+\/sa\/[^/\s*]+$/.test(name)) return [];
  return [invalidName(name, "the identity of a workload", "spiffe://cluster.local/ns/java/sa/java-gateway")];
}

function invalidName(name: string, kind: string, example: string): Violation {
  return {
    code: "invalid-subject-alt-name",
    path: [],
    message: `${JSON.stringify(name)} is not ${kind}, as a certificate holds it`,
    fix: `write it whole and without wildcards, for example ${example}`,
  };
}
