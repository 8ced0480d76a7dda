import * as z from "zod";

/** Where a managed gateway is not told otherwise. */
export const defaultAutoscaling = { minReplicas: 2, maxReplicas: 10, targetCpuPercent: 80 } as const;

const replicas = (description: string, fallback: number) =>
  z.number().optional().meta({ description, type: "integer", minimum: 1, default: fallback });

/** The keys that all gateways of ours have. */
export const autoscalingShape = {
  minReplicas: replicas("Fewest pods.", defaultAutoscaling.minReplicas),
  maxReplicas: replicas("Most pods.", defaultAutoscaling.maxReplicas),
  targetCpuPercent: z.number().optional().meta({
    description:
      "CPU that pods should use on average, in percent of what they request; more pods are added above it.",
    type: "integer",
    minimum: 1,
    maximum: 100,
    default: defaultAutoscaling.targetCpuPercent,
  }),
};
