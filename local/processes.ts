import { spawn } from "node:child_process";
import { createHash } from "node:crypto";
import { closeSync, existsSync, openSync } from "node:fs";
import { readFile, readdir } from "node:fs/promises";
import process from "node:process";
import { setTimeout as sleep } from "node:timers/promises";
import { instancePath, readRecord, updateRecord } from "./instance.ts";
import type { Instance, ProcessRecord } from "./instance.ts";

/** A long-running program of an instance. */
export interface ProcessSpec {
  /** Unique in the instance; also the log's name. */
  readonly name: string;
  readonly command: string;
  readonly args: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
  /** Contents of files that the program reads once, at its start: a change restarts it. */
  readonly configuration?: string;
  /** Resolves to true once the program does its work; asked until `readyWithinMs`. */
  readonly isReady: () => Promise<boolean>;
  readonly readyWithinMs?: number;
}

/** Every process of an instance, and all that these start, carry this variable: that is how strays are found. */
const marker = "KFAAS_INSTANCE";

/** Variables of the user's that would make our programs touch or read something outside the instance. */
const foreignVariables = [
  "KUBECONFIG",
  "KWOK_WORKDIR",
  "HTTP_PROXY",
  "HTTPS_PROXY",
  "http_proxy",
  "https_proxy",
];

/** The environment of an instance's processes: the user's without what would lead outside, plus the marker. */
export function processEnvironment(
  instance: Instance,
  extra: Readonly<Record<string, string>> = {},
): NodeJS.ProcessEnv {
  const inherited = Object.entries(process.env).filter(([name]) => !foreignVariables.includes(name));
  return { ...Object.fromEntries(inherited), ...extra, [marker]: instance.folder };
}

/**
 * Makes sure that the process runs as described: leaves it alone if it does, replaces it if it was started differently.
 * @throws Error with the end of its log if it ends or is not ready in time
 */
export async function ensureProcess(instance: Instance, spec: ProcessSpec): Promise<void> {
  const fingerprint = fingerprintOf(spec);
  const known = (await readRecord(instance)).processes.find((record) => record.name === spec.name);
  if (known !== undefined && (await isAlive(known))) {
    if (known.fingerprint === fingerprint && (await spec.isReady())) return;
    await stop([known.pid]);
  }
  const started = await start(instance, spec, fingerprint);
  await updateRecord(instance, (record) => ({
    ...record,
    processes: [...record.processes.filter((other) => other.name !== spec.name), started],
  }));
  await waitUntilReady(instance, spec, started);
}

/** Stops those of the instance's recorded processes whose name is not in `wanted`. */
export async function stopOthers(instance: Instance, wanted: ReadonlySet<string>): Promise<void> {
  const { processes } = await readRecord(instance);
  const others = processes.filter((record) => !wanted.has(record.name));
  const alive: number[] = [];
  for (const record of others) if (await isAlive(record)) alive.push(record.pid);
  await stop(alive);
  await updateRecord(instance, (record) => ({
    ...record,
    processes: record.processes.filter((other) => wanted.has(other.name)),
  }));
}

/** Ends every process of the instance, recorded or not. Returns how many there were. */
export async function stopAll(instance: Instance): Promise<number> {
  const pids = await processesOf(instance);
  await stop(pids);
  // What a process started while it was being stopped carries the marker too.
  const late = await processesOf(instance);
  await stop(late);
  return pids.length + late.length;
}

/** Pids of all live processes that carry the instance's marker, except this one. */
export async function processesOf(instance: Instance): Promise<number[]> {
  const wanted = `${marker}=${instance.folder}`;
  const found: number[] = [];
  for (const entry of await readdir("/proc")) {
    if (!/^\d+$/.test(entry) || Number(entry) === process.pid) continue;
    const environment = await readFile(`/proc/${entry}/environ`, "utf8").catch(() => "");
    if (environment.split("\0").includes(wanted) && (await startTimeOf(Number(entry))) !== undefined) {
      found.push(Number(entry));
    }
  }
  return found;
}

export async function isAlive(record: ProcessRecord): Promise<boolean> {
  return (await startTimeOf(record.pid)) === record.startTime;
}

