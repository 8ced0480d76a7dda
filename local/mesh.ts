import { mkdir, rm, symlink, writeFile } from "node:fs/promises";
import path from "node:path";
import process from "node:process";
import { fileURLToPath } from "node:url";
import type { MeshPlan } from "../core/mesh/plan.ts";
import type { Stack } from "../core/stack.ts";
import { kubernetesProviderVersion } from "../tools/engine.ts";
import { withStep } from "../tools/progress.ts";
import type { Toolchain } from "../tools/toolchain.ts";
import { controlPlanePorts, createControlPlane, isControlPlaneReady } from "./control-plane.ts";
import { adminPort, envoyBootstrap, gatewayProxies, proxyPorts, redirects } from "./gateway-proxies.ts";
import type { GatewayProxies, GatewayProxy } from "./gateway-proxies.ts";
import { domainInstallation } from "./domain-gateways.ts";
import { IdentityIssuer, jwtRule } from "./gateway-identity.ts";
import {
  createInstanceFolder,
  instancePath,
  kubeconfigOf,
  readRecord,
  removeInstanceFolder,
  updateRecord,
  withInstanceLock,
} from "./instance.ts";
import type { Instance } from "./instance.ts";
import { ensureIstio, istioPorts } from "./istio.ts";
import { knativeInstallation, knativeServiceLabel, knativeServices } from "./knative.ts";
import { Kubectl } from "./kubectl.ts";
import type { KubernetesObject } from "./kubectl.ts";
import { choosePorts } from "./ports.ts";
import {
  answersOk,
  ensureProcess,
  isAlive,
  processesOf,
  stopAll,
  stopOthers,
  type ProcessSpec,
} from "./processes.ts";

const standInPorts = ["knative", "java", "identityKey"] as const;
const standIn = fileURLToPath(new URL("stand-in.ts", import.meta.url));

/** What `kfaas local status` tells. */
export interface MeshStatus {
  /** True if everything that was started is alive and the API server answers. */
  readonly running: boolean;
  /** Absolute path. */
  readonly kubeconfig: string;
  /** URL by role, for example `http://127.0.0.1:20005`. */
  readonly gateways: Readonly<Record<string, string>>;
  readonly processes: readonly { readonly name: string; readonly pid: number; readonly alive: boolean }[];
}

/**
 * Brings the embedded mesh of a stack up, or up to date with the stack's files if it runs: what runs as it should is left
 * alone, what is missing or different is started anew. A half-started or broken instance is cleared away first.
 * @throws Error naming the step that failed and the log to read
 */
export async function startMesh(
  instance: Instance,
  { stack, plan }: { readonly stack: Stack; readonly plan: MeshPlan },
  toolchain: Toolchain,
): Promise<MeshStatus> {
  const layout = gatewayProxies(stack, plan);
  const tools = toolchain.controlPlane;
  const kubectl = new Kubectl(tools.kubectl, instance);
  return withInstanceLock(instance, async () => {
    const ports = await withStep("Kubernetes control plane", 6, () =>
      ensureControlPlane(instance, toolchain, layout),
    );
    const issuer = await IdentityIssuer.of(instance);
    const identityRule = jwtRule(`http://127.0.0.1:${ports["identityKey"] ?? 0}/`);
    await withStep("Istio", 8, () => ensureIstio(instance, tools, kubectl, stack, ports, identityRule));
    await withStep("Knative's gateways and services, Envoys", 4, async () => {
      await kubectl.apply(knativeInstallation(stack));
      await applyKnativeServices(kubectl, knativeServices(stack, ports["knative"] ?? 0));
      await kubectl.apply(domainInstallation(stack, layout));
      await kubectl.apply(redirects(stack, layout, ports));
      // istiod asks it for the key when the first Envoy comes.
      await ensureStandIn(instance, issuer, ports);
      await Promise.all(
        layout.proxies.map((proxy) => ensureEnvoy(instance, toolchain.envoy, proxy, issuer, ports)),
      );
    });
    await linkProvider(instance, toolchain);
    await stopOthers(instance, new Set(["istiod", "stand-in", ...layout.proxies.map(processName)]));
    await updateRecord(instance, (record) => ({ ...record, gateways: gatewayUrls(layout, ports) }));
    return meshStatus(instance, toolchain);
  });
}

