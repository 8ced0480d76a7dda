import path from "node:path";
import process from "node:process";
import { InvalidArgumentError, Option, type Command } from "commander";
import { listStacks } from "../config/list-stacks.ts";
import { UsageError } from "../config/usage-error.ts";
import { findStackFile } from "../config/working-folder.ts";
import { nearest } from "../core/nearest.ts";

/** Options that every command takes. */
export interface CommonOptions {
  /** Absolute: the folder with Pulumi.yaml and stacks/. */
  readonly cwd: string;
  readonly stack?: string;
  readonly environment?: string;
}

/** Adds the options that every command takes. */
export function addCommonOptions(command: Command): Command {
  return command
    .addOption(
      new Option("-C, --cwd <dir>", "working folder with Pulumi.yaml and stacks/")
        .default(process.cwd(), "this folder")
        .argParser(toFolder),
    )
    .option("-s, --stack <name>", "stack, as in pulumi up -s <name>")
    .option("-e, --environment <name>", "environment of the stack, for example alpha");
}

/** Adds the options that may stand before the command as well as behind it, as in `kfaas -C elsewhere check`. */
export function addLeadingOptions(program: Command): Command {
  return addCommonOptions(program)
    .option("--format <format>", "output; each command says which it has")
    .enablePositionalOptions()
    .hook("preAction", inheritOptions);
}

function inheritOptions(program: Command, command: Command): void {
  for (const name of program.options.map((option) => option.attributeName())) {
    if (program.getOptionValueSource(name) !== "cli" || command.getOptionValueSource(name) === "cli")
      continue;
    const value: unknown = program.getOptionValue(name);
    const choices = command.options.find((option) => option.attributeName() === name)?.argChoices;
    if (choices?.includes(String(value)) === false) {
      command.error(`error: --${name} ${String(value)} is not one of ${choices.join(", ")}`);
    }
    command.setOptionValueWithSource(name, value, "cli");
  }
}

/** Adds `--format`, with the first as default. */
export function addFormatOption(command: Command, ...formats: readonly [string, ...string[]]): Command {
  return command.addOption(new Option("--format <format>", "output").choices(formats).default(formats[0]));
}

/**
 * The stack that was asked for, or the only one there is.
 * @throws UsageError if it does not exist, or if there are several to choose from
 */
export async function chooseStack({ cwd, stack }: CommonOptions): Promise<string> {
  if (stack !== undefined) {
    // Whatever is in it: what is wrong with the file is a finding, not wrong usage.
    findStackFile(cwd, stack);
    return stack;
  }
  const known = await listStacks(cwd);
  const [only, ...others] = known;
  if (only === undefined)
    throw new UsageError(`There is no stack in ${cwd}: no Pulumi.<stack>.yaml with kfaas: keys.`);
  if (others.length > 0) throw new UsageError(`Which stack? Add -s with one of: ${known.join(", ")}.`);
  return only;
}

/** What to say about an environment that is not there. */
export function unknownEnvironment(name: string, stack: string, known: readonly string[]): string {
  const closest = nearest(name, known);
  const hint = closest === undefined ? `there are ${known.join(", ")}` : `did you mean "${closest}"?`;
  return `There is no environment "${name}" in stack ${stack}; ${hint}`;
}

function toFolder(value: string): string {
  if (value === "") throw new InvalidArgumentError("A folder is needed.");
  return path.resolve(value);
}
