import type { Problem, Severity, Witness } from "../../core/problem.ts";
import type { CheckedStack, CheckFormat } from "./checked-stack.ts";

/** What `check --format json` prints per stack. */
export interface CheckReport {
  readonly stack: string;
  readonly problems: readonly ProblemReport[];
  readonly stats: CheckedStack["stats"];
}

/** A problem with its place flattened; what does not apply is null, so that every key is always there. */
export interface ProblemReport {
  readonly code: string;
  readonly severity: Severity;
  readonly environment: string | null;
  readonly services: readonly string[];
  readonly message: string;
  readonly fix: string | null;
  readonly witness: Witness | null;
  readonly file: string | null;
  /** From 1; 1 where the file as a whole is meant. */
  readonly line: number | null;
  readonly column: number | null;
  /** Further places that the message speaks of. */
  readonly related: readonly { readonly file: string; readonly line: number }[];
}

/** One object for the stack that was asked for. */
export const formatJson: CheckFormat = ([checked]) => print(checked === undefined ? null : reportOf(checked));

/** An array over all stacks, even if there is one. */
export const formatJsonArray: CheckFormat = (checked) => print(checked.map(reportOf));

function reportOf({ stack, problems, stats }: CheckedStack): CheckReport {
  return { stack, problems: problems.map(problemReport), stats };
}

/** A problem as every JSON output has it. */
export function problemReport(problem: Problem): ProblemReport {
  const { location } = problem;
  return {
    code: problem.code,
    severity: problem.severity,
    environment: problem.environment ?? null,
    services: problem.services,
    message: problem.message,
    fix: problem.fix ?? null,
    witness: problem.witness ?? null,
    file: location?.file ?? null,
    line: location === undefined ? null : (location.line ?? 1),
    column: location === undefined ? null : (location.column ?? 1),
    related: (problem.related ?? []).map(({ file, line = 1 }) => ({ file, line })),
  };
}

function print(value: unknown): string {
  return `${JSON.stringify(value, null, 2)}\n`;
}
