import { type Agent, type IncomingHttpHeaders, request } from "node:http";
import type { StandInAnswer } from "./stand-in.ts";

/** A request to a gateway of the embedded mesh. */
export interface Outgoing {
  /** Value of the Host header. */
  readonly host: string;
  readonly path: string;
  /** Default: GET. */
  readonly method?: string;
  readonly headers?: Readonly<Record<string, string>>;
  /** For many requests on few connections. Default: a connection of its own. */
  readonly agent?: Agent;
}

/** What came back through the mesh. */
export interface Answer {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  /** What the stand-in behind the second hop said; undefined if it was not reached. */
  readonly body: StandInAnswer | undefined;
}

/** Sends one request as it is: `fetch` would neither let us set Host nor leave the path alone. */
export async function send(
  gateway: string,
  { host, path, method = "GET", headers = {}, agent }: Outgoing,
): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const { hostname, port } = new URL(gateway);
    const outgoing = request(
      { hostname, port, path, method, headers: { ...headers, host }, timeout: 5_000, agent: agent ?? false },
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
