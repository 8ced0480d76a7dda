import { access, constants, stat } from "node:fs/promises";
import os from "node:os";
import path from "node:path";
import process from "node:process";
import { execa } from "execa";
import { ensureArtifact, findArtifact } from "./artifact.ts";
import type { Artifact } from "./artifact.ts";
import { controlPlaneArtifact } from "./control-plane.ts";
import { engineArtifact, kubernetesProviderVersion, providerFile } from "./engine.ts";
import { envoyArtifact } from "./envoy.ts";

/** Absolute paths of everything that the embedded mesh and the tests run. */
export interface Toolchain {
  readonly controlPlane: ControlPlaneTools;
  readonly envoy: string;
  readonly engine: EngineTools;
}

export interface ControlPlaneTools {
  readonly etcd: string;
  readonly kubeApiserver: string;
  readonly kubeControllerManager: string;
  readonly kubeScheduler: string;
  readonly kubectl: string;
  readonly kwok: string;
  readonly kwokctl: string;
  readonly pilotDiscovery: string;
  /** YAML with the CRDs of the pinned Istio. */
  readonly istioCrds: string;
}

export interface EngineTools {
  readonly pulumi: string;
  /** Folders to put before PATH, so that the engine finds its language host and provider. */
  readonly path: readonly string[];
  /** The provider that was built; undefined if the machine's own engine and plugins are used. */
  readonly provider?: string;
}

/** What an installed program must be to be used instead of a built one. */
interface Installed {
  readonly program: string;
  readonly versionArguments: readonly string[];
  /** Captures major and minor. */
  readonly pattern: RegExp;
  readonly from: string;
  readonly to: string;
}

const installedEnvoy: Installed = {
  program: "envoy",
  versionArguments: ["--version"],
  pattern: /version: [0-9a-f]+\/(\d+)\.(\d+)/,
  from: "1.37",
  to: "1.40",
};

// kubectl supports one minor version of skew: https://kubernetes.io/releases/version-skew-policy/#kubectl
const installedKubectl: Installed = {
  program: "kubectl",
  versionArguments: ["version", "--client"],
  pattern: /Client Version: v(\d+)\.(\d+)\.\d+$/m,
  from: "1.35",
  to: "1.37",
};

const installedPulumi: Installed = {
  program: "pulumi",
  versionArguments: ["version"],
  pattern: /^v(\d+)\.(\d+)/,
  from: "3.215",
  to: "3.999",
};

/** Finds or builds every tool; what is independent is built side by side. Progress goes to stderr. */
export async function ensureToolchain(): Promise<Toolchain> {
  const [controlPlane, envoy, engine] = await settle([ensureControlPlane(), ensureEnvoy(), ensureEngine()]);
  return { controlPlane, envoy, engine };
}

/** Every tool if nothing is missing, otherwise undefined; builds nothing. */
export async function findToolchain(): Promise<Toolchain | undefined> {
  const artifacts = await missingArtifacts();
  return artifacts.length === 0 ? ensureToolchain() : undefined;
}

/** The artifacts that would have to be made now. */
export async function missingArtifacts(): Promise<Artifact[]> {
  const needed: Artifact[] = [await controlPlaneArtifact()];
  if ((await findInstalled(installedEnvoy)) === undefined) needed.push(await envoyArtifact());
  if ((await findInstalledEngine()) === undefined) needed.push(await engineArtifact());
  const missing: Artifact[] = [];
  for (const artifact of needed) if ((await findArtifact(artifact)) === undefined) missing.push(artifact);
  return missing;
}

async function ensureControlPlane(): Promise<ControlPlaneTools> {
  const folder = await ensureArtifact(await controlPlaneArtifact());
  const tool = (name: string): string => path.join(folder, name);
  return {
    etcd: tool("etcd"),
    kubeApiserver: tool("kube-apiserver"),
    kubeControllerManager: tool("kube-controller-manager"),
    kubeScheduler: tool("kube-scheduler"),
    kubectl: (await findInstalled(installedKubectl)) ?? tool("kubectl"),
    kwok: tool("kwok"),
    kwokctl: tool("kwokctl"),
    pilotDiscovery: tool("pilot-discovery"),
    istioCrds: tool("istio-crds.yaml"),
  };
}

async function ensureEnvoy(): Promise<string> {
  return (
    (await findInstalled(installedEnvoy)) ?? path.join(await ensureArtifact(await envoyArtifact()), "envoy")
  );
}

async function ensureEngine(): Promise<EngineTools> {
  const installed = await findInstalledEngine();
  if (installed !== undefined) return { pulumi: installed, path: [path.dirname(installed)] };
  const folder = await ensureArtifact(await engineArtifact());
  return { pulumi: path.join(folder, "pulumi"), path: [folder], provider: path.join(folder, providerFile) };
}

/** An installed Pulumi counts only with its own language host and the provider of our version: all three or none. */
async function findInstalledEngine(): Promise<string | undefined> {
  const pulumi = await findInstalled(installedPulumi);
  if (pulumi === undefined) return undefined;
  const home = process.env["PULUMI_HOME"] ?? path.join(os.homedir(), ".pulumi");
  const provider = path.join(
    home,
    "plugins",
    `resource-kubernetes-v${kubernetesProviderVersion}`,
    "pulumi-resource-kubernetes",
  );
  const host =
    (await onPath("pulumi-language-nodejs")) ?? path.join(path.dirname(pulumi), "pulumi-language-nodejs");
  return (await isExecutable(provider)) && (await isExecutable(host)) ? pulumi : undefined;
}

async function findInstalled(installed: Installed): Promise<string | undefined> {
  const program = await onPath(installed.program);
  if (program === undefined) return undefined;
  const result = await execa(program, installed.versionArguments, {
    reject: false,
    timeout: 10_000,
    stdin: "ignore",
    // Some builds of kubectl ask the current cluster which version to be, even for `--client`.
    env: { KUBECONFIG: os.devNull },
  });
  const match = installed.pattern.exec(result.stdout);
  if (match === null) return undefined;
  const found = Number(match[1]) * 1000 + Number(match[2]);
  return number(installed.from) <= found && found <= number(installed.to) ? program : undefined;
}

function number(version: string): number {
  const [major = 0, minor = 0] = version.split(".").map(Number);
  return major * 1000 + minor;
}

async function onPath(program: string): Promise<string | undefined> {
  for (const folder of (process.env["PATH"] ?? "").split(path.delimiter)) {
    const candidate = path.join(folder, program);
    if (folder !== "" && (await isExecutable(candidate))) return candidate;
  }
  return undefined;
}

async function isExecutable(file: string): Promise<boolean> {
  const executable = await access(file, constants.X_OK).then(
    () => true,
    () => false,
  );
  return executable && (await stat(file)).isFile();
}

/** Like Promise.all, but lets the others finish first: a failed build must not kill one that is nearly done. */
async function settle<T extends readonly unknown[]>(work: { [K in keyof T]: Promise<T[K]> }): Promise<T> {
  const results = await Promise.allSettled(work);
  const failures = results.flatMap((result) =>
    result.status === "rejected" ? [result.reason as unknown] : [],
  );
  if (failures.length > 0) throw new AggregateError(failures, failures.map(messageOf).join("\n\n"));
  return results.map((result) => (result as PromiseFulfilledResult<unknown>).value) as unknown as T;
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
