import { type Command, InvalidArgumentError, Option } from "commander";
import { defaultMaxRoutes, type GuardOptions } from "../core/guard/guard-preview.ts";

export interface GuardFlags {
  readonly maxRoutes: number;
  readonly allowDestructive?: string;
}

/** Adds what the plan guard can be told; for a pipeline the reason may stand in the environment. */
export function addGuardOptions(command: Command): Command {
  return command
    .addOption(
      new Option("--max-routes <number>", "how many routes may be deleted or replaced at once")
        .default(defaultMaxRoutes)
        .argParser(toCount),
    )
    .addOption(
      new Option(
        "--allow-destructive <reason>",
        "why deleting or replacing gateways, the namespace, hosts or many routes is wanted",
      ).env("KFAAS_ALLOW_DESTRUCTIVE"),
    );
}

/** A reason of blanks is none: a pipeline sets the variable also where there is nothing to say. */
export function guardOptions({ maxRoutes, allowDestructive = "" }: GuardFlags): GuardOptions {
  const allowed = allowDestructive.trim();
  return allowed === "" ? { maxRoutes } : { maxRoutes, allowed };
}

/** For an option that may be given several times. */
export function collect(value: string, before: readonly string[]): string[] {
  return [...before, value];
}

function toCount(value: string): number {
  if (!/^\d{1,6}$/.test(value)) throw new InvalidArgumentError("A number from 0 is needed.");
  return Number(value);
}
