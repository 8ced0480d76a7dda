import type { KubeConfig } from "@kubernetes/client-node";
import { type PlainRecord, recordAt } from "../core/audit/plain-value.ts";
import { type LiveObject, objectId } from "../core/drift/live-object.ts";
import { appliedObject, removalOf } from "../core/drift/repair.ts";
import type { KubernetesObject } from "../core/mesh/plan-objects.ts";
import { ApiClient, ApiRefusal } from "./api-client.ts";
import { objectPath } from "./object-path.ts";

/** What became of one object. */
export interface Repair {
  readonly object: string;
  /** Why it is not as planned all the same; undefined if it is. */
  readonly failure: string | undefined;
}

/** Somebody may write at the same time; after this many attempts they are to be asked. */
const mostAttempts = 4;

/**
 * Makes objects what the plan says, one after the other in the given order: applies them as the provider would, then takes out what
 * others added. Nothing is deleted and nothing else is written.
 * @param deployed the planned objects that are missing or changed, as the program gives them to the provider
 */
export async function repairObjects(
  kubeconfig: KubeConfig,
  deployed: readonly KubernetesObject[],
  fieldManager: string,
): Promise<Repair[]> {
  const client = new ApiClient(kubeconfig);
  const repairs: Repair[] = [];
  for (const object of deployed) {
    const failure = await repair(client, object, fieldManager).catch((error: unknown) => {
      if (error instanceof ApiRefusal) return `${error.message} (${error.code})`;
      throw error;
    });
    repairs.push({ object: objectId(object), failure });
  }
  return repairs;
}

async function repair(
  client: ApiClient,
  object: KubernetesObject,
  fieldManager: string,
): Promise<string | undefined> {
  const path = objectPath(object);
  const planned = object as unknown as PlainRecord;
  const before = await readIfThere(client, path);
  const query = new URLSearchParams({ fieldManager, force: "true" }).toString();
  let live = (await client.patch(
    `${path}?${query}`,
    "application/apply-patch+yaml",
    appliedObject(planned, before),
  )) as LiveObject;
  if (recordAt(live, "metadata")["deletionTimestamp"] !== undefined) {
    return "it is being deleted: mend it again when it is gone";
  }
  for (let attempt = 0; attempt < mostAttempts; attempt += 1) {
    const removal = removalOf(planned, live);
    if (removal === undefined) return undefined;
    live = await client
      .patch(`${path}?fieldManager=${fieldManager}`, "application/json-patch+json", removal)
      .catch(async (error: unknown) => {
        // The object has changed meanwhile: the test of the patch failed.
        if (error instanceof ApiRefusal && (error.code === 409 || error.code === 422))
          return client.get(path);
        throw error;
      })
      .then((answer) => answer as LiveObject);
  }
  return removalOf(planned, live) === undefined ? undefined : "somebody changes it all the time";
}

async function readIfThere(client: ApiClient, path: string): Promise<LiveObject | undefined> {
  try {
    return (await client.get(path)) as LiveObject;
  } catch (error) {
    if (error instanceof ApiRefusal && error.code === 404) return undefined;
    throw error;
  }
}
