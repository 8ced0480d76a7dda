import { destinationAuthority } from "../core/mesh/names.ts";
import { hopsOf } from "../core/mesh/hops.ts";
import { versionProfile } from "../core/mesh/version-profile.ts";
import { compareText } from "../core/problem.ts";
import type { Destination } from "../core/service.ts";
import type { Stack } from "../core/stack.ts";
import { istioNamespace } from "./istio.ts";
import type { KubernetesObject } from "./kubectl.ts";

/** Marks what is made for single Knative services, so that those that left the files can be removed. */
export const knativeServiceLabel = "local.kfaas.dev/knative-service";

/** Plain Istio installs these two; their labels are what Knative's Gateways select. */
export const ingressGatewayLabels = { app: "istio-ingressgateway", istio: "ingressgateway" };
export const clusterLocalGatewayLabels = { app: "cluster-local-gateway", istio: "cluster-local-gateway" };

const knativeNamespace = "knative-serving";

/** A Knative service that a stack's files send requests to, with the traffic tags that they name. */
interface KnativeService {
  readonly namespace: string;
  readonly name: string;
  readonly tags: readonly string[];
}

/** What installing Istio and Knative leaves on a cluster, as far as requests pass it. */
export function knativeInstallation(stack: Stack): KubernetesObject[] {
  const gatewayObject = (name: string, selector: object, port: number): KubernetesObject => ({
    apiVersion: "networking.istio.io/v1beta1",
    kind: "Gateway",
    metadata: { name, namespace: knativeNamespace },
    spec: { selector, servers: [{ port: { number: port, name: "http", protocol: "HTTP" }, hosts: ["*"] }] },
  });
  const namespaces = [istioNamespace, knativeNamespace].map(namespaceObject);
  const ingress = [
    gatewayObject("knative-ingress-gateway", { istio: ingressGatewayLabels.istio }, 80),
    serviceObject("istio-ingressgateway", ingressGatewayLabels, 8080),
  ];
  // Both forms as Knative's releases install them: config/202-gateway.yaml and 203-local-gateway.yaml of net-istio.
  const local = isLocalGatewayOfItsOwn(stack)
    ? [
        gatewayObject("cluster-local-gateway", { istio: clusterLocalGatewayLabels.istio }, 80),
        serviceObject("cluster-local-gateway", clusterLocalGatewayLabels, 8080),
      ]
    : [
        gatewayObject("knative-local-gateway", { istio: ingressGatewayLabels.istio }, 8081),
        serviceObject("knative-local-gateway", ingressGatewayLabels, 8081, {
          "experimental.istio.io/disable-gateway-port-translation": "true",
        }),
      ];
  return [...namespaces, ...ingress, ...local];
}

/** True where Knative's local gateway is a Deployment of its own, as it was to 0.19; since then it is a port of the ingress gateway. */
export function isLocalGatewayOfItsOwn({ versions }: Stack): boolean {
  return versionProfile(versions).knative.localGateway.gateway.endsWith("/cluster-local-gateway");
}

/**
 * The second hop: per Knative service the VirtualService that net-istio makes for a cluster-local one
 * (https://github.com/knative-extensions/net-istio/blob/main/pkg/reconciler/ingress/resources/virtual_service.go), and
 * ServiceEntries that stand for the revisions' Services, because Kubernetes allows no loopback address in an EndpointSlice.
 */
export function knativeServices(stack: Stack, backendPort: number): KubernetesObject[] {
  const gateway = hopsOf(stack, versionProfile(stack.versions)).clusterLocal.gateway;
  const services = servicesOf(stack);
  const namespaces = [...new Set(services.map((service) => service.namespace))];
  return [
    ...namespaces.map(namespaceObject),
    ...services.map((service) => secondHop(service, gateway)),
    ...namespaces.flatMap((namespace) =>
      backends(
        namespace,
        services.filter((service) => service.namespace === namespace),
        backendPort,
      ),
    ),
  ];
}

