import type { Problem } from "../problem.ts";
import type { Clause } from "../route/clause.ts";
import type { EnvironmentProof } from "../route/prove.ts";
import type { Route, Service } from "../service.ts";
import type { Versions } from "../stack.ts";
import type { LintCode } from "./lint-level.ts";

/** What a lint has found; how severe that is, the stack says. */
export interface LintFinding extends Omit<Problem, "severity"> {
  readonly code: LintCode;
  readonly fix: string;
}

/** What a lint looks at: one environment of a proven stack. */
export interface LintContext {
  readonly proof: EnvironmentProof;
  readonly versions: Versions;
  readonly pathRoot: string;
  /** States that one search may visit; what is not decided by then is not reported. */
  readonly budget: number;
}

export type Lint = (context: LintContext) => LintFinding[];

/** Where a finding is shown. */
export type Place = Required<Pick<Problem, "environment" | "services" | "location">>;

/** About a rule as a whole. */
export function atRoute(owner: Service, route: Route): Place {
  return { environment: owner.environment, services: [owner.name], location: route.location };
}

/** About one match. */
export function atMatch({ owner, match }: Clause): Place {
  return { environment: owner.environment, services: [owner.name], location: match.location };
}

/** The clauses that beat this one, whatever the reason. */
export function winnersOver(clause: Clause, { beatenBy }: EnvironmentProof): readonly Clause[] {
  return (beatenBy.get(clause) ?? []).map(({ winner }) => winner);
}

/** The clauses that files say, without the fallback's, which nobody wrote. */
export function writtenClauses({ clauses }: EnvironmentProof): readonly Clause[] {
  return clauses.filter(({ fallback }) => !fallback);
}
