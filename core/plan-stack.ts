import { checkDomains } from "./domain-rules.ts";
import { lintStack } from "./lint/lint-stack.ts";
import { checkMesh } from "./mesh/check-mesh.ts";
import { planMesh, type OwnedRule } from "./mesh/plan-mesh.ts";
import type { MeshPlan } from "./mesh/plan.ts";
import { compareProblems, hasErrors, type Problem } from "./problem.ts";
import { proveStack, type Proof, type ProveOptions } from "./route/prove.ts";
import type { Service } from "./service.ts";
import type { Stack } from "./stack.ts";

/** All that can be said about a stack's files. */
export interface StackVerdict {
  readonly proof: Proof;
  /** What contradicts the proof or the stack's versions, and what lints say; sorted. */
  readonly problems: readonly Problem[];
}

/** The verdict and what follows from it. */
export interface StackPlan extends StackVerdict {
  /** The objects, carve-outs included. Undefined if there is an error: then nothing may be deployed. */
  readonly plan: MeshPlan | undefined;
}

/** Proves who owns each request of a stack, and finds all that stands against it. */
export function verdictOf(stack: Stack, options: ProveOptions): StackVerdict {
  const proof = proveStack(stack, options);
  const problems = [
    ...proof.problems,
    ...checkMesh(stack),
    ...checkDomains(stack, options.today),
    ...lintStack(proof, options.budget),
  ].sort(compareProblems);
  return { proof, problems };
}

/** Judges a stack, and plans the objects that make the proof come true whatever the order of their creation. */
export function planStack(stack: Stack, options: ProveOptions): StackPlan {
  const { proof, problems } = verdictOf(stack, options);
  if (hasErrors(problems)) return { proof, problems, plan: undefined };
  return { proof, problems, plan: planProven(proof) };
}

/** The objects of a stack whose verdict holds no error. */
export function planProven({ stack, environments }: Proof): MeshPlan {
  const rules = new Map<Service, readonly OwnedRule[]>(
    environments.flatMap(({ tables }) => tables.map((table) => [table.service, table.rules] as const)),
  );
  return planMesh(stack, (service) => rules.get(service) ?? []);
}

/** Today as `YYYY-MM-DD` in UTC, which is what expiry dates are compared with, wherever a check runs. */
export function utcDate(now: Date): string {
  return now.toISOString().slice(0, 10);
}
