import process from "node:process";
import { loadStack } from "../config/load-stack.ts";
import { checkMesh } from "../core/mesh/check-mesh.ts";
import { problemCount, problemText } from "../core/problem-text.ts";
import { hasErrors } from "../core/problem.ts";
import type { Stack } from "../core/stack.ts";
import { problemStyle } from "./problem-style.ts";

/**
 * A stack that may be rendered, started or deployed; undefined after its problems were printed to stderr.
 * @param refusal what does not happen then, for example `Nothing is rendered`
 * @throws UsageError if the folder or the stack does not exist
 */
export async function validStack(cwd: string, name: string, refusal: string): Promise<Stack | undefined> {
  const { stack, problems: inFiles } = await loadStack(cwd, name);
  const problems = [...inFiles, ...(stack === undefined ? [] : checkMesh(stack))];
  const style = problemStyle(process.stderr);
  for (const problem of problems) process.stderr.write(`${problemText(problem, style)}\n`);
  if (stack !== undefined && !hasErrors(problems)) return stack;
  process.stderr.write(`${refusal}: ${problemCount(problems)}.\n`);
  return undefined;
}
