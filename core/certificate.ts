/** What a certificate says, as far as it decides whether clients accept it. Days are `YYYY-MM-DD` in UTC. */
export interface CertificateFacts {
  readonly subject: string;
  /** DNS names that it is for, wildcards among them; nobody looks at the subject's common name any more. */
  readonly dnsNames: readonly string[];
  readonly firstDay: string;
  readonly lastDay: string;
  /** Whether the next one of the chain has issued it; undefined for the last. */
  readonly issuedByNext: boolean | undefined;
}

/**
 * Whether clients take a certificate for a host. A wildcard stands for exactly one whole label, the first:
 * https://www.rfc-editor.org/rfc/rfc9525#section-6.3
 */
export function coversHost({ dnsNames }: Pick<CertificateFacts, "dnsNames">, host: string): boolean {
  const wanted = host.toLowerCase();
  const parent = wanted.slice(wanted.indexOf(".") + 1);
  return dnsNames.some((name) => {
    const lower = name.toLowerCase();
    return lower === wanted || (parent.includes(".") && lower === `*.${parent}`);
  });
}
