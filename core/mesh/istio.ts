/**
 * The part of Istio's API that KFaaS renders, as plain data.
 * Field names and meanings: https://istio.io/latest/docs/reference/config/networking/
 * The full generated types are in sdks/kubernetes-istio-crds; the components assign these to those, so tsc compares them.
 */

export interface ObjectMeta {
  readonly name: string;
  readonly namespace: string;
  readonly labels?: Readonly<Record<string, string>>;
  readonly annotations?: Readonly<Record<string, string>>;
}

interface IstioObject<Kind extends string, Spec> {
  /** `networking.istio.io/v1` or `security.istio.io/v1`, or an older version that the stack's Istio serves. */
  readonly apiVersion: string;
  readonly kind: Kind;
  readonly metadata: ObjectMeta;
  readonly spec: Spec;
}

export type VirtualService = IstioObject<"VirtualService", VirtualServiceSpec>;
export type Gateway = IstioObject<"Gateway", GatewaySpec>;
export type ServiceEntry = IstioObject<"ServiceEntry", ServiceEntrySpec>;
export type AuthorizationPolicy = IstioObject<"AuthorizationPolicy", AuthorizationPolicySpec>;
export type DestinationRule = IstioObject<"DestinationRule", DestinationRuleSpec>;

export interface VirtualServiceSpec {
  readonly hosts: string[];
  /** `<namespace>/<name>` each. */
  readonly gateways: string[];
  readonly http: HttpRoute[];
}

export interface HttpRoute {
  readonly name?: string;
  readonly match?: HttpMatchRequest[];
  readonly route?: HttpRouteDestination[];
  readonly redirect?: HttpRedirect;
  readonly directResponse?: { readonly status: number; readonly body?: { readonly string: string } };
  readonly rewrite?: HttpRewrite;
  readonly timeout?: string;
  readonly retries?: HttpRetry;
  readonly fault?: HttpFaultInjection;
  readonly mirrors?: { readonly destination: IstioDestination; readonly percentage: Percent }[];
  /** With `mirrorPercentage` the older form of `mirrors`, before Istio 1.19. */
  readonly mirror?: IstioDestination;
  readonly mirrorPercentage?: Percent;
  readonly corsPolicy?: CorsPolicy;
  readonly headers?: Headers;
}

export interface HttpMatchRequest {
  readonly name?: string;
  readonly uri?: StringMatch;
  readonly ignoreUriCase?: boolean;
  readonly method?: StringMatch;
  readonly authority?: StringMatch;
  readonly headers?: Readonly<Record<string, StringMatch>>;
  readonly queryParams?: Readonly<Record<string, StringMatch>>;
  readonly gateways?: string[];
  readonly port?: number;
}

/** The empty one is fulfilled by any value, also by an empty one, as long as there is one. */
export type StringMatch =
  | { readonly exact: string }
  | { readonly prefix: string }
  | { readonly regex: string }
  | Readonly<Record<string, never>>;

export interface Percent {
  readonly value: number;
}

export interface HttpRouteDestination {
  readonly destination: IstioDestination;
  /** Percent; written for a single destination too, as in the original. */
  readonly weight: number;
  readonly headers?: Headers;
}

export interface IstioDestination {
  readonly host: string;
  /** Always written: without it istiod falls back to the Gateway's port, which the destination may not have. */
  readonly port: { readonly number: number };
}

export interface HttpRewrite {
  readonly uri?: string;
  readonly uriRegexRewrite?: { readonly match: string; readonly rewrite: string };
  readonly authority?: string;
}

export interface HttpRedirect {
  readonly uri?: string;
  readonly authority?: string;
  readonly scheme?: string;
  readonly redirectCode?: number;
}

export interface HttpRetry {
  readonly attempts: number;
  readonly perTryTimeout?: string;
  /** Comma-separated without blanks: istiod does not trim. */
  readonly retryOn?: string;
}

export interface HttpFaultInjection {
  readonly delay?: { readonly percentage: Percent; readonly fixedDelay: string };
  readonly abort?: { readonly percentage: Percent; readonly httpStatus: number };
}

export interface CorsPolicy {
  readonly allowOrigins?: StringMatch[];
  readonly allowMethods?: string[];
  readonly allowHeaders?: string[];
  readonly exposeHeaders?: string[];
  readonly maxAge?: string;
  readonly allowCredentials?: boolean;
}

export interface Headers {
  readonly request?: HeaderOperations;
  readonly response?: HeaderOperations;
}

