import { generateKeyPairSync } from "node:crypto";
import forge from "node-forge";

/** A certificate with its private key, both in PEM. */
export interface Issued {
  readonly certificate: string;
  readonly privateKey: string;
}

export interface Wanted {
  readonly commonName: string;
  readonly dnsNames?: readonly string[];
  /** Whether it may issue others. */
  readonly isAuthority?: boolean;
  /** `YYYY-MM-DD`, midnight UTC. */
  readonly from?: string;
  readonly to?: string;
}

let serial = 1;

/** A real certificate, signed by its issuer, or by itself if there is none: Node can read certificates, but not make them. */
export function issue(wanted: Wanted, issuer?: Issued): Issued {
  const { commonName, dnsNames = [], isAuthority = false } = wanted;
  // Node makes keys a hundred times faster.
  const { publicKey, privateKey } = generateKeyPairSync("rsa", {
    modulusLength: 2048,
    publicKeyEncoding: { type: "spki", format: "pem" },
    privateKeyEncoding: { type: "pkcs8", format: "pem" },
  });
  const certificate = forge.pki.createCertificate();
  certificate.publicKey = forge.pki.publicKeyFromPem(publicKey);
  certificate.serialNumber = (serial++).toString(16).padStart(4, "0");
  certificate.validity.notBefore = new Date(wanted.from ?? "2026-01-01");
  certificate.validity.notAfter = new Date(wanted.to ?? "2040-01-01");
  certificate.setSubject([{ name: "commonName", value: commonName }]);
  certificate.setIssuer(
    issuer === undefined
      ? certificate.subject.attributes
      : forge.pki.certificateFromPem(issuer.certificate).subject.attributes,
  );
  certificate.setExtensions([
    { name: "basicConstraints", cA: isAuthority, critical: true },
    { name: "keyUsage", critical: true, keyCertSign: isAuthority, digitalSignature: true },
    ...(dnsNames.length === 0
      ? []
      : [{ name: "subjectAltName", altNames: dnsNames.map((value) => ({ type: 2, value })) }]),
  ]);
  certificate.sign(forge.pki.privateKeyFromPem(issuer?.privateKey ?? privateKey), forge.md.sha256.create());
  return { certificate: pem(forge.pki.certificateToPem(certificate)), privateKey: pem(privateKey) };
}

/** A root, an intermediate that it issued, and the means to have more issued by that. */
export function certificateAuthority(): {
  readonly root: Issued;
  readonly intermediate: Issued;
  /** The chain as a server shows it, without the root. */
  readonly chainFor: (wanted: Wanted) => Issued;
} {
  const root = issue({ commonName: "Test Root", isAuthority: true });
  const intermediate = issue({ commonName: "Test Intermediate", isAuthority: true }, root);
  return {
    root,
    intermediate,
    chainFor: (wanted) => {
      const leaf = issue(wanted, intermediate);
      return { ...leaf, certificate: leaf.certificate + intermediate.certificate };
    },
  };
}

function pem(text: string): string {
  return `${text.replaceAll("\r", "").trim()}\n`;
}
