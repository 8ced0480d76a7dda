import type * as z from "zod";
import type { Domain, DomainCertificate, DomainGatewayRole, SecretCertificate } from "../core/domain.ts";
import { checkDomainGateway, checkDomainName } from "../core/domain-rules.ts";
import type { LintLevels } from "../core/lint/lint-level.ts";
import { compact } from "../core/compact.ts";
import { checkDriftWatch, checkKnownObjects } from "../core/drift-watch-rules.ts";
import { nearest } from "../core/nearest.ts";
import { compareText, type Location } from "../core/problem.ts";
import { checkNextHop } from "../core/next-hop-rules.ts";
import { checkEntryClients } from "../core/entry-client-rules.ts";
import type {
  DomainGateway,
  EntryClients,
  ExistingGateway,
  Gateways,
  ManagedEntryGateway,
  ManagedGateway,
  Stack,
} from "../core/stack.ts";
import {
  checkAutoscaling,
  checkCluster,
  checkEnvironmentName,
  checkPathRoot,
  checkVersions,
} from "../core/stack-rules.ts";
import { below, type KeyPath, type Violation } from "../core/violation.ts";
import { defaultAutoscaling } from "./autoscaling-shape.ts";
import { readExit } from "./exit-config.ts";
import { readNextHop } from "./next-hop-shape.ts";
import type { EntryClientsInput } from "./entry-clients-shape.ts";
import { keyMatches, type KnownKeys, readChain } from "./certificates.ts";
import { ProblemReport } from "./problem-report.ts";
import { isRecord } from "./pulumi-values.ts";
import { checkShape, salvage } from "./shape.ts";
import {
  defaultDriftWatch,
  type StackConfigInput,
  type StackConfigKey,
  stackConfigShape,
} from "./stack-config-shape.ts";
import type { LocatedValue } from "./yaml-document.ts";

/** What a stack's config says about the stack; a part is missing if it could not be understood. */
export type StackConfig = Partial<
  Pick<
    Stack,
    | "cluster"
    | "versions"
    | "production"
    | "pathNormalisation"
    | "pathRoot"
    | "serviceFolders"
    | "environments"
    | "domains"
    | "gateways"
    | "driftWatch"
    | "knownObjects"
  >
> & {
  /** Only what the config says, without defaults. */
  readonly lints?: Partial<LintLevels>;
  /** With domains; also of environments whose names nobody could deploy: their files are read all the same. */
  readonly environmentNames?: readonly string[];
};

/**
 * Reads and checks the keys of namespace `kfaas`; all that is wrong ends up in the report.
 * @param path where the config is in the document
 * @param raw its value there, without private keys
 * @param keys those that were taken out
 */
export function readStackConfig(
  document: LocatedValue,
  path: KeyPath,
  raw: unknown,
  keys: KnownKeys,
): { config: StackConfig; report: ProblemReport } {
  const report = new ProblemReport(document);
  if (!isRecord(raw)) {
    report.add([
      {
        code: "missing-key",
        path,
        message: "there is no config",
        fix: "write config: and below it the keys kfaas:…",
      },
    ]);
    return { config: {}, report };
  }
  refuseKeysWithoutNamespace(Object.keys(raw), path, report);
  const values = Object.fromEntries(Object.entries(raw).filter(([key]) => key.startsWith("kfaas:")));
  checkShape(stackConfigShape, values, report, path);
  const reader = new StackConfigReader(values, (inner) => document.locate([...path, ...inner]), keys);
  const config = compact({
    cluster: reader.cluster(),
    versions: reader.versions(),
    production: reader.read("kfaas:production"),
    pathNormalisation: reader.read("kfaas:pathNormalisation"),
    pathRoot: reader.pathRoot(),
    serviceFolders: reader.read("kfaas:services"),
    environments: reader.environments(),
    domains: reader.domains(),
    environmentNames: reader.environmentNames(),
    gateways: reader.gateways(),
    lints: compact(reader.read("kfaas:lints") ?? {}),
    driftWatch: reader.driftWatch(),
    knownObjects: reader.knownObjects(),
  });
  report.add(below(path, reader.violations));
  return { config, report };
}

/** Keys of other namespaces are Pulumi's; one without any is a typing error. */
function refuseKeysWithoutNamespace(keys: readonly string[], path: KeyPath, report: ProblemReport): void {
  for (const key of keys.filter((name) => !name.includes(":"))) {
    report.addAtKey({
      code: "unknown-key",
      path: [...path, key],
      message: `there is no config key ${JSON.stringify(key)}`,
      fix: `write kfaas:${key}; keys of Pulumi's config carry a namespace`,
    });
  }
}

type DomainInput = NonNullable<StackConfigInput["kfaas:domains"]>[string];

