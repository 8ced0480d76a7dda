import process from "node:process";
import type { Command } from "commander";
import { listStacks } from "../config/list-stacks.ts";
import { loadStack } from "../config/load-stack.ts";
import { UsageError } from "../config/usage-error.ts";
import { checkMesh } from "../core/mesh/check-mesh.ts";
import { hostsOfStack, onlyEnvironment } from "../core/domain.ts";
import { environmentHost } from "../core/mesh/names.ts";
import { utcDate } from "../core/plan-stack.ts";
import { problemCount, problemText } from "../core/problem-text.ts";
import { hasErrors, type Problem } from "../core/problem.ts";
import { answerOf, refusedAnswer, type Answer } from "../core/route/answer.ts";
import { proveStack } from "../core/route/prove.ts";
import { parseRequest } from "../core/route/request.ts";
import type { Environment, Stack } from "../core/stack.ts";
import {
  addCommonOptions,
  addFormatOption,
  chooseStack,
  type CommonOptions,
  unknownEnvironment,
} from "./command-options.ts";
import { answerText } from "./answer-text.ts";
import { problemStyle } from "./problem-style.ts";

interface ExplainOptions extends CommonOptions {
  readonly header?: readonly string[];
  readonly format: "text" | "json";
}

export function registerExplain(program: Command, end: (code: number) => void): void {
  const command = program
    .command("explain")
    .description("who gets a request, hop by hop; exit 1 if nobody does")
    .argument("<request>", 'a URL, a path, or either with a method: "POST /faas/api/x"')
    .option(
      "-H, --header <name: value>",
      "a header of the request; may be repeated. A Host chooses the environment",
      (line: string, known?: readonly string[]) => [...(known ?? []), line],
    )
    .addHelpText(
      "after",
      `
The URL's host chooses the environment or domain; any other host, or a path alone, needs -e. Needs no cluster.

  kfaas explain -e alpha /faas/api/saas/showroom/
  kfaas explain "POST http://${environmentHost("alpha")}/faas/api/saas/showroom/?preview=1"
  kfaas explain -e alpha -H 'x-tenant: acme' "GET /faas/api/saas/showroom/"`,
    );
  addFormatOption(addCommonOptions(command), "text", "json").action(
    async (text: string, options: ExplainOptions) => {
      const answer = await explainRequest(text, options);
      process.stdout.write(
        options.format === "json"
          ? `${JSON.stringify(answer, null, 2)}\n`
          : answerText(answer, problemStyle(process.stdout)),
      );
      end(answer.owner === null ? 1 : 0);
    },
  );
}

async function explainRequest(text: string, options: ExplainOptions): Promise<Answer> {
  const given = parseRequest(text, options.header);
  if (!given.ok && given.refused === undefined) throw new UsageError(given.reason);
  const { host } = given.ok ? given.parsed : given.refused;
  const { stack, environment, problems } = await chooseEnvironment(options, host);
  // Only the stack knows how its mesh normalises paths.
  const result = parseRequest(text, options.header, stack.pathNormalisation);
  if (!result.ok && result.refused === undefined) throw new UsageError(result.reason);
  if (!result.ok) return refusedAnswer(stack, environment, result.refused, result.reason);
  const proof = proveStack(onlyEnvironment(stack, environment.name), { today: utcDate(new Date()) });
  noteErrors(stack, [...problems, ...proof.problems, ...checkMesh(stack)]);
  return answerOf(proof, result.parsed);
}

interface Choice {
  readonly stack: Stack;
  readonly environment: Environment;
  /** Of the stack's files. */
  readonly problems: readonly Problem[];
}

/** The environment that is named, or that the host belongs to. */
async function chooseEnvironment(options: ExplainOptions, host: string | undefined): Promise<Choice> {
  const choices = await allEnvironments(options);
  const byHost = choices.filter(({ environment }) => environmentHost(environment.name) === host);
  const named =
    options.environment === undefined
      ? byHost
      : choices.filter(({ environment }) => environment.name === options.environment);
  const [choice, ...others] = named;
  const owner = byHost[0]?.environment.name;
  if (choice === undefined) throw new UsageError(missingEnvironment(options.environment, host, choices));
  if (owner !== undefined && owner !== choice.environment.name)
    throw new UsageError(`${host ?? ""} is the host of ${owner}, not of ${choice.environment.name}`);
  if (others.length > 0)
    throw new UsageError(
      `Which stack? Add -s with one of: ${named.map(({ stack }) => stack.name).join(", ")}.`,
    );
  return choice;
}

/** Of the stack that is named, or of all; clusters that share an environment share its host. */
async function allEnvironments(options: ExplainOptions): Promise<Choice[]> {
  const all = options.stack === undefined ? await listStacks(options.cwd) : [];
  const names = all.length === 0 ? [await chooseStack(options)] : all;
  const choices: Choice[] = [];
  for (const name of names) {
    const { stack, problems } = await loadStack(options.cwd, name);
    if (stack === undefined) {
      const style = problemStyle(process.stderr);
      for (const problem of problems) process.stderr.write(`${problemText(problem, style)}\n`);
      if (names.length === 1)
        throw new UsageError(`Stack ${name} cannot be read: ${problemCount(problems)}.`);
    } else {
      choices.push(...hostsOfStack(stack).map((environment) => ({ stack, environment, problems })));
    }
  }
  return choices;
}

function missingEnvironment(
  name: string | undefined,
  host: string | undefined,
  choices: readonly Choice[],
): string {
  const names = Array.from(new Set(choices.map(({ environment }) => environment.name)));
  if (name !== undefined) {
    const stacks = new Set(choices.map(({ stack }) => stack.name));
    return unknownEnvironment(name, Array.from(stacks).join(", "), names);
  }
  const known = names.map((each) => `${each} (${environmentHost(each)})`).join(", ");
  return `${host === undefined ? "A path alone names no environment" : `${host} is no environment's host`}; add -e with one of: ${known}`;
}

function noteErrors(stack: Stack, problems: readonly Problem[]): void {
  if (!hasErrors(problems)) return;
  process.stderr.write(
    `note: stack ${stack.name} has ${problemCount(problems)} and cannot be deployed (kfaas check -s ${stack.name}); this is what its readable files say.\n`,
  );
}
