import type {
  NetworkPolicy,
  NetworkPolicyEgressRule,
  NetworkPolicyIngressRule,
  NetworkPolicyPeer,
  NetworkPolicyPort,
  NetworkPolicySpec,
} from "kubernetes-types/networking/v1.js";
import { compareText } from "../problem.ts";
import type { EgressRule, ExitGateway, JavaWorkload, Upstream } from "../exit-gateway.ts";
import { asRange } from "../ip-address.ts";
import type { ManagedEntryGateway, Stack } from "../stack.ts";
import { takesHttp } from "./entry.ts";
import { podPorts, selector } from "./gateway.ts";
import type { Hops } from "./hops.ts";
import { javaPodLabels } from "./java-gateway.ts";
import { labels, partOfKfaas } from "./labels.ts";
import {
  clusterLocalGatewayName,
  entryGatewayName,
  exitGatewayName,
  javaGatewayName,
  systemNamespace,
} from "./names.ts";
import type { Rendered } from "./plan.ts";
import { clusterNamespace } from "./upstream.ts";

/** Every pod of the cluster. Not the internet: for that there would have to be an ipBlock. */
const cluster: NetworkPolicyPeer[] = [{ namespaceSelector: {} }];

const entryPods: NetworkPolicyPeer[] = [{ podSelector: { matchLabels: selector(entryGatewayName) } }];

/** Nothing may flow in kfaas-system, except what the managed gateways need. Sorted by name. */
export function renderNetworkPolicies(stack: Stack, hops: Hops): Rendered<NetworkPolicy>[] {
  const gateways = gatewayPolicies(stack, hops);
  return [
    policy("default-deny", { podSelector: {}, policyTypes: ["Ingress", "Egress"] }),
    ...(gateways.length > 0 ? [controlPlanePolicy()] : []),
    ...gateways,
  ].sort((a, b) => compareText(a.metadata.name, b.metadata.name));
}

function gatewayPolicies({ gateways, services }: Stack, hops: Hops): Rendered<NetworkPolicy>[] {
  const { entry, clusterLocal, exit } = gateways;
  const policies: Rendered<NetworkPolicy>[] = [];
  if (entry.mode === "managed") {
    const mirrors = services.some(({ routes }) =>
      routes.some(({ action }) => action.kind === "forward" && action.mirror !== undefined),
    );
    const ports = tcp(podPorts.mirror);
    policies.push(
      gatewayPolicy(
        entryGatewayName,
        [toHop2(hops), ...(mirrors ? [{ to: entryPods, ports }] : [])],
        [fromClients(entry), ...(mirrors ? [{ from: entryPods, ports }] : [])],
      ),
    );
  }
  if (clusterLocal.mode === "managed") {
    policies.push(gatewayPolicy(clusterLocalGatewayName, [toKnative()]));
  }
  if (exit !== undefined) {
    const egress = exit.mode === "managed" ? toUpstream(exit.upstream) : toJavaGateway(exit.java);
    policies.push(
      gatewayPolicy(exitGatewayName, [egress], [{ from: callersOf(exit), ports: tcp(podPorts.http) }]),
    );
    if (exit.mode === "image") policies.push(javaPolicy(exit.java));
  }
  return policies;
}

/** Names, configuration and certificates for gateways; probes and metrics from them. */
function controlPlanePolicy(): Rendered<NetworkPolicy> {
  return policy("gateway-control-plane", {
    podSelector: { matchLabels: { ...partOfKfaas } },
    policyTypes: ["Ingress", "Egress"],
    ingress: [
      { from: cluster, ports: tcp(podPorts.readiness, podPorts.agentMetrics, podPorts.envoyMetrics) },
    ],
    egress: [
      toDns(),
      {
        to: [{ ...namespaced("istio-system"), podSelector: { matchLabels: { app: "istiod" } } }],
        ports: tcp(15012),
      },
    ],
  });
}

function gatewayPolicy(
  name: string,
  egress: NetworkPolicyEgressRule[],
  ingress: NetworkPolicyIngressRule[] = [{ from: cluster, ports: tcp(podPorts.http) }],
): Rendered<NetworkPolicy> {
  return policy(name, {
    podSelector: { matchLabels: selector(name) },
    policyTypes: ["Ingress", "Egress"],
    ingress,
    egress,
  });
}

