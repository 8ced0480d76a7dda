import { lintStack } from "./lint/lint-stack.ts";
import { checkMesh } from "./mesh/check-mesh.ts";
import { planMesh, type OwnedRule } from "./mesh/plan-mesh.ts";
import type { MeshPlan } from "./mesh/plan.ts";
import { compareProblems, hasErrors, type Problem } from "./problem.ts";
import { proveStack, type Proof, type ProveOptions } from "./route/prove.ts";
import type { Service } from "./service.ts";
import type { Stack } from "./stack.ts";

/** All that follows from a stack's files. */
export interface StackPlan {
  readonly proof: Proof;
  /** What contradicts the proof or the stack's versions, and what lints say; sorted. */
  readonly problems: readonly Problem[];
  /** The objects, carve-outs included. Undefined if there is an error: then nothing may be deployed. */
  readonly plan: MeshPlan | undefined;
}

/** Proves who owns each request of a stack, and plans the objects that make it so whatever the order of their creation. */
export function planStack(stack: Stack, options: ProveOptions): StackPlan {
  const proof = proveStack(stack, options);
  const problems = [...proof.problems, ...checkMesh(stack), ...lintStack(proof, options.budget)].sort(
    compareProblems,
  );
  if (hasErrors(problems)) return { proof, problems, plan: undefined };
  const rules = new Map<Service, readonly OwnedRule[]>(
    proof.environments.flatMap(({ tables }) => tables.map((table) => [table.service, table.rules] as const)),
  );
  return { proof, problems, plan: planMesh(stack, (service) => rules.get(service) ?? []) };
}

/** Today as `YYYY-MM-DD` in UTC, which is what expiry dates are compared with, wherever a check runs. */
export function utcDate(now: Date): string {
  return now.toISOString().slice(0, 10);
}
