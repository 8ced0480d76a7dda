import { writeFileSync } from "node:fs";
import { resolve } from "node:path";
import process from "node:process";
import type { Command } from "commander";
import { execa } from "execa";
import { mergeBase } from "../config/checkout.ts";
import { parsePreview } from "../config/read-preview.ts";
import { UsageError } from "../config/usage-error.ts";
import type { PreviewedStack } from "../core/report/previewed-stack.ts";
import { addCommonOptions, addFormatOption, chooseStack, type CommonOptions } from "./command-options.ts";
import { isStopped, type ReportFormat, reportText } from "./report.ts";
import { addGuardOptions, type GuardFlags, guardOptions } from "./report-options.ts";
import { stackReports } from "./stack-reports.ts";

interface PreviewOptions extends CommonOptions, GuardFlags {
  readonly from?: string;
  readonly save?: string;
  readonly format: ReportFormat;
}

export function registerPreview(program: Command, end: (code: number) => void): void {
  const command = program
    .command("preview")
    .description(
      "the report of a stack with what Pulumi's engine would do, before anybody else sees it; exit 1 if anything stops it",
    )
    .option(
      "--from <place>",
      "the state before: a folder or a git revision; default: where this branch left the main branch",
    )
    .option("--save <file>", "writes what the engine printed to this file, for kfaas guard and kfaas report")
    .addHelpText(
      "after",
      `
Runs \`pulumi preview --json\` with the pulumi, backend and kubeconfig of your shell; changes nothing. On the embedded mesh:

  eval "$(npx kfaas local env -s test)" && npx kfaas preview -s test`,
    );
  addFormatOption(addGuardOptions(addCommonOptions(command)), "markdown", "json").action(
    async (options: PreviewOptions) => {
      const stack = await chooseStack(options);
      const from = options.from ?? (await mergeBase(options.cwd));
      const named = { ...options, stack };
      const places = { from, to: "." };
      const guard = guardOptions(options);
      // What is wrong with the files is said at once; the engine would only say less of it, later.
      const withoutEngine = await stackReports(named, places, [], guard);
      const reports = isStopped(withoutEngine)
        ? withoutEngine
        : await stackReports(named, places, [await runPreview(named)], guard);
      process.stdout.write(reportText(reports, named));
      end(isStopped(reports) ? 1 : 0);
    },
  );
}

async function runPreview({
  cwd,
  stack,
  save,
}: {
  readonly cwd: string;
  readonly stack: string;
  readonly save?: string;
}): Promise<PreviewedStack> {
  const { stdout, stderr, code } = await execa(
    "pulumi",
    ["preview", "--json", "--stack", stack, "--non-interactive"],
    { cwd, reject: false, stdin: "ignore" },
  );
  if (code === "ENOENT")
    throw new UsageError(
      'there is no pulumi on the PATH; for the embedded mesh: eval "$(npx kfaas local env)"',
    );
  // What goes wrong before the engine starts, a missing backend or stack, is said on stderr only.
  if (!stdout.trim().startsWith("{"))
    throw new UsageError(`pulumi preview said: ${(stderr || stdout).trim()}`);
  if (save !== undefined) writeFileSync(resolve(cwd, save), `${stdout}\n`);
  return parsePreview(stdout, { name: "the output of pulumi", stack });
}
