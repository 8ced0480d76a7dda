import type { CertificateFacts } from "./certificate.ts";
import type { Location } from "./problem.ts";
import type { Environment, Gateways, Stack } from "./stack.ts";

/**
 * A business or intranet host with a certificate. Its name is the host; its services are proven like those of an environment, but below
 * a path root of its own, `/`.
 */
export interface Domain extends Environment {
  readonly gateway: DomainGatewayRole;
  /** The oldest version of TLS that a client may speak. */
  readonly minProtocolVersion: TlsVersion;
  /** True: port 80 sends clients to HTTPS. False: nothing answers there. */
  readonly httpsRedirect: boolean;
  readonly certificate: DomainCertificate;
  readonly location: Location;
}

/** Which of the stack's gateways serves a domain, and so who can reach it. */
export type DomainGatewayRole = keyof Pick<Gateways, "business" | "intranet">;

/** As Istio calls them. Older ones have been forbidden since 2021: https://www.rfc-editor.org/rfc/rfc8996 */
export const tlsVersions = ["TLSV1_2", "TLSV1_3"] as const;
export type TlsVersion = (typeof tlsVersions)[number];

export type DomainCertificate = IssuedCertificate | SecretCertificate;

/** cert-manager gets it and renews it. */
export interface IssuedCertificate {
  readonly kind: "certManager";
  readonly issuer: { readonly name: string; readonly kind: "Issuer" | "ClusterIssuer" };
}

/** From the stack's config, where the private key is encrypted. The key itself is never part of a stack. */
export interface SecretCertificate {
  readonly kind: "secret";
  /** Its key below `kfaas:certificates`. */
  readonly name: string;
  /** PEM, the host's own certificate first. */
  readonly chain: string;
  /** What the chain says, in its order. */
  readonly certificates: readonly CertificateFacts[];
  /** Whether the private key belongs to the first; undefined where it cannot be read, as by everything but Pulumi. */
  readonly keyMatches: boolean | undefined;
  readonly location: Location;
}

/** True for the name of a domain: environments are called by one DNS label, hosts have at least two. */
export function isDomainName(environment: string): boolean {
  return environment.includes(".");
}

/** Everything of a stack that has a host of its own: environments, then domains. */
export function hostsOfStack({
  environments,
  domains,
}: Pick<Stack, "environments" | "domains">): readonly Environment[] {
  return [...environments, ...domains];
}

/** The stack with a single one of its environments and domains; with none if there is none of that name. */
export function onlyEnvironment(stack: Stack, name: string): Stack {
  const isNamed = (each: Environment): boolean => each.name === name;
  return {
    ...stack,
    environments: stack.environments.filter(isNamed),
    domains: stack.domains.filter(isNamed),
  };
}

/** What every path of an environment or domain lies below. */
export function pathRootOf<Root extends string | undefined>(environment: string, pathRoot: Root): Root | "/" {
  return isDomainName(environment) ? "/" : pathRoot;
}
