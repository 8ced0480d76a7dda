import { request } from "node:https";
import { connect, type SecureVersion } from "node:tls";
import type { StandInAnswer } from "../../local/stand-in.ts";

export interface SecureRequest {
  /** Sent as SNI and Host. */
  readonly host: string;
  readonly path?: string;
  /** Default: the same as `host`. */
  readonly serverName?: string;
  /** PEM; the only root that is trusted. */
  readonly ca: string;
  readonly maxVersion?: SecureVersion;
}

export interface SecureAnswer {
  readonly status: number;
  readonly body: StandInAnswer | undefined;
  readonly protocol: string | null;
  /** Serial number of the server's certificate. */
  readonly serialNumber: string;
}

/** One request by HTTPS, with the server's chain and name verified as a browser does. Rejected if the server or its chain is refused. */
export async function sendSecurely(
  gateway: string,
  { host, path = "/", serverName = host, ca, maxVersion }: SecureRequest,
): Promise<SecureAnswer> {
  return new Promise((resolve, reject) => {
    const { hostname, port } = new URL(gateway);
    const socket = connect({
      host: hostname,
      port: Number(port),
      servername: serverName,
      ca,
      ALPNProtocols: ["http/1.1"],
      // OpenSSL's usual level no longer speaks TLS 1.1; whether the server does is what is asked.
      ...(maxVersion === undefined
        ? {}
        : { maxVersion, minVersion: maxVersion, ciphers: "DEFAULT@SECLEVEL=0" }),
    });
    socket.once("error", reject);
    socket.setTimeout(5_000, () => socket.destroy(new Error("no answer within 5 s")));
    socket.once("secureConnect", () => {
      const { serialNumber } = socket.getPeerCertificate();
      const protocol = socket.getProtocol();
      const outgoing = request({ createConnection: () => socket, path, headers: { host } }, (response) => {
        const chunks: Buffer[] = [];
        response.on("data", (chunk: Buffer) => chunks.push(chunk));
        response.on("end", () => {
          socket.destroy();
          resolve({
            status: response.statusCode ?? 0,
            body: parse(Buffer.concat(chunks).toString("utf8")),
            protocol,
            serialNumber,
          });
        });
      });
      outgoing.once("error", reject);
      outgoing.end();
    });
  });
}

function parse(text: string): StandInAnswer | undefined {
  try {
    return JSON.parse(text) as StandInAnswer;
  } catch {
    return undefined;
  }
}
