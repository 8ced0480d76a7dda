import { type ClusterComparison, compareClusters } from "../core/clusters/compare-clusters.ts";
import { utcDate } from "../core/plan-stack.ts";
import { compareProblems, hasErrors } from "../core/problem.ts";
import { type JudgedStack, judgeStack } from "./planned-stack.ts";

/** A judged stack by its name. */
export type NamedStack = JudgedStack & {
  readonly name: string;
  /** Wall time, reading included. */
  readonly seconds: number;
};

export interface JudgedStacks {
  readonly judged: readonly NamedStack[];
  /** Of the production clusters, if they were compared; its problems are among those of the stacks. */
  readonly comparison: ClusterComparison | undefined;
}

/**
 * Judges stacks one by one and, if they are all that there are, production clusters among each other.
 * @throws UsageError if the folder or a stack does not exist
 */
export async function judgeStacks(
  cwd: string,
  names: readonly string[],
  all: boolean,
): Promise<JudgedStacks> {
  const judged: NamedStack[] = [];
  for (const name of names) {
    const started = performance.now();
    judged.push({ ...(await judgeStack(cwd, name)), name, seconds: (performance.now() - started) / 1000 });
  }
  if (!all) return { judged, comparison: undefined };
  const clusters = judged
    // One that cannot be read may be of production as well.
    .filter(({ stack }) => stack?.production !== false)
    .map(({ name, proof, problems }) => ({ name, proof: hasErrors(problems) ? undefined : proof }));
  const comparison = compareClusters(clusters, utcDate(new Date()));
  return {
    judged: judged.map((each) => ({
      ...each,
      problems: [...each.problems, ...(comparison.problems.get(each.name) ?? [])].sort(compareProblems),
    })),
    comparison,
  };
}
