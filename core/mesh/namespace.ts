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
  const managed = [gateways.entry, gateways.clusterLocal, gateways.exit].filter(
    (gateway): gateway is Autoscaling & { mode: "managed" } => gateway?.mode === "managed",
  );
  const pods = 10 + 2 * managed.reduce((sum, { maxReplicas }) => sum + maxReplicas, 0);
  return {
    pods: String(pods),
    "requests.cpu": cpuQuantity(pods * podRequests.cpuMillis),
    "requests.memory": memoryQuantity(pods * podRequests.memoryMebibytes),
    "services.loadbalancers": "0",
    "services.nodeports": "0",
  };
}

// As the apiserver writes them, so that a live object compares equal to the plan.
function cpuQuantity(millis: number): string {
  return millis % 1000 === 0 ? String(millis / 1000) : `${millis}m`;
}

function memoryQuantity(mebibytes: number): string {
  return mebibytes % 1024 === 0 ? `${mebibytes / 1024}Gi` : `${mebibytes}Mi`;
}
