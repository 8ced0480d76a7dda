import { compact } from "../core/compact.ts";
import type { Upstream } from "../core/exit-gateway.ts";
import type { DomainGatewayRole } from "../core/domain.ts";
import { hopsOf } from "../core/mesh/hops.ts";
import { podPorts } from "../core/mesh/gateway.ts";
import { mirrorPort } from "../core/mesh/mirror.ts";
import { entryGatewayName, serviceHost, systemNamespace } from "../core/mesh/names.ts";
import type { GatewayObjects, MeshPlan } from "../core/mesh/plan.ts";
import { upstreamOf } from "../core/mesh/upstream.ts";
import { versionProfile } from "../core/mesh/version-profile.ts";
import type { Stack } from "../core/stack.ts";
import { istioVersion } from "../tools/control-plane.ts";
import { istioNamespace } from "./istio.ts";
import { clusterLocalGatewayLabels, ingressGatewayLabels, isLocalGatewayOfItsOwn } from "./knative.ts";
import type { KubernetesObject } from "./kubectl.ts";

/** One Envoy, standing for all pods of one gateway. */
export interface GatewayProxy {
  /** Name of the gateway's Deployment. */
  readonly name: string;
  readonly namespace: string;
  /** The pods' labels: they decide which Gateways istiod serves it. */
  readonly labels: Readonly<Record<string, string>>;
  /** Ports that the pods listen on, each with the name of the local port that takes its place. */
  readonly listeners: readonly { readonly podPort: number; readonly port: string }[];
}

/** Which proxies a stack needs, and the names of the local ports of its gateways. */
export interface GatewayProxies {
  readonly proxies: readonly GatewayProxy[];
  /** Where the Java gateway's requests go. */
  readonly entryPort: string;
  /** Where the entry gateway asks for certificates, if it does. */
  readonly entryHttpsPort?: string;
  /** Where mirrored requests enter once more, if there are any. */
  readonly mirrorPort?: string;
  /** Where hop 2 starts. */
  readonly clusterLocalPort: string;
  /** Where serverless requests to Java go. */
  readonly exitPort?: string;
  /** Where clients of domains go, by the gateway that serves them; only those that serve any. */
  readonly domains: Readonly<Partial<Record<DomainGatewayRole, DomainPorts>>>;
}

export interface DomainPorts {
  readonly http: string;
  readonly https: string;
  /** Service account of the gateway's pods. */
  readonly account: string;
}

/** What ports 80 and 443 of the Service of a gateway lead to, as Istio installs it. */
export const podPortsOfDomains = { http: 8080, https: 8443 } as const;

export function gatewayProxies(stack: Stack, plan: MeshPlan): GatewayProxies {
  const knative = knativeProxy(stack);
  const entry = plan.entry && managedProxy(plan.entry);
  const clusterLocal = plan.clusterLocal && managedProxy(plan.clusterLocal);
  const exit = plan.exit && managedProxy(plan.exit);
  const entryPort = (podPort: number): string | undefined =>
    entry?.listeners.find((listener) => listener.podPort === podPort)?.port;
  const usesKnatives = entry === undefined || clusterLocal === undefined;
  const bridge = [entry, clusterLocal, usesKnatives ? knative.proxy : undefined, exit].filter(
    (proxy) => proxy !== undefined,
  );
  return {
    ...withDomains(bridge, stack),
    clusterLocalPort: clusterLocal === undefined ? knative.localPort : portName(clusterLocal, podPorts.http),
    ...compact({
      entryHttpsPort: entryPort(podPorts.https),
      mirrorPort: entryPort(podPorts.mirror),
      exitPort: exit && portName(exit, podPorts.http),
    }),
    entryPort: entryPort(podPorts.http) ?? knative.localPort,
  };
}

/** Names of the local ports of a proxy, its admin port among them. */
export function proxyPorts(proxy: GatewayProxy): string[] {
  return [adminPort(proxy), ...proxy.listeners.map(({ port }) => port)];
}

export function adminPort(proxy: GatewayProxy): string {
  return `${proxy.name}/admin`;
}

/**
 * Bends the deployed configuration to this machine without touching what was deployed: listeners move to 127.0.0.1 and a free
 * port, and the Services between the hops, whose pods kwok only pretends to run, become fixed addresses. A CLUSTER cannot be
 * merged into another type, so it is removed and added: https://istio.io/latest/docs/reference/config/networking/envoy-filter/
 */
