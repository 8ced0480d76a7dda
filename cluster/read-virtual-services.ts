import {
  ApiException,
  CoreV1Api,
  createConfiguration,
  CustomObjectsApi,
  type KubeConfig,
  ServerConfiguration,
} from "@kubernetes/client-node";
import { ClusterError } from "./cluster-error.ts";

/** From the newest: https://github.com/istio/istio/blob/1.30.3/manifests/charts/base/files/crd-all.gen.yaml serves all three. */
const versions = ["v1", "v1beta1", "v1alpha3"] as const;

type Plural = "virtualservices" | "gateways";

interface Page {
  readonly items: readonly unknown[];
  readonly metadata?: { readonly continue?: string };
}

const pageSize = 500;
const defaultTimeout = 60_000;

/**
 * All VirtualServices and Gateways of a cluster, and one Pod of each Gateway as far as that may be read. Reads only, page by page.
 * @param timeout of each request, in milliseconds
 * @throws ClusterError if the cluster cannot be reached, has no Istio, or does not let VirtualServices be listed
 */
export async function readVirtualServices(
  kubeconfig: KubeConfig,
  timeout: number = defaultTimeout,
): Promise<unknown[]> {
  const reader = new Reader(kubeconfig, timeout);
  const virtualServices = await reader.list("virtualservices");
  const gateways = await reader.list("gateways");
  return [...virtualServices, ...gateways, ...(await reader.podsOf(gateways))];
}

/**
 * The VirtualServices of one namespace; none where the cluster has no such kind. Reads only, page by page.
 * @param timeout of each request, in milliseconds
 * @throws ClusterError if the cluster cannot be reached or does not let them be listed
 */
export async function readVirtualServicesOf(
  namespace: string,
  kubeconfig: KubeConfig,
  timeout: number = defaultTimeout,
): Promise<unknown[]> {
  return (await new Reader(kubeconfig, timeout).listIfAny("virtualservices", namespace)) ?? [];
}

class Reader {
  readonly #custom: CustomObjectsApi;
  readonly #core: CoreV1Api;
  readonly #cluster: string;

  constructor(kubeconfig: KubeConfig, timeout: number) {
    const server = kubeconfig.getCurrentCluster()?.server ?? "";
    const configuration = createConfiguration({
      baseServer: new ServerConfiguration(server, {}),
      authMethods: { default: kubeconfig },
      promiseMiddleware: [
        {
          pre: async (request) => {
            request.setSignal(AbortSignal.timeout(timeout));
            return request;
          },
          post: async (response) => response,
        },
      ],
    });
    this.#custom = new CustomObjectsApi(configuration);
    this.#core = new CoreV1Api(configuration);
    this.#cluster = `cluster of context "${kubeconfig.getCurrentContext()}" (${server})`;
  }

  async list(plural: Plural): Promise<unknown[]> {
    const objects = await this.listIfAny(plural);
    if (objects !== undefined) return objects;
    throw new ClusterError(
      `${this.#cluster} has no ${plural}.networking.istio.io: Istio is not installed there`,
    );
  }

  /** Of all namespaces unless one is named; undefined if there is no such kind. */
  async listIfAny(plural: Plural, namespace?: string): Promise<unknown[] | undefined> {
    for (const version of versions) {
      try {
        return await this.#pages({ group: "networking.istio.io", version, plural }, namespace);
      } catch (error) {
        if (!(error instanceof ApiException && error.code === 404))
          throw this.#failure(plural, namespace, error);
      }
    }
    return undefined;
  }

  async #pages(
    kind: { readonly group: string; readonly version: string; readonly plural: string },
    namespace: string | undefined,
  ): Promise<unknown[]> {
    const objects: unknown[] = [];
    let next: string | undefined;
    do {
      const options = { ...kind, limit: pageSize, ...(next === undefined ? {} : { _continue: next }) };
      const page = (await (namespace === undefined
        ? this.#custom.listClusterCustomObject(options)
        : this.#custom.listNamespacedCustomObject({ ...options, namespace }))) as Page;
      objects.push(...page.items);
      next = page.metadata?.continue === "" ? undefined : page.metadata?.continue;
    } while (next !== undefined);
    return objects;
  }

  /** Where a gateway's pods run decides what it sees; who may not list pods gets an assumption instead. */
  async podsOf(gateways: readonly unknown[]): Promise<unknown[]> {
    const selectors = new Set(gateways.map(selectorOf).filter((each) => each !== ""));
    const pods: unknown[] = [];
    for (const labelSelector of selectors) {
      try {
        const { items } = await this.#core.listPodForAllNamespaces({ labelSelector, limit: 1 });
        pods.push(...items.map(({ metadata }) => ({ apiVersion: "v1", kind: "Pod", metadata })));
      } catch (error) {
        if (!(error instanceof ApiException)) throw this.#failure("pods", undefined, error);
      }
    }
    return pods;
  }

  #failure(plural: string, namespace: string | undefined, error: unknown): ClusterError {
    if (!(error instanceof ApiException)) {
      const message = error instanceof Error ? error.message : String(error);
      return new ClusterError(`${this.#cluster} cannot be reached: ${message}`);
    }
    switch (error.code) {
      case 401:
        return new ClusterError(`${this.#cluster} does not know you (401): renew your credentials`);
      case 403:
        return new ClusterError(
          `${this.#cluster} does not let you list ${plural} of ${namespace ?? "all namespaces"} (403): ask for that permission`,
        );
      default:
        return new ClusterError(`${this.#cluster} answers ${error.code} to list ${plural}`);
    }
  }
}

function selectorOf(gateway: unknown): string {
  const selector = (gateway as { spec?: { selector?: Record<string, string> } }).spec?.selector ?? {};
  return Object.entries(selector)
    .map(([name, value]) => `${name}=${value}`)
    .join(",");
}
