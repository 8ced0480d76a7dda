import { isDomainName } from "../domain.ts";
import type { Service, Target } from "../service.ts";

/** Everything KFaaS deploys lives here and nothing in istio-system, so that Istio can be replaced under it. */
export const systemNamespace = "kfaas-system";

export const entryGatewayName = "kfaas-entry-gateway";
export const exitGatewayName = "kfaas-exit-gateway";
/** The Java export gateway, where KFaaS runs it. */
export const javaGatewayName = "kfaas-java-export-gateway";
/** Managed; Knative's own of the same name (to 0.19) lives in istio-system. */
export const clusterLocalGatewayName = "cluster-local-gateway";

/** Says who may enter. */
export const entryClientsName = "kfaas-entry-clients";

/** The exit gateway's VirtualService and, where the Java export gateway is outside the cluster, its ServiceEntry. */
export const exitRoutesName = "java-gateway-virtualservice";
export const upstreamEntryName = "java-export-gateway";

/** The DestinationRule of the entry gateway for the next hop. */
export const entryNextHopName = "cluster-local-gateway-destinationrule";

/** Everything of the workload that looks for drift. */
export const driftWatchName = "kfaas-drift-watch";

/** Names the Knative service that a mirrored request is for: its Host is the original's and cannot be changed. */
export const mirrorHeader = "x-kfaas-mirror";

/** Tells the Java side which environment a request comes from; written by the exit gateway, whatever the client sent. */
export const environmentHeader = "x-kfaas-environment";

/** Rule names in order, comma-separated, where Istio has no `http[].name` yet. */
export const ruleNamesAnnotation = "kfaas.dev/rule-names";

/** Full name of a Service inside the cluster. */
export function serviceHost(name: string, namespace: string): string {
  return `${name}.${namespace}.svc.cluster.local`;
}

/** How VirtualServices and match conditions refer to a Gateway. */
export function gatewayReference(name: string, namespace: string = systemNamespace): string {
  return `${namespace}/${name}`;
}

/**
 * The original's scheme: `faas-alpha-ns-saas-showroom-ksvc-virtualservice`. A domain's carries the host, because the same service may
 * have routes in an environment as well.
 */
export function virtualServiceName({
  namespace,
  service,
  environment = "",
}: Pick<Service, "namespace" | "service"> & Partial<Pick<Service, "environment">>): string {
  const host = isDomainName(environment) ? `-${environment}` : "";
  return `${namespace}-ns-${service}-ksvc${host}-virtualservice`;
}

/** Of a domain's Gateway, and of the Secret or Certificate beside its pods. A Gateway's name has no dots. */
export function domainObjectName(host: string): string {
  return `domain-${host.replaceAll(".", "-")}`;
}

/** The VirtualService that gives mirrored requests the Host of the service they are for. */
export function mirrorVirtualServiceName(target: Pick<Service, "namespace" | "service">): string {
  return `${target.namespace}-ns-${target.service}-ksvc-mirror-virtualservice`;
}

/** Name of the ExternalName Service that an environment is reached by. */
export function environmentHostName(environment: string): string {
  return `faas-${environment}-ksvc-gateway`;
}

/** The Host that the Java gateway sends for an environment: the contract with the Java side. A domain is called by its host. */
export function environmentHost(environment: string): string {
  if (isDomainName(environment)) return environment;
  return serviceHost(environmentHostName(environment), systemNamespace);
}

/** What URLs of an environment or a domain begin with. */
export function originOf(environment: string): string {
  return `${isDomainName(environment) ? "https" : "http"}://${environmentHost(environment)}`;
}

/** Name of the ExternalName Service that an environment's services reach Java by. */
export function javaHostName(environment: string): string {
  return `java-${environment}-gateway`;
}

/** The Host that an environment's services send to Java. */
export function javaHost(environment: string): string {
  return serviceHost(javaHostName(environment), systemNamespace);
}

/** The exact host of Knative's own VirtualService (hop 2) for a Knative service, or for one of its traffic tags. */
export function destinationAuthority({ service, tag }: Target, namespace: string): string {
  return serviceHost(tag === undefined ? service : `${tag}-${service}`, namespace);
}
