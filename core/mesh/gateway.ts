import type { Deployment } from "kubernetes-types/apps/v1.js";
import type { PodSpec, Service } from "kubernetes-types/core/v1.js";
import type { Role } from "kubernetes-types/rbac/v1.js";
import type { Autoscaling } from "../stack.ts";
import {
  renderAutoscaler,
  renderDisruptionBudget,
  restrictedContainer,
  rollout,
  spreadConstraints,
} from "./autoscaled-workload.ts";
import type { Gateway, GatewayServer, ServerTls } from "./istio.ts";
import { labels } from "./labels.ts";
import { systemNamespace } from "./names.ts";
import type { GatewayObjects } from "./plan.ts";
import type { VersionProfile } from "./version-profile.ts";

/** What one pod asks for; the namespace's quota counts in these. */
export const podRequests = { cpuMillis: 100, memoryMebibytes: 128 };

/** Ports of a gateway pod. Those below 1024 would need a privilege that Pod Security `restricted` does not give. */
export const podPorts = {
  http: 8080,
  mirror: 8081,
  https: 8443,
  agentMetrics: 15020,
  readiness: 15021,
  envoyMetrics: 15090,
};

/** A port of the gateway beside that for HTTP, or in its place. */
export interface GatewayListener {
  readonly name: string;
  /** Of the Service. */
  readonly port: number;
  readonly podPort: number;
  readonly protocol: "HTTP" | "HTTPS";
  /** `<namespace>/<host>` each. */
  readonly hosts: readonly string[];
  readonly tls?: ServerTls;
}

export interface GatewaySettings {
  /** Of all its objects. */
  readonly name: string;
  /** `app.kubernetes.io/component`. */
  readonly component: string;
  /** What the Gateway takes by HTTP: `<namespace>/<host>`, or `*` for whatever VirtualServices bind to it. None: no HTTP. */
  readonly hosts: readonly string[];
  readonly listeners?: readonly GatewayListener[];
  /** Whether it shows certificates that are kept in Secrets, to clients or to servers. */
  readonly readsSecrets: boolean;
  readonly scaling: Autoscaling;
}

/** An autoscaled gateway of ours, for requests from inside the cluster only. */
export function renderGateway(settings: GatewaySettings, profile: VersionProfile): GatewayObjects {
  const metadata = {
    name: settings.name,
    namespace: systemNamespace,
    labels: { ...labels(settings.name, settings.component) },
  };
  return {
    serviceAccount: { apiVersion: "v1", kind: "ServiceAccount", metadata },
    role: {
      apiVersion: "rbac.authorization.k8s.io/v1",
      kind: "Role",
      metadata,
      // An empty list is stored as none, and so would differ from the plan for ever.
      ...(settings.readsSecrets && { rules: secretRules }),
    },
    roleBinding: {
      apiVersion: "rbac.authorization.k8s.io/v1",
      kind: "RoleBinding",
      metadata,
      roleRef: { apiGroup: "rbac.authorization.k8s.io", kind: "Role", name: settings.name },
      subjects: [{ kind: "ServiceAccount", name: settings.name, namespace: systemNamespace }],
    },
    deployment: {
      apiVersion: "apps/v1",
      kind: "Deployment",
      metadata,
      spec: deploymentSpec(settings, profile),
    },
    service: { apiVersion: "v1", kind: "Service", metadata, spec: serviceSpec(settings) },
    autoscaler: renderAutoscaler(metadata, settings.scaling),
    disruptionBudget: renderDisruptionBudget(metadata, selector(settings.name)),
    gateway: renderIstioGateway(settings, profile),
  };
}

/** The label that Gateways, Services and policies know a gateway's pods by. */
export function selector(name: string): { istio: string } {
  return { istio: name };
}

