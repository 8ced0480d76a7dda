import { withCheckout } from "../config/checkout.ts";
import { listStacks } from "../config/list-stacks.ts";
import { UsageError } from "../config/usage-error.ts";
import { type GuardOptions, guardPreview } from "../core/guard/guard-preview.ts";
import { compareText, type Problem } from "../core/problem.ts";
import type { PreviewedStack } from "../core/report/previewed-stack.ts";
import type { StackReport } from "../core/report/stack-report.ts";
import { diffProofs } from "../core/route/diff.ts";
import type { CommonOptions } from "./command-options.ts";
import { judgeStacks, type NamedStack } from "./judge-stacks.ts";

export interface ReportedPlaces {
  /** A folder or git revision. */
  readonly from: string;
  readonly to: string;
}

/**
 * What the change from one state of the files to another means, for the stack that is named or all of both.
 * @param previews at most one per stack
 * @throws UsageError if a place, the stack or a preview's stack does not exist
 */
export async function stackReports(
  { cwd, stack, environment }: CommonOptions,
  { from, to }: ReportedPlaces,
  previews: readonly PreviewedStack[],
  guard: GuardOptions,
): Promise<StackReport[]> {
  const [before, after] = [await judgePlace(cwd, from, stack), await judgePlace(cwd, to, stack)];
  const names = Array.from(new Set([...before.keys(), ...after.keys()])).sort(compareText);
  if (names.length === 0) throw new UsageError(`There is no stack ${stack ?? ""} in ${from} and ${to}`);
  const stranger = previews.find((preview) => !names.includes(preview.stack));
  if (stranger !== undefined)
    throw new UsageError(
      `There is a preview of stack ${stranger.stack}, but only stacks ${names.join(", ")}`,
    );
  const concerns = (other: string | undefined) =>
    environment === undefined || other === undefined || other === environment;
  const concerning = (problems: readonly Problem[] = []) =>
    problems.filter((problem) => concerns(problem.environment));
  return names.map((name) => {
    const [old, now] = [before.get(name), after.get(name)];
    const preview = previews.find((each) => each.stack === name);
    return {
      stack: name,
      problems: concerning(now?.problems),
      before: concerning(old?.problems),
      changes: changesBetween(old, now)?.filter((change) => concerns(change.environment)),
      preview,
      guard: preview === undefined ? [] : guardPreview(preview, guard),
    };
  });
}

async function judgePlace(
  cwd: string,
  place: string,
  stack: string | undefined,
): Promise<ReadonlyMap<string, NamedStack>> {
  return withCheckout(cwd, place, async (folder) => {
    const names = (await listStacks(folder)).filter((name) => stack === undefined || name === stack);
    const { judged } = await judgeStacks(folder, names, stack === undefined);
    return new Map(judged.map((each) => [each.name, each]));
  });
}

/** Undefined if files of one side could not be read: what they lack would look like changes. */
function changesBetween(old: NamedStack | undefined, now: NamedStack | undefined): StackReport["changes"] {
  if (old?.whole === false || now?.whole === false) return undefined;
  const none = { environments: [] };
  return diffProofs(old?.proof ?? none, now?.proof ?? none);
}