export function redirects(
  stack: Stack,
  { proxies, clusterLocalPort, mirrorPort: mirrors }: GatewayProxies,
  ports: Readonly<Record<string, number>>,
): KubernetesObject[] {
  const port = (name: string): number => ports[name] ?? 0;
  const hop2 = hopsOf(stack, versionProfile(stack.versions)).clusterLocal.serviceHost;
  const { exit } = stack.gateways;
  const upstream = exit && upstreamOf(exit);
  const entryHost = serviceHost(entryGatewayName, systemNamespace);
  return [
    ...proxies.map((proxy) => listenersFilter(proxy, port)),
    clustersFilter([
      { cluster: `outbound|80||${hop2}`, port: port(clusterLocalPort) },
      ...(mirrors === undefined
        ? []
        : [{ cluster: `outbound|${mirrorPort}||${entryHost}`, port: port(mirrors) }]),
      ...(upstream === undefined || isOnThisMachine(upstream)
        ? []
        : [{ cluster: `outbound|${upstream.port}||${upstream.host}`, port: port("java") }]),
    ]),
  ];
}

/** Such an upstream is reached as it is, with the TLS and the addresses that istiod gives the gateway. */
function isOnThisMachine({ addresses = [] }: Upstream): boolean {
  return addresses.length > 0 && addresses.every((address) => address.startsWith("127."));
}

/**
 * Envoy's start-up configuration: everything else comes from istiod.
 * @param token proves to istiod who the proxy is, or it would get no certificates
 */
export function envoyBootstrap(
  proxy: GatewayProxy,
  ports: Readonly<Record<string, number>>,
  token: string,
): object {
  const address = (port: number): object => ({ socket_address: { address: "127.0.0.1", port_value: port } });
  const fromIstiod = { ads: {}, initial_fetch_timeout: "0s", resource_api_version: "V3" };
  return {
    node: {
      id: `router~127.0.0.1~${proxy.name}-local.${proxy.namespace}~${proxy.namespace}.svc.cluster.local`,
      cluster: `${proxy.name}.${proxy.namespace}`,
      metadata: {
        LABELS: proxy.labels,
        NAMESPACE: proxy.namespace,
        CLUSTER_ID: "Kubernetes",
        // Of the local istiod, whatever the stack says.
        ISTIO_VERSION: istioVersion,
        INSTANCE_IPS: "127.0.0.1",
      },
    },
    dynamic_resources: {
      ads_config: {
        api_type: "GRPC",
        transport_api_version: "V3",
        set_node_on_first_message_only: true,
        grpc_services: [
          {
            envoy_grpc: { cluster_name: "istiod" },
            initial_metadata: [{ key: "authorization", value: `Bearer ${token}` }],
          },
        ],
      },
      lds_config: fromIstiod,
      cds_config: fromIstiod,
    },
    static_resources: {
      clusters: [
        {
          name: "istiod",
          type: "STATIC",
          connect_timeout: "1s",
          typed_extension_protocol_options: {
            "envoy.extensions.upstreams.http.v3.HttpProtocolOptions": {
              "@type": "type.googleapis.com/envoy.extensions.upstreams.http.v3.HttpProtocolOptions",
              explicit_http_config: { http2_protocol_options: {} },
            },
          },
          load_assignment: {
            cluster_name: "istiod",
            endpoints: [{ lb_endpoints: [{ endpoint: { address: address(ports["istiodXds"] ?? 0) } }] }],
          },
        },
      ],
    },
    layered_runtime: { layers: [{ name: "istio", static_layer: istioRuntime }] },
    admin: { address: address(ports[adminPort(proxy)] ?? 0) },
  };
}

/**
 * What Istio's own start-up configuration switches in Envoy, as far as it decides over requests: without the first, Envoy refuses
 * regular expressions that every Istio proxy takes. https://github.com/istio/istio/blob/master/pkg/bootstrap/config.go, extractRuntimeFlags
 */
const istioRuntime = {
  "re2.max_program_size.error_level": 32768,
  "envoy.reloadable_features.http_reject_path_with_fragment": false,
};