/** Ends every process of the instance and deletes its files, whatever state it is in. Returns how many processes there were. */
export async function stopMesh(instance: Instance): Promise<number> {
  return withInstanceLock(instance, async () => {
    const stopped = await stopAll(instance);
    await removeInstanceFolder(instance);
    return stopped;
  });
}

export async function meshStatus(instance: Instance, toolchain: Toolchain): Promise<MeshStatus> {
  const { processes, gateways } = await readRecord(instance);
  const states = await Promise.all(
    processes.map(async (record) => ({ name: record.name, pid: record.pid, alive: await isAlive(record) })),
  );
  const running =
    // Written at the end of a start.
    gateways["entry"] !== undefined &&
    states.length > 0 &&
    states.every(({ alive }) => alive) &&
    (await isControlPlaneReady(instance, toolchain.controlPlane));
  return { running, kubeconfig: kubeconfigOf(instance), gateways, processes: states };
}

/** The variables that a plain `pulumi` or `kubectl` needs to work on the embedded mesh and on nothing else. */
export function meshEnvironment(instance: Instance, toolchain: Toolchain): Record<string, string> {
  return {
    PATH: [
      ...toolchain.engine.path,
      path.dirname(toolchain.controlPlane.kubectl),
      process.env["PATH"] ?? "",
    ].join(path.delimiter),
    KUBECONFIG: kubeconfigOf(instance),
    PULUMI_BACKEND_URL: `file://${instancePath(instance, "backend")}`,
    // Nothing secret is kept in a mesh that is thrown away.
    PULUMI_CONFIG_PASSPHRASE: "",
    PULUMI_SKIP_UPDATE_CHECK: "true",
    ...(toolchain.engine.provider === undefined
      ? {}
      : {
          // The engine and provider of tools/ need no plugin from anywhere.
          PULUMI_HOME: instancePath(instance, "pulumi-home"),
          PULUMI_DISABLE_AUTOMATIC_PLUGIN_ACQUISITION: "true",
        }),
    // A checkpoint per resource makes an update quadratic: docs/adr/0004.
    PULUMI_SKIP_CHECKPOINTS: "true",
    PULUMI_PARALLEL: "64",
    // Only the program compares the cluster with the stack: docs/adr/0007.
    PULUMI_RUN_PROGRAM: "true",
  };
}

/** Ports of the running instance; without a live control plane everything is cleared away and made anew. */
async function ensureControlPlane(
  instance: Instance,
  toolchain: Toolchain,
  layout: GatewayProxies,
): Promise<Readonly<Record<string, number>>> {
  const names = [...controlPlanePorts, ...istioPorts, ...standInPorts, ...layout.proxies.flatMap(proxyPorts)];
  const { ports } = await readRecord(instance);
  if (ports["apiserver"] !== undefined && (await isControlPlaneReady(instance, toolchain.controlPlane))) {
    const missing = names.filter((name) => ports[name] === undefined);
    if (missing.length === 0) return ports;
    const more = await choosePorts(instance, missing);
    return (await updateRecord(instance, (record) => ({ ...record, ports: { ...ports, ...more } }))).ports;
  }
  if ((await processesOf(instance)).length > 0) {
    process.stderr.write(`Clearing away what is left of an earlier start of stack ${instance.stack}.\n`);
  }
  await stopAll(instance);
  await removeInstanceFolder(instance);
  await createInstanceFolder(instance);
  const chosen = await choosePorts(instance, names);
  await updateRecord(instance, (record) => ({ ...record, ports: chosen }));
  await createControlPlane(instance, toolchain.controlPlane, chosen);
  return chosen;
}

