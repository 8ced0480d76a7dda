import type { Severity } from "./problem.ts";

/** Leads through the keys of a file to the value that is meant; `[]` is the file as a whole. */
export type KeyPath = readonly (string | number)[];

/** A broken rule before anybody knows in which file and line: whoever read the file makes a Problem of it. */
export interface Violation {
  readonly code: string;
  /** Default `error`. */
  readonly severity?: Severity;
  readonly path: KeyPath;
  readonly message: string;
  readonly fix: string;
}

/** The same violations, seen from `prefix` outside. */
export function below(prefix: KeyPath, violations: readonly Violation[]): Violation[] {
  return violations.map((violation) => ({ ...violation, path: [...prefix, ...violation.path] }));
}
