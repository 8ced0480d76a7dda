import type { Problem } from "../../core/problem.ts";

/** What `check` found out about one stack. */
export interface CheckedStack {
  readonly stack: string;
  /** Sorted. */
  readonly problems: readonly Problem[];
  /** The service files that could be read, relative to the working folder. */
  readonly files: readonly string[];
  readonly stats: {
    readonly services: number;
    readonly clauses: number;
    /** Wall time, reading included. */
    readonly seconds: number;
  };
}

/** Turns what was found into what is printed. */
export type CheckFormat = (checked: readonly CheckedStack[]) => string;
