import { once } from "node:events";
import { createServer, type Server } from "node:https";
import type { AddressInfo } from "node:net";
import { TLSSocket } from "node:tls";
import type { Issued } from "./certificates.ts";

/** What the server says about a request. */
export interface JavaAnswer {
  readonly host: string | undefined;
  readonly environment: string | string[] | undefined;
  /** Name that the client asked for in the handshake. */
  readonly sni: string | false | undefined;
  /** Common name of the certificate that the client showed. */
  readonly client: string | undefined;
}

/**
 * A Java export gateway on a machine of its own, as far as the exit gateway sees one: it takes TLS only, from clients whose certificate
 * the authority issued. `/unready/…` is answered with 503, `/stuck/…` never.
 */
export class JavaServer {
  readonly port: number;
  readonly #server: Server;
  readonly #received: string[];

  private constructor(server: Server, received: string[]) {
    this.#server = server;
    this.#received = received;
    this.port = (server.address() as AddressInfo).port;
  }

  static async start(shown: Issued, authority: Issued): Promise<JavaServer> {
    const received: string[] = [];
    const options = {
      cert: shown.certificate,
      key: shown.privateKey,
      ca: authority.certificate,
      requestCert: true,
      rejectUnauthorized: true,
    };
    const server = createServer(options, (request, response) => {
      const { socket } = request;
      if (!(socket instanceof TLSSocket)) throw new Error("the server takes TLS only");
      received.push(request.url ?? "");
      if (request.url?.startsWith("/stuck/")) return;
      const answer: JavaAnswer = {
        host: request.headers.host,
        environment: request.headers["x-kfaas-environment"],
        sni: (socket as TLSSocket & { servername?: string | false }).servername,
        client: socket.getPeerCertificate().subject.CN,
      };
      // Each request by a connection of its own, so that each is a handshake.
      response.writeHead(request.url?.startsWith("/unready/") ? 503 : 200, { connection: "close" });
      response.end(JSON.stringify(answer));
    });
    server.listen(0, "127.0.0.1");
    await once(server, "listening");
    return new JavaServer(server, received);
  }

  /** How many requests for a path have arrived. */
  count(path: string): number {
    return this.#received.filter((received) => received === path).length;
  }

  /** From now on it shows another certificate. */
  show({ certificate, privateKey }: Issued, authority: Issued): void {
    this.#server.setSecureContext({ cert: certificate, key: privateKey, ca: authority.certificate });
  }

  async stop(): Promise<void> {
    this.#server.closeAllConnections();
    this.#server.close();
    await once(this.#server, "close");
  }
}
