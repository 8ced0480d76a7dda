import { writeFile } from "node:fs/promises";
import { join, relative } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "@jest/globals";
import { execa } from "execa";
import { parse, stringify } from "yaml";
import { loadContext } from "../../cluster/kube-context.ts";
import { readObjects } from "../../cluster/read-objects.ts";
import { loadStack } from "../../config/load-stack.ts";
import type { DriftItem, DriftReport } from "../../core/drift/find-drift.ts";
import { watchedKinds } from "../../core/drift/watched-kinds.ts";
import { deployedObjects } from "../../core/mesh/deployed-objects.ts";
import { environmentHost } from "../../core/mesh/names.ts";
import { planStack, utcDate } from "../../core/plan-stack.ts";
import { waitFor } from "../../local/processes.ts";
import { EmbeddedMesh } from "../support/embedded-mesh.ts";
import { repository, Workspace } from "../support/workspace.ts";

const minutes = 60_000;
const namespace = "kfaas-system";

/** Small, and with everything that the API server, istiod or a controller adds something to. */
const stackFile = {
  config: {
    "pulumi:disable-default-providers": ["kubernetes"],
    "kfaas:cluster": { name: "test", context: "test" },
    "kfaas:versions": { kubernetes: "1.36", istio: "1.31", knative: "1.23" },
    "kfaas:pathRoot": "/faas/api/",
    "kfaas:services": ["stacks/drift"],
    "kfaas:environments": { alpha: { fallback: "everything-else" }, beta: {} },
    "kfaas:gateways": {
      entry: { mode: "managed" },
      clusterLocal: { mode: "existing" },
      exit: { mode: "managed", upstream: { host: "java-export-gateway.example.com", port: 8080 } },
    },
    "kfaas:driftWatch": { image: "registry.example.com/kfaas:1", mode: "deployment" },
  },
};

const files: Readonly<Record<string, string>> = {
  "alpha/saas-showroom": `
routes:
  - match: [{ prefix: /faas/api/saas/showroom/ }]
    timeout: 10s
    retries: { attempts: 1, perTryTimeout: 2s, retryOn: [connect-failure, refused-stream] }
`,
  "alpha/catalog": `
routes:
  - name: write
    match: [{ prefix: /faas/api/catalog/, method: [POST, PUT], headers: { x-tenant: { exact: acme } } }]
    headers: { request: { set: { x-mode: write } } }
  - match: [{ prefix: /faas/api/catalog/ }, { exact: /faas/api/catalogue }]
    cors: { allowOrigins: [{ exact: "https://www.example.com" }], allowMethods: [GET, POST], maxAge: 1h }
`,
  "alpha/wide": "routes: [{ match: [{ prefix: /faas/api/cat }] }]\n",
  "alpha/released": `
weightsManagedBy: argo-rollouts
routes:
  - match: [{ prefix: /faas/api/released/ }]
    traffic: [{ service: released, weight: 90 }, { service: released-green, weight: 10 }]
`,
  "alpha/queue":
    "routes: [{ match: [{ prefix: /faas/api/queue/ }], mirror: { service: queue-shadow, percent: 10 } }]\n",
  "alpha/moved":
    "routes: [{ match: [{ prefix: /faas/api/moved/ }], redirect: { uri: /faas/api/queue/, status: 302 } }]\n",
  "alpha/everything-else": "routes: [{ match: [{ prefix: /faas/api/else/ }] }]\n",
  "beta/saas-showroom": "routes: [{ match: [{ prefix: /faas/api/saas/showroom/ }] }]\n",
};

/** Name of the VirtualService of a service. */
const route = (environment: string, service: string): string =>
  `faas-${environment}-ns-${service}-ksvc-virtualservice`;