export interface HeaderOperations {
  readonly set?: Readonly<Record<string, string>>;
  readonly add?: Readonly<Record<string, string>>;
  readonly remove?: string[];
}

export interface GatewaySpec {
  readonly selector: Readonly<Record<string, string>>;
  readonly servers: GatewayServer[];
}

export interface GatewayServer {
  readonly port: { readonly number: number; readonly name: string; readonly protocol: string };
  readonly hosts: string[];
  readonly tls?: ServerTls;
}

/** `httpsRedirect` for a server of plain HTTP, the others for HTTPS. */
export interface ServerTls {
  readonly httpsRedirect?: boolean;
  readonly mode?: "SIMPLE" | "MUTUAL" | "ISTIO_MUTUAL";
  /** A Secret in the namespace of the gateway's pods. */
  readonly credentialName?: string;
  readonly minProtocolVersion?: "TLSV1_2" | "TLSV1_3";
  /** The client's certificate must hold one of them. */
  readonly subjectAltNames?: string[];
}

export interface ServiceEntrySpec {
  readonly hosts: string[];
  readonly location: "MESH_EXTERNAL" | "MESH_INTERNAL";
  readonly resolution: "DNS" | "STATIC" | "NONE";
  readonly ports: { readonly number: number; readonly name: string; readonly protocol: string }[];
  readonly endpoints?: { readonly address: string }[];
  readonly exportTo?: string[];
}

/** https://istio.io/latest/docs/reference/config/security/authorization-policy/ */
export interface AuthorizationPolicySpec {
  readonly selector: { readonly matchLabels: Readonly<Record<string, string>> };
  /** With ALLOW, whatever no rule of any policy for the workload allows is refused with 403. */
  readonly action: "ALLOW" | "DENY";
  readonly rules: AuthorizationRule[];
}

/** Fulfilled by a request of one of the sources that is one of the operations; a part left out is fulfilled by any. */
export interface AuthorizationRule {
  readonly from?: { readonly source: AuthorizationSource }[];
  readonly to?: { readonly operation: AuthorizationOperation }[];
}

export interface AuthorizationSource {
  /** Who opened the connection. `remoteIpBlocks` would read X-Forwarded-For, which anybody can write. */
  readonly ipBlocks?: string[];
  readonly notIpBlocks?: string[];
  readonly namespaces?: string[];
  /** Of the certificate that the client showed: `<trust domain>/ns/<namespace>/sa/<service account>`. */
  readonly principals?: string[];
}

export interface AuthorizationOperation {
  /** Compared ignoring case with the Host as it came, port included. */
  readonly hosts?: string[];
  readonly methods?: string[];
  readonly notMethods?: string[];
  readonly paths?: string[];
  readonly ports?: string[];
}

export interface DestinationRuleSpec {
  readonly host: string;
  readonly trafficPolicy: TrafficPolicy;
  readonly exportTo: string[];
}

/** At least one of them. */
export interface TrafficPolicy {
  readonly connectionPool?: ConnectionPoolSettings;
  readonly outlierDetection?: OutlierDetection;
  readonly tls?: ClientTlsSettings;
}

/** At least one of the two. */
export interface ConnectionPoolSettings {
  readonly tcp?: { readonly maxConnections?: number; readonly connectTimeout?: string };
  readonly http?: {
    readonly http1MaxPendingRequests?: number;
    readonly http2MaxRequests?: number;
    readonly maxRequestsPerConnection?: number;
    readonly maxRetries?: number;
    readonly idleTimeout?: string;
  };
}

export interface OutlierDetection {
  readonly consecutive5xxErrors?: number;
  readonly consecutiveGatewayErrors?: number;
  /** Istio refuses it without `splitExternalLocalOriginErrors`. */
  readonly consecutiveLocalOriginFailures?: number;
  readonly splitExternalLocalOriginErrors?: boolean;
  readonly interval?: string;
  readonly baseEjectionTime?: string;
  readonly maxEjectionPercent?: number;
  readonly minHealthPercent?: number;
}

/** TLS to the destination. */
export interface ClientTlsSettings {
  readonly mode: "DISABLE" | "SIMPLE" | "MUTUAL" | "ISTIO_MUTUAL";
  /** Secret in the namespace of the gateway; not with the files below. */
  readonly credentialName?: string;
  readonly caCertificates?: string;
  readonly clientCertificate?: string;
  readonly privateKey?: string;
  readonly subjectAltNames?: string[];
  readonly sni?: string;
}
