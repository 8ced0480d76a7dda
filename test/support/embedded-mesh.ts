import { execa } from "execa";
import { loadStack } from "../../config/load-stack.ts";
import { environmentHost, javaHost } from "../../core/mesh/names.ts";
import type { MeshPlan } from "../../core/mesh/plan.ts";
import { planStack, utcDate } from "../../core/plan-stack.ts";
import { problemText } from "../../core/problem-text.ts";
import type { Stack } from "../../core/stack.ts";
import { send } from "../../local/send.ts";
import type { Answer } from "../../local/send.ts";
import type { StandInAnswer } from "../../local/stand-in.ts";
import { instanceOf, readRecord } from "../../local/instance.ts";
import { clearEngineLocks } from "../../local/engine-locks.ts";
import type { Instance } from "../../local/instance.ts";
import { Kubectl } from "../../local/kubectl.ts";
import { meshEnvironment, startMesh, stopMesh } from "../../local/mesh.ts";
import type { MeshStatus } from "../../local/mesh.ts";
import { waitFor } from "../../local/processes.ts";
import { ensureToolchain } from "../../tools/toolchain.ts";
import type { Toolchain } from "../../tools/toolchain.ts";
import type { Workspace } from "./workspace.ts";

export interface CommandResult {
  readonly exitCode: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** A run of the engine that has not ended. */
export interface RunningEngine {
  readonly pid: number;
  readonly result: Promise<CommandResult>;
}

/** An embedded mesh with the real engine in front of it, for one stack of a workspace. */
export class EmbeddedMesh {
  readonly workspace: Workspace;
  readonly instance: Instance;
  readonly kubectl: Kubectl;
  readonly #toolchain: Toolchain;
  #status: MeshStatus;

  private constructor(workspace: Workspace, instance: Instance, toolchain: Toolchain, status: MeshStatus) {
    this.workspace = workspace;
    this.instance = instance;
    this.kubectl = new Kubectl(toolchain.controlPlane.kubectl, instance);
    this.#toolchain = toolchain;
    this.#status = status;
  }

  static async start(workspace: Workspace, stackName: string): Promise<EmbeddedMesh> {
    const toolchain = await ensureToolchain();
    const instance = instanceOf(workspace.folder, stackName);
    const status = await startMesh(instance, await planOf(workspace, stackName), toolchain);
    const mesh = new EmbeddedMesh(workspace, instance, toolchain, status);
    await mesh.pulumi("stack", "select", "--create", stackName);
    return mesh;
  }

  get status(): MeshStatus {
    return this.#status;
  }

  /** What `npm run up` does before the engine runs: second hops for the files as they are now. */
  async sync(): Promise<void> {
    const planned = await planOf(this.workspace, this.instance.stack);
    this.#status = await startMesh(this.instance, planned, this.#toolchain);
  }

  /** Runs the real engine; never throws, so that failures can be looked at. */
  async pulumi(...args: readonly string[]): Promise<CommandResult> {
    return this.pulumiOn(this.environment["KUBECONFIG"] ?? "", ...args);
  }

  /** The same with another kubeconfig, as if the user's led elsewhere. */
  async pulumiOn(kubeconfig: string, ...args: readonly string[]): Promise<CommandResult> {
    return this.startPulumi(kubeconfig, ...args).result;
  }

  /** The same, with the engine's process while it runs. */
  startPulumi(kubeconfig: string, ...args: readonly string[]): RunningEngine {
    const running = execa("pulumi", [...args, "--non-interactive", "--color", "never"], {
      cwd: this.workspace.folder,
      env: { ...this.environment, KUBECONFIG: kubeconfig },
      reject: false,
      stdin: "ignore",
    });
    const result = running.then(({ exitCode, stdout, stderr }) => ({
      exitCode: exitCode ?? -1,
      stdout,
      stderr,
    }));
    return { pid: running.pid ?? 0, result };
  }

  /** What comes before every run of the engine here: waits for one that still works, and removes the locks of dead ones. */
  async clearEngineLocks(): Promise<void> {
    await clearEngineLocks(this.instance);
  }

  /** `pulumi up` that must succeed; returns the engine's summary of what it did. */
  async up(): Promise<Record<string, number>> {
    return this.#change("up");
  }

  async destroy(): Promise<Record<string, number>> {
    return this.#change("destroy");
  }

