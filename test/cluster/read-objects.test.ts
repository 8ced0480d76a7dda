import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { afterAll, describe, expect, it } from "@jest/globals";
import { KubeConfig } from "@kubernetes/client-node";
import { ClusterError } from "../../cluster/cluster-error.ts";
import { readObjects } from "../../cluster/read-objects.ts";
import type { WatchedKind } from "../../core/drift/watched-kinds.ts";
import { kubeconfigText } from "../support/fake-apiserver.ts";

type Answer = readonly [status: number, body: object, headers?: Readonly<Record<string, string>>];

const servers: Server[] = [];
afterAll(() => {
  for (const server of servers) {
    server.closeAllConnections();
    server.close();
  }
});

/** A server whose answers come from a function, and what it was asked for. */
async function serve(answer: (url: string, times: number) => Answer) {
  const asked: string[] = [];
  const server = createServer((request, response) => {
    const url = request.url ?? "";
    asked.push(url);
    const [status, body, headers] = answer(url, asked.filter((each) => each === url).length);
    response.writeHead(status, { "content-type": "application/json", ...headers }).end(JSON.stringify(body));
  });
  servers.push(server);
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const kubeconfig = new KubeConfig();
  kubeconfig.loadFromString(
    kubeconfigText(`http://127.0.0.1:${(server.address() as AddressInfo).port}`, "test"),
  );
  return { asked, kubeconfig };
}

const routes: WatchedKind = {
  apiVersion: "networking.istio.io/v1",
  kind: "VirtualService",
  plural: "virtualservices",
  from: "everywhere",
  required: true,
};
const services: WatchedKind = {
  apiVersion: "v1",
  kind: "Service",
  plural: "services",
  from: { namespace: "kfaas-system" },
  required: true,
};
const list = "/apis/networking.istio.io/v1/virtualservices?limit=500";
const named = (name: string) => ({ metadata: { name } });
const page = (names: readonly string[], next?: string): Answer => [
  200,
  { items: names.map(named), metadata: next === undefined ? {} : { continue: next } },
];

async function errorOf(reading: Promise<unknown>): Promise<string> {
  return reading.then(
    () => "no error",
    (error: unknown) => {
      if (error instanceof ClusterError) return error.message;
      throw error;
    },
  );
}

describe("readObjects", () => {
  it("lists each kind once, page by page, and says of each object what it is", async () => {
    const { asked, kubeconfig } = await serve((url) => {
      if (url.includes("/services")) return page(["s"]);
      return url === list ? page(["a"], "next page") : page(["b"]);
    });
    const objects = await readObjects(kubeconfig, [routes, services]);
    expect(objects).toEqual([
      { apiVersion: "networking.istio.io/v1", kind: "VirtualService", metadata: { name: "a" } },
      { apiVersion: "networking.istio.io/v1", kind: "VirtualService", metadata: { name: "b" } },
      { apiVersion: "v1", kind: "Service", metadata: { name: "s" } },
    ]);
    expect([...asked].sort()).toEqual([
      "/api/v1/namespaces/kfaas-system/services?limit=500",
      list,
      `${list}&continue=next%20page`,
    ]);
  });

  it("keeps fields that no client library knows", async () => {
    const object = { metadata: { name: "a" }, spec: { fieldOfTomorrow: { x: [1] } } };
    const { kubeconfig } = await serve(() => [200, { items: [object] }]);
    expect(await readObjects(kubeconfig, [services])).toEqual([
      { apiVersion: "v1", kind: "Service", ...object },
    ]);
  });

  it("reads what belongs to no namespace by name, and passes over what is not there", async () => {
    const { asked, kubeconfig } = await serve((url) => (url.endsWith("/a") ? [200, named("a")] : [404, {}]));
    const kind = {
      apiVersion: "v1",
      kind: "Namespace",
      plural: "namespaces",
      from: { names: ["a", "b"] },
      required: true,
    };
    expect(await readObjects(kubeconfig, [kind])).toEqual([named("a")]);
    expect(asked).toEqual(["/api/v1/namespaces/a", "/api/v1/namespaces/b"]);
  });

  it.each([429, 500, 503])("asks again after %d", async (status) => {
    const { asked, kubeconfig } = await serve((_, times) =>
      times < 3 ? [status, {}, { "retry-after": "0" }] : page(["a"]),
    );
    expect(await readObjects(kubeconfig, [routes])).toHaveLength(1);
    expect(asked).toHaveLength(3);
  });

  it("begins a list again whose next page is forgotten", async () => {
    const { kubeconfig } = await serve((url, times) => {
      if (url === list) return page([`a${times}`], "next");
      return times === 1 ? [410, {}] : page(["b"]);
    });
    const objects = await readObjects(kubeconfig, [routes]);
    expect(objects.map(({ metadata }) => (metadata as { name: string }).name)).toEqual(["a2", "b"]);
  });

  it("takes a kind that the cluster does not have for one that nobody can have made, unless it must be there", async () => {
    const { kubeconfig } = await serve(() => [404, {}]);
    expect(await readObjects(kubeconfig, [{ ...routes, required: false }])).toEqual([]);
    expect(await errorOf(readObjects(kubeconfig, [routes]))).toMatch(
      /has no virtualservices of networking.*is Istio installed/,
    );
  });

  it.each([
    [401, /does not know you \(401\)/],
    [403, /does not let you read virtualservices \(403\): ask for get and list on virtualservices; because/],
    [400, /answers 400 to list virtualservices: because/],
  ])("says in one line what %d means", async (status, message) => {
    const { kubeconfig } = await serve(() => [status, { message: "because" }]);
    const error = await errorOf(readObjects(kubeconfig, [routes]));
    expect(error).toMatch(message);
    expect(error).not.toContain("\n");
  });

  it("says that nobody listens", async () => {
    const kubeconfig = new KubeConfig();
    // Port 1 is reserved and never listens.
    kubeconfig.loadFromString(kubeconfigText("http://127.0.0.1:1", "test"));
    expect(await errorOf(readObjects(kubeconfig, [routes]))).toMatch(
      /cannot be reached: connect ECONNREFUSED/,
    );
  });
});
