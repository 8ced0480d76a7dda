import { isDomainName } from "../domain.ts";
import type { Stack } from "../stack.ts";
import {
  clusterLocalGatewayName,
  domainObjectName,
  entryGatewayName,
  gatewayReference,
  serviceHost,
  systemNamespace,
} from "./names.ts";
import type { LocalGateway, VersionProfile } from "./version-profile.ts";

/** The two gateways that every request from Java passes. */
export interface Hops {
  readonly entry: {
    /** The Gateways that the environments' VirtualServices are bound to, `<namespace>/<name>` each. */
    readonly gateways: readonly string[];
    /** The Service, on port 80, that the environments' hosts are another name for. */
    readonly serviceHost: string;
  };
  readonly clusterLocal: LocalGateway;
}

/** Ours where a gateway is managed; otherwise Knative's, which is then entry and hop 2 in one, as in the original. */
export function hopsOf(stack: Stack, profile: VersionProfile): Hops {
  const { publicGateway, localGateway, nextLocalGateway } = profile.knative;
  return {
    entry:
      stack.gateways.entry.mode === "managed"
        ? {
            gateways: [gatewayReference(entryGatewayName)],
            serviceHost: serviceHost(entryGatewayName, systemNamespace),
          }
        : {
            // Where both local gateways are installed, requests may already come by the next one.
            gateways: [
              localGateway.gateway,
              ...(nextLocalGateway === undefined ? [] : [nextLocalGateway]),
              publicGateway,
            ],
            serviceHost: localGateway.serviceHost,
          },
    clusterLocal:
      stack.gateways.clusterLocal.mode === "managed"
        ? {
            gateway: gatewayReference(clusterLocalGatewayName),
            serviceHost: serviceHost(clusterLocalGatewayName, systemNamespace),
            namespace: systemNamespace,
            podPorts: [8080],
          }
        : localGateway,
  };
}

/** What the routes of an environment are bound to; those of a domain to its own Gateway and nothing else. */
export function routeGateways(environment: string, { entry }: Hops): readonly string[] {
  return isDomainName(environment) ? [gatewayReference(domainObjectName(environment))] : entry.gateways;
}
