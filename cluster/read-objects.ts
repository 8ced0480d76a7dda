import type { KubeConfig } from "@kubernetes/client-node";
import type { LiveObject } from "../core/drift/live-object.ts";
import type { WatchedKind } from "../core/drift/watched-kinds.ts";
import { ApiClient, ApiRefusal } from "./api-client.ts";
import { ClusterError } from "./cluster-error.ts";
import { kindPath } from "./object-path.ts";

const pageSize = 500;
/** A list whose pages took too long is begun again. */
const mostRestarts = 3;
const parallel = 4;

/**
 * All objects of the kinds, complete: one list per kind, page by page, in the given order. Reads only.
 * @throws ClusterError if the cluster cannot be reached, lacks a required kind, or does not let one be read
 */
export async function readObjects(
  kubeconfig: KubeConfig,
  kinds: readonly WatchedKind[],
  timeout?: number,
): Promise<LiveObject[]> {
  const client = new ApiClient(kubeconfig, timeout);
  const lists: LiveObject[][] = [];
  const waiting = [...kinds.entries()];
  const work = async () => {
    for (let next = waiting.shift(); next !== undefined; next = waiting.shift()) {
      const [index, kind] = next;
      lists[index] = await readKind(client, kind);
    }
  };
  await Promise.all(Array.from({ length: parallel }, work));
  return lists.flat();
}

async function readKind(client: ApiClient, kind: WatchedKind): Promise<LiveObject[]> {
  try {
    return await objectsOf(client, kind);
  } catch (error) {
    if (!(error instanceof ApiRefusal)) throw error;
    if (error.code === 404 && !kind.required) return [];
    throw refusal(client, kind, error);
  }
}

async function objectsOf(
  client: ApiClient,
  { apiVersion, kind, plural, from }: WatchedKind,
): Promise<LiveObject[]> {
  if (from === "everywhere") return listAll(client, kindPath(apiVersion, plural), { apiVersion, kind });
  if ("namespace" in from) {
    return listAll(client, kindPath(apiVersion, plural, from.namespace), { apiVersion, kind });
  }
  const objects: LiveObject[] = [];
  for (const name of from.names) {
    const path = `${kindPath(apiVersion, plural)}/${encodeURIComponent(name)}`;
    const object = await client.get(path).catch((error: unknown) => {
      if (error instanceof ApiRefusal && error.code === 404) return undefined;
      throw error;
    });
    if (object !== undefined) objects.push(object as LiveObject);
  }
  return objects;
}

interface Page {
  readonly items: readonly LiveObject[];
  readonly metadata?: { readonly continue?: string };
}

async function listAll(
  client: ApiClient,
  path: string,
  type: { readonly apiVersion: string; readonly kind: string },
): Promise<LiveObject[]> {
  for (let restarts = 0; ; restarts += 1) {
    try {
      return await pagesOf(client, path, type);
    } catch (error) {
      // 410: what the next page would continue is forgotten by now.
      if (!(error instanceof ApiRefusal && error.code === 410) || restarts === mostRestarts) throw error;
    }
  }
}

async function pagesOf(client: ApiClient, path: string, type: object): Promise<LiveObject[]> {
  const objects: LiveObject[] = [];
  let next = "";
  do {
    const more = next === "" ? "" : `&continue=${encodeURIComponent(next)}`;
    const page = (await client.get(`${path}?limit=${pageSize}${more}`)) as Page;
    // Entries of a list do not say what they are.
    objects.push(...page.items.map((each) => ({ ...type, ...each })));
    next = page.metadata?.continue ?? "";
  } while (next !== "");
  return objects;
}

function refusal(
  client: ApiClient,
  { plural, apiVersion }: WatchedKind,
  { code, message }: ApiRefusal,
): ClusterError {
  switch (code) {
    case 401:
      return new ClusterError(`${client.cluster} does not know you (401): renew your credentials`);
    case 403:
      return new ClusterError(
        `${client.cluster} does not let you read ${plural} (403): ask for get and list on ${plural}; ${message}`,
      );
    case 404:
      return new ClusterError(
        `${client.cluster} has no ${plural} of ${apiVersion}: is Istio installed there?`,
      );
    default:
      return new ClusterError(`${client.cluster} answers ${code} to list ${plural}: ${message}`);
  }
}
