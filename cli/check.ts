import process from "node:process";
import type { Command } from "commander";
import { listStacks } from "../config/list-stacks.ts";
import { UsageError } from "../config/usage-error.ts";
import type { ClusterComparison } from "../core/clusters/compare-clusters.ts";
import { hostsOfStack } from "../core/domain.ts";
import { hasErrors } from "../core/problem.ts";
import {
  addCommonOptions,
  addFormatOption,
  chooseStack,
  type CommonOptions,
  unknownEnvironment,
} from "./command-options.ts";
import type { CheckedStack, CheckFormat } from "./format/checked-stack.ts";
import { formatGithub } from "./format/github.ts";
import { formatJson, formatJsonArray } from "./format/json.ts";
import { formatJunit } from "./format/junit.ts";
import { formatSarif } from "./format/sarif.ts";
import { formatText } from "./format/text.ts";
import { programVersion } from "./program-version.ts";
import { judgeStacks, type NamedStack } from "./judge-stacks.ts";
import { problemStyle } from "./problem-style.ts";

const formatNames = ["text", "json", "sarif", "junit", "github"] as const;

interface CheckOptions extends CommonOptions {
  readonly format: (typeof formatNames)[number];
}

export function registerCheck(program: Command, end: (code: number) => void): void {
  const command = program
    .command("check")
    .description("check all files of a stack, or of all stacks; exit 1 if there is an error")
    .addHelpText(
      "after",
      "\nWithout -s the production clusters are compared with each other as well: docs/clusters.md\nNeeds no cluster. What the codes mean: docs/findings.md",
    );
  addFormatOption(addCommonOptions(command), ...formatNames).action(async (options: CheckOptions) => {
    const { checked, comparison } = await checkStacks(options);
    process.stdout.write(formatOf(options)(checked));
    if (options.format === "text") process.stdout.write(comparisonText(comparison));
    end(checked.some(({ problems }) => hasErrors(problems)) ? 1 : 0);
  });
}

interface Checked {
  readonly checked: readonly CheckedStack[];
  readonly comparison: ClusterComparison | undefined;
}

/** The stack that is named, or all; of these only what concerns the environment, if one is named. */
async function checkStacks(options: CheckOptions): Promise<Checked> {
  const { cwd, stack, environment } = options;
  const names = stack === undefined ? await listStacks(cwd) : [await chooseStack(options)];
  if (names.length === 0)
    throw new UsageError(`There is no stack in ${cwd}: no Pulumi.<stack>.yaml with kfaas: keys.`);
  const { judged, comparison } = await judgeStacks(cwd, names, stack === undefined);
  const concerned = judged.filter(
    (each) =>
      environment === undefined || each.stack === undefined || environmentsOf(each).includes(environment),
  );
  if (concerned.length === 0) {
    const known = Array.from(new Set(judged.flatMap(environmentsOf)));
    throw new UsageError(unknownEnvironment(environment ?? "", names.join(", "), known));
  }
  return { checked: concerned.map((each) => checkedStack(each, environment)), comparison };
}

function environmentsOf({ stack }: NamedStack): string[] {
  return stack === undefined ? [] : hostsOfStack(stack).map(({ name }) => name);
}

function checkedStack(
  { name, stack, problems, seconds }: NamedStack,
  environment: string | undefined,
): CheckedStack {
  const concerns = (other: string | undefined) =>
    environment === undefined || other === undefined || other === environment;
  const services = (stack?.services ?? []).filter((service) => concerns(service.environment));
  const clauses = services.flatMap(({ routes }) => routes.flatMap(({ matches }) => matches));
  return {
    stack: name,
    problems: problems.filter((problem) => concerns(problem.environment)),
    files: services.map(({ location }) => location.file),
    stats: { services: services.length, clauses: clauses.length, seconds },
  };
}

/** Says that something was proven; what was not stands with the stacks. */
function comparisonText(comparison: ClusterComparison | undefined): string {
  if (comparison === undefined || comparison.compared.length < 2) return "";
  const { compared, problems, declared } = comparison;
  if (Array.from(problems.values()).some(hasErrors)) return "";
  const except =
    declared === 0 ? "" : `, but for ${declared} declared ${declared === 1 ? "difference" : "differences"}`;
  return `${compared.join(", ")}: every request has the same owner in all of these production clusters${except}\n`;
}

function formatOf({ format, stack }: CheckOptions): CheckFormat {
  switch (format) {
    case "text":
      return formatText(problemStyle(process.stdout));
    case "json":
      return stack === undefined ? formatJsonArray : formatJson;
    case "sarif":
      return formatSarif(programVersion());
    case "junit":
      return formatJunit;
    case "github":
      return formatGithub;
  }
}
