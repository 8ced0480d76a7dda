import { cpuQuantity, memoryQuantity, parseCpu, parseMemory } from "../quantity.ts";
import type { Autoscaling, Stack, Versions } from "../stack.ts";
import { podRequests } from "./gateway.ts";
import type { Hops } from "./hops.ts";
import { labels } from "./labels.ts";
import { systemNamespace } from "./names.ts";
import { renderNetworkPolicies } from "./network-policies.ts";
import type { NamespaceObjects } from "./plan.ts";

/** `kfaas-system` with what keeps others and ourselves within bounds in it. */
export function renderNamespace(stack: Stack, hops: Hops): NamespaceObjects {
  return {
    namespace: {
      apiVersion: "v1",
      kind: "Namespace",
      metadata: {
        name: systemNamespace,
        labels: {
          ...labels(systemNamespace, "namespace"),
          ...injectionLabel(stack.versions),
          "pod-security.kubernetes.io/audit": "restricted",
          "pod-security.kubernetes.io/enforce": "restricted",
          "pod-security.kubernetes.io/warn": "restricted",
        },
      },
    },
    quota: {
      apiVersion: "v1",
      kind: "ResourceQuota",
      metadata: {
        name: systemNamespace,
        namespace: systemNamespace,
        labels: { ...labels(systemNamespace, "quota") },
      },
      spec: { hard: hardLimits(stack) },
    },
    networkPolicies: renderNetworkPolicies(stack, hops),
  };
}

/** Not both: `istio-injection` would beat the revision. https://istio.io/latest/docs/setup/upgrade/canary/ */
function injectionLabel({ istioRevision }: Versions): Record<string, string> {
  return istioRevision === undefined ? { "istio-injection": "enabled" } : { "istio.io/rev": istioRevision };
}

/**
 * Room for every gateway at its largest, twice, since a rollout adds pods before it takes others away, and for ten pods of
 * others, such as those that answer a certificate authority's challenges. No way in from outside the intranet at all.
 */
function hardLimits({ gateways }: Stack): Record<string, string> {
  const { entry, clusterLocal, exit } = gateways;
  const managed = [entry, clusterLocal, exit].filter(
    (gateway): gateway is NonNullable<typeof gateway> & Autoscaling =>
      gateway !== undefined && gateway.mode !== "existing",
  );
  const gatewayPods = 10 + 2 * managed.reduce((sum, { maxReplicas }) => sum + maxReplicas, 0);
  const javaPods = exit?.mode === "image" ? 2 * exit.maxReplicas : 0;
  const java = exit?.mode === "image" ? exit.java.resources.requests : undefined;
  const sum = (ofGateway: number, ofJava = 0): number => gatewayPods * ofGateway + javaPods * ofJava;
  return {
    pods: String(gatewayPods + javaPods),
    "requests.cpu": cpuQuantity(sum(podRequests.cpuMillis, java && parseCpu(java.cpu))),
    "requests.memory": memoryQuantity(sum(podRequests.memoryMebibytes, java && parseMemory(java.memory))),
    "services.loadbalancers": "0",
    "services.nodeports": "0",
  };
}