function toHop2({ clusterLocal }: Hops): NetworkPolicyEgressRule {
  const ports = tcp(...clusterLocal.podPorts);
  return clusterLocal.namespace === systemNamespace
    ? { to: [{ podSelector: { matchLabels: selector(clusterLocalGatewayName) } }], ports }
    : { to: [namespaced(clusterLocal.namespace)], ports };
}

/** Where a stack says who may enter, these alone. The namespaces only lead to the gateway, which then asks for the addresses. */
function fromClients(entry: ManagedEntryGateway): NetworkPolicyIngressRule {
  const { clients } = entry;
  const ports = tcp(
    ...(takesHttp(entry) ? [podPorts.http] : []),
    ...(clients?.certificate === undefined ? [] : [podPorts.https]),
  );
  if (clients === undefined) return { from: cluster, ports };
  return {
    from: [
      ...clients.addresses.map((address) => ({ ipBlock: { cidr: asRange(address) } })),
      ...(clients.namespaces ?? []).map(namespaced),
    ],
    ports,
  };
}

/** Activator and queue-proxy: HTTP/1, HTTP/2 and, with Knative's internal encryption, TLS. */
function toKnative(): NetworkPolicyEgressRule {
  return { to: cluster, ports: tcp(8012, 8013, 8112) };
}

/** The namespaces that may call, where all rules name them; addresses of pods are not for policies to know. */
function callersOf({ allow = [] }: ExitGateway): NetworkPolicyPeer[] {
  const namespaces = new Set<string>();
  for (const { callers } of allow) {
    if (callers.kind === "addresses") return cluster;
    for (const name of callers.namespaces) namespaces.add(name);
  }
  return namespaces.size === 0 ? cluster : [...namespaces].sort(compareText).map(namespaced);
}

/** A policy sees the pods' ports, and which ones are behind a Service of others is theirs to change. */
function toUpstream(upstream: Upstream): NetworkPolicyEgressRule {
  const namespace = clusterNamespace(upstream);
  if (namespace !== undefined) return { to: [namespaced(namespace)], ports: [{ protocol: "TCP" }] };
  return { to: toAddresses(upstream.addresses ?? ["0.0.0.0/0", "::/0"]), ports: tcp(upstream.port) };
}

function toJavaGateway({ port }: JavaWorkload): NetworkPolicyEgressRule {
  return { to: [{ podSelector: { matchLabels: { ...javaPodLabels } } }], ports: tcp(port) };
}

/** Called by the exit gateway alone; what it calls itself, only the stack's config knows. */
function javaPolicy({ port, egress }: JavaWorkload): Rendered<NetworkPolicy> {
  return policy(javaGatewayName, {
    podSelector: { matchLabels: { ...javaPodLabels } },
    policyTypes: ["Ingress", "Egress"],
    ingress: [{ from: [{ podSelector: { matchLabels: selector(exitGatewayName) } }], ports: tcp(port) }],
    egress: [toDns(), ...egress.map(toJavaServices)],
  });
}

function toJavaServices(rule: EgressRule): NetworkPolicyEgressRule {
  const to = "namespace" in rule ? [namespaced(rule.namespace)] : toAddresses(rule.addresses);
  return { to, ports: rule.ports === undefined ? [{ protocol: "TCP" }] : tcp(...rule.ports) };
}

function toAddresses(addresses: readonly string[]): NetworkPolicyPeer[] {
  return addresses.map((address) => ({ ipBlock: { cidr: asRange(address) } }));
}

function toDns(): NetworkPolicyEgressRule {
  return {
    // The address is NodeLocal DNSCache's: https://kubernetes.io/docs/tasks/administer-cluster/nodelocaldns/
    to: [namespaced("kube-system"), { ipBlock: { cidr: "169.254.20.10/32" } }],
    ports: [{ protocol: "UDP", port: 53 }, ...tcp(53)],
  };
}

function policy(name: string, spec: NetworkPolicySpec): Rendered<NetworkPolicy> {
  return {
    apiVersion: "networking.k8s.io/v1",
    kind: "NetworkPolicy",
    metadata: { name, namespace: systemNamespace, labels: { ...labels(name, "network-policy") } },
    spec,
  };
}

function namespaced(name: string): NetworkPolicyPeer {
  return { namespaceSelector: { matchLabels: { "kubernetes.io/metadata.name": name } } };
}

function tcp(...ports: readonly number[]): NetworkPolicyPort[] {
  return ports.map((port) => ({ protocol: "TCP", port }));
}