/** Every Knative service that a file names: its own, destinations of its traffic, mirrors. Sorted. */
function servicesOf(stack: Stack): KnativeService[] {
  const tags = new Map<string, { namespace: string; name: string; tags: Set<string> }>();
  const add = (namespace: string, { service, tag }: Omit<Destination, "weight">): void => {
    const key = `${namespace}/${service}`;
    const known = tags.get(key) ?? { namespace, name: service, tags: new Set<string>() };
    if (tag !== undefined) known.tags.add(tag);
    tags.set(key, known);
  };
  for (const file of stack.services) {
    add(file.namespace, { service: file.service });
    for (const { action } of file.routes) {
      if (action.kind !== "forward") continue;
      for (const destination of action.traffic) add(file.namespace, destination);
      if (action.mirror !== undefined) add(file.namespace, { service: action.mirror.service });
    }
  }
  return [...tags.entries()]
    .sort(([a], [b]) => compareText(a, b))
    .map(([, service]) => ({ ...service, tags: [...service.tags].sort(compareText) }));
}

function secondHop(service: KnativeService, gateway: string): KubernetesObject {
  const targets = [undefined, ...service.tags].map((tag) => ({
    host: destinationAuthority(
      tag === undefined ? { service: service.name } : { service: service.name, tag },
      service.namespace,
    ),
    revision: revisionOf(service, tag),
  }));
  return {
    apiVersion: "networking.istio.io/v1beta1",
    kind: "VirtualService",
    metadata: {
      name: `${service.name}-ingress`,
      namespace: service.namespace,
      labels: { [knativeServiceLabel]: service.name },
    },
    spec: {
      gateways: [gateway],
      hosts: targets.flatMap(({ host }) => [shortName(host), `${shortName(host)}.svc`, host]),
      http: targets.flatMap(({ host, revision }) => {
        const match = { authority: { prefix: shortName(host) }, gateways: [gateway] };
        const route = [
          {
            destination: { host: revisionHost(service, revision), port: { number: 80 } },
            headers: {
              request: {
                set: { "Knative-Serving-Namespace": service.namespace, "Knative-Serving-Revision": revision },
              },
            },
            weight: 100,
          },
        ];
        return [
          // Knative's probe of its own routes, ahead of each real rule.
          {
            match: [{ ...match, headers: { "K-Network-Hash": { exact: "override" } } }],
            headers: { request: { set: { "K-Network-Hash": `local-${revision}` } } },
            retries: {},
            route,
          },
          { match: [match], retries: {}, route },
        ];
      }),
    },
  };
}

/** All revisions of a namespace resolve to the stand-in; it tells them apart by the header that the second hop sets. */
function backends(namespace: string, services: readonly KnativeService[], port: number): KubernetesObject[] {
  const hosts = services.flatMap((service) =>
    [undefined, ...service.tags].map((tag) => revisionHost(service, revisionOf(service, tag))),
  );
  const objects: KubernetesObject[] = [];
  for (let first = 0; first < hosts.length; first += mostHosts) {
    const name = `knative-revisions-${first / mostHosts}`;
    objects.push({
      apiVersion: "networking.istio.io/v1",
      kind: "ServiceEntry",
      metadata: { name, namespace, labels: { [knativeServiceLabel]: "backends" } },
      spec: {
        hosts: hosts.slice(first, first + mostHosts),
        location: "MESH_INTERNAL",
        resolution: "STATIC",
        ports: [{ number: 80, name: "http", protocol: "HTTP" }],
        endpoints: [{ address: "127.0.0.1", ports: { http: port } }],
      },
    });
  }
  return objects;
}

/** The CRD allows 256 hosts in one ServiceEntry. */
const mostHosts = 200;

function revisionOf(service: KnativeService, tag: string | undefined): string {
  const number = tag === undefined ? 1 : service.tags.indexOf(tag) + 2;
  return `${service.name}-${String(number).padStart(5, "0")}`;
}

function revisionHost(service: KnativeService, revision: string): string {
  return `${revision}.${service.namespace}.svc.cluster.local`;
}

function shortName(host: string): string {
  return host.replace(/\.svc\.cluster\.local$/, "");
}

export function namespaceObject(name: string): KubernetesObject {
  return { apiVersion: "v1", kind: "Namespace", metadata: { name } };
}

function serviceObject(
  name: string,
  selector: Readonly<Record<string, string>>,
  targetPort: number,
  labels: Readonly<Record<string, string>> = {},
): KubernetesObject {
  return {
    apiVersion: "v1",
    kind: "Service",
    metadata: { name, namespace: istioNamespace, labels },
    spec: { selector, ports: [{ name: "http2", port: 80, targetPort }] },
  };
}
