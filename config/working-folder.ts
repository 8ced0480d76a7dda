import { readdirSync, statSync } from "node:fs";
import { join } from "node:path";
import { nearest } from "../core/nearest.ts";
import { compareText } from "../core/problem.ts";
import { UsageError } from "./usage-error.ts";

/** The stack names that Pulumi takes, as far as files are concerned. */
const stackFilePattern = /^Pulumi\.([A-Za-z0-9][-_A-Za-z0-9.]*)\.yaml$/;

/** @throws UsageError if the folder does not exist */
export function checkWorkingFolder(cwd: string): void {
  if (statSync(cwd, { throwIfNoEntry: false })?.isDirectory() !== true) {
    throw new UsageError(`there is no folder ${cwd}`);
  }
}

/** Names of all `Pulumi.<stack>.yaml` of a folder, sorted, whatever is in them. */
export function stackFileNames(cwd: string): string[] {
  checkWorkingFolder(cwd);
  return readdirSync(cwd)
    .flatMap((file) => stackFilePattern.exec(file)?.[1] ?? [])
    .sort(compareText);
}

/**
 * Where a stack's config is.
 * @throws UsageError if there is none, naming those that there are
 */
export function findStackFile(cwd: string, stackName: string): { file: string; absolutePath: string } {
  const names = stackFileNames(cwd);
  if (!names.includes(stackName)) throw new UsageError(missingStack(cwd, stackName, names));
  const file = `Pulumi.${stackName}.yaml`;
  return { file, absolutePath: join(cwd, file) };
}

function missingStack(cwd: string, stackName: string, names: readonly string[]): string {
  const close = nearest(stackName, names);
  const known = names.length === 0 ? "there is no stack here" : `stacks here: ${names.join(", ")}`;
  const hint = close === undefined ? known : `did you mean ${close}?`;
  return `there is no stack ${JSON.stringify(stackName)} in ${cwd} (Pulumi.${stackName}.yaml); ${hint}`;
}
