import { compact } from "../compact.ts";
import type { ConnectionPool, NextHopPolicy, OutlierDetection } from "../stack.ts";
import type {
  ClientTlsSettings,
  ConnectionPoolSettings,
  DestinationRule,
  OutlierDetection as RenderedOutlierDetection,
} from "./istio.ts";
import { systemNamespace } from "./names.ts";
import type { VersionProfile } from "./version-profile.ts";

/** How the gateways of kfaas-system treat one host. */
export interface DestinationPolicy extends NextHopPolicy {
  readonly tls?: ClientTlsSettings;
}

/**
 * The one DestinationRule for a host: of two, istiod would take the older one's word (MergeDestinationRule). Only proxies of
 * kfaas-system see it, and for them it goes before any rule of the host's own namespace, so it touches no client but our gateways.
 * Absent if there is nothing to say: istiod refuses an empty policy.
 */
export function renderDestinationRule(
  { name, host }: { readonly name: string; readonly host: string },
  { connectionPool, outlierDetection, tls }: DestinationPolicy,
  profile: VersionProfile,
): DestinationRule | undefined {
  const trafficPolicy = compact({
    connectionPool: connectionPool && renderConnectionPool(connectionPool),
    outlierDetection: outlierDetection && renderOutlierDetection(outlierDetection),
    tls,
  });
  if (Object.keys(trafficPolicy).length === 0) return undefined;
  return {
    apiVersion: profile.networkingApiVersion,
    kind: "DestinationRule",
    metadata: { name, namespace: systemNamespace },
    spec: { host, trafficPolicy, exportTo: ["."] },
  };
}

function renderConnectionPool(pool: ConnectionPool): ConnectionPoolSettings | undefined {
  const tcp = compact({ maxConnections: pool.maxConnections, connectTimeout: pool.connectTimeout });
  const http = compact({
    http1MaxPendingRequests: pool.maxPendingRequests,
    http2MaxRequests: pool.maxRequests,
    maxRequestsPerConnection: pool.maxRequestsPerConnection,
    maxRetries: pool.maxRetries,
    idleTimeout: pool.idleTimeout,
  });
  const rendered = {
    ...(Object.keys(tcp).length > 0 && { tcp }),
    ...(Object.keys(http).length > 0 && { http }),
  };
  return Object.keys(rendered).length === 0 ? undefined : rendered;
}

/** The count of 5xx answers is written always: left out, it is not off, but five (Envoy's OutlierDetection.consecutive_5xx). */
function renderOutlierDetection(detection: OutlierDetection): RenderedOutlierDetection {
  return compact({
    ...detection,
    consecutive5xxErrors: detection.consecutive5xxErrors ?? 0,
    splitExternalLocalOriginErrors: detection.consecutiveLocalOriginFailures === undefined ? undefined : true,
  });
}