// One story on one mesh: each step stands on the ones before it.
describe("kfaas drift, on the real engine, API server, istiod and Envoy", () => {
  let workspace: Workspace;
  let mesh: EmbeddedMesh;

  const kfaasDrift = (kubeconfig: string, ...args: readonly string[]) =>
    execa(
      "node",
      [
        join(repository, "bin/kfaas.mjs"),
        ...["drift", "-C", workspace.folder, "-s", "test", "--kubeconfig", kubeconfig, "--format", "json"],
        ...args,
      ],
      { reject: false, env: { KUBECONFIG: "/nonexistent" } },
    );
  const drift = async (...args: readonly string[]) => {
    const result = await kfaasDrift(mesh.status.kubeconfig, ...args);
    if (result.exitCode === 2) throw new Error(result.stderr);
    return { code: result.exitCode, stderr: result.stderr, ...(JSON.parse(result.stdout) as DriftReport) };
  };
  /** What the engine would do, but for nothing. */
  const changes = async (...args: readonly string[]) => {
    const { stdout } = await mesh.pulumi("preview", "--json", ...args);
    const { steps } = JSON.parse(stdout) as {
      steps: { op: string; urn: string; detailedDiff?: object | null }[];
    };
    return steps
      .filter(({ op }) => op !== "same" && op !== "refresh")
      .map(({ op, urn, detailedDiff }) => ({ op, urn, detailedDiff }));
  };
  const kubectl = (...args: readonly string[]) => mesh.kubectl.run([...args, "--namespace", namespace]);
  const patch = (kind: string, name: string, ...steps: readonly object[]) =>
    kubectl("patch", kind, name, "--type", "json", "--patch", JSON.stringify(steps));
  const apply = (object: object) =>
    mesh.kubectl.run(["create", "--filename", "-", "--namespace", namespace], JSON.stringify(object));

  beforeAll(async () => {
    workspace = await Workspace.create("test");
    await workspace.write("Pulumi.test.yaml", stringify(stackFile));
    for (const [name, text] of Object.entries(files))
      await workspace.write(`stacks/drift/${name}.yaml`, text);
    mesh = await EmbeddedMesh.start(workspace, "test");
    await mesh.up();
  }, 8 * minutes);

  afterAll(async () => {
    await mesh.stop();
    await workspace.dispose();
  }, minutes);

  it(
    "finds nothing right after up, while the cluster's controllers are at work",
    async () => {
      const report = await drift();
      await record();
      expect(report.drift).toEqual([]);
      expect(report.code).toBe(0);
      expect(report.stats.compared).toBe(report.stats.planned);
      // What bends the embedded mesh's proxies is named, not passed over.
      expect(report.known).toContain("EnvoyFilter istio-system/local-clusters");
    },
    2 * minutes,
  );

  describe("after edits by hand", () => {
    const edited = (service: string) => `VirtualService ${namespace}/${route("alpha", service)}`;
    let found: readonly DriftItem[];
    const of = (object: string) => found.filter((item) => item.object === object);

    beforeAll(async () => {
      const abort = { abort: { percentage: { value: 50 }, httpStatus: 503 } };
      const vs = "virtualservice";
      await patch(vs, route("alpha", "saas-showroom"), {
        op: "add",
        path: "/spec/http/0/fault",
        value: abort,
      });
      const elsewhere = { destination: { host: "elsewhere.example.com" }, weight: 50 };
      await patch(
        vs,
        route("alpha", "queue"),
        { op: "add", path: "/spec/http/0/route/-", value: elsewhere },
        { op: "replace", path: "/spec/http/0/route/0/weight", value: 50 },
      );
      await kubectl("label", vs, route("alpha", "moved"), "istio.io/rev=canary");
      await kubectl("delete", vs, route("beta", "saas-showroom"));
      const evil = { op: "add", path: "/spec/servers/0/hosts/-", value: "*/www.example.com" };
      await patch("gateways.networking.istio.io", "kfaas-entry-gateway", evil);
      const leads = { op: "replace", path: "/spec/externalName", value: "www.example.com" };
      await patch("service", "faas-beta-ksvc-gateway", leads);
      await kubectl("delete", "networkpolicy", "default-deny");
      const fewer = { op: "replace", path: "/spec/maxReplicas", value: 2 };
      await patch("horizontalpodautoscaler", "kfaas-exit-gateway", fewer);
      await patch("deployment", "kfaas-exit-gateway", {
        op: "add",
        path: "/spec/template/spec/containers/0/env",
        value: [{ name: "X", value: "1" }],
      });
      await apply({
        apiVersion: "networking.istio.io/v1",
        kind: "VirtualService",
        metadata: { name: "somebodys" },
        spec: {
          hosts: [environmentHost("alpha")],
          gateways: ["kfaas-entry-gateway"],
          http: [{ match: [{ uri: { prefix: "/faas/api/somebodys/" } }], directResponse: { status: 418 } }],
        },
      });
      // Harmless ones: none of them may be found.
      await kubectl("scale", "deployment", "kfaas-entry-gateway", "--replicas", "3");
      await kubectl("label", vs, route("alpha", "catalog"), "note=x");
      await kubectl("annotate", vs, route("alpha", "catalog"), "example.com/note=x");
      await kubectl("rollout", "restart", "deployment/kfaas-entry-gateway");
      await patch(vs, "java-gateway-virtualservice", {
        op: "add",
        path: "/spec/http/0/match/0/ignoreUriCase",
        value: false,
      });
      found = (await drift()).drift;
    }, 3 * minutes);

    it("names each with the field, who wrote it and what it does to requests", () => {
      expect(of(edited("saas-showroom"))).toEqual([
        expect.objectContaining({
          kind: "changed",
          path: "spec.http[0].fault",
          expected: null,
          manager: "kubectl-patch",
          time: expect.stringMatching(/^\d{4}-\d\d-\d\dT/),
          requests: "changed",
          effect: expect.stringMatching(
            /GET \/faas\/api\/saas\/showroom\/ on faas-alpha\S+ now answers 503 for 50 %/,
          ),
        }),
      ]);
      expect(of(edited("queue"))).toContainEqual(
        expect.objectContaining({
          path: "spec.http[0].route[1]",
          effect: expect.stringMatching(/50 % to queue\.faas-alpha by way of elsewhere\.example\.com/),
        }),
      );
      expect(of(edited("moved"))).toEqual([
        expect.objectContaining({
          path: 'metadata.labels["istio.io/rev"]',
          manager: "kubectl-label",
          requests: "changed",
        }),
      ]);
      expect(of(`VirtualService ${namespace}/${route("beta", "saas-showroom")}`)).toEqual([
        expect.objectContaining({ kind: "missing", effect: expect.stringMatching(/now gets 404/) }),
      ]);
      expect(of(`VirtualService ${namespace}/somebodys`)).toEqual([
        expect.objectContaining({
          kind: "foreign",
          manager: "kubectl-create",
          effect: expect.stringMatching(/\/faas\/api\/somebodys\/ on faas-alpha\S+ now is answered with 418/),
        }),
      ]);
    });

    it("finds those of every kind, and no harmless one", () => {
      expect(new Set(found.map(({ object }) => object))).toEqual(
        new Set([
          ...["saas-showroom", "queue", "moved"].map(edited),
          `VirtualService ${namespace}/${route("beta", "saas-showroom")}`,
          `VirtualService ${namespace}/somebodys`,
          `Gateway ${namespace}/kfaas-entry-gateway`,
          `Service ${namespace}/faas-beta-ksvc-gateway`,
          `NetworkPolicy ${namespace}/default-deny`,
          `HorizontalPodAutoscaler ${namespace}/kfaas-exit-gateway`,
          `Deployment ${namespace}/kfaas-exit-gateway`,
        ]),
      );
    });

    it(
      "says what really happens to requests",
      async () => {
        const path = "/faas/api/saas/showroom/";
        const aborted = await mesh.getUntil("alpha", path, ({ status }) => status === 503);
        expect(aborted.status).toBe(503);
        expect((await mesh.getUntil("alpha", path, ({ status }) => status === 200)).status).toBe(200);
        expect(
          (await mesh.getUntil("alpha", "/faas/api/somebodys/", ({ status }) => status === 418)).status,
        ).toBe(418);
        expect((await mesh.getUntil("beta", path, ({ status }) => status === 404)).status).toBe(404);
      },
      minutes,
    );

    it(
      "restores exactly the plan, and leaves what is somebody else's",
      async () => {
        const after = await drift("--fix");
        expect(after.stderr).not.toMatch(/not restored/);
        expect(after.drift).toEqual([
          expect.objectContaining({ kind: "foreign", object: `VirtualService ${namespace}/somebodys` }),
        ]);
        await kubectl("delete", "virtualservice", "somebodys");
        expect((await drift()).drift).toEqual([]);
      },
      2 * minutes,
    );

    it(
      "lets requests be answered rightly again",
      async () => {
        for (const environment of ["alpha", "beta"]) {
          const answers = await mesh.getUntil(
            environment,
            "/faas/api/saas/showroom/",
            ({ body }) => body?.namespace === `faas-${environment}`,
          );
          expect(answers.body).toMatchObject({ service: "saas-showroom", namespace: `faas-${environment}` });
        }
        const moved = await mesh.getUntil("alpha", "/faas/api/moved/", ({ status }) => status === 302);
        expect(moved.status).toBe(302);
        const gone = await mesh.getUntil("alpha", "/faas/api/somebodys/", ({ status }) => status === 200);
        expect(gone.body).toMatchObject({ service: "everything-else" });
      },
      minutes,
    );

    it(
      "leaves state and cluster in agreement: a preview shows nothing to do, also after looking at the cluster",
      async () => {
        expect(await changes()).toEqual([]);
        expect(await changes("--refresh")).toEqual([]);
      },
      2 * minutes,
    );
  });

  describe("the drift watch", () => {
    it(
      "may read all that is compared with its own account, and write nothing",
      async () => {
        const token = (await kubectl("create", "token", "kfaas-drift-watch")).trim();
        const kubeconfig = await workspace.read(relative(workspace.folder, mesh.status.kubeconfig));
        const asWatch = parse(kubeconfig) as { users: { name: string; user: object }[] };
        for (const user of asWatch.users) user.user = { token };
        await workspace.write("watch.kubeconfig", stringify(asWatch));
        const result = await kfaasDrift(join(workspace.folder, "watch.kubeconfig"));
        expect({ code: result.exitCode, stderr: result.stderr }).toMatchObject({ code: 0 });
        expect((JSON.parse(result.stdout) as DriftReport).drift).toEqual([]);
        const account = `system:serviceaccount:${namespace}:kfaas-drift-watch`;
        for (const verb of ["create", "patch", "update", "delete"]) {
          await expect(
            kubectl("auth", "can-i", verb, "virtualservices.networking.istio.io", "--as", account),
          ).rejects.toThrow();
        }
        await expect(kubectl("auth", "can-i", "list", "secrets", "--as", account)).rejects.toThrow();
      },
      minutes,
    );

    it(
      "serves metrics and its health until it is told to end",
      async () => {
        const watch = kfaasDrift(
          mesh.status.kubeconfig,
          "--watch",
          "--interval",
          "1",
          "--listen",
          "127.0.0.1:0",
        );
        try {
          const url = await new Promise<string>((resolve, reject) => {
            let text = "";
            watch.stderr.on("data", (chunk: Buffer) => {
              text += chunk.toString();
              const match = /(http:\/\/\S+)\/metrics/.exec(text);
              if (match?.[1] !== undefined) resolve(match[1]);
            });
            void watch.then(() => {
              reject(new Error(text));
            });
          });
          const metrics = async () => (await fetch(`${url}/metrics`)).text();
          await waitFor(async () => /checks_total\{result="clean"\} [1-9]/.test(await metrics()), 60_000);
          expect(await metrics()).toMatch(/kfaas_drift_items\{kind="changed",requests="changed"\} 0/);
          expect((await fetch(`${url}/healthz`)).status).toBe(200);
          expect(((await (await fetch(`${url}/drift`)).json()) as DriftReport).drift).toEqual([]);
          await patch("virtualservice", route("alpha", "saas-showroom"), {
            op: "add",
            path: "/spec/http/0/timeout",
            value: "1s",
          });
          await waitFor(
            async () => (await metrics()).includes('kfaas_drift_items{kind="changed",requests="changed"} 1'),
            60_000,
          );
          expect(await metrics()).toMatch(/kfaas_drift_items\{kind="changed",requests="changed"\} 1/);
        } finally {
          watch.kill("SIGTERM");
        }
        expect((await watch).exitCode).toBe(0);
      },
      3 * minutes,
    );
  });

  /** Writes what the unit tests compare: `KFAAS_RECORD=1 npm run test:e2e -- drift`. */
  async function record(): Promise<void> {
    if (process.env["KFAAS_RECORD"] !== "1") return;
    const { stack } = await loadStack(workspace.folder, "test");
    const plan = stack && planStack(stack, { today: utcDate(new Date()) }).plan;
    if (plan === undefined) throw new Error("the stack is planned");
    const planned = deployedObjects(plan);
    const live = await readObjects(
      loadContext("test", { KUBECONFIG: mesh.status.kubeconfig }),
      watchedKinds(planned),
    );
    const file = join(repository, "test/core/drift/recorded.json");
    await writeFile(file, `${JSON.stringify({ planned, live }, null, 1)}\n`);
  }
});
