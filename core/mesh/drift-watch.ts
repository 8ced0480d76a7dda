import type { CronJob } from "kubernetes-types/batch/v1.js";
import type { PodSpec, PodTemplateSpec } from "kubernetes-types/core/v1.js";
import type { PolicyRule } from "kubernetes-types/rbac/v1.js";
import { groupOf, type WatchedKind, watchedKinds } from "../drift/watched-kinds.ts";
import type { DriftWatch } from "../drift-watch-rules.ts";
import type { Stack } from "../stack.ts";
import { labels } from "./labels.ts";
import { driftWatchName, systemNamespace } from "./names.ts";
import type { DriftWatchObjects, Rendered } from "./plan.ts";
import type { KubernetesObject } from "./plan-objects.ts";

/** Where the Deployment serves metrics. */
const metricsPort = 9464;
/** Seconds between two checks of the Deployment. */
const interval = 300;

const metadata = { name: driftWatchName, labels: { ...labels(driftWatchName, "drift-watch") } };
const inNamespace = { ...metadata, namespace: systemNamespace };

/**
 * The workload that runs `kfaas drift` inside the cluster. It may read exactly what is compared, in no more namespaces than needed, and
 * write nothing.
 * @param others all other objects of the plan
 */
export function renderDriftWatch(
  watch: DriftWatch,
  stack: Stack,
  others: readonly KubernetesObject[],
): DriftWatchObjects {
  const subjects = [{ kind: "ServiceAccount", name: driftWatchName, namespace: systemNamespace }];
  const workload: Pick<DriftWatchObjects, "cronJob" | "deployment"> =
    watch.mode === "cronJob" ? { cronJob: cronJob(watch, stack) } : { deployment: deployment(watch, stack) };
  const own: KubernetesObject[] = [
    ...["ClusterRole", "ClusterRoleBinding", "Role", "RoleBinding"].map((kind) => ({
      apiVersion: rbac,
      kind,
      metadata,
    })),
    { apiVersion: "v1", kind: "ServiceAccount", metadata },
    // The record of whose cluster it is.
    { apiVersion: "v1", kind: "ConfigMap", metadata },
    ...(workload.cronJob ? [workload.cronJob] : []),
    ...(workload.deployment ? [workload.deployment] : []),
  ];
  const kinds = watchedKinds([...others, ...own]);
  return {
    serviceAccount: { apiVersion: "v1", kind: "ServiceAccount", metadata: inNamespace },
    clusterRole: { apiVersion: rbac, kind: "ClusterRole", metadata, rules: clusterRules(kinds) },
    clusterRoleBinding: {
      apiVersion: rbac,
      kind: "ClusterRoleBinding",
      metadata,
      roleRef: { apiGroup: "rbac.authorization.k8s.io", kind: "ClusterRole", name: driftWatchName },
      subjects,
    },
    role: { apiVersion: rbac, kind: "Role", metadata: inNamespace, rules: namespaceRules(kinds) },
    roleBinding: {
      apiVersion: rbac,
      kind: "RoleBinding",
      metadata: inNamespace,
      roleRef: { apiGroup: "rbac.authorization.k8s.io", kind: "Role", name: driftWatchName },
      subjects,
    },
    networkPolicy: {
      apiVersion: "networking.k8s.io/v1",
      kind: "NetworkPolicy",
      metadata: inNamespace,
      spec: {
        podSelector: { matchLabels: selector },
        policyTypes: ["Ingress", "Egress"],
        ...(watch.mode === "deployment" && {
          ingress: [{ from: [{ namespaceSelector: {} }], ports: [{ protocol: "TCP", port: metricsPort }] }],
        }),
        // The API server is no pod: a policy can name its ports only.
        egress: [
          {
            ports: [
              { protocol: "TCP", port: 443 },
              { protocol: "TCP", port: 6443 },
            ],
          },
        ],
      },
    },
    ...workload,
  };
}

const rbac = "rbac.authorization.k8s.io/v1";
const selector = { "app.kubernetes.io/name": driftWatchName };