/** Whether any process has the pid. */
export function isRunning(pid: number): boolean {
  return pid > 0 && existsSync(`/proc/${pid}`);
}

/** Asks `check` again and again until it says true. */
export async function waitFor(
  check: () => Promise<boolean>,
  withinMs: number,
  everyMs = 100,
): Promise<boolean> {
  const deadline = Date.now() + withinMs;
  for (;;) {
    if (await check().catch(() => false)) return true;
    if (Date.now() >= deadline) return false;
    await sleep(everyMs);
  }
}

/** True if a GET of the URL answers 200 within two seconds. */
export async function answersOk(url: string): Promise<boolean> {
  return fetch(url, { signal: AbortSignal.timeout(2_000) }).then(
    async (response) => {
      await response.body?.cancel();
      return response.status === 200;
    },
    () => false,
  );
}

async function start(instance: Instance, spec: ProcessSpec, fingerprint: string): Promise<ProcessRecord> {
  const log = openSync(logOf(instance, spec.name), "w", 0o600);
  try {
    const child = spawn(spec.command, [...spec.args], {
      cwd: instance.folder,
      detached: true,
      stdio: ["ignore", log, log],
      env: processEnvironment(instance, spec.env),
    });
    await new Promise<void>((resolve, reject) => {
      child.once("spawn", resolve);
      child.once("error", reject);
    });
    child.unref();
    const pid = child.pid ?? 0;
    return { name: spec.name, pid, startTime: (await startTimeOf(pid)) ?? "ended", fingerprint };
  } finally {
    closeSync(log);
  }
}

async function waitUntilReady(instance: Instance, spec: ProcessSpec, started: ProcessRecord): Promise<void> {
  const isReadyOrEnded = async (): Promise<boolean> => !(await isAlive(started)) || (await spec.isReady());
  await waitFor(isReadyOrEnded, spec.readyWithinMs ?? 30_000);
  const alive = await isAlive(started);
  if (alive && (await spec.isReady())) return;
  const log = await readFile(logOf(instance, spec.name), "utf8").catch(() => "");
  const tail = log.trimEnd().split("\n").slice(-8).join("\n");
  const reason = alive ? "did not become ready in time" : "ended right after its start";
  throw new Error(`${spec.name} ${reason}. End of ${logOf(instance, spec.name)}:\n${tail}`);
}

function logOf(instance: Instance, name: string): string {
  return instancePath(instance, "logs", `${name}.log`);
}

function fingerprintOf(spec: ProcessSpec): string {
  const parts = [spec.command, ...spec.args, JSON.stringify(spec.env ?? {}), spec.configuration ?? ""];
  return createHash("sha256").update(parts.join("\0")).digest("hex").slice(0, 16);
}

/** Long enough for everything that has to be written down; istiod alone would take its time to drain. */
const politeMs = 1_500;

/** Asks politely, then insists. */
async function stop(pids: readonly number[]): Promise<void> {
  const alive = async (): Promise<number[]> => {
    const left: number[] = [];
    for (const pid of pids) if ((await startTimeOf(pid)) !== undefined) left.push(pid);
    return left;
  };
  signal(pids, "SIGTERM");
  if (await waitFor(async () => (await alive()).length === 0, politeMs)) return;
  signal(await alive(), "SIGKILL");
  await waitFor(async () => (await alive()).length === 0, 5_000);
}

function signal(pids: readonly number[], name: NodeJS.Signals): void {
  for (const pid of pids) {
    try {
      process.kill(pid, name);
    } catch {
      // Already gone.
    }
  }
}

/** Start time of a live process in clock ticks since boot; undefined if there is none or it is a zombie. */
async function startTimeOf(pid: number): Promise<string | undefined> {
  const stat = await readFile(`/proc/${pid}/stat`, "utf8").catch(() => undefined);
  if (stat === undefined) return undefined;
  // The second field is the name in brackets and may hold blanks: https://man7.org/linux/man-pages/man5/proc_pid_stat.5.html
  const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
  return fields[0] === "Z" ? undefined : fields[19];
}
