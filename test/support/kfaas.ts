import { join } from "node:path";
import { execa } from "execa";

const repository = join(import.meta.dirname, "../..");

/** Runs the real program in a process of its own: what a shell and a pipeline see. */
export async function kfaas(...args: readonly string[]) {
  const { exitCode, stdout, stderr } = await execa("node", [join(repository, "bin/kfaas.mjs"), ...args], {
    cwd: repository,
    reject: false,
  });
  return { exitCode, stdout, stderr };
}

/** Starting a process takes time on a busy machine. */
export const kfaasTimeout = 60_000;
