/** Where a problem was found: a file relative to the working folder, and a 1-based line and column in it. */
export interface Location {
  readonly file: string;
  /** 1-based; absent when the problem is about the file as a whole. */
  readonly line?: number;
  /** 1-based. */
  readonly column?: number;
}

/** `error` stops `up` and makes `check` exit 1; `warning` and `info` only tell. */
export type Severity = "error" | "warning" | "info";

/** One request, as shown to people who want to try a finding out. Absent conditions are empty objects. */
export interface WitnessRequest {
  readonly method: string;
  readonly path: string;
  readonly query: Readonly<Record<string, string>>;
  readonly headers: Readonly<Record<string, string>>;
}

/** The requests that prove an overlap; `null` where no such request exists (equal sets have no `onlyFirst`). */
export interface Witness {
  readonly shared: WitnessRequest | null;
  readonly onlyFirst: WitnessRequest | null;
  readonly onlySecond: WitnessRequest | null;
}

/** A finding about input. Problems are values: they are collected, sorted and printed together, never thrown one by one. */
export interface Problem {
  /** Stable kebab-case code, documented in docs/findings.md; scripts may rely on it. */
  readonly code: string;
  readonly severity: Severity;
  /** What is wrong, with both parties where there are two. */
  readonly message: string;
  /** The way out, as an instruction. */
  readonly fix?: string;
  readonly environment?: string;
  /** File names of the services involved; `services[0]` is the "first" of the witness. */
  readonly services: readonly string[];
  readonly witness?: Witness;
  readonly location?: Location;
  /** Further places that the message speaks of, for example the second service's file. */
  readonly related?: readonly Location[];
}

const severityRank: Record<Severity, number> = { error: 0, warning: 1, info: 2 };

/** Orders problems for people: by file, line and column, then severity, code and message. Total, so output never flickers. */
export function compareProblems(a: Problem, b: Problem): number {
  for (const difference of [
    () => compareText(a.location?.file ?? "", b.location?.file ?? ""),
    () => (a.location?.line ?? 0) - (b.location?.line ?? 0),
    () => (a.location?.column ?? 0) - (b.location?.column ?? 0),
    () => severityRank[a.severity] - severityRank[b.severity],
    () => compareText(a.code, b.code),
    () => compareText(a.message, b.message),
  ]) {
    const order = difference();
    if (order !== 0) return order;
  }
  return 0;
}

/** True if any problem has severity `error`. */
export function hasErrors(problems: readonly Problem[]): boolean {
  return problems.some((problem) => problem.severity === "error");
}

/** Compares by UTF-16 code unit, so that order never depends on the machine's locale. */
export function compareText(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
