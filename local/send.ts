import { request } from "node:http";
import type { IncomingHttpHeaders } from "node:http";
import type { StandInAnswer } from "./stand-in.ts";

/** A request to a gateway of the embedded mesh. */
export interface Outgoing {
  /** Value of the Host header. */
  readonly host: string;
  readonly path: string;
  /** Default: GET. */
  readonly method?: string;
  readonly headers?: Readonly<Record<string, string>>;
}

/** What came back through the mesh. */
export interface Answer {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  /** What the stand-in behind the second hop said; undefined if it was not reached. */
  readonly body: StandInAnswer | undefined;
}

/** Sends one request on a connection of its own. Node's `fetch` would not let us set Host. */
export async function send(
  gateway: string,
  { host, path, method = "GET", headers = {} }: Outgoing,
): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const outgoing = request(
      new URL(path, gateway),
      { method, headers: { ...headers, host }, timeout: 5_000, agent: false },
      (response) => {
        const chunks: Buffer[] = [];
        response.on("data", (chunk: Buffer) => chunks.push(chunk));
        response.on("end", () => {
          resolve({
            status: response.statusCode ?? 0,
            headers: response.headers,
            body: parse(Buffer.concat(chunks).toString("utf8")),
          });
        });
        response.on("error", reject);
      },
    );
    outgoing.on("timeout", () => outgoing.destroy(new Error("no answer within 5 s")));
    outgoing.on("error", reject);
    outgoing.end();
  });
}

function parse(text: string): StandInAnswer | undefined {
  try {
    return JSON.parse(text) as StandInAnswer;
  } catch {
    return undefined;
  }
}
