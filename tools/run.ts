import process from "node:process";
import { execa } from "execa";

/** A program run by one of the npm scripts, with its output shown as it comes. */
export interface Run {
  readonly cwd: string;
  /** Replaces variables of this process's environment. */
  readonly env?: Readonly<Record<string, string>>;
  /** `ignore` for programs that say the same on stderr. Default: shown. */
  readonly stdout?: "inherit" | "ignore";
}

/** Runs a program to its end and returns its exit code; a signal counts as 1. */
export async function run(
  command: string,
  args: readonly string[],
  { cwd, env, stdout = "inherit" }: Run,
): Promise<number> {
  const result = await execa(command, args, {
    cwd,
    ...(env === undefined ? {} : { env }),
    stdin: "ignore",
    stdout,
    stderr: "inherit",
    reject: false,
  });
  if (result.exitCode === undefined)
    process.stderr.write(`${command}: ${result.shortMessage ?? "could not be run"}\n`);
  return result.exitCode ?? 1;
}
