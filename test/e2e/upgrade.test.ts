import { Agent } from "node:http";
import { setTimeout as pause } from "node:timers/promises";
import { afterAll, beforeAll, describe, expect, it } from "@jest/globals";
import { environmentHost, javaHost } from "../../core/mesh/names.ts";
import { send } from "../../local/send.ts";
import { EmbeddedMesh } from "../support/embedded-mesh.ts";
import { kfaas } from "../support/kfaas.ts";
import { Workspace } from "../support/workspace.ts";

const minutes = 60_000;
const istioTypes = /^kubernetes:networking\.istio\.io\/(v\w+):/;

/** A stack of its own: what the repository's stacks use is not there in every Istio. */
const stackFile = `
config:
  pulumi:disable-default-providers: [kubernetes]
  kfaas:cluster: { name: upgrade, context: upgrade }
  kfaas:versions:
    kubernetes: "1.36"
    istio: "1.20"
    knative: "1.23"
  kfaas:pathRoot: /faas/api/
  kfaas:services: [stacks/upgrade]
  kfaas:environments: { alpha: {} }
  kfaas:gateways:
    entry: { mode: managed }
    clusterLocal: { mode: existing }
    exit:
      mode: managed
      upstream: { host: java-export-gateway.java-system.svc.cluster.local, port: 8080 }
`;
/** The second has a part of the first one's paths, so that its rule stands in both objects. */
const services = {
  "model-library": "routes: [{ match: [{ prefix: /faas/api/models/ }], timeout: 10s }]",
  "model-thumbnails": "routes: [{ match: [{ prefix: /faas/api/models/thumbnails/ }], timeout: 5s }]",
  "saas-showroom": "routes: [{ match: [{ prefix: /faas/api/saas/showroom/ }] }]",
};

/** Requests one after the other, over both gateways, until it is stopped. */
class ConstantLoad {
  sent = 0;
  readonly failures: string[] = [];
  readonly #agent = new Agent({ keepAlive: true });
  readonly #loops: Promise<void>[];
  #isStopped = false;

  constructor(mesh: EmbeddedMesh) {
    const alpha = environmentHost("alpha");
    const entry = mesh.gateway("entry");
    this.#loops = [
      this.#loop(entry, alpha, "/faas/api/saas/showroom/"),
      this.#loop(entry, alpha, "/faas/api/models/thumbnails/"),
      this.#loop(mesh.gateway("exit"), javaHost("alpha"), "/orders/1"),
    ];
  }

  async stop(): Promise<void> {
    this.#isStopped = true;
    await Promise.all(this.#loops);
    this.#agent.destroy();
  }

  async #loop(gateway: string, host: string, path: string): Promise<void> {
    while (!this.#isStopped) {
      this.sent += 1;
      const failure = await send(gateway, { host, path, agent: this.#agent }).then(
        ({ status }) => (status === 200 ? undefined : `${host}${path}: ${status}`),
        (error: unknown) => `${host}${path}: ${String(error)}`,
      );
      if (failure !== undefined) this.failures.push(failure);
      await pause(20);
    }
  }
}

// One story on one mesh: the stack is deployed for Istio 1.20 and upgraded to 1.31.
describe("an upgrade of Istio, on the real engine, API server, istiod and Envoy", () => {
  let workspace: Workspace;
  let mesh: EmbeddedMesh;
  let uids: Readonly<Record<string, string>>;

  const setVersions = async (versions: string): Promise<void> => {
    await workspace.write("Pulumi.upgrade.yaml", stackFile.replace(/istio: .*/, versions));
  };

  const liveUids = async (): Promise<Record<string, string>> => {
    const { items } = JSON.parse(
      await mesh.kubectl.run([
        ...["get", "virtualservices,gateways.networking.istio.io,services,deployments"],
        ...["--namespace", "kfaas-system", "--output", "json"],
      ]),
    ) as { items: { kind: string; metadata: { name: string; uid: string } }[] };
    return Object.fromEntries(items.map(({ kind, metadata }) => [`${kind} ${metadata.name}`, metadata.uid]));
  };

  const apiVersions = async (): Promise<string[]> => {
    const found = (await mesh.resources()).map(({ type }) => istioTypes.exec(type)?.[1]);
    return [...new Set(found.filter((version) => version !== undefined))];
  };

  beforeAll(async () => {
    workspace = await Workspace.create();
    await workspace.write("Pulumi.upgrade.yaml", stackFile);
    for (const [name, file] of Object.entries(services)) {
      await workspace.write(`stacks/upgrade/alpha/${name}.yaml`, `${file}\n`);
    }
    mesh = await EmbeddedMesh.start(workspace, "upgrade");
    await mesh.up();
    await mesh.getUntil("alpha", "/faas/api/saas/showroom/", ({ status }) => status === 200);
    await mesh.getUntil("alpha", "/faas/api/models/thumbnails/", ({ status }) => status === 200);
    expect((await mesh.askJava("alpha", "/orders/1")).status).toBe(200);
    uids = await liveUids();
  }, 8 * minutes);

  afterAll(async () => {
    await mesh.stop();
    await workspace.dispose();
  }, minutes);

  it("begins with objects of the API version of Istio 1.20", async () => {
    expect(await apiVersions()).toEqual(["v1beta1"]);
  });

  it(
    "is rehearsed: the objects to be updated are exactly those that the engine then wants to update",
    async () => {
      const { stdout } = await kfaas(
        ...["rehearse", "-C", workspace.folder, "-s", "upgrade", "--istio", "1.31", "--format", "json"],
      );
      const { objects } = JSON.parse(stdout) as { objects: { kind: string; object: string }[] };
      expect(new Set(objects.map(({ kind }) => kind))).toEqual(new Set(["update"]));

      await setVersions('istio: "1.31"');
      const preview = await mesh.preview();
      expect(Object.keys(preview).sort()).toEqual(["same", "update"]);
      expect(preview["update"]).toBe(objects.length);
    },
    2 * minutes,
  );

  it(
    "updates objects in place, and not one request fails meanwhile",
    async () => {
      const load = new ConstantLoad(mesh);
      const summary = await mesh.up().finally(async () => {
        // istiod pushes a moment after the last change.
        await pause(2_000);
        await load.stop();
      });
      expect(Object.keys(summary).sort()).toEqual(["unchanged", "updated"]);
      expect(load.failures).toEqual([]);
      expect(load.sent).toBeGreaterThan(50);
      expect(await liveUids()).toEqual(uids);
    },
    3 * minutes,
  );

  it(
    "leaves a clean state: one API version, nothing to do",
    async () => {
      expect(await apiVersions()).toEqual(["v1"]);
      expect(Object.keys(await mesh.preview())).toEqual(["same"]);
    },
    minutes,
  );

  it(
    "goes on to a revision of istiod by updates of namespace and gateways alone",
    async () => {
      await setVersions('istio: "1.31"\n    istioRevision: "1-31"');
      const preview = await mesh.preview();
      expect(Object.keys(preview).sort()).toEqual(["same", "update"]);
      // The namespace and two Deployments.
      expect(preview["update"]).toBe(3);
    },
    minutes,
  );
});
