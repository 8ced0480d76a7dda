import process from "node:process";
import type { Command } from "commander";
import { readPreview } from "../config/read-preview.ts";
import { UsageError } from "../config/usage-error.ts";
import { guardPreview } from "../core/guard/guard-preview.ts";
import { problemCount, problemText } from "../core/problem-text.ts";
import { hasErrors } from "../core/problem.ts";
import { addCommonOptions, addFormatOption, type CommonOptions } from "./command-options.ts";
import { problemReport } from "./format/json.ts";
import { problemStyle } from "./problem-style.ts";
import { addGuardOptions, collect, type GuardFlags, guardOptions } from "./report-options.ts";

interface GuardCommandOptions extends CommonOptions, GuardFlags {
  readonly preview: readonly string[];
  readonly format: "text" | "json";
}

export function registerGuard(program: Command, end: (code: number) => void): void {
  const command = program
    .command("guard")
    .description(
      "refuses a preview that would delete or replace a gateway, the namespace, a host or many routes; exit 1 then",
    )
    .option(
      "--preview <file>",
      "what `pulumi preview --json` printed, as <file> or <stack>=<file>; may be given several times",
      collect,
      [],
    )
    .addHelpText(
      "after",
      `
Needs no cluster and no service files.

  pulumi preview --json -s prod > prod.json && kfaas guard --preview prod.json && pulumi up -s prod
  kfaas guard --preview prod.json --allow-destructive "moves to a gateway of its own, announced for Sunday"`,
    );
  addFormatOption(addGuardOptions(addCommonOptions(command)), "text", "json").action(
    async (options: GuardCommandOptions) => {
      if (options.preview.length === 0) throw new UsageError("Which preview? Add --preview with a file.");
      const guarded = [];
      for (const file of options.preview) {
        const preview = await readPreview(options.cwd, file);
        guarded.push({ stack: preview.stack, problems: guardPreview(preview, guardOptions(options)) });
      }
      const style = problemStyle(process.stdout);
      process.stdout.write(
        options.format === "json"
          ? `${JSON.stringify(
              guarded.map(({ stack, problems }) => ({ stack, problems: problems.map(problemReport) })),
              null,
              2,
            )}\n`
          : guarded
              .flatMap(({ stack, problems }) => [
                ...problems.map((problem) => `${problemText(problem, style)}\n`),
                `${stack}: ${problemCount(problems)}\n`,
              ])
              .join("\n"),
      );
      end(guarded.some(({ problems }) => hasErrors(problems)) ? 1 : 0);
    },
  );
}
