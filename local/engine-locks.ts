import { readdir, readFile, rm } from "node:fs/promises";
import path from "node:path";
import { instancePath, type Instance } from "./instance.ts";
import { isRunning, waitFor } from "./processes.ts";

/** How long an engine that still works is waited for. */
const patienceMs = 120_000;

/**
 * Makes way for a run of the engine on the instance's own backend: waits for one that still works, for example because only its
 * parent was killed, and removes the locks of those that are dead. File backends never expire a lock:
 * https://github.com/pulumi/pulumi/blob/master/pkg/backend/diy/lock.go
 */
export async function clearEngineLocks(instance: Instance): Promise<void> {
  const folder = instancePath(instance, "backend", ".pulumi", "locks");
  await waitFor(async () => (await locksOf(folder)).every(({ pid }) => !isRunning(pid)), patienceMs, 500);
  for (const { file, pid } of await locksOf(folder)) if (!isRunning(pid)) await rm(file, { force: true });
}

async function locksOf(folder: string): Promise<{ file: string; pid: number }[]> {
  const files = await readdir(folder, { recursive: true }).catch(() => []);
  return Promise.all(
    files
      .filter((file) => file.endsWith(".json"))
      .map((file) => path.join(folder, file))
      .map(async (file) => ({ file, pid: await pidIn(file) })),
  );
}

/** 0, which nobody has, if the writer was killed before it had written. */
async function pidIn(file: string): Promise<number> {
  try {
    return Number((JSON.parse(await readFile(file, "utf8")) as { pid?: unknown }).pid ?? 0);
  } catch {
    return 0;
  }
}