function secretCommand(name: string): string {
  return `pulumi config set --secret --path 'kfaas:certificates.${name}.privateKey' < key.pem`;
}

class StackConfigReader {
  readonly violations: Violation[] = [];
  private readonly values: Readonly<Record<string, unknown>>;
  private readonly locate: (path: KeyPath) => Location;
  private readonly keys: KnownKeys;

  constructor(
    values: Readonly<Record<string, unknown>>,
    locate: (path: KeyPath) => Location,
    keys: KnownKeys,
  ) {
    this.values = values;
    this.locate = locate;
    this.keys = keys;
  }

  read<Key extends StackConfigKey>(key: Key): StackConfigInput[Key] | undefined {
    const schema: z.ZodType = stackConfigShape.shape[key];
    return salvage(schema, this.values[key]) as StackConfigInput[Key] | undefined;
  }

  cluster(): StackConfig["cluster"] {
    return this.checked("kfaas:cluster", this.read("kfaas:cluster"), checkCluster);
  }

  versions(): StackConfig["versions"] {
    const input = this.read("kfaas:versions");
    return this.checked("kfaas:versions", input && compact(input), checkVersions);
  }

  pathRoot(): string | undefined {
    return this.checked("kfaas:pathRoot", this.read("kfaas:pathRoot"), checkPathRoot);
  }

  environmentNames(): string[] | undefined {
    const raw = this.values["kfaas:environments"];
    const domains = this.values["kfaas:domains"];
    if (!isRecord(raw)) return undefined;
    return [...Object.keys(raw), ...(isRecord(domains) ? Object.keys(domains) : [])];
  }

  environments(): StackConfig["environments"] {
    const key = "kfaas:environments";
    const input = this.read(key);
    if (input === undefined) return undefined;
    const names = Object.keys(input).sort(compareText);
    if (names.length === 0) {
      this.violate("too-few", [key], "there is no environment", "write at least one, for example alpha: {}");
    }
    const valid = names.filter((name) =>
      this.checked(key, name, (text) => below([text], checkEnvironmentName(text))),
    );
    return valid.map((name) => compact({ name, fallback: input[name]?.fallback }));
  }

  /** Those without any error; a certificate that is wrong takes its domains with it. */
  domains(): Domain[] {
    const key = "kfaas:domains";
    const certificates = this.certificates();
    const input = this.read(key) ?? {};
    return Object.keys(input)
      .sort(compareText)
      .flatMap((name): Domain[] => {
        const value = input[name];
        if (value === undefined) return [];
        const { gateway, minProtocolVersion = "TLSV1_2", httpsRedirect = true, fallback } = value;
        const valid = this.checked(key, name, (host) => below([host], checkDomainName(host)));
        const certificate = this.certificateOf(name, value.certificate, certificates);
        if (valid === undefined || certificate === undefined) return [];
        const location = this.locate([key, name]);
        return [
          compact({ name, gateway, minProtocolVersion, httpsRedirect, fallback, certificate, location }),
        ];
      });
  }

  private certificateOf(
    domain: string,
    { certManager, secret }: DomainInput["certificate"],
    certificates: ReadonlyMap<string, SecretCertificate | undefined>,
  ): DomainCertificate | undefined {
    const path = ["kfaas:domains", domain, "certificate"];
    if ((certManager === undefined) === (secret === undefined)) {
      const message = `none or both of certManager and secret are there`;
      this.violate("exactly-one", path, message, "write exactly one of certManager, secret");
      return undefined;
    }
    if (certManager !== undefined) return { kind: "certManager", issuer: certManager.issuer };
    const name = secret ?? "";
    if (!certificates.has(name)) {
      const close = nearest(name, Array.from(certificates.keys()));
      const fix =
        close === undefined
          ? `add it below kfaas:certificates, see docs/domains.md`
          : `did you mean ${close}?`;
      this.violate("unknown-certificate", [...path, "secret"], `there is no certificate ${name}`, fix);
    }
    return certificates.get(name);
  }

