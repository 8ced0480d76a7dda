import process from "node:process";
import { Command, CommanderError } from "commander";
import { UsageError } from "../config/usage-error.ts";
import { addLeadingOptions } from "./command-options.ts";
import { programVersion } from "./program-version.ts";

/** What a command ends with. */
export const exitCode = {
  fine: 0,
  /** Something was found: `check`: an error; `diff`, `drift`: any change; `explain`: nobody owns it. */
  findings: 1,
  /** Wrong usage or input that cannot be read. */
  usage: 2,
} as const;

/** Adds a command to the program; `end` is called with its exit code. */
type Register = (program: Command, end: (code: number) => void) => void;

/** Loaded when they are named: what `local` needs would only make `check` start later. */
const commands: Readonly<Record<string, () => Promise<Register>>> = {
  check: async () => (await import("./check.ts")).registerCheck,
  render: async () => (await import("./render.ts")).registerRender,
  map: async () => (await import("./map.ts")).registerMap,
  audit: async () => (await import("./audit.ts")).registerAudit,
  explain: async () => (await import("./explain.ts")).registerExplain,
  diff: async () => (await import("./diff.ts")).registerDiff,
  report: async () => (await import("./report.ts")).registerReport,
  preview: async () => (await import("./preview.ts")).registerPreview,
  guard: async () => (await import("./guard.ts")).registerGuard,
  rehearse: async () => (await import("./rehearse.ts")).registerRehearse,
  drift: async () => (await import("./drift.ts")).registerDrift,
  export: async () => (await import("./export.ts")).registerExport,
  release: async () => (await import("./release.ts")).registerRelease,
  local: async () => (await import("./local.ts")).registerLocal,
};

/**
 * Runs the command line and returns its exit code. Results go to stdout, everything else to stderr.
 * @param args without the program's own name
 */
export async function main(args: readonly string[]): Promise<number> {
  let code: number = exitCode.fine;
  const end = (result: number): void => {
    code = result;
  };
  try {
    const program = newProgram();
    for (const load of commandsFor(args)) (await load())(program, end);
    await program.parseAsync(args, { from: "user" });
    return code;
  } catch (error) {
    return report(error);
  }
}

function newProgram(): Command {
  return addLeadingOptions(
    new Command("kfaas")
      .description(
        "Routes of serverless services behind a Java gateway: who owns a path, what is deployed, a local mesh.",
      )
      .version(programVersion())
      .exitOverride()
      .showSuggestionAfterError()
      .showHelpAfterError("Add --help for how to use it."),
  );
}

/** Only the command that is named; all of them if that is not certain, for help and for suggestions. */
function commandsFor(args: readonly string[]): (() => Promise<Register>)[] {
  const named = Object.keys(commands).filter((name) => args.includes(name));
  return Object.entries(commands).flatMap(([name, load]) =>
    named.length === 0 || named.includes(name) ? load : [],
  );
}

function report(error: unknown): number {
  // Commander has printed its own message; help and version are no failure.
  if (error instanceof CommanderError) return error.exitCode === 0 ? exitCode.fine : exitCode.usage;
  if (error instanceof UsageError) {
    process.stderr.write(`kfaas: ${error.message}\n`);
    return exitCode.usage;
  }
  // A mistake of ours must not look like findings in the user's files.
  process.stderr.write(
    `kfaas: this is a bug: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}\n`,
  );
  return exitCode.usage;
}
