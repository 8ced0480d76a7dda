import type { Retries } from "./service.ts";
import type { Autoscaling, NextHopPolicy } from "./stack.ts";

/** Serverless to Java: an Istio gateway before the Java export gateway, which KFaaS only knows, or runs as well. */
export type ExitGateway = ManagedExitGateway | ImageExitGateway;

/** The Java export gateway is there already. */
export interface ManagedExitGateway extends ExitPolicy {
  readonly mode: "managed";
  readonly upstream: Upstream;
}

/** The Java export gateway runs in kfaas-system, scaled as the gateway before it. */
export interface ImageExitGateway extends ExitPolicy {
  readonly mode: "image";
  readonly java: JavaWorkload;
}

/** The next hop is the Java export gateway. */
interface ExitPolicy extends Autoscaling, NextHopPolicy {
  /** Limit for a whole request, retries included. */
  readonly timeout?: string;
  readonly retries?: Retries;
  /** Callers must come by Istio's mutual TLS, which tells their namespaces. */
  readonly mutualTls: boolean;
  /** Whoever no rule allows gets 403; without any rule everybody may call. At least one. */
  readonly allow?: readonly AllowRule[];
}

/** The Java export gateway behind the exit gateway. */
export interface Upstream {
  /** DNS name: `*.svc.cluster.local` is a Service of the cluster, anything else is reached through a ServiceEntry. */
  readonly host: string;
  readonly port: number;
  /** Where the host is, if DNS is not to be asked; at least one. */
  readonly addresses?: readonly string[];
  /** Without it, requests go on in plain HTTP. */
  readonly tls?: UpstreamTls;
}

/** TLS to the upstream, whose certificate is always verified. */
export interface UpstreamTls {
  /** `mutual` shows a certificate of ours. */
  readonly mode: "simple" | "mutual";
  readonly trust: UpstreamTrust;
  /** Name to ask for; default: the upstream's host. */
  readonly sni?: string;
  /** Names of which the certificate must have one; default: the upstream's host. At least one. */
  readonly subjectAltNames?: readonly string[];
}

/** Whom to trust and, for `mutual`, what to show: a Secret in kfaas-system, or files in the gateway's pods. */
export type UpstreamTrust =
  | { readonly credentialName: string }
  | {
      readonly caCertificates: string;
      readonly clientCertificate?: string;
      readonly privateKey?: string;
    };

/** The Java export gateway's pods. */
export interface JavaWorkload {
  readonly image: string;
  /** That it serves HTTP on. */
  readonly port: number;
  readonly resources: Resources;
  readonly env: Readonly<Record<string, string>>;
  /** Variables whose values stand in Secrets of kfaas-system. */
  readonly secretEnv: Readonly<Record<string, SecretKey>>;
  /** Path that answers with 200 when it is ready; default: ready when the port is open. */
  readonly healthPath?: string;
  /** For images whose user is a name: Kubernetes cannot tell whether that is root. */
  readonly runAsUser?: number;
  /** Secrets of kfaas-system that the registry wants to see. */
  readonly pullSecrets: readonly string[];
  /** What it may connect to beside DNS; at least one. */
  readonly egress: readonly EgressRule[];
}

export interface SecretKey {
  readonly secret: string;
  readonly key: string;
}

export interface Resources {
  readonly requests: ResourceAmounts;
  readonly limits?: ResourceAmounts;
}

/** As Kubernetes writes quantities: `500m` or `2`, `512Mi` or `1Gi`. */
export interface ResourceAmounts {
  readonly cpu: string;
  readonly memory: string;
}

/** A namespace of the cluster, or addresses, on any port or some; ports are those of the pods. */
export type EgressRule = (
  | { readonly namespace: string }
  | {
      /** Ranges, `10.0.0.0/8`. */
      readonly addresses: readonly string[];
    }
) & { readonly ports?: readonly number[] };

/** Callers, known by one of two things, and what they may call. */
export interface AllowRule {
  readonly callers:
    | { readonly kind: "namespaces"; readonly namespaces: readonly string[] }
    | { readonly kind: "addresses"; readonly addresses: readonly string[] };
  /** By whose hosts they may call; default: any. At least one. */
  readonly environments?: readonly string[];
  /** Which Java services; default: all. At least one. */
  readonly paths?: readonly AllowedPath[];
}

export interface AllowedPath {
  readonly kind: "exact" | "prefix";
  readonly value: string;
  /** Upper-case HTTP methods; empty means every method. */
  readonly methods: readonly string[];
}
