import { mkdir, readFile, rename, rm, writeFile } from "node:fs/promises";
import path from "node:path";
import process from "node:process";
import lockfile from "proper-lockfile";

/**
 * One embedded mesh: the processes and files of one stack in one working folder. Everything it has lies below
 * `.kfaas/local/<stack>`, so that several run side by side and deleting the folder forgets it.
 */
export interface Instance {
  readonly stack: string;
  /** Absolute. */
  readonly folder: string;
}

/** What is written down about a running instance; the processes themselves are asked whether it is still true. */
export interface InstanceRecord {
  readonly processes: readonly ProcessRecord[];
  readonly ports: Readonly<Record<string, number>>;
  /** URLs of the gateways by role: `entry`, `exit`. */
  readonly gateways: Readonly<Record<string, string>>;
}

export interface ProcessRecord {
  readonly name: string;
  readonly pid: number;
  /** The kernel's start time of that pid, because pids are used again. */
  readonly startTime: string;
  /** Changes if the process would be started differently today. */
  readonly fingerprint: string;
}

const emptyRecord: InstanceRecord = { processes: [], ports: {}, gateways: {} };

export function instanceOf(cwd: string, stack: string): Instance {
  return { stack, folder: path.join(path.resolve(cwd), ".kfaas", "local", stack) };
}

/** A file or folder of the instance. */
export function instancePath(instance: Instance, ...parts: readonly string[]): string {
  return path.join(instance.folder, ...parts);
}

/** The kubeconfig whose context is named as the stack's. */
export function kubeconfigOf(instance: Instance): string {
  return instancePath(instance, "kubeconfig");
}

/** The record, empty if there is none or a killed writer left something unreadable. */
export async function readRecord(instance: Instance): Promise<InstanceRecord> {
  const text = await readFile(instancePath(instance, "instance.json"), "utf8").catch(() => undefined);
  if (text === undefined) return emptyRecord;
  try {
    return { ...emptyRecord, ...(JSON.parse(text) as Partial<InstanceRecord>) };
  } catch {
    return emptyRecord;
  }
}

/** Replaces the record in one step, so that a reader never sees half of it. */
async function writeRecord(instance: Instance, record: InstanceRecord): Promise<void> {
  const draft = instancePath(instance, "instance.json.draft");
  await writeFile(draft, `${JSON.stringify(record, null, 2)}\n`);
  await rename(draft, instancePath(instance, "instance.json"));
}

/** Several processes are started at once, but the record is changed by one after the other. */
let lastUpdate: Promise<unknown> = Promise.resolve();

/** Changes the record; call it only while holding the instance's lock. */
export async function updateRecord(
  instance: Instance,
  change: (record: InstanceRecord) => InstanceRecord,
): Promise<InstanceRecord> {
  const update = lastUpdate.then(async () => {
    const record = change(await readRecord(instance));
    await writeRecord(instance, record);
    return record;
  });
  lastUpdate = update.catch(() => undefined);
  return update;
}

/** Runs `work` while no other command starts or stops the same instance; the second one waits. */
export async function withInstanceLock<T>(instance: Instance, work: () => Promise<T>): Promise<T> {
  return withLock(instance, instance.folder, work);
}

/** Runs `work` while no other command deploys to the same instance or takes it away; it may start and stop it meanwhile. */
export async function withDeploymentLock<T>(instance: Instance, work: () => Promise<T>): Promise<T> {
  return withLock(instance, `${instance.folder}.deployment`, work);
}

async function withLock<T>(instance: Instance, name: string, work: () => Promise<T>): Promise<T> {
  // Locks are made beside the folder, not in it: stopping deletes the folder.
  await mkdir(path.dirname(instance.folder), { recursive: true });
  const hint = setTimeout(() => {
    process.stderr.write(`Waiting for another command that works on the mesh of stack ${instance.stack}.\n`);
  }, 2_000);
  const release = await lockfile.lock(name, {
    realpath: false,
    stale: 15_000,
    retries: { forever: true, minTimeout: 200, maxTimeout: 1_000 },
  });
  clearTimeout(hint);
  try {
    return await work();
  } finally {
    await release();
  }
}

/** Makes the instance's folder, readable by its owner only: it holds the cluster's keys. */
export async function createInstanceFolder(instance: Instance): Promise<void> {
  await mkdir(instance.folder, { recursive: true, mode: 0o700 });
  for (const folder of ["logs", "envoy", "backend"])
    await mkdir(instancePath(instance, folder), { recursive: true });
}

export async function removeInstanceFolder(instance: Instance): Promise<void> {
  await rm(instance.folder, { recursive: true, force: true, maxRetries: 5, retryDelay: 200 });
}
