import { existsSync, readFileSync } from "node:fs";
import { homedir } from "node:os";
import { delimiter, join } from "node:path";
import { KubeConfig } from "@kubernetes/client-node";
import { ClusterError } from "./cluster-error.ts";

/**
 * The named context from where kubectl and Pulumi's provider look: the files of `KUBECONFIG`, else `~/.kube/config`. Neither
 * the current context nor the pod's own service account is ever used: a cluster is touched only where a stack names it.
 * @throws ClusterError if there is no kubeconfig, it cannot be read, or it lacks the context or what the context refers to.
 */
export function loadContext(name: string, environment: NodeJS.ProcessEnv = process.env): KubeConfig {
  const files = kubeconfigFiles(environment);
  const present = files.filter((file) => existsSync(file));
  if (present.length === 0) {
    throw new ClusterError(`no kubeconfig: ${files.join(", ")} does not exist; set KUBECONFIG`);
  }
  const kubeconfig = merge(present.map(loadFile));
  if (!kubeconfig.contexts.some((context) => context.name === name)) {
    const known = kubeconfig.contexts.map((context) => `"${context.name}"`).sort();
    throw new ClusterError(
      `no context "${name}" in ${present.join(", ")}, only ${known.join(", ") || "none at all"}; ` +
        "set KUBECONFIG to the file that has it, or mend kfaas:cluster.context in the stack's file",
    );
  }
  kubeconfig.setCurrentContext(name);
  if (kubeconfig.getCurrentCluster() === null) {
    throw new ClusterError(
      `context "${name}" in ${present.join(", ")} names a cluster that is not defined there`,
    );
  }
  return kubeconfig;
}

/**
 * The pod's own service account, under the name of the stack's context. Only for whoever asks for it by name: everything else in KFaaS
 * touches the cluster that a context names.
 * @throws ClusterError outside a pod
 */
export function loadServiceAccount(context: string): KubeConfig {
  if ((process.env["KUBERNETES_SERVICE_HOST"] ?? "") === "" || !existsSync(tokenFile)) {
    throw new ClusterError(`this is no pod with a service account: ${tokenFile} does not exist`);
  }
  const own = new KubeConfig();
  own.loadFromCluster();
  const kubeconfig = new KubeConfig();
  const [cluster, user] = [own.getCurrentCluster(), own.getCurrentUser()];
  if (cluster === null || user === null) throw new ClusterError("the pod's service account cannot be read");
  kubeconfig.loadFromOptions({
    clusters: [cluster],
    users: [user],
    contexts: [{ name: context, cluster: cluster.name, user: user.name }],
    currentContext: context,
  });
  return kubeconfig;
}

/** https://kubernetes.io/docs/tasks/run-application/access-api-from-pod/#directly-accessing-the-rest-api */
const tokenFile = "/var/run/secrets/kubernetes.io/serviceaccount/token";

function kubeconfigFiles(environment: NodeJS.ProcessEnv): string[] {
  const listed = (environment["KUBECONFIG"] ?? "").split(delimiter).filter((file) => file !== "");
  return listed.length > 0 ? listed : [join(environment["HOME"] ?? homedir(), ".kube", "config")];
}

function loadFile(file: string): KubeConfig {
  const kubeconfig = new KubeConfig();
  try {
    // The library stumbles over a file without content, which for kubectl is one without contexts.
    if (readFileSync(file, "utf8").trim() !== "") kubeconfig.loadFromFile(file);
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new ClusterError(`${file} cannot be read as a kubeconfig: ${reason.split("\n")[0] ?? ""}`);
  }
  return kubeconfig;
}

/**
 * The first file that defines a name wins, as in client-go; the library's own merge refuses names that occur twice.
 * https://kubernetes.io/docs/concepts/configuration/organize-cluster-access-kubeconfig/#merging-kubeconfig-files
 */
function merge(kubeconfigs: readonly KubeConfig[]): KubeConfig {
  const merged = new KubeConfig();
  merged.loadFromOptions({
    clusters: firstOfEachName(kubeconfigs.flatMap(({ clusters }) => clusters)),
    users: firstOfEachName(kubeconfigs.flatMap(({ users }) => users)),
    contexts: firstOfEachName(kubeconfigs.flatMap(({ contexts }) => contexts)),
    currentContext: "",
  });
  return merged;
}

function firstOfEachName<T extends { readonly name: string }>(entries: readonly T[]): T[] {
  return entries.filter((entry, index) => entries.findIndex(({ name }) => name === entry.name) === index);
}
