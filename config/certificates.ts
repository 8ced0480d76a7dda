import { createPrivateKey, type KeyObject, X509Certificate } from "node:crypto";
import type { CertificateFacts } from "../core/certificate.ts";
import { utcDate } from "../core/plan-stack.ts";
import { isRecord } from "./pulumi-values.ts";

// Private keys never get further than this file: neither into a Stack nor into a message. The program takes them from Pulumi as
// secrets when it registers a Secret (components/domain-certificate.ts).

const configKey = "kfaas:certificates";
/** In place of what must not be seen. */
const hidden = "[secret]";

/** The private keys of a config, by the name of their certificate. */
export type PrivateKeys = ReadonlyMap<string, string>;

/** What is known of private keys beside a config that no longer has them. */
export interface KnownKeys {
  /** From Pulumi, which alone can decrypt them. */
  readonly decrypted: PrivateKeys;
  /** What the stack's own file holds unencrypted, and must not. */
  readonly plain: PrivateKeys;
}

/** A config in which whatever may be a private key is hidden, and the keys where they are to be. */
export function withoutPrivateKeys(config: unknown): { config: unknown; privateKeys: PrivateKeys } {
  const privateKeys = new Map<string, string>();
  const certificates = isRecord(config) ? config[configKey] : undefined;
  if (!isRecord(config) || certificates === undefined) return { config, privateKeys };
  if (!isRecord(certificates)) return { config: { ...config, [configKey]: hide(certificates) }, privateKeys };
  const entries = Object.entries(certificates).map(([name, certificate]) => {
    if (!isRecord(certificate)) return [name, hide(certificate)];
    const { certificateChain, privateKey, ...rest } = certificate;
    if (typeof privateKey === "string") privateKeys.set(name, privateKey);
    return [
      name,
      {
        ...(hide(rest) as object),
        ...(certificateChain === undefined ? {} : { certificateChain: hideKey(certificateChain) }),
        ...(privateKey === undefined
          ? {}
          : { privateKey: typeof privateKey === "string" ? { secure: hidden } : hide(privateKey) }),
      },
    ];
  });
  return { config: { ...config, [configKey]: Object.fromEntries(entries) as unknown }, privateKeys };
}

/** A chain is public; whoever puts the key into it has put it in the wrong place. */
function hideKey(chain: unknown): unknown {
  return typeof chain === "string" && !chain.includes("PRIVATE KEY") ? chain : hide(chain);
}

function hide(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(hide);
  if (!isRecord(value)) return typeof value === "string" ? hidden : value;
  return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, hide(inner)]));
}

/** What the certificates of a chain say, in its order; undefined if the text is anything but PEM certificates. */
export function readChain(chain: string): CertificateFacts[] | undefined {
  const certificates = parseChain(chain);
  return certificates?.map((certificate, index) => {
    const next = certificates[index + 1];
    return {
      subject: certificate.subject.replaceAll("\n", ", "),
      dnsNames: dnsNamesOf(certificate),
      firstDay: utcDate(new Date(certificate.validFrom)),
      lastDay: utcDate(new Date(certificate.validTo)),
      issuedByNext: next && certificate.checkIssued(next) && certificate.verify(next.publicKey),
    };
  });
}

/** Whether the key belongs to the first certificate; undefined if it is no private key in PEM, or protected by a passphrase. */
export function keyMatches(chain: string, privateKey: string): boolean | undefined {
  const key = parseKey(privateKey);
  return key && (parseChain(chain)?.[0]?.checkPrivateKey(key) ?? false);
}

function parseChain(chain: string): X509Certificate[] | undefined {
  const blocks = chain.match(/-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----/g) ?? [];
  const rest = blocks.reduce((text, block) => text.replace(block, ""), chain);
  if (blocks.length === 0 || rest.trim() !== "") return undefined;
  try {
    return blocks.map((block) => new X509Certificate(block));
  } catch {
    return undefined;
  }
}

/** OpenSSL's reasons are left out: nothing that was made from a key may end up in a message. */
function parseKey(privateKey: string): KeyObject | undefined {
  try {
    return createPrivateKey(privateKey);
  } catch {
    return undefined;
  }
}

/** As in `DNS:shop.example.com, DNS:*.example.com, IP Address:10.0.0.1`. */
function dnsNamesOf({ subjectAltName = "" }: X509Certificate): string[] {
  return Array.from(subjectAltName.matchAll(/(?:^|, )DNS:([^",\s]+)/g), ([, name = ""]) => name);
}
