import process from "node:process";
import { loadStack } from "../config/load-stack.ts";
import type { MeshPlan } from "../core/mesh/plan.ts";
import { planProven, utcDate, verdictOf } from "../core/plan-stack.ts";
import { problemCount, problemText } from "../core/problem-text.ts";
import { compareProblems, hasErrors, type Problem } from "../core/problem.ts";
import type { Proof } from "../core/route/prove.ts";
import type { Stack } from "../core/stack.ts";
import { problemStyle } from "./problem-style.ts";

/** A stack and all that can be said about it. */
export interface JudgedStack {
  /** What of it could be read; undefined if its config could not. */
  readonly stack: Stack | undefined;
  /** Of files, proof and versions together, sorted. */
  readonly problems: readonly Problem[];
  /** True if all of the files could be read, so that the proof speaks of all that they say. */
  readonly whole: boolean;
  /** Of what could be read. Undefined only where `stack` is. */
  readonly proof: Proof | undefined;
}

/** A stack that may be rendered, started or deployed. */
export interface PlannedStack {
  readonly stack: Stack;
  readonly proof: Proof;
  readonly plan: MeshPlan;
}

/**
 * Reads a stack's files and proves what they say. Where some files have errors the rest is judged without them, so that everything
 * comes at once.
 * @throws UsageError if the folder or the stack does not exist
 */
export async function judgeStack(cwd: string, name: string): Promise<JudgedStack> {
  const { stack, problems: inFiles } = await loadStack(cwd, name);
  const whole = !hasErrors(inFiles);
  if (stack === undefined) return { stack, problems: inFiles, proof: undefined, whole };
  const { proof, problems: inProof } = verdictOf(stack, { today: utcDate(new Date()) });
  return { stack, problems: [...inFiles, ...inProof].sort(compareProblems), proof, whole };
}

/**
 * A stack without errors; undefined after its problems were printed to stderr.
 * @param refusal what does not happen then, for example `Nothing is rendered`
 * @throws UsageError if the folder or the stack does not exist
 */
export async function plannedStack(
  cwd: string,
  name: string,
  refusal: string,
): Promise<PlannedStack | undefined> {
  const { stack, problems, proof } = await judgeStack(cwd, name);
  const style = problemStyle(process.stderr);
  for (const problem of problems) process.stderr.write(`${problemText(problem, style)}\n`);
  if (stack !== undefined && proof !== undefined && !hasErrors(problems))
    return { stack, proof, plan: planProven(proof) };
  process.stderr.write(`${refusal}: ${problemCount(problems)}.\n`);
  return undefined;
}
