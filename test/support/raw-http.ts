import { connect as connectHttp2, type OutgoingHttpHeaders } from "node:http2";
import { connect } from "node:net";
import type { StandInAnswer } from "../../local/stand-in.ts";

/** Everything that came back for some bytes. */
export interface Outcome {
  /** Of all responses; none if the proxy hung up without one. */
  readonly statuses: readonly number[];
  /** Of all stand-ins that were reached. */
  readonly answers: readonly StandInAnswer[];
}

/** A proxy closes after a request that asks for it; after others, this long without a byte is the end. */
const quietMs = 1_500;
const longestMs = 15_000;

export interface SendOptions {
  /** Address to call from. */
  readonly localAddress?: string;
  /** Listens on after the first response, until the other side hangs up. */
  readonly untilHangUp?: boolean;
}

/** Sends bytes as they are, which no HTTP client would do. */
export async function sendBytes(
  gateway: string,
  bytes: string | Buffer,
  { localAddress, untilHangUp = false }: SendOptions = {},
): Promise<Outcome> {
  const { hostname, port } = new URL(gateway);
  const text = await new Promise<string>((resolve, reject) => {
    const chunks: Buffer[] = [];
    const socket = connect({
      host: hostname,
      port: Number(port),
      ...(localAddress !== undefined && { localAddress }),
    });
    const longest = setTimeout(() => socket.destroy(), longestMs);
    let quiet: NodeJS.Timeout | undefined;
    socket.on("connect", () => socket.write(bytes));
    socket.on("data", (chunk: Buffer) => {
      chunks.push(chunk);
      if (!untilHangUp && isWhole(Buffer.concat(chunks).toString("latin1"))) socket.destroy();
      clearTimeout(quiet);
      quiet = setTimeout(() => socket.destroy(), quietMs);
    });
    // A proxy may hang up while bytes are still on their way to it.
    socket.on("error", (error: NodeJS.ErrnoException) => {
      if (error.code !== "ECONNRESET" && error.code !== "EPIPE") reject(error);
    });
    socket.on("close", () => {
      clearTimeout(longest);
      clearTimeout(quiet);
      resolve(Buffer.concat(chunks).toString("latin1"));
    });
  });
  return {
    statuses: [...text.matchAll(/^HTTP\/1\.[01] (\d{3})/gm)].map(([, status]) => Number(status)),
    answers: [...text.matchAll(/^\{"service":.*\}$/gm)].map(([body]) => JSON.parse(body) as StandInAnswer),
  };
}

/** One HTTP/2 request without TLS, its pseudo-headers included. */
export async function sendHttp2(gateway: string, headers: OutgoingHttpHeaders): Promise<Outcome> {
  const session = connectHttp2(gateway);
  try {
    return await new Promise<Outcome>((resolve, reject) => {
      const nothing: Outcome = { statuses: [], answers: [] };
      session.on("error", reject);
      const stream = session.request(headers, { endStream: true });
      let status = 0;
      const chunks: Buffer[] = [];
      stream.on("response", (response) => {
        status = response[":status"] ?? 0;
      });
      stream.on("data", (chunk: Buffer) => chunks.push(chunk));
      // The proxy resets the streams of requests that it takes for broken.
      stream.on("error", () => {
        resolve(nothing);
      });
      stream.on("end", () => {
        const body = Buffer.concat(chunks).toString("utf8");
        const answers = body.startsWith('{"service":') ? [JSON.parse(body) as StandInAnswer] : [];
        resolve(status === 0 ? nothing : { statuses: [status], answers });
      });
      stream.setTimeout(longestMs, () => {
        reject(new Error(`no answer within ${longestMs / 1_000} s`));
      });
    });
  } finally {
    session.destroy();
  }
}

/** Whether the text holds a response to its end. */
function isWhole(text: string): boolean {
  const [head = "", ...rest] = text.split("\r\n\r\n");
  if (rest.length === 0) return false;
  if (/^transfer-encoding: chunked$/im.test(head)) return text.endsWith("\r\n0\r\n\r\n");
  const [, length = "0"] = /^content-length: (\d+)$/im.exec(head) ?? [];
  return text.length >= head.length + 4 + Number(length);
}
