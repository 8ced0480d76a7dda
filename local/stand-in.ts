// Answers for every Knative service of the stack and, on a second port, for the Java export gateway, so that a request can be
// followed to its end: the body says who was asked and what arrived. A third port tells istiod the key that gateways' identities are
// signed with.
// Usage: stand-in.ts <port of the Knative services> <port of the Java export gateway> <port of the key> <file of the key>
import { readFileSync } from "node:fs";
import { createServer } from "node:http";
import type { IncomingMessage, Server, ServerResponse } from "node:http";
import process from "node:process";

/** What both stand-ins answer. */
export interface StandInAnswer {
  readonly service: string;
  readonly namespace: string;
  /** The Host that arrived, after all rewrites. */
  readonly host: string;
  /** With the query, as it arrived. */
  readonly path: string;
  readonly method: string;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
}

/** Set by the second hop's VirtualService, as Knative sets it: the route that matched names the revision. */
const revisionHeader = "knative-serving-revision";
const namespaceHeader = "knative-serving-namespace";

/** A caller may ask for a status (`x-stand-in-status: 503`) or a pause in ms, to see retries and timeouts at work. */
const statusHeader = "x-stand-in-status";
const delayHeader = "x-stand-in-delay";

/**
 * Requests with an `x-stand-in-key` are remembered: `GET /stand-in/arrived?key=…` on either port answers with those of that key in order, also
 * those whose caller gave up waiting, and copies that nobody waits for.
 */
const keyHeader = "x-stand-in-key";
const arrivedPath = "/stand-in/arrived?key=";
const arrived = new Map<string, StandInAnswer[]>();

const [knativePort, javaPort, keyPort] = process.argv.slice(2, 5).map(Number);
const keySet = readFileSync(process.argv[5] ?? "");
listen(knativePort, (request) => ({
  service: header(request, revisionHeader).replace(/-\d{5}$/, ""),
  namespace: header(request, namespaceHeader),
}));
listen(javaPort, () => ({ service: "java-export-gateway", namespace: "" }));
createServer((_, response) => response.setHeader("content-type", "application/json").end(keySet)).listen(
  keyPort,
  "127.0.0.1",
);

function listen(
  port: number | undefined,
  identify: (request: IncomingMessage) => { service: string; namespace: string },
): Server {
  const server = createServer((request, response) => {
    const { url = "" } = request;
    if (url.startsWith(arrivedPath)) {
      const key = decodeURIComponent(url.slice(arrivedPath.length));
      response.end(JSON.stringify(arrived.get(key) ?? []));
      return;
    }
    const body = { ...identify(request), ...received(request) };
    remember(header(request, keyHeader), body);
    const delay = Number(header(request, delayHeader));
    setTimeout(
      () => {
        answer(request, response, body);
      },
      Math.min(delay, 60_000),
    );
  });
  return server.listen(port, "127.0.0.1");
}

function received(request: IncomingMessage): Omit<StandInAnswer, "service" | "namespace"> {
  return {
    host: header(request, "host"),
    path: request.url ?? "",
    method: request.method ?? "",
    headers: request.headers,
  };
}

function remember(key: string, body: StandInAnswer): void {
  if (key !== "") arrived.set(key, [...(arrived.get(key) ?? []), body]);
}

function answer(request: IncomingMessage, response: ServerResponse, body: StandInAnswer): void {
  const status = Number(header(request, statusHeader));
  response.writeHead(status >= 200 && status <= 599 ? status : 200, { "content-type": "application/json" });
  response.end(request.method === "HEAD" ? undefined : `${JSON.stringify(body)}\n`);
}

function header(request: IncomingMessage, name: string): string {
  const value = request.headers[name];
  return Array.isArray(value) ? value.join(",") : (value ?? "");
}
