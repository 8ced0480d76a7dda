import process from "node:process";
import type { Command } from "commander";
import { listStacks } from "../config/list-stacks.ts";
import { loadStack } from "../config/load-stack.ts";
import { checkMesh } from "../core/mesh/check-mesh.ts";
import { problemCount, problemText } from "../core/problem-text.ts";
import { compareProblems, hasErrors, type Problem, type Severity, type Witness } from "../core/problem.ts";
import type { Stack } from "../core/stack.ts";
import { addCommonOptions, addFormatOption, chooseStack, type CommonOptions } from "./command-options.ts";
import { problemStyle } from "./problem-style.ts";

interface CheckOptions extends CommonOptions {
  readonly format: "text" | "json";
}

/** What `check --format json` prints per stack. */
export interface CheckReport {
  readonly stack: string;
  readonly problems: readonly ProblemReport[];
  readonly stats: { readonly services: number; readonly clauses: number; readonly seconds: number };
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
  readonly line: number | null;
}

interface Checked {
  readonly report: CheckReport;
  readonly problems: readonly Problem[];
}

export function registerCheck(program: Command, end: (code: number) => void): void {
  const command = program
    .command("check")
    .description("check all files of a stack, or of all stacks; exit 1 if there is an error")
    .addHelpText("after", "\nNeeds no cluster. What the codes mean: docs/findings.md");
  addFormatOption(addCommonOptions(command), "text", "json").action(async (options: CheckOptions) => {
    const all = options.stack === undefined;
    const names = all ? await listStacks(options.cwd) : [await chooseStack(options)];
    const checked: Checked[] = [];
    for (const name of names) checked.push(await checkStack(options, name));
    if (options.format === "json") printJson(all ? checked.map(({ report }) => report) : checked[0]?.report);
    else for (const { report, problems } of checked) printText(report, problems);
    end(checked.some(({ problems }) => hasErrors(problems)) ? 1 : 0);
  });
}

async function checkStack({ cwd, environment }: CheckOptions, name: string): Promise<Checked> {
  const started = performance.now();
  const { stack, problems: inFiles } = await loadStack(cwd, name);
  const problems = [...inFiles, ...(stack === undefined ? [] : checkMesh(stack))]
    .filter(
      (problem) =>
        environment === undefined || problem.environment === undefined || problem.environment === environment,
    )
    .sort(compareProblems);
  const seconds = (performance.now() - started) / 1000;
  return {
    problems,
    report: { stack: name, problems: problems.map(reportOf), stats: { ...sizeOf(stack), seconds } },
  };
}

function sizeOf(stack: Stack | undefined): { services: number; clauses: number } {
  const services = stack?.services ?? [];
  const clauses = services.flatMap(({ routes }) => routes.flatMap(({ matches }) => matches));
  return { services: services.length, clauses: clauses.length };
}

function reportOf(problem: Problem): ProblemReport {
  return {
    code: problem.code,
    severity: problem.severity,
    environment: problem.environment ?? null,
    services: problem.services,
    message: problem.message,
    fix: problem.fix ?? null,
    witness: problem.witness ?? null,
    file: problem.location?.file ?? null,
    line: problem.location?.line ?? null,
  };
}

function printJson(value: unknown): void {
  process.stdout.write(`${JSON.stringify(value, null, 2)}\n`);
}

function printText({ stack, stats }: CheckReport, problems: readonly Problem[]): void {
  const style = problemStyle(process.stdout);
  for (const problem of problems) process.stdout.write(`${problemText(problem, style)}\n`);
  process.stdout.write(
    `${stack}: ${problemCount(problems)} in ${stats.services} services with ${stats.clauses} clauses (${stats.seconds.toFixed(2)} s)\n`,
  );
}
