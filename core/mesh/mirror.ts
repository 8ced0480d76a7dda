import { compareText } from "../problem.ts";
import type { Mirror, Service } from "../service.ts";
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
// marked with a header, and a VirtualService there gives it the Host of the service it is for. It has a port of its own: see entry.ts.

/** Of the entry gateway's Service. */
export const mirrorPort = 8081;

/** A Knative service that others mirror to, and the Hosts that its mirrored requests arrive with. */
interface MirrorTarget {
  readonly namespace: string;
  readonly service: string;
  readonly hosts: Set<string>;
}

/** What a rule gets for its mirror. */
export function renderMirror(
  mirror: Mirror,
  { namespace }: Service,
  profile: VersionProfile,
): {
  rule: Pick<HttpRoute, "mirrors" | "mirror" | "mirrorPercentage">;
  requestHeaders: Record<string, string>;
} {
  const destination = { host: serviceHost(entryGatewayName, systemNamespace), port: { number: mirrorPort } };
  const percentage = { value: mirror.percent };
  return {
    rule: profile.features.has("mirrorList")
      ? { mirrors: [{ destination, percentage }] }
      : { mirror: destination, mirrorPercentage: percentage },
    requestHeaders: { [mirrorHeader]: mark({ namespace, service: mirror.service }) },
  };
}

/** One VirtualService for each service that any other mirrors to, sorted by name. */
export function renderMirrorVirtualServices(
  services: readonly Service[],
  hops: Hops,
  profile: VersionProfile,
): VirtualService[] {
  return mirrorTargets(services)
    .map((target) => renderMirrorVirtualService(target, hops, profile))
    .sort((a, b) => compareText(a.metadata.name, b.metadata.name));
}

function renderMirrorVirtualService(
  target: MirrorTarget,
  { clusterLocal }: Hops,
  profile: VersionProfile,
): VirtualService {
  const destination = { host: clusterLocal.serviceHost, port: { number: 80 } };
  return {
    apiVersion: profile.networkingApiVersion,
    kind: "VirtualService",
    metadata: { name: mirrorVirtualServiceName(target), namespace: systemNamespace },
    spec: {
      gateways: [gatewayReference(entryGatewayName)],
      hosts: [...target.hosts].sort(compareText),
      http: [
        {
          match: [{ headers: { [mirrorHeader]: { exact: mark(target) } } }],
          rewrite: { authority: destinationAuthority(target, target.namespace) },
          route: [{ destination, weight: 100 }],
          // Nobody waits for the answer, and Istio's two default retries would distort what is measured.
          retries: { attempts: 0 },
        },
      ],
    },
  };
}

function mirrorTargets(services: readonly Service[]): MirrorTarget[] {
  const targets = new Map<string, MirrorTarget>();
  for (const { namespace, routes } of services) {
    for (const { action } of routes) {
      if (action.kind !== "forward" || action.mirror === undefined) continue;
      const { service } = action.mirror;
      const key = mark({ namespace, service });
      const target = targets.get(key) ?? { namespace, service, hosts: new Set() };
      targets.set(key, target);
      for (const destination of action.traffic) {
        const authority = destinationAuthority(destination, namespace);
        // Up to Istio 1.27, and later with DISABLE_SHADOW_HOST_SUFFIX=false, Envoy appends "-shadow".
        target.hosts.add(authority).add(`${authority}-shadow`);
      }
    }
  }
  return [...targets.values()];
}

/** How the header names a target. */
function mark({ namespace, service }: Pick<Service, "namespace" | "service">): string {
  return `${service}.${namespace}`;
}
