import type { Service as KubernetesService } from "kubernetes-types/core/v1.js";
import type { ExitGateway, Upstream, UpstreamTls } from "../exit-gateway.ts";
import type { Stack } from "../stack.ts";
import { renderDestinationRule } from "./destination-rule.ts";
import { renderHost } from "./environment-host.ts";
import { ambiguousPathRule, renderExitPolicy } from "./exit-policy.ts";
import { type GatewayListener, podPorts, renderGateway, selector } from "./gateway.ts";
import type { ClientTlsSettings, DestinationRule, HttpRoute, ServiceEntry, VirtualService } from "./istio.ts";
import { renderJavaGateway } from "./java-gateway.ts";
import { labels } from "./labels.ts";
import {
  environmentHeader,
  exitGatewayName,
  exitRoutesName,
  gatewayReference,
  javaHost,
  javaHostName,
  serviceHost,
  systemNamespace,
  upstreamEntryName,
} from "./names.ts";
import type { ExitObjects, Rendered } from "./plan.ts";
import { clusterNamespace, upstreamOf } from "./upstream.ts";
import type { VersionProfile } from "./version-profile.ts";
import { renderRetries } from "./virtual-service.ts";

/** The exit gateway: serverless services call `java-<environment>-gateway`, it calls the Java export gateway. */
export function renderExit(exit: ExitGateway, stack: Stack, profile: VersionProfile): ExitObjects {
  const environments = stack.environments.map(({ name }) => name);
  const hosts = environments.map((environment) => gatewayReference(javaHost(environment)));
  const upstream = upstreamOf(exit);
  const upstreamRule = renderDestinationRule(
    { name: upstreamEntryName, host: upstream.host },
    { ...exit, ...(upstream.tls && { tls: renderTls(upstream.tls, upstream.host) }) },
    profile,
  );
  return {
    ...renderGateway(
      {
        name: exitGatewayName,
        component: "exit-gateway",
        hosts: exit.mutualTls ? [] : hosts,
        listeners: exit.mutualTls ? [meshListener(hosts)] : [],
        // For authorities alone too: older versions of istiod make a secret of them as well.
        readsSecrets: upstream.tls !== undefined && "credentialName" in upstream.tls.trust,
        scaling: exit,
      },
      profile,
    ),
    hosts: environments.map(exit.mutualTls ? renderMeshHost : renderJavaHost),
    virtualService: renderExitRoutes(environments, exit, profile),
    ...(exit.mode === "image" && { java: renderJavaGateway(exit) }),
    ...(clusterNamespace(upstream) === undefined && { serviceEntry: renderUpstreamEntry(upstream, profile) }),
    destinationRules: [
      ...(upstreamRule === undefined ? [] : [upstreamRule]),
      ...(exit.mutualTls ? environments.map((environment) => renderMeshRule(environment, profile)) : []),
    ],
    ...(exit.allow && { policy: renderExitPolicy(exit.allow, profile) }),
  };
}

/** On the port of plain HTTP, which nobody can call then: the authors' URLs stay as they are, and sidecars turn them into TLS. */
function meshListener(hosts: readonly string[]): GatewayListener {
  return {
    name: "https",
    port: 80,
    podPort: podPorts.http,
    protocol: "HTTPS",
    hosts,
    tls: { mode: "ISTIO_MUTUAL" },
  };
}

function renderJavaHost(environment: string): Rendered<KubernetesService> {
  return renderHost(javaHostName(environment), "java-host", serviceHost(exitGatewayName, systemNamespace));
}

/**
 * Before 1.21 sidecars take an ExternalName for a destination of its own, since then for another name of what it points to
 * (https://istio.io/latest/news/releases/1.21.x/announcing-1.21/upgrade-notes/), so no rule would reach them on every version. A
 * Service with pods is its own destination always.
 */
function renderMeshHost(environment: string): Rendered<KubernetesService> {
  const name = javaHostName(environment);
  return {
    apiVersion: "v1",
    kind: "Service",
    metadata: { name, namespace: systemNamespace, labels: { ...labels(name, "java-host") } },
    spec: {
      type: "ClusterIP",
      selector: selector(exitGatewayName),
      ports: [{ name: "http2", port: 80, targetPort: podPorts.http, protocol: "TCP" }],
    },
  };
}

/** Tells every sidecar to show its certificate to the exit gateway, which chooses its server by the name that is asked for. */
function renderMeshRule(environment: string, profile: VersionProfile): DestinationRule {
  const host = javaHost(environment);
  return {
    apiVersion: profile.networkingApiVersion,
    kind: "DestinationRule",
    metadata: { name: javaHostName(environment), namespace: systemNamespace },
    spec: { host, trafficPolicy: { tls: { mode: "ISTIO_MUTUAL", sni: host } }, exportTo: ["*"] },
  };
}

/**
 * The upstream sees its own name as Host, as any server behind names of its own needs, and the environment in a header: the
 * Java export gateway is one for all environments of a cluster.
 */
function renderExitRoutes(
  environments: readonly string[],
  exit: ExitGateway,
  profile: VersionProfile,
): VirtualService {
  const { host, port } = upstreamOf(exit);
  const { timeout, retries, allow = [] } = exit;
  return {
    apiVersion: profile.networkingApiVersion,
    kind: "VirtualService",
    metadata: { name: exitRoutesName, namespace: systemNamespace },
    spec: {
      gateways: [gatewayReference(exitGatewayName)],
      hosts: environments.map(javaHost),
      http: [
        ...ambiguousPathRule(allow),
        ...environments.map((environment): HttpRoute => ({
          // A prefix, because clients may add the port.
          match: [{ authority: { prefix: javaHost(environment) } }],
          rewrite: { authority: host },
          route: [{ destination: { host, port: { number: port } }, weight: 100 }],
          ...(timeout !== undefined && { timeout }),
          ...(retries && { retries: renderRetries(retries, profile) }),
          headers: { request: { set: { [environmentHeader]: environment } } },
        })),
      ],
    },
  };
}

function renderUpstreamEntry({ host, port, addresses }: Upstream, profile: VersionProfile): ServiceEntry {
  return {
    apiVersion: profile.networkingApiVersion,
    kind: "ServiceEntry",
    metadata: { name: upstreamEntryName, namespace: systemNamespace },
    spec: {
      hosts: [host],
      location: "MESH_EXTERNAL",
      resolution: addresses === undefined ? "DNS" : "STATIC",
      // Plain to the routes also where TLS begins at the gateway: a port of protocol HTTPS would be passed on unread.
      ports: [{ number: port, name: "http", protocol: "HTTP" }],
      ...(addresses && { endpoints: addresses.map((address) => ({ address })) }),
      // Nobody but the exit gateway is to see it: sidecars elsewhere keep what they know about the name.
      exportTo: ["."],
    },
  };
}

/** Both names are written: what is left out, some versions of Istio take from the request, and others do not verify. */
function renderTls({ mode, trust, sni, subjectAltNames }: UpstreamTls, host: string): ClientTlsSettings {
  return {
    mode: mode === "simple" ? "SIMPLE" : "MUTUAL",
    ...trust,
    sni: sni ?? host,
    subjectAltNames: [...(subjectAltNames ?? [host])],
  };
}
