import { compareText } from "../problem.ts";
import type { Mirror, Route, Service } from "../service.ts";
import type { Hops } from "./hops.ts";
import type { HttpRoute, VirtualService } from "./istio.ts";
import {
  destinationAuthority,
  entryGatewayName,
  gatewayReference,
  mirrorHeader,
  mirrorVirtualServiceName,
  serviceHost,
  systemNamespace,
} from "./names.ts";
import type { VersionProfile } from "./version-profile.ts";

// A mirrored request carries the Host of the original, and nothing in Istio's API changes that: sent to cluster-local-gateway
// it would reach the original's service a second time (seen on Envoy 1.40). So it is sent to the entry gateway once more,
// marked with a header, and a VirtualService there gives it the Host of the service it is for.

/** What a rule gets for its mirror. */
export function renderMirror(
  mirror: Mirror,
  owner: Service,
  profile: VersionProfile,
): {
  rule: Pick<HttpRoute, "mirrors" | "mirror" | "mirrorPercentage">;
  requestHeaders: Record<string, string>;
} {
  const destination = { host: serviceHost(entryGatewayName, systemNamespace), port: { number: 80 } };
  const percentage = { value: mirror.percent };
  return {
    rule: profile.features.has("mirrorList")
      ? { mirrors: [{ destination, percentage }] }
      : { mirror: destination, mirrorPercentage: percentage },
    requestHeaders: { [mirrorHeader]: mirrorMark(mirror, owner) },
  };
}

/** One VirtualService for each service that any other mirrors to, sorted by name. */
export function renderMirrorVirtualServices(
  services: readonly Service[],
  hops: Hops,
  profile: VersionProfile,
): VirtualService[] {
  const targets = new Map<string, { target: Pick<Service, "namespace" | "service">; hosts: Set<string> }>();
  for (const service of services) {
    for (const { mirror, authorities } of service.routes.map((route) => mirrored(route, service))) {
      if (mirror === undefined) continue;
      const mark = mirrorMark(mirror, service);
      const target = { namespace: service.namespace, service: mirror.service };
      const entry = targets.get(mark) ?? { target, hosts: new Set() };
      targets.set(mark, entry);
      for (const authority of authorities) {
        // Up to Istio 1.27, and later with DISABLE_SHADOW_HOST_SUFFIX=false, Envoy appends "-shadow".
        entry.hosts.add(authority).add(`${authority}-shadow`);
      }
    }
  }
  return [...targets.entries()]
    .sort(([a], [b]) => compareText(a, b))
    .map(([mark, { target, hosts }]) => ({
      apiVersion: profile.networkingApiVersion,
      kind: "VirtualService" as const,
      metadata: { name: mirrorVirtualServiceName(target), namespace: systemNamespace },
      spec: {
        gateways: [gatewayReference(entryGatewayName)],
        hosts: [...hosts].sort(compareText),
        http: [
          {
            match: [{ headers: { [mirrorHeader]: { exact: mark } } }],
            rewrite: { authority: destinationAuthority(target, target.namespace) },
            route: [
              {
                destination: { host: hops.clusterLocal.serviceHost, port: { number: 80 } },
                weight: 100,
              },
            ],
            // Nobody waits for the answer, and Istio's two default retries would distort what is measured.
            retries: { attempts: 0 },
          },
        ],
      },
    }));
}

function mirrored(
  { action }: Route,
  owner: Service,
): { mirror: Mirror | undefined; authorities: readonly string[] } {
  if (action.kind !== "forward") return { mirror: undefined, authorities: [] };
  return {
    mirror: action.mirror,
    authorities: action.traffic.map((destination) => destinationAuthority(destination, owner.namespace)),
  };
}

function mirrorMark(mirror: Mirror, owner: Service): string {
  return `${mirror.service}.${owner.namespace}`;
}
