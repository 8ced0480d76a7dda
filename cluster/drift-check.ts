import type { KubeConfig } from "@kubernetes/client-node";
import { type DriftReport, findDrift } from "../core/drift/find-drift.ts";
import { kindOf, type LiveObject, namespaceOf, objectId } from "../core/drift/live-object.ts";
import { watchedKinds } from "../core/drift/watched-kinds.ts";
import { deployedObjects, fieldManager, withFieldManager } from "../core/mesh/deployed-objects.ts";
import type { VirtualService } from "../core/mesh/istio.ts";
import { systemNamespace } from "../core/mesh/names.ts";
import type { MeshPlan } from "../core/mesh/plan.ts";
import { problemText } from "../core/problem-text.ts";
import { hasErrors } from "../core/problem.ts";
import type { Stack } from "../core/stack.ts";
import { ClusterError } from "./cluster-error.ts";
import { compareIdentity, type LiveCluster, readLiveCluster, recordObject } from "./identity.ts";
import { readObjects } from "./read-objects.ts";
import { type Repair, repairObjects } from "./repair-objects.ts";

/** What a check compares with what. */
export interface DriftCheck {
  readonly kubeconfig: KubeConfig;
  readonly stack: Stack;
  readonly plan: MeshPlan;
}

/**
 * Compares the cluster with the plan. Reads only.
 * @throws ClusterError if the cluster is another stack's, or cannot be read
 */
export async function checkDrift(check: DriftCheck): Promise<DriftReport> {
  return (await compare(check, await identify(check))).report;
}

/**
 * Restores what is missing or changed to exactly the plan. Objects of others are left alone.
 * @throws ClusterError if the cluster is another stack's or nobody's, or cannot be read
 */
export async function repairDrift(
  check: DriftCheck,
): Promise<{ readonly repairs: readonly Repair[]; readonly report: DriftReport }> {
  const live = await identify(check);
  if (live.record === undefined) {
    throw new ClusterError(
      `cluster "${check.stack.cluster.name}" has no record of a stack: deploy it, or write the record again (pulumi up --refresh), before anything is mended`,
    );
  }
  const { objects, report } = await compare(check, live);
  const broken = new Set(report.drift.filter(({ kind }) => kind !== "foreign").map(({ object }) => object));
  const repairs = await repairObjects(
    check.kubeconfig,
    objects.filter((object) => broken.has(objectId(object))),
    fieldManager,
  );
  return { repairs, report: await checkDrift(check) };
}

/** The cluster, once it is certain that it is the stack's. */
async function identify({ kubeconfig, stack }: DriftCheck): Promise<LiveCluster> {
  const live = await readLiveCluster(kubeconfig);
  const problems = compareIdentity(stack, live, undefined);
  if (hasErrors(problems)) throw new ClusterError(problems.map((each) => problemText(each)).join("\n"));
  return live;
}

async function compare({ kubeconfig, stack, plan }: DriftCheck, { uid }: LiveCluster) {
  const record = withFieldManager(recordObject({ name: stack.cluster.name, uid }));
  const live = await readObjects(kubeconfig, watchedKinds([record, ...deployedObjects(plan)]));
  // Secrets are not read, so nothing can be said of them.
  const deployed = deployedObjects(plan, routesOf(live)).filter(({ kind }) => kind !== "Secret");
  const [namespace, ...others] = deployed;
  const objects = [...(namespace === undefined ? [] : [namespace]), record, ...others];
  return { objects, report: findDrift(objects, live, { fieldManager, known: stack.knownObjects ?? [] }) };
}

/** Ours: weights that are somebody else's are theirs to say. */
function routesOf(live: readonly LiveObject[]): VirtualService[] {
  const here = live.filter(
    (object) => kindOf(object) === "VirtualService" && namespaceOf(object) === systemNamespace,
  );
  return here as unknown as VirtualService[];
}
