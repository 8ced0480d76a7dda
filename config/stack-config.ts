import type * as z from "zod";
import type { LintLevels } from "../core/lint/lint-level.ts";
import { compact } from "../core/compact.ts";
import { compareText } from "../core/problem.ts";
import { checkNextHop } from "../core/next-hop-rules.ts";
import { checkEntryClients } from "../core/entry-client-rules.ts";
import type {
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
import { ProblemReport } from "./problem-report.ts";
import { isRecord } from "./pulumi-values.ts";
import { checkShape, salvage } from "./shape.ts";
import { type StackConfigInput, type StackConfigKey, stackConfigShape } from "./stack-config-shape.ts";
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
    | "gateways"
  >
> & {
  /** Only what the config says, without defaults. */
  readonly lints?: Partial<LintLevels>;
  /** Also of environments whose names nobody could deploy: their files are read all the same. */
  readonly environmentNames?: readonly string[];
};

/**
 * Reads and checks the keys of namespace `kfaas`; all that is wrong ends up in the report.
 * @param path where the config is in the document
 * @param raw its value there
 */
export function readStackConfig(
  document: LocatedValue,
  path: KeyPath,
  raw: unknown,
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
  const reader = new StackConfigReader(values);
  const config = compact({
    cluster: reader.cluster(),
    versions: reader.versions(),
    production: reader.read("kfaas:production"),
    pathNormalisation: reader.read("kfaas:pathNormalisation"),
    pathRoot: reader.pathRoot(),
    serviceFolders: reader.read("kfaas:services"),
    environments: reader.environments(),
    environmentNames: reader.environmentNames(),
    gateways: reader.gateways(),
    lints: compact(reader.read("kfaas:lints") ?? {}),
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

class StackConfigReader {
  readonly violations: Violation[] = [];
  private readonly values: Readonly<Record<string, unknown>>;

  constructor(values: Readonly<Record<string, unknown>>) {
    this.values = values;
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
    return isRecord(raw) ? Object.keys(raw) : undefined;
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

  gateways(): Gateways | undefined {
    const input = this.read("kfaas:gateways");
    if (input === undefined) return undefined;
    return compact({
      entry: this.gateway("entry", input.entry),
      clusterLocal: this.gateway("clusterLocal", input.clusterLocal),
      exit: input.exit && this.exit(input.exit),
    });
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
