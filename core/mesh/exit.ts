import type { ManagedExitGateway, Stack, Upstream } from "../stack.ts";
import { renderHost } from "./environment-host.ts";
import { renderGateway } from "./gateway.ts";
import type { HttpRoute, ServiceEntry, VirtualService } from "./istio.ts";
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
import type { ExitObjects } from "./plan.ts";
import type { VersionProfile } from "./version-profile.ts";

/** The exit gateway: serverless services call `java-<environment>-gateway`, it calls the Java export gateway. */
export function renderExit(exit: ManagedExitGateway, stack: Stack, profile: VersionProfile): ExitObjects {
  const environments = stack.environments.map(({ name }) => name);
  return {
    ...renderGateway(
      {
        name: exitGatewayName,
        component: "exit-gateway",
        hosts: environments.map((environment) => gatewayReference(javaHost(environment))),
        readsSecrets: false,
        scaling: exit,
      },
      profile,
    ),
    hosts: environments.map((environment) =>
      renderHost(javaHostName(environment), "java-host", serviceHost(exitGatewayName, systemNamespace)),
    ),
    virtualService: renderExitRoutes(environments, exit.upstream, profile),
    ...(clusterNamespace(exit.upstream) === undefined && {
      serviceEntry: renderUpstreamEntry(exit.upstream, profile),
    }),
  };
}

/** Namespace of an upstream that is a Service of the cluster; undefined for one outside. */
export function clusterNamespace({ host }: Upstream): string | undefined {
  return /^[^.]+\.([^.]+)\.svc\.cluster\.local$/.exec(host)?.[1];
}

/**
 * The upstream sees its own name as Host, as any server behind names of its own needs, and the environment in a header: the
 * Java export gateway is one for all environments of a cluster.
 */
function renderExitRoutes(
  environments: readonly string[],
  upstream: Upstream,
  profile: VersionProfile,
): VirtualService {
  return {
    apiVersion: profile.networkingApiVersion,
    kind: "VirtualService",
    metadata: { name: exitRoutesName, namespace: systemNamespace },
    spec: {
      gateways: [gatewayReference(exitGatewayName)],
      hosts: environments.map(javaHost),
      http: environments.map((environment): HttpRoute => ({
        // A prefix, because clients may add the port.
        match: [{ authority: { prefix: javaHost(environment) } }],
        rewrite: { authority: upstream.host },
        route: [{ destination: { host: upstream.host, port: { number: upstream.port } }, weight: 100 }],
        headers: { request: { set: { [environmentHeader]: environment } } },
      })),
    },
  };
}

function renderUpstreamEntry({ host, port }: Upstream, profile: VersionProfile): ServiceEntry {
  return {
    apiVersion: profile.networkingApiVersion,
    kind: "ServiceEntry",
    metadata: { name: upstreamEntryName, namespace: systemNamespace },
    spec: {
      hosts: [host],
      location: "MESH_EXTERNAL",
      resolution: "DNS",
      ports: [{ number: port, name: "http", protocol: "HTTP" }],
      // Nobody but the exit gateway is to see it: sidecars elsewhere keep what they know about the name.
      exportTo: ["."],
    },
  };
}
