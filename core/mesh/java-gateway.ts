import type { Container, PodSpec, Probe } from "kubernetes-types/core/v1.js";
import type { ImageExitGateway, JavaWorkload, ResourceAmounts } from "../exit-gateway.ts";
import { compareText } from "../problem.ts";
import { cpuQuantity, memoryQuantity, parseCpu, parseMemory } from "../quantity.ts";
import {
  renderAutoscaler,
  renderDisruptionBudget,
  restrictedContainer,
  rollout,
  spreadConstraints,
} from "./autoscaled-workload.ts";
import { labels } from "./labels.ts";
import { javaGatewayName, systemNamespace } from "./names.ts";
import type { WorkloadObjects } from "./plan.ts";

/**
 * What Services and policies know the pods by. Not the label of our gateways: these pods have no business with istiod, and policies
 * for those that have would let them.
 */
export const javaPodLabels = { "app.kubernetes.io/name": javaGatewayName } as const;

/** The Java export gateway's own image, autoscaled, behind a Service on port 80. */
export function renderJavaGateway({ java, ...scaling }: ImageExitGateway): WorkloadObjects {
  const metadata = {
    name: javaGatewayName,
    namespace: systemNamespace,
    labels: { ...labels(javaGatewayName, "java-export-gateway") },
  };
  return {
    serviceAccount: { apiVersion: "v1", kind: "ServiceAccount", metadata },
    deployment: {
      apiVersion: "apps/v1",
      kind: "Deployment",
      metadata,
      // No `replicas`: they are the autoscaler's.
      spec: {
        selector: { matchLabels: javaPodLabels },
        strategy: rollout,
        template: {
          // Nobody but the exit gateway calls it, and a sidecar's first container would need a privilege.
          metadata: { labels: { ...javaPodLabels, "sidecar.istio.io/inject": "false" } },
          spec: podSpec(java),
        },
      },
    },
    service: {
      apiVersion: "v1",
      kind: "Service",
      metadata,
      spec: {
        type: "ClusterIP",
        selector: javaPodLabels,
        ports: [{ name: "http", port: 80, targetPort: java.port, protocol: "TCP" }],
      },
    },
    autoscaler: renderAutoscaler(metadata, scaling),
    disruptionBudget: renderDisruptionBudget(metadata, javaPodLabels),
  };
}

function podSpec(java: JavaWorkload): PodSpec {
  const { runAsUser, pullSecrets } = java;
  return {
    serviceAccountName: javaGatewayName,
    // It does not talk to Kubernetes.
    automountServiceAccountToken: false,
    securityContext: {
      runAsNonRoot: true,
      ...(runAsUser !== undefined && { runAsUser }),
      seccompProfile: { type: "RuntimeDefault" },
    },
    ...(pullSecrets.length > 0 && { imagePullSecrets: pullSecrets.map((name) => ({ name })) }),
    containers: [container(java)],
    // The only place that can be written to: Java and most servers keep temporary files.
    volumes: [{ name: "tmp", emptyDir: {} }],
    topologySpreadConstraints: spreadConstraints(javaPodLabels),
  };
}

function container(java: JavaWorkload): Container {
  const { image, port, resources, healthPath } = java;
  const check: Probe =
    healthPath === undefined ? { tcpSocket: { port } } : { httpGet: { path: healthPath, port } };
  const env = variables(java);
  return {
    name: "java-export-gateway",
    image,
    ports: [{ name: "http", containerPort: port, protocol: "TCP" }],
    ...(env.length > 0 && { env }),
    resources: {
      requests: amounts(resources.requests),
      ...(resources.limits && { limits: amounts(resources.limits) }),
    },
    // A JVM on a busy node takes its time: five minutes, and no restart before.
    startupProbe: { ...check, periodSeconds: 5, failureThreshold: 60 },
    readinessProbe: { ...check, periodSeconds: 5 },
    securityContext: restrictedContainer,
    volumeMounts: [{ name: "tmp", mountPath: "/tmp" }],
  };
}

/** Sorted by name. */
function variables({ env, secretEnv }: JavaWorkload): NonNullable<Container["env"]> {
  return [
    ...Object.entries(env).map(([name, value]) => ({ name, value })),
    ...Object.entries(secretEnv).map(([name, { secret, key }]) => ({
      name,
      valueFrom: { secretKeyRef: { name: secret, key } },
    })),
  ].sort((a, b) => compareText(a.name, b.name));
}

function amounts({ cpu, memory }: ResourceAmounts): Record<string, string> {
  return { cpu: cpuQuantity(parseCpu(cpu) ?? 0), memory: memoryQuantity(parseMemory(memory) ?? 0) };
}
