import type { KubeConfig } from "@kubernetes/client-node";
import * as pulumi from "@pulumi/pulumi";
import { ClusterError } from "../cluster/cluster-error.ts";
import { readDeployedRecord } from "../cluster/deployed-record.ts";
import { type ClusterRecord, compareIdentity, readLiveCluster } from "../cluster/identity.ts";
import { loadContext } from "../cluster/kube-context.ts";
import { readVirtualServicesOf } from "../cluster/read-virtual-services.ts";
import { loadStackFromValues } from "../config/load-stack.ts";
import { UsageError } from "../config/usage-error.ts";
import { fieldManager } from "../core/mesh/deployed-objects.ts";
import { keepForeignWeights, type SharedRoutes } from "../core/mesh/foreign-weights.ts";
import { environmentHost, systemNamespace } from "../core/mesh/names.ts";
import type { MeshPlan } from "../core/mesh/plan.ts";
import { planStack, utcDate } from "../core/plan-stack.ts";
import { problemCount, problemText } from "../core/problem-text.ts";
import { compareProblems, hasErrors, type Problem } from "../core/problem.ts";
import type { Stack } from "../core/stack.ts";
import { liveRoutes } from "../core/transition/live-routes.ts";
import { planTransition, type Transition } from "../core/transition/plan-transition.ts";
import { transitionFindings } from "../core/transition/transition-findings.ts";

/** What a run may go ahead with. */
export interface Cleared {
  readonly stack: Stack;
  readonly plan: MeshPlan;
  readonly record: ClusterRecord;
  /** How the routes of each environment get from what the cluster holds to the plan. */
  readonly transitions: ReadonlyMap<string, Transition>;
  /** VirtualServices whose weights somebody else moves; see `SharedRoutes`. */
  readonly shared: SharedRoutes["shared"];
}

/**
 * Everything that can refuse a run, before anything is registered: the stack's files first, then the cluster they lead to.
 * @throws pulumi.RunError with all problems at once, which Pulumi prints without a stack trace.
 */
export async function preflight(): Promise<Cleared> {
  try {
    const { stack, plan } = await readStack();
    const kubeconfig = loadContext(stack.cluster.context);
    const record = await identifyCluster(stack, kubeconfig);
    return { stack, plan, record, ...(await planTransitions(plan, kubeconfig)) };
  } catch (error) {
    if (error instanceof UsageError || error instanceof ClusterError) throw refusal(error.message);
    throw error;
  }
}

async function readStack(): Promise<Pick<Cleared, "stack" | "plan">> {
  const { stack, problems } = await loadStackFromValues(
    process.cwd(),
    pulumi.getStack(),
    pulumi.runtime.allConfig(),
  );
  const planned = stack && planStack(stack, { today: utcDate(new Date()) });
  await report([...problems, ...(planned?.problems ?? [])].sort(compareProblems));
  if (stack === undefined || planned?.plan === undefined) {
    throw new Error("the stack's files have no errors and yet cannot be used");
  }
  return { stack, plan: planned.plan };
}

async function identifyCluster(stack: Stack, kubeconfig: KubeConfig): Promise<ClusterRecord> {
  const live = await readLiveCluster(kubeconfig);
  await report(compareIdentity(stack, live, await readDeployedRecord()));
  return { name: stack.cluster.name, uid: live.uid };
}

async function planTransitions(
  { environments, domains }: MeshPlan,
  kubeconfig: KubeConfig,
): Promise<Pick<Cleared, "transitions" | "shared">> {
  const live = liveRoutes(await readVirtualServicesOf(systemNamespace, kubeconfig), fieldManager);
  const routes = [...environments, ...domains].map((objects) => ({
    environment: objects.environment,
    ...keepForeignWeights(objects, live),
  }));
  const transitions = new Map(
    routes.map(({ environment, virtualServices }) => [
      environment,
      planTransition(virtualServices, live, environmentHost(environment)),
    ]),
  );
  await report(
    Array.from(transitions).flatMap(([environment, each]) => transitionFindings(environment, each)),
  );
  return { transitions, shared: new Map(routes.flatMap(({ shared }) => [...shared])) };
}

/** @throws pulumi.RunError with all of them if one is an error; else they are shown and the run goes on. */
async function report(problems: readonly Problem[]): Promise<void> {
  if (hasErrors(problems)) {
    const texts = problems.map((problem) => problemText(problem));
    throw refusal([`${problemCount(problems)}; nothing is deployed.`, ...texts].join("\n"));
  }
  for (const problem of problems) {
    const log = problem.severity === "info" ? pulumi.log.info : pulumi.log.warn;
    await log(problemText(problem));
  }
}

/**
 * Pulumi shows a RunError's message only, but formats its stack all the same, and some versions of Node take 20 seconds and all
 * memory for one with Pulumi's frames in it: https://github.com/nodejs/node/issues/64011
 */
function refusal(message: string): pulumi.RunError {
  const error = new pulumi.RunError(message);
  error.stack = "";
  return error;
}
