import { afterAll, beforeAll, describe, expect, it } from "@jest/globals";
import { environmentHost, javaHost, serviceHost } from "../../core/mesh/names.ts";
import { send } from "../../local/send.ts";
import { BareCluster } from "../support/bare-cluster.ts";
import { EmbeddedMesh } from "../support/embedded-mesh.ts";
import { Workspace } from "../support/workspace.ts";

const minutes = 60_000;

/** Answers of many requests, counted by the service that gave them. */
async function countAnswers(
  mesh: EmbeddedMesh,
  path: string,
  requests: number,
): Promise<Record<string, number>> {
  const counts: Record<string, number> = {};
  for (let sent = 0; sent < requests; sent += 1) {
    const answer = await mesh.get("alpha", path);
    const service = answer.body?.service ?? `status ${answer.status}`;
    counts[service] = (counts[service] ?? 0) + 1;
  }
  return counts;
}

function splitFile(blue: number, green: number): string {
  return `
routes:
  - match:
      - prefix: /faas/api/e2e/split/
    traffic:
      - { service: e2e-split, weight: ${blue} }
      - { service: e2e-split-green, weight: ${green} }
`;
}

// One story on one mesh: each step stands on the ones before it.
describe("the bridge, on the real engine, API server, istiod and Envoy", () => {
  let workspace: Workspace;
  let mesh: EmbeddedMesh;

  beforeAll(async () => {
    workspace = await Workspace.create("test");
    await workspace.write("stacks/test/alpha/e2e-split.yaml", splitFile(100, 0));
    mesh = await EmbeddedMesh.start(workspace, "test");
  }, 5 * minutes);

  afterAll(async () => {
    await mesh.stop();
    await workspace.dispose();
  }, minutes);

  it(
    "deploys the stack: every Deployment becomes ready and all planned objects exist",
    async () => {
      const summary = await mesh.up();
      expect(Object.keys(summary)).toEqual(["created"]);

      const deployments = JSON.parse(
        await mesh.kubectl.run(["get", "deployments", "--namespace", "kfaas-system", "--output", "json"]),
      ) as { items: { metadata: { name: string }; status: { readyReplicas?: number } }[] };
      expect(deployments.items.map(({ metadata }) => metadata.name).sort()).toEqual([
        "kfaas-entry-gateway",
        "kfaas-exit-gateway",
      ]);
      for (const { status } of deployments.items) expect(status.readyReplicas).toBeGreaterThanOrEqual(1);
    },
    3 * minutes,
  );

  it("answers the case study's request through two hops, with the authority of the service", async () => {
    const answer = await mesh.getUntil("alpha", "/faas/api/saas/showroom/", ({ status }) => status === 200);
    expect(answer.status).toBe(200);
    expect(answer.body).toMatchObject({
      service: "saas-showroom",
      namespace: "faas-alpha",
      host: "saas-showroom.faas-alpha.svc.cluster.local",
      path: "/faas/api/saas/showroom/",
      method: "GET",
    });
    // Each of the two gateways adds the address that it was called from.
    expect(String(answer.body?.headers["x-forwarded-for"]).split(",")).toHaveLength(2);
  });

  it(
    "changes nothing when nothing changed",
    async () => {
      const summary = await mesh.up();
      expect(Object.keys(summary)).toEqual(["unchanged"]);
      expect(Object.keys(await mesh.preview())).toEqual(["same"]);
    },
    minutes,
  );

  describe("Java's half of the contract: the Host", () => {
    const path = "/faas/api/saas/showroom/";
    const ask = async (host: string) => send(mesh.gateway("entry"), { host, path });

    it.each([
      ["the environment's host", environmentHost("alpha")],
      ["the same in upper case", environmentHost("alpha").toUpperCase()],
      ["the same with a port", `${environmentHost("alpha")}:80`],
    ])("%s reaches the environment's service", async (_, host) => {
      expect((await ask(host)).body).toMatchObject({ service: "saas-showroom", namespace: "faas-alpha" });
    });

    it.each([
      ["the browser's host, which Zuul sends with addHostHeader", "www.example.com"],
      ["the short name", "faas-alpha-ksvc-gateway"],
      ["the second hop's host", serviceHost("saas-showroom", "faas-alpha")],
      ["the host of an environment that does not exist", environmentHost("gamma")],
      ["Java's own host", javaHost("alpha")],
    ])("%s gets 404 and reaches no service", async (_, host) => {
      const answer = await ask(host);
      expect(answer).toMatchObject({ status: 404, body: undefined });
    });

    it("never leads to another environment: the path of alpha's service is unknown to beta's host", async () => {
      expect(await ask(environmentHost("beta"))).toMatchObject({ status: 404, body: undefined });
    });
  });

  describe("the exit: serverless to Java", () => {
    it("leads from the environment's Java host to the Java export gateway, saying which environment it was", async () => {
      const answer = await send(mesh.gateway("exit"), {
        host: javaHost("beta"),
        path: "/orders/1?full=1",
        method: "POST",
        headers: { "x-kfaas-environment": "forged" },
      });
      expect(answer.status).toBe(200);
      expect(answer.body).toMatchObject({
        service: "java-export-gateway",
        method: "POST",
        path: "/orders/1?full=1",
      });
      expect(answer.body?.headers["x-kfaas-environment"]).toBe("beta");
    });

    it("knows no other host", async () => {
      const answer = await send(mesh.gateway("exit"), { host: "www.example.com", path: "/" });
      expect(answer).toMatchObject({ status: 404, body: undefined });
    });
  });

  it(
    "shifts traffic when a weight changes, updating that one object",
    async () => {
      expect(await countAnswers(mesh, "/faas/api/e2e/split/", 20)).toEqual({ "e2e-split": 20 });

      await workspace.write("stacks/test/alpha/e2e-split.yaml", splitFile(50, 50));
      expect(await mesh.up()).toMatchObject({ updated: 1 });

      await mesh.getUntil("alpha", "/faas/api/e2e/split/", ({ body }) => body?.service === "e2e-split-green");
      const counts = await countAnswers(mesh, "/faas/api/e2e/split/", 200);
      // 200 fair coins: fewer than 60 or more than 140 of a kind happens once in 10^8 runs.
      expect(Object.keys(counts).sort()).toEqual(["e2e-split", "e2e-split-green"]);
      expect(counts["e2e-split-green"]).toBeGreaterThan(60);
      expect(counts["e2e-split-green"]).toBeLessThan(140);
    },
    minutes,
  );

  it(
    "answers 404 once a service's file is gone, deleting that one object",
    async () => {
      await workspace.remove("stacks/test/alpha/e2e-split.yaml");
      expect(await mesh.up()).toMatchObject({ deleted: 1 });
      const answer = await mesh.getUntil("alpha", "/faas/api/e2e/split/", ({ status }) => status === 404);
      expect(answer).toMatchObject({ status: 404, body: undefined });
    },
    minutes,
  );

  it(
    "refuses bad input before anything is touched: all problems, no stack trace, state and cluster as they were",
    async () => {
      const [good, stateBefore] = [
        await workspace.read("stacks/test/alpha/saas-showroom.yaml"),
        await mesh.pulumi("stack", "export"),
      ];
      await workspace.write("stacks/test/alpha/saas-showroom.yaml", good.replace("prefix:", "prefx:"));
      await workspace.write(
        "stacks/test/beta/e2e-outside.yaml",
        "routes: [{ match: [{ prefix: /elsewhere/ }] }]\n",
      );
      try {
        const result = await mesh.pulumi("up", "--yes");
        const output = result.stdout + result.stderr;
        expect(result.exitCode).not.toBe(0);
        expect(output).toMatch(/stacks\/test\/alpha\/saas-showroom\.yaml:\d+/);
        expect(output).toMatch(/stacks\/test\/beta\/e2e-outside\.yaml:\d+/);
        expect(output).not.toMatch(/^\s+at .*\(?(file|node):/m);
        expect((await mesh.pulumi("stack", "export")).stdout).toBe(stateBefore.stdout);
        expect((await mesh.get("alpha", "/faas/api/saas/showroom/")).status).toBe(200);
      } finally {
        await workspace.write("stacks/test/alpha/saas-showroom.yaml", good);
        await workspace.remove("stacks/test/beta/e2e-outside.yaml");
      }
    },
    minutes,
  );

  describe("a stack and its cluster", () => {
    it(
      "is refused on a cluster that another stack was deployed to, with both names",
      async () => {
        const config = (await workspace.read("Pulumi.test.yaml")).replace("name: test", "name: other");
        await workspace.write("Pulumi.other.yaml", config);
        await mesh.pulumi("stack", "select", "--create", "other");
        const result = await mesh.pulumi("preview", "--stack", "other");
        await mesh.pulumi("stack", "rm", "--yes", "--stack", "other");
        await workspace.write("Pulumi.other.yaml", "config: {}\n");
        await mesh.pulumi("stack", "select", "test");
        expect(result.exitCode).not.toBe(0);
        expect(result.stdout).toMatch(/is for cluster "other", but context "test" leads to cluster "test"/);
      },
      minutes,
    );

    it(
      "is refused on a cluster that nobody knows, once it was deployed elsewhere",
      async () => {
        const elsewhere = await BareCluster.start(workspace, "test");
        try {
          const before = await mesh.pulumi("stack", "export");
          const result = await mesh.pulumiOn(elsewhere.kubeconfig, "up", "--yes");
          expect(result.exitCode).not.toBe(0);
          expect(result.stdout).toMatch(
            /was deployed to cluster "test" \(.+\), but context "test" leads to a cluster/,
          );
          expect(await elsewhere.namespaces()).not.toContain("namespace/kfaas-system");
          expect((await mesh.pulumi("stack", "export")).stdout).toBe(before.stdout);
        } finally {
          await elsewhere.stop();
        }
      },
      2 * minutes,
    );
  });

  it(
    "leaves nothing after destroy: no object of ours, no resource in the state",
    async () => {
      await mesh.destroy();
      expect(await mesh.resources()).toEqual([]);
      const left = await mesh.kubectl.run(["get", "namespace", "kfaas-system", "--ignore-not-found"]);
      expect(left).toBe("");
    },
    2 * minutes,
  );
});
