import type { Domain } from "./domain.ts";
import type { PathNormalisation } from "./route/normalise.ts";
import type { ExitGateway } from "./exit-gateway.ts";
import type { DriftWatch } from "./drift-watch-rules.ts";
import type { LintLevels } from "./lint/lint-level.ts";
import type { AcceptedOverlap, ClusterDifference, PathClaim } from "./ownership.ts";
import type { Service } from "./service.ts";

/** One Pulumi stack: one cluster with its environments, gateways and all services. The validated form of `Pulumi.<stack>.yaml`. */
export interface Stack {
  /** Pulumi stack name, as in `pulumi up -s test`. */
  readonly name: string;
  readonly cluster: Cluster;
  readonly versions: Versions;
  /** In production, what cannot be decided is an error. */
  readonly production: boolean;
  /** What the cluster's proxies do to paths before they match: Istio's meshConfig.pathNormalization. */
  readonly pathNormalisation: PathNormalisation;
  /** Begins and ends with `/`; every path of every service lies below it. */
  readonly pathRoot: string;
  /** Folders of service files relative to the working folder; a later one replaces files of the same name. */
  readonly serviceFolders: readonly string[];
  /** Sorted by name. */
  readonly environments: readonly Environment[];
  /** Sorted by name; empty if there are none. */
  readonly domains: readonly Domain[];
  readonly gateways: Gateways;
  /** Sorted by environment, then name. */
  readonly services: readonly Service[];
  /** From `paths.yaml`, in the order of the file; empty if there is none. */
  readonly pathClaims: readonly PathClaim[];
  /** From `accepted.yaml`, in the order of the file; empty if there is none. */
  readonly accepted: readonly AcceptedOverlap[];
  /** From `clusters.yaml`, in the order of the file; empty if there is none. */
  readonly differences: readonly ClusterDifference[];
  /** How each lint is taken; see docs/findings.md. */
  readonly lints: LintLevels;
  /** Whether the cluster itself looks for drift; absent if it does not. */
  readonly driftWatch?: DriftWatch;
  /** Objects of others that drift need not report: `EnvoyFilter istio-system/stats-filter-*`. */
  readonly knownObjects?: readonly string[];
}

export interface Cluster {
  /** Pulumi's clusterIdentifier; recorded on the cluster by the first `up` and compared before every later write. */
  readonly name: string;
  /** kubeconfig context; an ambient current context is never used. */
  readonly context: string;
}

/** Versions as `major.minor`, for example `1.31`. */
export interface Versions {
  readonly kubernetes: string;
  readonly istio: string;
  readonly knative: string;
  /** Of the istiod that serves kfaas-system, where there are several; absent if it is the default one. */
  readonly istioRevision?: string;
}

export interface Environment {
  readonly name: string;
  /** File name of the service that takes what nobody else matches; rendered as prefix `/`, which istiod moves last. */
  readonly fallback?: string;
}

export interface Gateways {
  /** Takes the Java gateway's requests; the environments' ExternalName hosts point to it. */
  readonly entry: ManagedEntryGateway | ExistingGateway;
  /** Destination of every VirtualService (hop 2). `existing` is Knative's own, named by the version profile. */
  readonly clusterLocal: ManagedGateway | ExistingGateway;
  /** Serverless to Java; absent if the stack has none. */
  readonly exit?: ExitGateway;
  /** Serves business hosts to the internet; absent if the stack has none. */
  readonly business?: DomainGateway;
  /** Serves intranet hosts, out of reach from outside; absent if the stack has none. */
  readonly intranet?: DomainGateway;
}

export interface ManagedGateway extends Autoscaling {
  readonly mode: "managed";
}

/** The next hop is the cluster-local gateway. */
export interface ManagedEntryGateway extends ManagedGateway, NextHopPolicy {
  /** Who may enter. Absent: everybody who reaches the gateway, which is every pod of the cluster. */
  readonly clients?: EntryClients;
}

/** The Java gateway, as the entry gateway knows it. Everybody else is refused. */
export interface EntryClients {
  /** Addresses or ranges of those who open the connection; X-Forwarded-For does not count. At least one. */
  readonly addresses: readonly string[];
  /** Where in the cluster they run, if they do: some network plugins (Cilium) do not apply addresses to pods. */
  readonly namespaces?: readonly string[];
  /** What they must show as well. */
  readonly certificate?: ClientCertificate;
}

export interface ClientCertificate {
  /** `mutual`: a certificate of an authority that the Secret names. `istio-mutual`: the certificate of a workload of the mesh. */
  readonly mode: "mutual" | "istio-mutual";
  /** In kfaas-system, with `tls.crt`, `tls.key` and `ca.crt`; only and always for `mutual`. */
  readonly secret?: string;
  /** The certificate must hold one of them. At least one. */
  readonly subjectAltNames: readonly string[];
  /** Whether requests without TLS are still taken from the same addresses: for the time in which the Java side changes over. */
  readonly alsoHttp: boolean;
}

export interface ExistingGateway {
  readonly mode: "existing";
}

/** Pods that serve hosts with certificates. How they come to their addresses is not ours. */
export interface DomainGateway {
  readonly mode: "existing";
  /** Where the pods run: istiod gives them certificates from there only. */
  readonly namespace: string;
  /** Labels of the pods. */
  readonly selector: Readonly<Record<string, string>>;
}

export interface Autoscaling {
  readonly minReplicas: number;
  readonly maxReplicas: number;
  readonly targetCpuPercent: number;
}

/** How a gateway treats the next hop; what is left out is Istio's default. */
export interface NextHopPolicy {
  readonly connectionPool?: ConnectionPool;
  readonly outlierDetection?: OutlierDetection;
}

/** Limits of one gateway pod towards the next hop; at least one. Durations as in routes. */
export interface ConnectionPool {
  readonly maxConnections?: number;
  readonly connectTimeout?: string;
  /** Requests that wait for a connection. */
  readonly maxPendingRequests?: number;
  /** Requests under way. */
  readonly maxRequests?: number;
  readonly maxRequestsPerConnection?: number;
  /** Retries under way. */
  readonly maxRetries?: number;
  readonly idleTimeout?: string;
}

/** When a pod of the next hop is left out for a while: after so many failures in a row of any of the kinds named, at least one. */
export interface OutlierDetection {
  /** Answers with a status of 500 and more. */
  readonly consecutive5xxErrors?: number;
  /** Answers with 502, 503 or 504. */
  readonly consecutiveGatewayErrors?: number;
  /** Connections that failed, were reset or timed out: what the pod itself is to blame for. */
  readonly consecutiveLocalOriginFailures?: number;
  /** Time between two looks at the counters. */
  readonly interval?: string;
  /** How long a pod is left out, times how often it was. */
  readonly baseEjectionTime?: string;
  /** At most so many of the pods are left out. */
  readonly maxEjectionPercent?: number;
  /** Nobody is left out any more once fewer of the pods than this are healthy. */
  readonly minHealthPercent?: number;
}
