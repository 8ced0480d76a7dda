import { randomUUID } from "node:crypto";
import {
  closeSync,
  fchmodSync,
  fsyncSync,
  openSync,
  realpathSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { basename, dirname, join } from "node:path";
import { readTextFile } from "./text-file.ts";
import { UsageError } from "./usage-error.ts";

/**
 * Replaces a file's text in one go: whoever reads it gets the old text or the new one, even if the machine stops in between.
 * @param before what the new text was made from
 * @throws UsageError if the file is another one by now, or cannot be written; then it is as it was
 */
export function replaceFile(absolutePath: string, before: string, after: string): void {
  // Where the path is a link, the link stays.
  const target = realpathSync(absolutePath);
  // Hidden, so that nobody takes it for a service file.
  const temporary = join(dirname(target), `.${basename(target)}.${randomUUID()}`);
  try {
    const { mode } = statSync(target);
    const descriptor = openSync(temporary, "wx");
    try {
      fchmodSync(descriptor, mode);
      writeFileSync(descriptor, after);
      fsyncSync(descriptor);
    } finally {
      closeSync(descriptor);
    }
    if (readTextFile(target) !== before) {
      throw new UsageError(`${absolutePath} was changed meanwhile; nothing is written: run it again`);
    }
    renameSync(temporary, target);
  } catch (error) {
    rmSync(temporary, { force: true });
    if (error instanceof UsageError) throw error;
    throw new UsageError(
      `cannot write ${absolutePath}: ${error instanceof Error ? error.message : String(error)}`,
    );
  }
}
