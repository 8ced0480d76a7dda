import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import process from "node:process";
import { setTimeout as sleep } from "node:timers/promises";
import { Counter, Gauge, Histogram, Registry } from "prom-client";
import { UsageError } from "../config/usage-error.ts";
import type { DriftReport } from "../core/drift/find-drift.ts";
import type { Address } from "./drift.ts";

export interface DriftWatch {
  /** One check; rejects if it could not be made. */
  readonly check: () => Promise<DriftReport>;
  /** Seconds between two checks. */
  readonly interval: number;
  readonly listen: Address;
}

/** Checks without a result for so many intervals, and the watch says of itself that it is not healthy. */
const patience = 3;

/**
 * Checks until SIGTERM or SIGINT. `/metrics` is for Prometheus, `/healthz` answers 503 while checks fail, `/drift` gives the last report.
 * @returns exit code 0: what it found is in the metrics
 * @throws UsageError if the address is taken
 */
export async function watchDrift({ check, interval, listen }: DriftWatch): Promise<number> {
  const ending = new AbortController();
  const end = (): void => {
    ending.abort();
  };
  process.once("SIGTERM", end).once("SIGINT", end);
  const state = new WatchState(interval);
  const server = await serve(state, listen);
  const { address, port } = server.address() as AddressInfo;
  process.stderr.write(`Looking for drift every ${interval} s; http://${address}:${port}/metrics\n`);
  while (!ending.signal.aborted) {
    await state.record(check);
    await sleep(interval * 1_000, undefined, { signal: ending.signal }).catch(() => undefined);
  }
  server.closeAllConnections();
  await new Promise((resolve) => server.close(resolve));
  return 0;
}

class WatchState {
  readonly registry = new Registry();
  report: DriftReport | undefined;
  readonly #interval: number;
  #lastSuccess = Date.now();
  readonly #items = new Gauge({
    name: "kfaas_drift_items",
    help: "Differences between cluster and plan, by kind and by whether requests are answered differently.",
    labelNames: ["kind", "requests"],
    registers: [this.registry],
  });
  readonly #known = new Gauge({
    name: "kfaas_drift_known_objects",
    help: "Objects of others that touch the plan and are known to the stack.",
    registers: [this.registry],
  });
  readonly #checks = new Counter({
    name: "kfaas_drift_checks_total",
    help: "Checks by result: clean, drift or failed.",
    labelNames: ["result"],
    registers: [this.registry],
  });
  readonly #success = new Gauge({
    name: "kfaas_drift_last_success_timestamp_seconds",
    help: "When a check last came to a result.",
    registers: [this.registry],
  });
  readonly #duration = new Histogram({
    name: "kfaas_drift_check_duration_seconds",
    help: "How long checks take.",
    buckets: [0.5, 1, 2, 5, 10, 30, 60],
    registers: [this.registry],
  });

  constructor(interval: number) {
    this.#interval = interval;
    for (const kind of ["changed", "missing", "foreign"]) {
      for (const requests of ["changed", "unchanged", "unknown"]) this.#items.set({ kind, requests }, 0);
    }
    for (const result of ["clean", "drift", "failed"]) this.#checks.inc({ result }, 0);
  }

  /** True while checks come to results. */
  get healthy(): boolean {
    return Date.now() - this.#lastSuccess < patience * this.#interval * 1_000 + 60_000;
  }

  async record(check: DriftWatch["check"]): Promise<void> {
    const stop = this.#duration.startTimer();
    try {
      this.#take(await check());
    } catch (error) {
      this.#checks.inc({ result: "failed" });
      process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
    } finally {
      stop();
    }
  }

  #take(report: DriftReport): void {
    this.report = report;
    this.#lastSuccess = Date.now();
    this.#success.setToCurrentTime();
    this.#checks.inc({ result: report.drift.length === 0 ? "clean" : "drift" });
    this.#known.set(report.known.length);
    this.#items.reset();
    for (const kind of ["changed", "missing", "foreign"] as const) {
      for (const requests of ["changed", "unchanged", "unknown"] as const) {
        const items = report.drift.filter((item) => item.kind === kind && item.requests === requests);
        this.#items.set({ kind, requests }, items.length);
      }
    }
  }
}

async function serve(state: WatchState, { host, port }: Address): Promise<Server> {
  const server = createServer((request, response) => {
    const answer = (status: number, type: string, body: string): void => {
      response.writeHead(status, { "content-type": type }).end(body);
    };
    switch (request.url ?? "") {
      case "/metrics":
        void state.registry.metrics().then((text) => {
          answer(200, state.registry.contentType, text);
        });
        break;
      case "/healthz":
        answer(state.healthy ? 200 : 503, "text/plain", state.healthy ? "ok\n" : "checks fail\n");
        break;
      case "/drift":
        answer(
          state.report === undefined ? 503 : 200,
          "application/json",
          JSON.stringify(state.report ?? null),
        );
        break;
      default:
        answer(404, "text/plain", "/metrics, /healthz, /drift\n");
    }
  });
  await new Promise<void>((resolve, reject) => {
    server.once("error", (error: NodeJS.ErrnoException) => {
      reject(new UsageError(`Nothing can listen on ${host}:${port}: ${error.code ?? error.message}.`));
    });
    server.listen(port, host, resolve);
  });
  return server;
}
