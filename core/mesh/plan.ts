import type { Deployment } from "kubernetes-types/apps/v1.js";
import type { HorizontalPodAutoscaler } from "kubernetes-types/autoscaling/v2.js";
import type { CronJob } from "kubernetes-types/batch/v1.js";
import type { Namespace, ResourceQuota, Secret, Service, ServiceAccount } from "kubernetes-types/core/v1.js";
import type { ObjectMeta } from "kubernetes-types/meta/v1.js";
import type { NetworkPolicy } from "kubernetes-types/networking/v1.js";
import type { PodDisruptionBudget } from "kubernetes-types/policy/v1.js";
import type { ClusterRole, ClusterRoleBinding, Role, RoleBinding } from "kubernetes-types/rbac/v1.js";
import type { ForeignWeights } from "./foreign-weights.ts";
import type {
  AuthorizationPolicy,
  DestinationRule,
  Gateway,
  ObjectMeta as NamespacedMeta,
  ServiceEntry,
  VirtualService,
} from "./istio.ts";

/** Every object of a stack as plain data, grouped as the components register them. Nothing here is known only after deployment. */
export interface MeshPlan {
  readonly namespace: NamespaceObjects;
  /** Absent if the stack uses an existing entry gateway. */
  readonly entry?: EntryObjects;
  /** Absent if the stack uses Knative's own. */
  readonly clusterLocal?: GatewayObjects;
  readonly exit?: ExitObjects;
  /** Absent if the cluster does not look for drift by itself. */
  readonly driftWatch?: DriftWatchObjects;
  /** Sorted by environment. */
  readonly environments: readonly EnvironmentObjects[];
  /** Sorted by host. */
  readonly domains: readonly DomainObjects[];
}

/** kubernetes-types leave everything optional; what is rendered always says what it is and what it is called. */
export type Rendered<Kind extends { apiVersion?: string; kind?: string }> = Kind & {
  readonly apiVersion: NonNullable<Kind["apiVersion"]>;
  readonly kind: NonNullable<Kind["kind"]>;
  readonly metadata: ObjectMeta & { readonly name: string };
};

export interface NamespaceObjects {
  readonly namespace: Rendered<Namespace>;
  readonly quota: Rendered<ResourceQuota>;
  /** Sorted by name. */
  readonly networkPolicies: readonly Rendered<NetworkPolicy>[];
}

/** An autoscaled Deployment behind a ClusterIP Service. */
export interface WorkloadObjects {
  readonly serviceAccount: Rendered<ServiceAccount>;
  readonly deployment: Rendered<Deployment>;
  readonly service: Rendered<Service>;
  readonly autoscaler: Rendered<HorizontalPodAutoscaler>;
  readonly disruptionBudget: Rendered<PodDisruptionBudget>;
}

/** One from Istio's injected gateway template, and the Gateway that binds it. */
export interface GatewayObjects extends WorkloadObjects {
  readonly role: Rendered<Role>;
  readonly roleBinding: Rendered<RoleBinding>;
  readonly gateway: Gateway;
}

export interface EntryObjects extends GatewayObjects {
  /** One per service that another mirrors to, sorted by name: they lead mirrored requests to it. */
  readonly mirrors: readonly VirtualService[];
  /** How it treats the cluster-local gateway, where the stack says so. */
  readonly nextHop?: DestinationRule;
  /** Only where the stack says who may enter. */
  readonly clients?: AuthorizationPolicy;
}

export interface ExitObjects extends GatewayObjects {
  /** `java-<environment>-gateway` Services, one per environment, sorted: other names of the exit gateway. */
  readonly hosts: readonly Rendered<Service>[];
  /** Sends those hosts to the Java export gateway. */
  readonly virtualService: VirtualService;
  /** The Java export gateway, where KFaaS runs it. */
  readonly java?: WorkloadObjects;
  /** Only where the Java export gateway is outside the cluster. */
  readonly serviceEntry?: ServiceEntry;
  /** TLS to the Java export gateway, and from callers' sidecars to the exit gateway. */
  readonly destinationRules: readonly DestinationRule[];
  /** Who may call; absent if everybody may. */
  readonly policy?: AuthorizationPolicy;
}

/** The workload that compares the cluster with the plan: a CronJob or a Deployment, and what it may read. */
export interface DriftWatchObjects {
  readonly serviceAccount: Rendered<ServiceAccount>;
  readonly clusterRole: Rendered<ClusterRole>;
  readonly clusterRoleBinding: Rendered<ClusterRoleBinding>;
  readonly role: Rendered<Role>;
  readonly roleBinding: Rendered<RoleBinding>;
  readonly networkPolicy: Rendered<NetworkPolicy>;
  readonly cronJob?: Rendered<CronJob>;
  readonly deployment?: Rendered<Deployment>;
}

/** The routes of an environment or a domain. */
export interface RouteObjects {
  /** One per service file, sorted by name. */
  readonly virtualServices: readonly VirtualService[];
  /** One per VirtualService whose weights are not ours to set. */
  readonly foreignWeights: readonly ForeignWeights[];
}

export interface EnvironmentObjects extends RouteObjects {
  readonly environment: string;
  /** The ExternalName Service whose name the Java gateway sends as Host. */
  readonly host: Rendered<Service>;
}

export interface DomainObjects extends RouteObjects {
  /** Name of the domain, which is its host. */
  readonly environment: string;
  readonly certificate: CertManagerCertificate | TlsSecret;
  readonly gateway: Gateway;
}

/** With a placeholder for the private key, which no plan ever holds. */
export type TlsSecret = Rendered<Secret> & {
  readonly kind: "Secret";
  readonly data: Readonly<Record<"tls.crt" | "tls.key", string>>;
};

/** The part of cert-manager's API that is rendered: https://cert-manager.io/docs/reference/api-docs/#cert-manager.io/v1.Certificate */
export interface CertManagerCertificate {
  readonly apiVersion: "cert-manager.io/v1";
  readonly kind: "Certificate";
  readonly metadata: NamespacedMeta;
  readonly spec: {
    readonly secretName: string;
    readonly dnsNames: string[];
    readonly issuerRef: { readonly name: string; readonly kind: string; readonly group: string };
    readonly privateKey: { readonly rotationPolicy: string };
  };
}
