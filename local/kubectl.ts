import { execa } from "execa";
import { kubeconfigOf } from "./instance.ts";
import type { Instance } from "./instance.ts";

/** Any object, as it is sent to the API server. */
export interface KubernetesObject {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: {
    readonly name: string;
    readonly namespace?: string;
    readonly labels?: Readonly<Record<string, string>>;
  };
  readonly [field: string]: unknown;
}

/** The embedded cluster's kubectl: never reads another kubeconfig than the instance's. */
export class Kubectl {
  readonly #program: string;
  readonly #instance: Instance;

  constructor(program: string, instance: Instance) {
    this.#program = program;
    this.#instance = instance;
  }

  /** Server-side apply. @throws Error with the API server's refusals */
  async apply(objects: readonly KubernetesObject[]): Promise<void> {
    if (objects.length === 0) return;
    const list = JSON.stringify({ apiVersion: "v1", kind: "List", items: objects });
    await this.run(
      ["apply", "--server-side", "--force-conflicts", "--field-manager", "kfaas-local", "-f", "-"],
      list,
    );
  }

  /** Server-side apply of a YAML file. */
  async applyFile(file: string): Promise<void> {
    await this.run([
      "apply",
      "--server-side",
      "--force-conflicts",
      "--field-manager",
      "kfaas-local",
      "-f",
      file,
    ]);
  }

  /** Objects of a kind with the label, in all namespaces. */
  async list(resource: string, label: string): Promise<KubernetesObject[]> {
    const text = await this.run([
      "get",
      resource,
      "--all-namespaces",
      "--selector",
      label,
      "--output",
      "json",
    ]);
    return (JSON.parse(text) as { items: KubernetesObject[] }).items;
  }

  async delete(resource: string, namespace: string, names: readonly string[]): Promise<void> {
    if (names.length === 0) return;
    await this.run([
      "delete",
      resource,
      "--namespace",
      namespace,
      "--ignore-not-found",
      "--wait=false",
      ...names,
    ]);
  }

  async waitFor(resource: string, condition: string): Promise<void> {
    await this.run(["wait", resource, `--for=${condition}`, "--timeout=30s", "--all"]);
  }

  /** @throws Error with what kubectl printed */
  async run(args: readonly string[], input?: string): Promise<string> {
    const result = await execa(this.#program, ["--kubeconfig", kubeconfigOf(this.#instance), ...args], {
      reject: false,
      ...(input === undefined ? { stdin: "ignore" as const } : { input }),
    });
    if (result.failed)
      throw new Error(`kubectl ${args[0] ?? ""} failed: ${result.stderr.trim().slice(-2_000)}`);
    return result.stdout;
  }
}
