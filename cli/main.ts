import { readFileSync } from "node:fs";
import process from "node:process";
import { Command, CommanderError } from "commander";
import { UsageError } from "../config/usage-error.ts";
import { registerCheck } from "./check.ts";
import { registerLocal } from "./local.ts";
import { registerRender } from "./render.ts";

/** What a command ends with. */
export const exitCode = {
  fine: 0,
  /** Something was found: `check`: an error; `diff`, `drift`: any change; `explain`: nobody owns it. */
  findings: 1,
  /** Wrong usage or input that cannot be read. */
  usage: 2,
} as const;

/**
 * Runs the command line and returns its exit code. Results go to stdout, everything else to stderr.
 * @param args without the program's own name
 */
export async function main(args: readonly string[]): Promise<number> {
  let code: number = exitCode.fine;
  const end = (result: number): void => {
    code = result;
  };
  const program = new Command("kfaas")
    .description(
      "Routes of serverless services behind a Java gateway: who owns a path, what is deployed, a local mesh.",
    )
    .version(version())
    .exitOverride()
    .showSuggestionAfterError()
    .showHelpAfterError("Add --help for how to use it.");
  for (const register of [registerCheck, registerRender, registerLocal]) register(program, end);
  try {
    await program.parseAsync(args, { from: "user" });
    return code;
  } catch (error) {
    // Commander has printed its own message; help and version are no failure.
    if (error instanceof CommanderError) return error.exitCode === 0 ? exitCode.fine : exitCode.usage;
    if (error instanceof UsageError) {
      process.stderr.write(`kfaas: ${error.message}\n`);
      return exitCode.usage;
    }
    throw error;
  }
}

function version(): string {
  const manifest = JSON.parse(readFileSync(new URL("../package.json", import.meta.url), "utf8")) as {
    version: string;
  };
  return manifest.version;
}