/** The proxies, and those that serve domains: one of them where its labels say so, as where Istio's own gateway serves everything. */
function withDomains(
  bridge: readonly GatewayProxy[],
  { domains, gateways }: Stack,
): Pick<GatewayProxies, "proxies" | "domains"> {
  const proxies = [...bridge];
  const ports: Partial<Record<DomainGatewayRole, DomainPorts>> = {};
  for (const role of new Set(domains.map(({ gateway }) => gateway))) {
    const gateway = gateways[role];
    if (gateway === undefined) continue;
    const { namespace, selector } = gateway;
    const index = proxies.findIndex(
      (proxy) =>
        proxy.namespace === namespace &&
        Object.entries(selector).every(([label, value]) => proxy.labels[label] === value),
    );
    const known = proxies[index] ?? { name: `${role}-gateway`, namespace, labels: selector, listeners: [] };
    const own = Object.values(podPortsOfDomains)
      .filter((podPort) => known.listeners.every((listener) => listener.podPort !== podPort))
      .map((podPort) => ({ podPort, port: portName(known, podPort) }));
    const proxy = { ...known, listeners: [...known.listeners, ...own] };
    if (index === -1) proxies.push(proxy);
    else proxies[index] = proxy;
    ports[role] = {
      http: portName(proxy, podPortsOfDomains.http),
      https: portName(proxy, podPortsOfDomains.https),
      account: proxy.name,
    };
  }
  return { proxies, domains: ports };
}

function managedProxy(objects: GatewayObjects): GatewayProxy {
  const { name, namespace } = objects.gateway.metadata;
  const labels = objects.deployment.spec?.template.metadata?.labels ?? {};
  const proxy = { name, namespace, labels, listeners: [] };
  const servicePorts = (objects.service.spec?.ports ?? []).filter(
    ({ targetPort }) => targetPort !== podPorts.readiness,
  );
  // On the Service's own ports for a moment when the Gateway is there before it: istiod cannot translate them yet.
  const listening = new Set(servicePorts.flatMap(({ port, targetPort }) => [Number(targetPort), port]));
  return {
    ...proxy,
    listeners: [...listening].map((podPort) => ({ podPort, port: portName(proxy, podPort) })),
  };
}

/** The proxy that serves Knative's local gateway. */
function knativeProxy(stack: Stack): { proxy: GatewayProxy; localPort: string } {
  const ownDeployment = isLocalGatewayOfItsOwn(stack);
  const name = ownDeployment ? "cluster-local-gateway" : "istio-ingressgateway";
  const listening = ownDeployment ? [8080] : [8081, 8080];
  const proxy = {
    name,
    namespace: istioNamespace,
    labels: ownDeployment ? clusterLocalGatewayLabels : ingressGatewayLabels,
    listeners: listening.map((podPort) => ({ podPort, port: portName({ name }, podPort) })),
  };
  return { proxy, localPort: portName(proxy, listening[0] ?? 0) };
}

function portName(proxy: Pick<GatewayProxy, "name">, podPort: number): string {
  return `${proxy.name}/${podPort}`;
}

function listenersFilter(proxy: GatewayProxy, port: (name: string) => number): KubernetesObject {
  return {
    apiVersion: "networking.istio.io/v1alpha3",
    kind: "EnvoyFilter",
    metadata: { name: `local-listeners-${proxy.namespace}-${proxy.name}`, namespace: istioNamespace },
    spec: {
      workloadSelector: { labels: proxy.labels },
      configPatches: proxy.listeners.map((listener) => ({
        applyTo: "LISTENER",
        match: { context: "GATEWAY", listener: { portNumber: listener.podPort } },
        patch: {
          operation: "MERGE",
          value: { address: { socket_address: { address: "127.0.0.1", port_value: port(listener.port) } } },
        },
      })),
    },
  };
}

function clustersFilter(
  clusters: readonly { readonly cluster: string; readonly port: number }[],
): KubernetesObject {
  return {
    apiVersion: "networking.istio.io/v1alpha3",
    kind: "EnvoyFilter",
    metadata: { name: "local-clusters", namespace: istioNamespace },
    spec: {
      configPatches: clusters.flatMap(({ cluster, port }) => [
        {
          applyTo: "CLUSTER",
          match: { context: "GATEWAY", cluster: { name: cluster } },
          patch: { operation: "REMOVE" },
        },
        {
          applyTo: "CLUSTER",
          match: { context: "GATEWAY" },
          patch: {
            operation: "ADD",
            value: {
              name: cluster,
              type: "STATIC",
              connect_timeout: "1s",
              load_assignment: {
                cluster_name: cluster,
                endpoints: [
                  {
                    lb_endpoints: [
                      {
                        endpoint: { address: { socket_address: { address: "127.0.0.1", port_value: port } } },
                      },
                    ],
                  },
                ],
              },
            },
          },
        },
      ]),
    },
  };
}
