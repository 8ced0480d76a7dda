import type { Severity } from "../problem.ts";

/** How a stack takes a lint: not at all, or with which severity. */
export type LintLevel = "off" | Severity;

/** In the order of docs/findings.md. */
export const lintCodes = [
  "prefix-without-slash",
  "missing-bare-path",
  "double-slash-after-rewrite",
  "regex-unescaped-dot",
  "regex-needless-anchor",
  "told-apart-by-header",
  "retries-on-two-hops",
  "retries-not-idempotent",
  "default-retries-not-idempotent",
  "no-timeout",
] as const;

export type LintCode = (typeof lintCodes)[number];

export type LintLevels = Readonly<Record<LintCode, LintLevel>>;

/** Where a stack says nothing. What many sound files would trigger, the case study's among them, is off: it would only be noise. */
export const defaultLintLevels: LintLevels = {
  "prefix-without-slash": "warning",
  "missing-bare-path": "off",
  "double-slash-after-rewrite": "warning",
  "regex-unescaped-dot": "warning",
  "regex-needless-anchor": "info",
  "told-apart-by-header": "warning",
  "retries-on-two-hops": "warning",
  "retries-not-idempotent": "warning",
  "default-retries-not-idempotent": "off",
  "no-timeout": "off",
};

/** What production stacks take differently. */
const productionLevels: Partial<LintLevels> = { "no-timeout": "info" };

/** The level of every lint. What the stack's config says goes before the defaults. */
export function lintLevels(production: boolean, configured: Partial<LintLevels> = {}): LintLevels {
  return { ...defaultLintLevels, ...(production ? productionLevels : {}), ...configured };
}
