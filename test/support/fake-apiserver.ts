import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { afterAll } from "@jest/globals";

/** What the server says to `GET <path>`; `hang` never answers. Any other path is a 404. */
export type Answers = Readonly<Record<string, { readonly status: number; readonly body?: object } | "hang">>;

export interface FakeApiserver {
  /** `http://127.0.0.1:<port>` */
  readonly url: string;
  /** Paths in the order they were asked for. */
  readonly asked: readonly string[];
  /** Kubeconfig with the one context. */
  kubeconfig(context: string): string;
}

export const kubeSystemPath = "/api/v1/namespaces/kube-system";
export const recordPath = "/api/v1/namespaces/kfaas-system/configmaps/kfaas-cluster";

/** Answers of a cluster that has this UID and, if given, this record. */
export function cluster(uid: string, record?: Readonly<Record<string, string>>): Answers {
  return {
    [kubeSystemPath]: { status: 200, body: { metadata: { name: "kube-system", uid } } },
    ...(record === undefined ? {} : { [recordPath]: { status: 200, body: { data: record } } }),
  };
}

/** Gives a test file HTTP servers that stand for API servers, and closes them at the end. */
export function fakeApiservers(): (answers: Answers) => Promise<FakeApiserver> {
  const servers: Server[] = [];
  afterAll(() => {
    for (const server of servers) {
      server.closeAllConnections();
      server.close();
    }
  });
  return async (answers) => {
    const asked: string[] = [];
    const server = createServer((request, response) => {
      asked.push(request.url ?? "");
      const answer = answers[request.url ?? ""] ?? { status: 404 };
      if (answer === "hang") return;
      const body = answer.body ?? { kind: "Status", code: answer.status };
      response.writeHead(answer.status, { "content-type": "application/json" }).end(JSON.stringify(body));
    });
    servers.push(server);
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    return { url, asked, kubeconfig: (context) => kubeconfigText(url, context) };
  };
}

/** A kubeconfig whose one context leads to the URL without credentials; unverified, or the client refuses plain HTTP. */
export function kubeconfigText(url: string, context: string): string {
  return `apiVersion: v1
kind: Config
clusters: [{ name: ${context}, cluster: { server: "${url}", insecure-skip-tls-verify: true } }]
users: [{ name: ${context}, user: {} }]
contexts: [{ name: ${context}, context: { cluster: ${context}, user: ${context} } }]
current-context: ${context}
`;
}
