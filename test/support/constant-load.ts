import { Agent } from "node:http";
import { setTimeout as sleep } from "node:timers/promises";
import { send } from "../../local/send.ts";

/** What some path was answered with while the load ran: service or status, and how often. */
export type Tally = Readonly<Record<string, number>>;

/** Requests one after another for every path, until it is stopped. Bounded: a forgotten one ends after five minutes. */
export class ConstantLoad {
  readonly #tallies: Map<string, Record<string, number>>;
  readonly #workers: Promise<void>[];
  readonly #agent = new Agent({ keepAlive: true });
  #running = true;

  constructor(gateway: string, host: string, paths: readonly string[]) {
    this.#tallies = new Map(paths.map((path) => [path, {}]));
    const deadline = Date.now() + 5 * 60_000;
    this.#workers = paths.map(async (path) => {
      const tally = this.#tallies.get(path) ?? {};
      while (this.#running && Date.now() < deadline) {
        const answer = await send(gateway, { host, path, agent: this.#agent }).then(
          ({ status, body }) => body?.service ?? `status ${status}`,
          (error: unknown) => `error ${String(error)}`,
        );
        tally[answer] = (tally[answer] ?? 0) + 1;
        await sleep(5);
      }
    });
  }

  /** Ends the load; the tallies by path. */
  async stop(): Promise<Readonly<Record<string, Tally>>> {
    this.#running = false;
    await Promise.all(this.#workers);
    this.#agent.destroy();
    return Object.fromEntries(this.#tallies);
  }
}