/** Puts the provider where the engine looks for plugins; found on PATH instead, it would warn at every run. */
async function linkProvider(instance: Instance, { engine }: Toolchain): Promise<void> {
  if (engine.provider === undefined) return;
  const folder = instancePath(
    instance,
    "pulumi-home",
    "plugins",
    `resource-kubernetes-v${kubernetesProviderVersion}`,
  );
  await mkdir(folder, { recursive: true });
  const link = path.join(folder, "pulumi-resource-kubernetes");
  await rm(link, { force: true });
  await symlink(engine.provider, link);
}

/** Applies the second hops of today's files and deletes those of services that are in no file any more. */
async function applyKnativeServices(kubectl: Kubectl, objects: readonly KubernetesObject[]): Promise<void> {
  await kubectl.apply(objects.filter((object) => object.kind === "Namespace"));
  await kubectl.apply(objects.filter((object) => object.kind !== "Namespace"));
  const key = (object: KubernetesObject): string =>
    `${object.metadata.namespace ?? ""}/${object.metadata.name}`;
  for (const kind of ["VirtualService", "ServiceEntry"]) {
    const wanted = new Set(objects.filter((object) => object.kind === kind).map(key));
    const live = await kubectl.list(`${kind.toLowerCase()}.networking.istio.io`, knativeServiceLabel);
    for (const object of live.filter((candidate) => !wanted.has(key(candidate)))) {
      await kubectl.delete(`${kind.toLowerCase()}.networking.istio.io`, object.metadata.namespace ?? "", [
        object.metadata.name,
      ]);
    }
  }
}

async function ensureStandIn(
  instance: Instance,
  issuer: IdentityIssuer,
  ports: Readonly<Record<string, number>>,
): Promise<void> {
  const wanted = standInPorts.map((name) => ports[name] ?? 0);
  const keySet = JSON.stringify(issuer.keySet());
  const keyFile = instancePath(instance, "identity-keys.json");
  await writeFile(keyFile, keySet);
  await ensureProcess(instance, {
    name: "stand-in",
    command: process.execPath,
    args: ["--import", import.meta.resolve("tsx"), standIn, ...wanted.map(String), keyFile],
    configuration: keySet,
    isReady: async () =>
      (await Promise.all(wanted.map((port) => answersOk(`http://127.0.0.1:${port}/`)))).every(Boolean),
  });
}

async function ensureEnvoy(
  instance: Instance,
  envoy: string,
  proxy: GatewayProxy,
  issuer: IdentityIssuer,
  ports: Readonly<Record<string, number>>,
): Promise<void> {
  const bootstrap = JSON.stringify(envoyBootstrap(proxy, ports, issuer.tokenOf(proxy)), null, 2);
  const file = instancePath(instance, "envoy", `${proxy.name}.json`);
  await writeFile(file, bootstrap, { mode: 0o600 });
  const spec: ProcessSpec = {
    name: processName(proxy),
    command: envoy,
    args: ["-c", file, "--disable-hot-restart", "--concurrency", "1", "--log-level", "warning"],
    configuration: bootstrap,
    isReady: () => answersOk(`http://127.0.0.1:${ports[adminPort(proxy)] ?? 0}/ready`),
  };
  // Once in some fifty starts, on a busy machine, an Envoy never got its first listeners from istiod. A new one did.
  await ensureProcess(instance, spec).catch(() => ensureProcess(instance, spec));
}

function processName(proxy: GatewayProxy): string {
  return `envoy-${proxy.name}`;
}

function gatewayUrls(
  layout: GatewayProxies,
  ports: Readonly<Record<string, number>>,
): Record<string, string> {
  const url = (name: string): string => `http://127.0.0.1:${ports[name] ?? 0}`;
  return {
    entry: url(layout.entryPort),
    clusterLocal: url(layout.clusterLocalPort),
    ...(layout.entryHttpsPort === undefined
      ? {}
      : { entryHttps: url(layout.entryHttpsPort).replace("http:", "https:") }),
    ...(layout.exitPort === undefined ? {} : { exit: url(layout.exitPort) }),
    ...Object.fromEntries(
      Object.entries(layout.domains).flatMap(([role, { http, https }]) => [
        [role, url(https).replace("http:", "https:")],
        [`${role}-http`, url(http)],
      ]),
    ),
  };
}
