import {
  ApiException,
  CoreV1Api,
  createConfiguration,
  type KubeConfig,
  ServerConfiguration,
} from "@kubernetes/client-node";
import { systemNamespace } from "../core/mesh/names.ts";
import type { KubernetesObject } from "../core/mesh/plan-objects.ts";
import type { Problem } from "../core/problem.ts";
import type { Stack } from "../core/stack.ts";
import { ClusterError } from "./cluster-error.ts";

/** Which cluster a stack was deployed to: the first `up` writes it on the cluster and into the stack's own state. */
export interface ClusterRecord {
  /** `kfaas:cluster.name` of the stack that was deployed. */
  readonly name: string;
  /** Of the cluster's namespace kube-system: Kubernetes has no better identity, and it never changes. */
  readonly uid: string;
}

/** What a kubeconfig context leads to. */
export interface LiveCluster {
  readonly uid: string;
  /** Absent until a stack is deployed. */
  readonly record?: ClusterRecord;
}

/** Name of the ConfigMap in `kfaas-system` that holds the ClusterRecord as its data. */
export const recordName = "kfaas-cluster";

/** The ConfigMap of a record, as the first `up` writes it. */
export function recordObject({ name, uid }: ClusterRecord): RecordObject {
  return {
    apiVersion: "v1",
    kind: "ConfigMap",
    metadata: { name: recordName, namespace: systemNamespace },
    data: { name, uid },
  };
}

export interface RecordObject extends KubernetesObject {
  readonly apiVersion: "v1";
  readonly kind: "ConfigMap";
  readonly data: { readonly name: string; readonly uid: string };
}

/** Whoever takes longer for one small object is not going to take thousands. */
const defaultTimeout = 15_000;

/**
 * Asks the cluster who it is: reads two objects, writes nothing.
 * @param timeout of each request, in milliseconds.
 * @throws ClusterError if the cluster cannot be reached or refuses.
 */
export async function readLiveCluster(
  kubeconfig: KubeConfig,
  timeout: number = defaultTimeout,
): Promise<LiveCluster> {
  const api = openApi(kubeconfig, timeout);
  const [kubeSystem, record] = await Promise.all([
    ask(kubeconfig, "namespace kube-system", () => api.readNamespace({ name: "kube-system" })),
    ask(kubeconfig, `configmap ${systemNamespace}/${recordName}`, () =>
      api.readNamespacedConfigMap({ namespace: systemNamespace, name: recordName }),
    ),
  ]);
  const uid = kubeSystem?.metadata?.uid;
  if (uid === undefined) throw new ClusterError(`${describe(kubeconfig)} has no namespace kube-system`);
  const name = record?.data?.["name"];
  return { uid, ...(name === undefined ? {} : { record: { name, uid: record?.data?.["uid"] ?? "" } }) };
}

/**
 * Whether the stack may write to the cluster that its context leads to, as far as the cluster and the stack's own state know.
 * @param deployed what the stack's state says about its last deployment; undefined if it has none.
 */
export function compareIdentity(
  stack: Pick<Stack, "name" | "cluster">,
  live: LiveCluster,
  deployed: ClusterRecord | undefined,
): Problem[] {
  const { name, context } = stack.cluster;
  const file = `Pulumi.${stack.name}.yaml`;
  if (live.record !== undefined && live.record.name !== name) {
    return [
      mismatch(
        file,
        `stack "${stack.name}" is for cluster "${name}", but context "${context}" leads to cluster "${live.record.name}"`,
        `let context "${context}" lead to cluster "${name}", or mend kfaas:cluster in ${file}`,
      ),
    ];
  }
  if (deployed !== undefined && deployed.uid !== live.uid) {
    const found = live.record === undefined ? "a cluster without a name" : `another cluster "${name}"`;
    return [
      mismatch(
        file,
        `stack "${stack.name}" was deployed to cluster "${deployed.name}" (${deployed.uid}), ` +
          `but context "${context}" leads to ${found} (${live.uid})`,
        `let context "${context}" lead to cluster "${deployed.name}"; if that is gone for good, let the stack forget it: ` +
          `pulumi stack rm --force --preserve-config ${stack.name} && pulumi stack init ${stack.name}`,
      ),
    ];
  }
  if (deployed !== undefined && deployed.name !== name) {
    return [
      mismatch(
        file,
        `stack "${stack.name}" was deployed to cluster "${deployed.name}", which ${file} now calls "${name}"`,
        `set kfaas:cluster.name back to "${deployed.name}": another name would replace every object of the stack`,
      ),
    ];
  }
  if (live.record !== undefined && live.record.uid !== live.uid) {
    return [
      mismatch(
        file,
        `context "${context}" leads to a cluster (${live.uid}) with the record of cluster "${name}" (${live.record.uid}): ` +
          "a copy, for example from a backup",
        "if this is the cluster you mean, delete the copy: " +
          `kubectl --context ${context} -n ${systemNamespace} delete configmap ${recordName}`,
      ),
    ];
  }
  if (deployed !== undefined && live.record === undefined) {
    const message = `cluster "${name}" has lost its record, ConfigMap ${systemNamespace}/${recordName}`;
    const fix = "write it again: pulumi up --refresh";
    return [{ ...mismatch(file, message, fix), code: "cluster-record-lost", severity: "warning" }];
  }
  return [];
}

function mismatch(file: string, message: string, fix: string): Problem {
  return { code: "cluster-mismatch", severity: "error", message, fix, services: [], location: { file } };
}

function openApi(kubeconfig: KubeConfig, timeout: number): CoreV1Api {
  return new CoreV1Api(
    createConfiguration({
      baseServer: new ServerConfiguration(kubeconfig.getCurrentCluster()?.server ?? "", {}),
      authMethods: { default: kubeconfig },
      promiseMiddleware: [
        {
          pre: async (request) => {
            request.setSignal(AbortSignal.timeout(timeout));
            return request;
          },
          post: async (response) => response,
        },
      ],
    }),
  );
}

/** The answer; undefined if the object does not exist. */
async function ask<T>(
  kubeconfig: KubeConfig,
  object: string,
  read: () => Promise<T>,
): Promise<T | undefined> {
  try {
    return await read();
  } catch (error) {
    if (!(error instanceof ApiException)) {
      throw new ClusterError(
        `${describe(kubeconfig)} cannot be reached: ${reason(error)}; preview and up need it`,
      );
    }
    switch (error.code) {
      case 404:
        return undefined;
      case 401:
        throw new ClusterError(`${describe(kubeconfig)} does not know you (401): renew your credentials`);
      case 403:
        throw new ClusterError(
          `${describe(kubeconfig)} does not let you get ${object} (403): ask for that permission`,
        );
      default:
        throw new ClusterError(`${describe(kubeconfig)} answers ${error.code} to get ${object}`);
    }
  }
}

function describe(kubeconfig: KubeConfig): string {
  return `cluster of context "${kubeconfig.getCurrentContext()}" (${kubeconfig.getCurrentCluster()?.server ?? ""})`;
}

function reason(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  if (error.name === "AbortError") return "no answer in time";
  // node-fetch repeats the URL before it comes to the point.
  return /reason: (.+)$/.exec(error.message)?.[1] ?? error.message;
}
