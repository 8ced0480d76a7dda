import type { DeploymentStrategy } from "kubernetes-types/apps/v1.js";
import type { HorizontalPodAutoscaler } from "kubernetes-types/autoscaling/v2.js";
import type { SecurityContext, TopologySpreadConstraint } from "kubernetes-types/core/v1.js";
import type { ObjectMeta } from "kubernetes-types/meta/v1.js";
import type { PodDisruptionBudget } from "kubernetes-types/policy/v1.js";
import type { Autoscaling } from "../stack.ts";
import type { Rendered } from "./plan.ts";

// What all Deployments of ours have in common, whatever runs in them.

type PodLabels = Readonly<Record<string, string>>;

export function renderAutoscaler(
  metadata: ObjectMeta & { readonly name: string },
  { minReplicas, maxReplicas, targetCpuPercent }: Autoscaling,
): Rendered<HorizontalPodAutoscaler> {
  return {
    apiVersion: "autoscaling/v2",
    kind: "HorizontalPodAutoscaler",
    metadata,
    spec: {
      scaleTargetRef: { apiVersion: "apps/v1", kind: "Deployment", name: metadata.name },
      minReplicas,
      maxReplicas,
      metrics: [
        {
          type: "Resource",
          resource: {
            name: "cpu",
            target: { type: "Utilization", averageUtilization: targetCpuPercent },
          },
        },
      ],
    },
  };
}

export function renderDisruptionBudget(
  metadata: ObjectMeta & { readonly name: string },
  matchLabels: PodLabels,
): Rendered<PodDisruptionBudget> {
  return {
    apiVersion: "policy/v1",
    kind: "PodDisruptionBudget",
    metadata,
    // Not minAvailable: with a single replica that would stop every drain of its node.
    spec: { maxUnavailable: 1, selector: { matchLabels: { ...matchLabels } } },
  };
}

/** There are never fewer pods than the autoscaler wants, not even while they change. */
export const rollout: DeploymentStrategy = {
  type: "RollingUpdate",
  rollingUpdate: { maxSurge: "25%", maxUnavailable: 0 },
};

export function spreadConstraints(matchLabels: PodLabels): TopologySpreadConstraint[] {
  return ["topology.kubernetes.io/zone", "kubernetes.io/hostname"].map((topologyKey) => ({
    maxSkew: 1,
    topologyKey,
    // Better two pods on one node than one pod waiting.
    whenUnsatisfiable: "ScheduleAnyway",
    labelSelector: { matchLabels: { ...matchLabels } },
  }));
}

/** What Pod Security `restricted` asks of a container, and a file system that nobody writes to. */
export const restrictedContainer: SecurityContext = {
  allowPrivilegeEscalation: false,
  capabilities: { drop: ["ALL"] },
  privileged: false,
  readOnlyRootFilesystem: true,
  runAsNonRoot: true,
};
