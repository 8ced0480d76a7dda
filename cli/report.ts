import { appendFileSync } from "node:fs";
import { resolve } from "node:path";
import process from "node:process";
import type { Command } from "commander";
import { readPreview } from "../config/read-preview.ts";
import { UsageError } from "../config/usage-error.ts";
import { hasErrors } from "../core/problem.ts";
import type { PreviewedOperation, PreviewedStack } from "../core/report/previewed-stack.ts";
import { commentLimit, renderReport, summaryLimit } from "../core/report/render-report.ts";
import type { StackReport } from "../core/report/stack-report.ts";
import { addCommonOptions, addFormatOption, type CommonOptions } from "./command-options.ts";
import { problemReport } from "./format/json.ts";
import { addGuardOptions, collect, type GuardFlags, guardOptions } from "./report-options.ts";
import { stackReports } from "./stack-reports.ts";

export type ReportFormat = "markdown" | "json";

interface ReportOptions extends CommonOptions, GuardFlags {
  readonly from: string;
  readonly to: string;
  readonly preview: readonly string[];
  readonly summary?: string;
  readonly format: ReportFormat;
}

export function registerReport(program: Command, end: (code: number) => void): void {
  const command = program
    .command("report")
    .description(
      "a pull request in one comment: findings, which requests change hands, what Pulumi would do; exit 1 if anything stops it",
    )
    .requiredOption("--from <place>", "the state before: a folder or a git revision")
    .option("--to <place>", "the state after: a folder or a git revision; default: the working folder", ".")
    .option(
      "--preview <file>",
      "what `pulumi preview --json` printed, as <file> or <stack>=<file>; once per stack",
      collect,
      [],
    )
    .option("--summary <file>", "appends the whole report to this file, for example $GITHUB_STEP_SUMMARY")
    .addHelpText(
      "after",
      `
The most important comes first, and what does not fit into a comment is only in the summary. Needs no cluster; see docs/pull-requests.md

  kfaas report --from origin/main
  kfaas report --from origin/main --preview test.json --preview prod.json --summary "$GITHUB_STEP_SUMMARY"`,
    );
  addFormatOption(addGuardOptions(addCommonOptions(command)), "markdown", "json").action(
    async (options: ReportOptions) => {
      const previews: PreviewedStack[] = [];
      for (const file of options.preview) {
        const preview = await readPreview(options.cwd, file);
        if (previews.some(({ stack }) => stack === preview.stack))
          throw new UsageError(`There are two previews of stack ${preview.stack}`);
        previews.push(preview);
      }
      const reports = await stackReports(options, options, previews, guardOptions(options));
      if (options.summary !== undefined) appendSummary(resolve(options.cwd, options.summary), reports);
      process.stdout.write(reportText(reports, options));
      end(isStopped(reports) ? 1 : 0);
    },
  );
}

/** True if an error or the plan guard stands against it. */
export function isStopped(reports: readonly StackReport[]): boolean {
  return reports.some(({ problems, guard }) => hasErrors(problems) || hasErrors(guard));
}

export function reportText(
  reports: readonly StackReport[],
  {
    format,
    stack,
    summary,
  }: { readonly format: ReportFormat; readonly stack?: string; readonly summary?: string },
): string {
  if (format === "json") {
    const all = reports.map(reportJson);
    return `${JSON.stringify(stack === undefined ? all : all[0], null, 2)}\n`;
  }
  const elsewhere =
    summary === undefined
      ? "Not all fits here: `kfaas report` with `--summary FILE` writes the whole report."
      : "Not all fits here: the summary of the job has the whole report.";
  return renderReport(reports, commentLimit, elsewhere);
}

function appendSummary(file: string, reports: readonly StackReport[]): void {
  try {
    appendFileSync(
      file,
      renderReport(
        reports,
        summaryLimit,
        "Not all fits here either: `kfaas report --format json` has no limit.",
      ),
    );
  } catch (error) {
    throw new UsageError(`cannot write ${file}: ${error instanceof Error ? error.message : String(error)}`);
  }
}

function reportJson({ stack, problems, changes, preview, guard }: StackReport): object {
  return {
    stack,
    problems: problems.map(problemReport),
    changes:
      changes?.map(({ kind, environment, from, to, witness }) => ({
        kind,
        environment,
        from,
        to,
        witness,
      })) ?? null,
    pulumi:
      preview === undefined ? null : { ...counts(preview), errors: preview.errors, changes: preview.changes },
    guard: guard.map(problemReport),
  };
}

function counts({ changes }: PreviewedStack): Record<PreviewedOperation, number> {
  const count = { create: 0, update: 0, delete: 0, replace: 0 };
  for (const { operation } of changes) count[operation] += 1;
  return count;
}
