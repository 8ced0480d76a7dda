import process from "node:process";

/** Says what a long step does while it runs. All of it goes to stderr, so that stdout stays free for results. */
export interface Step {
  /** Replaces what the step is shown to be doing, for example `412 of 1,930 packages`. */
  detail(text: string): void;
}

interface RunningStep {
  readonly name: string;
  readonly started: number;
  readonly estimateSeconds: number;
  detail: string;
  lastLine: number;
}

const running = new Set<RunningStep>();
/** Without a terminal (CI, a pipe) a line per step and this many milliseconds is enough to see that it lives. */
const quietIntervalMs = 20_000;
/** Steps that finish faster than this are not worth a line. */
const worthALineMs = 2_000;
let timer: NodeJS.Timeout | undefined;

/**
 * Runs `work` as a named step: progress with elapsed time and estimate while it runs, one line at the end.
 * @param estimateSeconds usual duration on two cores with nothing cached; only shown, never waited for
 * @throws what `work` throws, after saying which step failed
 */
export async function withStep<T>(
  name: string,
  estimateSeconds: number,
  work: (step: Step) => Promise<T>,
): Promise<T> {
  const state: RunningStep = { name, started: Date.now(), estimateSeconds, detail: "", lastLine: Date.now() };
  running.add(state);
  timer ??= setInterval(tick, 500).unref();
  const end = (outcome: string): void => {
    running.delete(state);
    if (running.size === 0) {
      clearInterval(timer);
      timer = undefined;
    }
    clearStatusLine();
    const elapsed = Date.now() - state.started;
    if (elapsed >= worthALineMs || outcome !== "done") {
      process.stderr.write(`${name}: ${outcome} (${seconds(elapsed)})\n`);
    }
  };
  try {
    const result = await work({ detail: (text) => (state.detail = text) });
    end("done");
    return result;
  } catch (error) {
    end("failed");
    throw error;
  }
}

function tick(): void {
  if (process.stderr.isTTY) {
    const width = process.stderr.columns;
    const line = [...running].map(describe).join("  |  ");
    clearStatusLine();
    process.stderr.write(line.length < width ? line : `${line.slice(0, width - 2)}…`);
    return;
  }
  for (const step of running) {
    if (Date.now() - step.lastLine < quietIntervalMs) continue;
    step.lastLine = Date.now();
    process.stderr.write(`${describe(step)}\n`);
  }
}

function describe(step: RunningStep): string {
  const elapsed = Date.now() - step.started;
  const detail = step.detail === "" ? "" : ` ${step.detail},`;
  return `${step.name}:${detail} ${seconds(elapsed)} of about ${seconds(step.estimateSeconds * 1000)}`;
}

function clearStatusLine(): void {
  if (process.stderr.isTTY) process.stderr.write("\r\u001b[K");
}

/** `7 s`, `2 min 5 s`. */
export function seconds(milliseconds: number): string {
  const whole = Math.round(milliseconds / 1000);
  return whole < 90 ? `${whole} s` : `${Math.floor(whole / 60)} min ${whole % 60} s`;
}
