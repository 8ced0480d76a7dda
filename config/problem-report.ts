import type { Location, Problem } from "../core/problem.ts";
import type { Violation } from "../core/violation.ts";
import type { LocatedValue } from "./yaml-document.ts";

/** Whose file it is; goes into every problem found in it. */
export interface ReportContext {
  readonly environment?: string;
  readonly service?: string;
}

/** Collects what is wrong in one file, and gives each violation the line it is about. */
export class ProblemReport {
  readonly problems: Problem[] = [];
  readonly document: LocatedValue;
  private readonly context: ReportContext;

  constructor(document: LocatedValue, context: ReportContext = {}) {
    this.document = document;
    this.context = context;
  }

  add(violations: readonly Violation[]): void {
    for (const violation of violations) {
      this.problems.push(toProblem(violation, this.document.locate(violation.path), this.context));
    }
  }

  /** Like `add`, pointing to the key instead of its value. */
  addAtKey(violation: Violation): void {
    this.problems.push(toProblem(violation, this.document.locateKey(violation.path), this.context));
  }
}

export function toProblem(violation: Violation, location: Location, context: ReportContext): Problem {
  return {
    code: violation.code,
    severity: violation.severity ?? "error",
    message: violation.message,
    fix: violation.fix,
    services: context.service === undefined ? [] : [context.service],
    ...(context.environment === undefined ? {} : { environment: context.environment }),
    location,
  };
}