/**
 * istiod sends a certificate only to a gateway that may list the Secrets of its namespace; it asks for no single name, so a Role
 * for single names would not do. Whoever has no certificate may read nothing.
 * https://github.com/istio/istio/blob/master/pilot/pkg/credentials/kube/secrets.go, Authorize
 */
const secretRules: NonNullable<Role["rules"]> = [
  { apiGroups: [""], resources: ["secrets"], verbs: ["list"] },
];

function renderIstioGateway(
  { name, hosts, listeners = [] }: GatewaySettings,
  profile: VersionProfile,
): Gateway {
  return {
    apiVersion: profile.networkingApiVersion,
    kind: "Gateway",
    metadata: { name, namespace: systemNamespace },
    spec: {
      selector: selector(name),
      // The Service's ports: istiod looks up there which ones the pods listen on.
      servers: [
        ...(hosts.length === 0 ? [] : [server({ name: "http", port: 80, protocol: "HTTP", hosts })]),
        ...listeners.map(server),
      ],
    },
  };
}

function server(listener: Omit<GatewayListener, "podPort">): GatewayServer {
  const { name, port, protocol, hosts, tls } = listener;
  return { port: { number: port, name, protocol }, hosts: [...hosts], ...(tls && { tls }) };
}

/** No `replicas`: they are the autoscaler's. */
function deploymentSpec(
  { name, component }: GatewaySettings,
  { revision }: VersionProfile,
): NonNullable<Deployment["spec"]> {
  return {
    selector: { matchLabels: selector(name) },
    strategy: rollout,
    template: {
      metadata: {
        labels: {
          ...labels(name, component),
          ...selector(name),
          "sidecar.istio.io/inject": "true",
          // The namespace says it too, but only a changed pod is started anew, and so by the new istiod.
          ...(revision !== undefined && { "istio.io/rev": revision }),
        },
        annotations: {
          "inject.istio.io/templates": "gateway",
          "prometheus.io/path": "/stats/prometheus",
          "prometheus.io/port": String(podPorts.agentMetrics),
          "prometheus.io/scrape": "true",
        },
      },
      spec: podSpec(name),
    },
  };
}

/**
 * Only what Istio's gateway template leaves open: image, arguments, probes and volumes come from the injector of the istiod
 * that is there, so an upgraded istiod means new gateways at their next restart and nothing to change here.
 * https://istio.io/latest/docs/setup/additional-setup/gateway/
 */
function podSpec(name: string): PodSpec {
  return {
    serviceAccountName: name,
    securityContext: { runAsNonRoot: true, seccompProfile: { type: "RuntimeDefault" } },
    containers: [
      {
        name: "istio-proxy",
        image: "auto",
        ports: [
          { name: "http2", containerPort: podPorts.http, protocol: "TCP" },
          { name: "status-port", containerPort: podPorts.readiness, protocol: "TCP" },
          { name: "http-envoy-prom", containerPort: podPorts.envoyMetrics, protocol: "TCP" },
        ],
        resources: {
          requests: { cpu: `${podRequests.cpuMillis}m`, memory: `${podRequests.memoryMebibytes}Mi` },
          limits: { cpu: "2", memory: "1Gi" },
        },
        securityContext: restrictedContainer,
      },
    ],
    topologySpreadConstraints: spreadConstraints(selector(name)),
  };
}

/** ClusterIP: gateways take requests from the intranet only. */
function serviceSpec({ name, listeners = [] }: GatewaySettings): NonNullable<Service["spec"]> {
  return {
    type: "ClusterIP",
    selector: selector(name),
    ports: [
      { name: "status-port", port: podPorts.readiness, targetPort: podPorts.readiness, protocol: "TCP" },
      { name: "http2", port: 80, targetPort: podPorts.http, protocol: "TCP" },
      ...listeners
        .filter(({ podPort }) => podPort !== podPorts.http)
        .map(({ name: portName, port, podPort }) => ({
          name: portName,
          port,
          targetPort: podPort,
          protocol: "TCP",
        })),
    ],
  };
}