  /** By name; undefined for one that cannot be used. */
  private certificates(): Map<string, SecretCertificate | undefined> {
    const key = "kfaas:certificates";
    const known = new Map<string, SecretCertificate | undefined>();
    const raw = this.values[key];
    // Those that the shape leaves out are there all the same.
    for (const name of isRecord(raw) ? Object.keys(raw) : []) known.set(name, undefined);
    for (const [name, { certificateChain: chain }] of Object.entries(this.read(key) ?? {})) {
      const certificates = readChain(chain);
      if (certificates === undefined) {
        this.violate(
          "invalid-certificate",
          [key, name, "certificateChain"],
          `the chain of certificate ${name} is not a list of certificates in PEM`,
          "write the host's own certificate, then its issuers', and nothing else",
        );
      }
      const privateKey = this.keys.decrypted.get(name);
      const matches = privateKey === undefined ? undefined : keyMatches(chain, privateKey);
      const isReadable = privateKey === undefined || matches !== undefined;
      if (!isReadable) {
        this.violate(
          "invalid-private-key",
          [key, name, "privateKey"],
          `the private key of certificate ${name} is not a key in PEM, or is protected by a passphrase`,
          `store it without: ${secretCommand(name)}`,
        );
      }
      if (this.keys.plain.has(name)) {
        this.violate(
          "plain-private-key",
          [key, name, "privateKey"],
          `the private key of certificate ${name} is not encrypted`,
          `take it back, have another made, and store that one: ${secretCommand(name)}`,
        );
      } else if (certificates !== undefined && isReadable) {
        const location = this.locate([key, name, "certificateChain"]);
        known.set(name, { kind: "secret", name, chain, certificates, keyMatches: matches, location });
      }
    }
    return known;
  }

  gateways(): Gateways | undefined {
    const input = this.read("kfaas:gateways");
    if (input === undefined) return undefined;
    return compact({
      entry: this.gateway("entry", input.entry),
      clusterLocal: this.gateway("clusterLocal", input.clusterLocal),
      exit: input.exit && this.exit(input.exit),
      business: input.business && this.domainGateway("business", input.business),
      intranet: input.intranet && this.domainGateway("intranet", input.intranet),
    });
  }

  knownObjects(): string[] | undefined {
    return this.checked("kfaas:knownObjects", this.read("kfaas:knownObjects"), checkKnownObjects);
  }

  driftWatch(): StackConfig["driftWatch"] {
    const input = this.read("kfaas:driftWatch");
    if (input === undefined) return undefined;
    const { requests, limits } = input.resources ?? {};
    const watch = {
      ...defaultDriftWatch,
      ...compact(input),
      resources: {
        requests: { ...defaultDriftWatch.resources.requests, ...compact(requests ?? {}) },
        limits: { ...defaultDriftWatch.resources.limits, ...compact(limits ?? {}) },
      },
    };
    return this.checked("kfaas:driftWatch", watch, checkDriftWatch);
  }

  private gateway(
    name: "entry" | "clusterLocal",
    { mode, ...rest }: StackConfigInput["kfaas:gateways"]["entry"],
  ): ManagedEntryGateway | ExistingGateway {
    const path = ["kfaas:gateways", name];
    if (mode === "existing") {
      for (const key of Object.keys(rest)) {
        this.violate(
          "existing-gateway",
          [...path, key],
          `${key} has no meaning for an existing gateway: KFaaS leaves it alone`,
          `delete ${key}, or write mode: managed`,
        );
      }
      return { mode };
    }
    const { connectionPool, outlierDetection, clients, ...scaling } = rest;
    const nextHop = readNextHop({ connectionPool, outlierDetection });
    this.violations.push(...below(path, checkNextHop(nextHop)));
    const others = compact({ ...nextHop, clients: clients && this.clients(clients, [...path, "clients"]) });
    return this.autoscaled({ mode, ...defaultAutoscaling, ...compact(scaling), ...others }, path);
  }

  private clients({ addresses, namespaces, certificate }: EntryClientsInput, path: KeyPath): EntryClients {
    const clients = compact({
      addresses,
      namespaces,
      certificate: certificate && { alsoHttp: false, ...compact(certificate) },
    });
    this.violations.push(...below(path, checkEntryClients(clients)));
    return clients;
  }

  private exit(input: NonNullable<StackConfigInput["kfaas:gateways"]["exit"]>): Gateways["exit"] {
    const { exit, violations } = readExit(input, this.environmentNames());
    this.violations.push(...below(["kfaas:gateways", "exit"], violations));
    return exit;
  }

  private domainGateway(name: DomainGatewayRole, gateway: DomainGateway): DomainGateway {
    this.violations.push(...below(["kfaas:gateways", name], checkDomainGateway(gateway)));
    return gateway;
  }

  private autoscaled<Gateway extends ManagedGateway>(gateway: Gateway, path: KeyPath): Gateway {
    this.violations.push(...below(path, checkAutoscaling(gateway)));
    return gateway;
  }

  /** The value, unless a rule is broken. */
  private checked<Value>(
    key: StackConfigKey,
    value: Value | undefined,
    check: (value: Value) => Violation[],
  ): Value | undefined {
    if (value === undefined) return undefined;
    const violations = below([key], check(value));
    this.violations.push(...violations);
    return violations.length === 0 ? value : undefined;
  }

  private violate(code: string, path: KeyPath, message: string, fix: string): void {
    this.violations.push({ code, path, message, fix });
  }
}
