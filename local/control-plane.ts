import { mkdir, rename, rm, writeFile } from "node:fs/promises";
import { execa } from "execa";
import type { ControlPlaneTools } from "../tools/toolchain.ts";
import { instancePath, kubeconfigOf } from "./instance.ts";
import type { Instance } from "./instance.ts";
import { processEnvironment } from "./processes.ts";

/** Names of the ports that a control plane needs. */
export const controlPlanePorts = [
  "etcd",
  "etcdPeer",
  "apiserver",
  "controllerManager",
  "scheduler",
  "kwok",
] as const;

const clusterName = "kfaas";
/** Two, so that topology spread and disruption budgets have something to spread over. */
const nodes = 2;

/**
 * Starts etcd, kube-apiserver (with RBAC and admission), controller-manager, scheduler and kwok, which plays the kubelet of
 * two nodes: Deployments become ready, but their pods do nothing.
 * @throws Error with kwokctl's last lines
 */
export async function createControlPlane(
  instance: Instance,
  tools: ControlPlaneTools,
  ports: Readonly<Record<string, number>>,
): Promise<void> {
  await rm(instancePath(instance, "kwok"), { recursive: true, force: true });
  await mkdir(instancePath(instance, "kwok"), { recursive: true, mode: 0o700 });
  await writeFile(
    instancePath(instance, "kwok.json"),
    JSON.stringify(kwokConfiguration(tools, ports), null, 2),
  );
  await rm(kubeconfigOf(instance), { force: true });
  // Put into place at the end: a cluster whose kubeconfig is there is complete, also if this process is killed on the way.
  const kubeconfig = instancePath(instance, "kubeconfig.draft");
  await kwokctl(instance, tools, [
    "create",
    "cluster",
    "--kubeconfig",
    kubeconfig,
    "--disable-qps-limits",
    "--wait",
    "60s",
  ]);
  await kwokctl(instance, tools, ["scale", "node", "--replicas", String(nodes)]);
  // Pulumi and kubectl address the cluster by the context that the stack names.
  await execa(tools.kubectl, [
    "config",
    "rename-context",
    `kwok-${clusterName}`,
    instance.stack,
    "--kubeconfig",
    kubeconfig,
  ]);
  await rename(kubeconfig, kubeconfigOf(instance));
}

/** True if the API server of a cluster made before answers that it is ready. */
export async function isControlPlaneReady(instance: Instance, tools: ControlPlaneTools): Promise<boolean> {
  const result = await execa(
    tools.kubectl,
    ["--kubeconfig", kubeconfigOf(instance), "get", "--raw", "/readyz", "--request-timeout", "3s"],
    { reject: false },
  );
  return !result.failed;
}

function kwokConfiguration(tools: ControlPlaneTools, ports: Readonly<Record<string, number>>): object {
  return {
    apiVersion: "config.kwok.x-k8s.io/v1alpha1",
    kind: "KwokctlConfiguration",
    options: {
      runtime: "binary",
      bindAddress: "127.0.0.1",
      kubeAuthorization: true,
      kubeAdmission: true,
      etcdBinary: tools.etcd,
      kubeApiserverBinary: tools.kubeApiserver,
      kubeControllerManagerBinary: tools.kubeControllerManager,
      kubeSchedulerBinary: tools.kubeScheduler,
      kubectlBinary: tools.kubectl,
      kwokControllerBinary: tools.kwok,
      etcdPort: ports["etcd"],
      etcdPeerPort: ports["etcdPeer"],
      kubeApiserverPort: ports["apiserver"],
      kubeControllerManagerPort: ports["controllerManager"],
      kubeSchedulerPort: ports["scheduler"],
      kwokControllerPort: ports["kwok"],
    },
  };
}

async function kwokctl(instance: Instance, tools: ControlPlaneTools, args: readonly string[]): Promise<void> {
  const configuration = instancePath(instance, "kwok.json");
  const result = await execa(tools.kwokctl, ["--config", configuration, "--name", clusterName, ...args], {
    reject: false,
    all: true,
    extendEnv: false,
    env: processEnvironment(instance, { KWOK_WORKDIR: instancePath(instance, "kwok") }),
  });
  if (!result.failed) return;
  const lines = result.all.trimEnd().split("\n").slice(-8).join("\n");
  throw new Error(`kwokctl ${args.slice(0, 2).join(" ")} failed:\n${lines}`);
}
