import { readTextFile } from "./text-file.ts";
import { findStackFile, stackFileNames } from "./working-folder.ts";

/**
 * Names of the stacks of a working folder, sorted: every `Pulumi.<stack>.yaml` that has a key of namespace `kfaas`, or that cannot be
 * read as text, so that whoever lists the stacks comes across the problem.
 * @throws UsageError if the folder does not exist
 */
export async function listStacks(cwd: string): Promise<string[]> {
  return stackFileNames(cwd).filter((name) => {
    const text = readTextFile(findStackFile(cwd, name).absolutePath);
    return typeof text !== "string" || /(^|[\s{,"'])kfaas:\w/m.test(text);
  });
}
