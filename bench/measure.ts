import { readFile } from "node:fs/promises";
import { execa } from "execa";

/** Of several runs of a whole process, start-up included. */
export interface Measured {
  /** Median wall time in seconds. */
  readonly seconds: number;
  /** Largest resident memory of the main process that was seen, in MB. */
  readonly megabytes: number;
}

/**
 * Runs a command once for warmth and then `runs` times.
 * @param exitCodes those that mean that it did its work
 */
export async function measure(
  command: readonly [string, ...string[]],
  { runs = 5, exitCodes = [0] }: { runs?: number; exitCodes?: readonly number[] } = {},
): Promise<Measured> {
  const times: number[] = [];
  let megabytes = 0;
  for (let run = 0; run <= runs; run += 1) {
    const started = performance.now();
    const child = execa(command[0], command.slice(1), {
      reject: false,
      stdin: "ignore",
      buffer: { stderr: true, stdout: false },
      stdout: "ignore",
    });
    const timer = setInterval(() => {
      void peakOf(child.pid ?? 0).then((peak) => (megabytes = Math.max(megabytes, peak)));
    }, 50);
    const result = await child;
    clearInterval(timer);
    if (!exitCodes.includes(result.exitCode ?? -1)) {
      throw new Error(
        `${command.join(" ")} ended with ${result.exitCode ?? "a signal"}: ${result.stderr.slice(-500)}`,
      );
    }
    if (run > 0) times.push((performance.now() - started) / 1000);
  }
  times.sort((a, b) => a - b);
  return { seconds: times[Math.floor(times.length / 2)] ?? 0, megabytes };
}

/** VmHWM of a live process: https://man7.org/linux/man-pages/man5/proc_pid_status.5.html */
async function peakOf(pid: number): Promise<number> {
  const status = await readFile(`/proc/${pid}/status`, "utf8").catch(() => "");
  return Number(/^VmHWM:\s+(\d+) kB/m.exec(status)?.[1] ?? 0) / 1024;
}
