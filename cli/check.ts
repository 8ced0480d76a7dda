import process from "node:process";
import type { Command } from "commander";
import { listStacks } from "../config/list-stacks.ts";
import { UsageError } from "../config/usage-error.ts";
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
import { type JudgedStack, judgeStack } from "./planned-stack.ts";
import { problemStyle } from "./problem-style.ts";

const formatNames = ["text", "json", "sarif", "junit", "github"] as const;

interface CheckOptions extends CommonOptions {
  readonly format: (typeof formatNames)[number];
}

export function registerCheck(program: Command, end: (code: number) => void): void {
  const command = program
    .command("check")
    .description("check all files of a stack, or of all stacks; exit 1 if there is an error")
    .addHelpText("after", "\nNeeds no cluster. What the codes mean: docs/findings.md");
  addFormatOption(addCommonOptions(command), ...formatNames).action(async (options: CheckOptions) => {
    const checked = await checkStacks(options);
    process.stdout.write(formatOf(options)(checked));
    end(checked.some(({ problems }) => hasErrors(problems)) ? 1 : 0);
  });
}

/** The stack that is named, or all; of these only what concerns the environment, if one is named. */
async function checkStacks(options: CheckOptions): Promise<CheckedStack[]> {
  const { cwd, stack, environment } = options;
  const names = stack === undefined ? await listStacks(cwd) : [await chooseStack(options)];
  if (names.length === 0)
    throw new UsageError(`There is no stack in ${cwd}: no Pulumi.<stack>.yaml with kfaas: keys.`);
  const checked: CheckedStack[] = [];
  const known = new Set<string>();
  for (const name of names) {
    const started = performance.now();
    const judged = await judgeStack(cwd, name);
    const environments = judged.stack?.environments.map((each) => each.name);
    for (const each of environments ?? []) known.add(each);
    if (environment !== undefined && environments?.includes(environment) === false) continue;
    checked.push(restrictTo(environment, name, judged, started));
  }
  if (checked.length > 0) return checked;
  throw new UsageError(unknownEnvironment(environment ?? "", names.join(", "), [...known]));
}

function restrictTo(
  environment: string | undefined,
  name: string,
  { stack, problems }: JudgedStack,
  started: number,
): CheckedStack {
  const concerns = (other: string | undefined) =>
    environment === undefined || other === undefined || other === environment;
  const services = (stack?.services ?? []).filter((service) => concerns(service.environment));
  const clauses = services.flatMap(({ routes }) => routes.flatMap(({ matches }) => matches));
  return {
    stack: name,
    problems: problems.filter((problem) => concerns(problem.environment)),
    files: services.map(({ location }) => location.file),
    stats: {
      services: services.length,
      clauses: clauses.length,
      seconds: (performance.now() - started) / 1000,
    },
  };
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