  /** What a preview would do, by operation: `{ same: 40, update: 1 }`. */
  async preview(): Promise<Record<string, number>> {
    const result = await this.pulumi("preview", "--json");
    if (result.exitCode !== 0) throw new Error(`pulumi preview failed:\n${result.stdout}\n${result.stderr}`);
    return (JSON.parse(result.stdout) as { changeSummary: Record<string, number> }).changeSummary;
  }

  /** The stack's resources in the engine's state. */
  async resources(): Promise<{ urn: string; type: string }[]> {
    const result = await this.pulumi("stack", "export");
    const state = JSON.parse(result.stdout) as {
      deployment: { resources?: { urn: string; type: string }[] };
    };
    return state.deployment.resources ?? [];
  }

  /** GET through the entry gateway with an environment's host. */
  async get(environment: string, path: string): Promise<Answer> {
    return send(this.gateway("entry"), { host: environmentHost(environment), path });
  }

  /** GET through the exit gateway with the host that an environment's services use for Java. */
  async askJava(environment: string, path: string): Promise<Answer> {
    return send(this.gateway("exit"), { host: javaHost(environment), path });
  }

  /** Asks until the answer is as wanted, because istiod pushes a moment after a change; returns the last answer. */
  async getUntil(environment: string, path: string, wanted: (answer: Answer) => boolean): Promise<Answer> {
    let last = await this.get(environment, path);
    await waitFor(async () => {
      last = await this.get(environment, path);
      return wanted(last);
    }, 20_000);
    return last;
  }

  gateway(role: string): string {
    const url = this.#status.gateways[role];
    if (url === undefined) throw new Error(`The mesh has no ${role} gateway.`);
    return url;
  }

  /** What arrived at the stand-ins with `x-stand-in-key: <key>`, in order. */
  async arrived(key: string): Promise<StandInAnswer[]> {
    const port = await this.#port("knative");
    const response = await fetch(`http://127.0.0.1:${port}/stand-in/arrived?key=${encodeURIComponent(key)}`);
    return (await response.json()) as StandInAnswer[];
  }

  /** A cluster as a gateway's Envoy has it from istiod, by the name of the gateway's Deployment; undefined if it has none. */
  async cluster(gateway: string, name: string): Promise<Readonly<Record<string, unknown>> | undefined> {
    const port = await this.#port(`${gateway}/admin`);
    const response = await fetch(`http://127.0.0.1:${port}/config_dump?resource=dynamic_active_clusters`);
    const { configs = [] } = (await response.json()) as { configs?: { cluster: Record<string, unknown> }[] };
    return configs.map(({ cluster }) => cluster).find((cluster) => cluster["name"] === name);
  }

  get environment(): Record<string, string> {
    return meshEnvironment(this.instance, this.#toolchain);
  }

  async stop(): Promise<void> {
    await stopMesh(this.instance);
  }

  async #port(name: string): Promise<number> {
    const port = (await readRecord(this.instance)).ports[name];
    if (port === undefined) throw new Error(`The mesh has no port ${name}.`);
    return port;
  }

  async #change(operation: "up" | "destroy"): Promise<Record<string, number>> {
    const result = await this.pulumi(operation, "--yes", "--skip-preview");
    if (result.exitCode !== 0)
      throw new Error(`pulumi ${operation} failed:\n${result.stdout}\n${result.stderr}`);
    return summaryOf(result.stdout);
  }
}

async function planOf(workspace: Workspace, name: string): Promise<{ stack: Stack; plan: MeshPlan }> {
  const { stack, problems } = await loadStack(workspace.folder, name);
  const planned = stack && planStack(stack, { today: utcDate(new Date()) });
  if (planned?.plan !== undefined) return { stack: planned.proof.stack, plan: planned.plan };
  const all = [...problems, ...(planned?.problems ?? [])];
  throw new Error(
    `Stack ${name} cannot be deployed:\n${all.map((problem) => problemText(problem)).join("\n")}`,
  );
}

/** The block that the engine prints at the end: `+ 40 created`, `41 unchanged`. */
function summaryOf(output: string): Record<string, number> {
  const summary: Record<string, number> = {};
  const block = output.slice(output.lastIndexOf("Resources:"));
  for (const match of block.matchAll(/^\s+(?:[-+~]+ )?(\d+) (\w+)$/gm))
    summary[match[2] ?? ""] = Number(match[1]);
  return summary;
}