/** Lists across namespaces, and single objects that belong to none. */
function clusterRules(kinds: readonly WatchedKind[]): PolicyRule[] {
  return kinds.flatMap(({ apiVersion, plural, from }): PolicyRule[] => {
    const rule = { apiGroups: [groupOf(apiVersion)], resources: [plural] };
    if (from === "everywhere") return [{ ...rule, verbs: ["get", "list"] }];
    if ("namespace" in from) {
      return from.namespace === systemNamespace ? [] : [{ ...rule, verbs: ["get", "list"] }];
    }
    // Whose cluster it is, kube-system tells.
    const resourceNames = plural === "namespaces" ? [...from.names, "kube-system"] : [...from.names];
    return [{ ...rule, resourceNames, verbs: ["get"] }];
  });
}

function namespaceRules(kinds: readonly WatchedKind[]): PolicyRule[] {
  return kinds.flatMap(({ apiVersion, plural, from }) =>
    from !== "everywhere" && "namespace" in from && from.namespace === systemNamespace
      ? [{ apiGroups: [groupOf(apiVersion)], resources: [plural], verbs: ["get", "list"] }]
      : [],
  );
}

function cronJob(watch: DriftWatch, stack: Stack): Rendered<CronJob> {
  const template = podTemplate(watch, "Never", command(stack));
  return {
    apiVersion: "batch/v1",
    kind: "CronJob",
    metadata: inNamespace,
    spec: {
      schedule: watch.schedule,
      concurrencyPolicy: "Forbid",
      // A Job that fails says that there is drift: once is enough.
      jobTemplate: { spec: { backoffLimit: 0, activeDeadlineSeconds: 600, template } },
    },
  };
}

function deployment(watch: DriftWatch, stack: Stack): NonNullable<DriftWatchObjects["deployment"]> {
  const args = [
    ...command(stack),
    "--watch",
    "--interval",
    String(interval),
    "--listen",
    `0.0.0.0:${metricsPort}`,
  ];
  return {
    apiVersion: "apps/v1",
    kind: "Deployment",
    metadata: inNamespace,
    spec: {
      selector: { matchLabels: selector },
      strategy: { type: "Recreate" },
      template: podTemplate(watch, "Always", args, {
        ports: [{ name: "http-metrics", containerPort: metricsPort, protocol: "TCP" }],
        livenessProbe: {
          httpGet: { path: "/healthz", port: metricsPort, scheme: "HTTP" },
          initialDelaySeconds: 30,
          periodSeconds: 30,
          timeoutSeconds: 5,
          successThreshold: 1,
          failureThreshold: 3,
        },
      }),
    },
  };
}

function command({ name }: Stack): string[] {
  return ["drift", "--stack", name, "--in-cluster", "--format", "json"];
}

function podTemplate(
  { image, resources }: DriftWatch,
  restartPolicy: "Always" | "Never",
  args: string[],
  serving: Partial<PodSpec["containers"][number]> = {},
): PodTemplateSpec {
  return {
    metadata: {
      // No proxy beside it: it would outlive the Job, and all it talks to is the API server.
      labels: { ...labels(driftWatchName, "drift-watch"), "sidecar.istio.io/inject": "false" },
      ...(serving.ports && {
        annotations: {
          "prometheus.io/path": "/metrics",
          "prometheus.io/port": String(metricsPort),
          "prometheus.io/scrape": "true",
        },
      }),
    },
    spec: {
      serviceAccountName: driftWatchName,
      restartPolicy,
      securityContext: { runAsNonRoot: true, runAsUser: 65_532, seccompProfile: { type: "RuntimeDefault" } },
      containers: [
        {
          name: "kfaas",
          image,
          args,
          ...serving,
          resources: { requests: { ...resources.requests }, limits: { ...resources.limits } },
          securityContext: {
            allowPrivilegeEscalation: false,
            capabilities: { drop: ["ALL"] },
            privileged: false,
            readOnlyRootFilesystem: true,
            runAsNonRoot: true,
          },
        },
      ],
    },
  };
}
