import { compact } from "../core/compact.ts";
import type {
  AllowedPath,
  AllowRule,
  EgressRule,
  ExitGateway,
  Upstream,
  UpstreamTls,
} from "../core/exit-gateway.ts";
import { checkExit } from "../core/exit-rules.ts";
import { checkAutoscaling } from "../core/stack-rules.ts";
import type { KeyPath, Violation } from "../core/violation.ts";
import { defaultAutoscaling } from "./autoscaling-shape.ts";
import { readNextHop } from "./next-hop-shape.ts";
import { defaultResources, type ExitInput, modeKeys } from "./exit-shape.ts";

/** An exit gateway as the core knows it; `undefined` if not all of it could be read. Paths begin below `exit`. */
export interface ReadExit {
  readonly exit: ExitGateway | undefined;
  readonly violations: readonly Violation[];
}

/** @param environments names of the stack's; undefined if they could not be read */
export function readExit(input: ExitInput, environments: readonly string[] | undefined): ReadExit {
  return new ExitConversion(input).read(environments);
}

type TlsInput = NonNullable<NonNullable<ExitInput["upstream"]>["tls"]>;
type AllowInput = NonNullable<ExitInput["allow"]>[number];

class ExitConversion {
  private readonly violations: Violation[] = [];
  private readonly input: ExitInput;

  constructor(input: ExitInput) {
    this.input = input;
  }

  read(environments: readonly string[] | undefined): ReadExit {
    this.checkMode();
    const exit = this.exit();
    if (exit !== undefined) this.violations.push(...checkAutoscaling(exit), ...checkExit(exit, environments));
    return { exit, violations: this.violations };
  }

  private checkMode(): void {
    const { mode } = this.input;
    const other = mode === "image" ? "managed" : "image";
    for (const key of modeKeys[other].own) {
      if (this.input[key] === undefined) continue;
      this.violate(
        "other-exit-mode",
        [key],
        `${key} has no meaning for mode ${mode}`,
        `delete ${key}, or write mode: ${other}`,
      );
    }
    for (const key of modeKeys[mode].needed) {
      if (this.input[key] !== undefined) continue;
      this.violate("missing-key", [key], `gateways.exit.${key} is missing`, `mode ${mode} needs it`);
    }
  }

  private exit(): ExitGateway | undefined {
    const { timeout, retries, mutualTls = false } = this.input;
    const { minReplicas, maxReplicas, targetCpuPercent } = this.input;
    const allow = this.all(this.input.allow, (rule, index) => this.allowRule(rule, ["allow", index]));
    const form = this.form();
    if (form === undefined) return undefined;
    return {
      ...defaultAutoscaling,
      ...compact({ minReplicas, maxReplicas, targetCpuPercent }),
      ...readNextHop(this.input),
      ...form,
      mutualTls,
      ...compact({ timeout, retries: retries && compact(retries), allow }),
    };
  }

  private form() {
    if (this.input.mode === "image") {
      const java = this.java();
      return java && ({ mode: "image", java } as const);
    }
    const upstream = this.upstream();
    return upstream && ({ mode: "managed", upstream } as const);
  }

  private upstream(): Upstream | undefined {
    if (this.input.upstream === undefined) return undefined;
    const { tls, ...place } = this.input.upstream;
    return compact({ ...place, tls: tls && this.tls(tls, ["upstream", "tls"]) });
  }

  private tls(input: TlsInput, path: KeyPath): UpstreamTls | undefined {
    const { mode, credentialName, sni, subjectAltNames, ...files } = input;
    const { caCertificates } = files;
    const chosen = this.exactlyOne(path, { credentialName, caCertificates });
    if (!chosen) return undefined;
    if (caCertificates !== undefined) {
      return compact({ mode, trust: compact({ ...files, caCertificates }), sni, subjectAltNames });
    }
    for (const key of ["clientCertificate", "privateKey"] as const) {
      if (files[key] === undefined) continue;
      this.violate(
        "invalid-tls",
        [...path, key],
        `${key} stands beside credentialName, and Istio refuses the pair`,
        `delete ${key}: the Secret holds it`,
      );
    }
    return compact({ mode, trust: { credentialName: credentialName ?? "" }, sni, subjectAltNames });
  }

  private java() {
    const { image, port, env = {}, secretEnv = {}, pullSecrets = [], healthPath, runAsUser } = this.input;
    const egress = this.all(this.input.egress, (rule, index) => this.egressRule(rule, ["egress", index]));
    if (image === undefined || port === undefined || egress === undefined) return undefined;
    const resources = compact(this.input.resources ?? defaultResources);
    return {
      image,
      port,
      resources,
      env,
      secretEnv,
      pullSecrets,
      egress,
      ...compact({ healthPath, runAsUser }),
    };
  }

  private egressRule(
    { namespace, addresses, ports }: NonNullable<ExitInput["egress"]>[number],
    path: KeyPath,
  ): EgressRule | undefined {
    if (!this.exactlyOne(path, { namespace, addresses })) return undefined;
    const to = namespace === undefined ? { addresses: addresses ?? [] } : { namespace };
    return { ...to, ...compact({ ports }) };
  }

  private allowRule(input: AllowInput, path: KeyPath): AllowRule | undefined {
    const { namespaces, addresses, environments } = input;
    const paths = this.all(input.paths, (allowed, index) =>
      this.allowedPath(allowed, [...path, "paths", index]),
    );
    if (!this.exactlyOne(path, { namespaces, addresses })) return undefined;
    const callers: AllowRule["callers"] =
      namespaces === undefined
        ? { kind: "addresses", addresses: addresses ?? [] }
        : { kind: "namespaces", namespaces };
    return { callers, ...compact({ environments, paths }) };
  }

  private allowedPath(
    { exact, prefix, method = [] }: NonNullable<AllowInput["paths"]>[number],
    path: KeyPath,
  ): AllowedPath | undefined {
    if (!this.exactlyOne(path, { exact, prefix })) return undefined;
    const methods = method.map((name) => name.toUpperCase());
    return exact === undefined
      ? { kind: "prefix", value: prefix ?? "", methods }
      : { kind: "exact", value: exact, methods };
  }

  /** Those that could be read; what could not is a violation already. */
  private all<Input, Output>(
    inputs: readonly Input[] | undefined,
    convert: (input: Input, index: number) => Output | undefined,
  ): Output[] | undefined {
    return inputs?.map(convert).filter((output) => output !== undefined);
  }

  private exactlyOne(path: KeyPath, values: Readonly<Record<string, unknown>>): boolean {
    const keys = Object.keys(values);
    const given = keys.filter((key) => values[key] !== undefined);
    if (given.length === 1) return true;
    this.violate(
      "exactly-one",
      path,
      given.length === 0
        ? `neither ${keys.join(" nor ")} is there`
        : `${given.join(" and ")} exclude each other`,
      `write exactly one of ${keys.join(" and ")}`,
    );
    return false;
  }

  private violate(code: string, path: KeyPath, message: string, fix: string): void {
    this.violations.push({ code, path, message, fix });
  }
}
