import type { Domain, IssuedCertificate } from "../domain.ts";
import type { DomainGateway } from "../stack.ts";
import type { Gateway, ObjectMeta } from "./istio.ts";
import { labels } from "./labels.ts";
import { domainObjectName, gatewayReference, systemNamespace } from "./names.ts";
import type { CertManagerCertificate, DomainObjects, TlsSecret } from "./plan.ts";
import type { VersionProfile } from "./version-profile.ts";

/** Stands where a secret value belongs, and is no value of it: the API server refuses it, so nobody applies it by mistake. */
export const secretPlaceholder = "[secret]";

/** A domain's certificate, and the HTTPS server that shows it. */
export function renderDomain(
  domain: Domain,
  gateway: DomainGateway,
  profile: VersionProfile,
): Pick<DomainObjects, "certificate" | "gateway"> {
  return {
    certificate: renderCertificate(domain, gateway.namespace),
    gateway: renderHttpsGateway(domain, gateway, profile),
  };
}

/** In the namespace of the gateway's pods: istiod gives nobody a Secret of another. */
function renderCertificate(
  { name: host, certificate }: Domain,
  namespace: string,
): CertManagerCertificate | TlsSecret {
  const name = domainObjectName(host);
  const metadata = { name, namespace, labels: { ...labels(name, "domain-certificate") } };
  return certificate.kind === "certManager"
    ? renderIssued(certificate, host, metadata)
    : {
        apiVersion: "v1",
        kind: "Secret",
        metadata,
        type: "kubernetes.io/tls",
        data: { "tls.crt": base64(certificate.chain), "tls.key": secretPlaceholder },
      };
}

function renderIssued(
  { issuer }: IssuedCertificate,
  host: string,
  metadata: ObjectMeta,
): CertManagerCertificate {
  return {
    apiVersion: "cert-manager.io/v1",
    kind: "Certificate",
    metadata,
    spec: {
      secretName: metadata.name,
      dnsNames: [host],
      issuerRef: { ...issuer, group: "cert-manager.io" },
      // A renewed certificate gets a new key too, which cert-manager did not do by itself before 1.18.
      privateKey: { rotationPolicy: "Always" },
    },
  };
}

function renderHttpsGateway(
  { name: host, minProtocolVersion, httpsRedirect }: Domain,
  { selector }: DomainGateway,
  profile: VersionProfile,
): Gateway {
  const name = domainObjectName(host);
  // Only VirtualServices of kfaas-system, so that nobody else can route what comes for the host.
  const hosts = [gatewayReference(host)];
  return {
    apiVersion: profile.networkingApiVersion,
    kind: "Gateway",
    metadata: { name, namespace: systemNamespace },
    spec: {
      selector,
      servers: [
        {
          port: { number: 443, name: "https", protocol: "HTTPS" },
          hosts,
          tls: { mode: "SIMPLE", credentialName: name, minProtocolVersion },
        },
        ...(httpsRedirect
          ? [{ port: { number: 80, name: "http", protocol: "HTTP" }, hosts, tls: { httpsRedirect } }]
          : []),
      ],
    },
  };
}

/** PEM is ASCII. */
function base64(text: string): string {
  return btoa(text);
}
