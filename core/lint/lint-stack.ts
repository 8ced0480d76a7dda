import { pathRootOf } from "../domain.ts";
import { compareProblems, type Problem } from "../problem.ts";
import { defaultBudget } from "../route/compare-languages.ts";
import type { Proof } from "../route/prove.ts";
import type { Lint } from "./finding.ts";
import { toldApartByHeader } from "./header-lints.ts";
import type { LintCode } from "./lint-level.ts";
import { doubleSlashes, missingBarePaths, prefixesWithoutSlash } from "./path-lints.ts";
import { needlessAnchors, unescapedDots } from "./regex-lints.ts";
import {
  defaultRetriesNotIdempotent,
  noTimeout,
  retriesNotIdempotent,
  retriesOnTwoHops,
} from "./retry-lints.ts";

const lints: Readonly<Record<LintCode, Lint>> = {
  "prefix-without-slash": prefixesWithoutSlash,
  "missing-bare-path": missingBarePaths,
  "double-slash-after-rewrite": doubleSlashes,
  "regex-unescaped-dot": unescapedDots,
  "regex-needless-anchor": needlessAnchors,
  "told-apart-by-header": toldApartByHeader,
  "retries-on-two-hops": retriesOnTwoHops,
  "retries-not-idempotent": retriesNotIdempotent,
  "default-retries-not-idempotent": defaultRetriesNotIdempotent,
  "no-timeout": noTimeout,
};

/**
 * What is sound but probably not meant, each with the severity that the stack gives it. A lint speaks only where a request shows it:
 * what is merely undecided within the budget is not reported. Sorted.
 */
export function lintStack({ stack, environments }: Proof, budget = defaultBudget): Problem[] {
  const { versions } = stack;
  return (Object.keys(lints) as LintCode[])
    .flatMap((code): Problem[] => {
      const level = stack.lints[code];
      if (level === "off") return [];
      return environments.flatMap((proof) =>
        lints[code]({
          proof,
          versions,
          pathRoot: pathRootOf(proof.environment.name, stack.pathRoot),
          budget,
        }).map((finding) => ({
          ...finding,
          severity: level,
        })),
      );
    })
    .sort(compareProblems);
}
