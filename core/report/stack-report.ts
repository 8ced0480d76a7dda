import type { Problem } from "../problem.ts";
import type { RequestChange } from "../route/diff.ts";
import type { PreviewedStack } from "./previewed-stack.ts";

/** What a change of the files means for one stack. */
export interface StackReport {
  readonly stack: string;
  /** Of the files as they would be. */
  readonly problems: readonly Problem[];
  /** Of the files as they were. */
  readonly before: readonly Problem[];
  /** Undefined if one of the two could not be read. */
  readonly changes: readonly RequestChange[] | undefined;
  /** Undefined if nobody asked the engine. */
  readonly preview: PreviewedStack | undefined;
  /** What the plan guard says of the preview. */
  readonly guard: readonly Problem[];
}
