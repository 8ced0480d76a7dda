import { execa } from "execa";
import { afterAll, beforeAll, describe, expect, it } from "@jest/globals";
import { listStacks } from "../../config/list-stacks.ts";
import { loadStack } from "../../config/load-stack.ts";
import { environmentHost } from "../../core/mesh/names.ts";
import { upstreamOf } from "../../core/mesh/upstream.ts";
import { firstRequest, followRequest } from "../../local/first-request.ts";
import { EmbeddedMesh } from "../support/embedded-mesh.ts";
import { repository, Workspace } from "../support/workspace.ts";

const minutes = 60_000;

// The stack `test` has a story of its own in bridge.test.ts.
describe.each([["prerelease"], ["prod"]])("stack %s on an embedded mesh", (name) => {
  let workspace: Workspace;
  let mesh: EmbeddedMesh;

  beforeAll(async () => {
    workspace = await Workspace.create(name);
    mesh = await EmbeddedMesh.start(workspace, name);
  }, 5 * minutes);

  afterAll(async () => {
    await mesh.stop();
    await workspace.dispose();
  }, minutes);

  it(
    "comes up with every object ready, and stays as it is",
    async () => {
      expect(Object.keys(await mesh.up())).toEqual(["created"]);
      expect(Object.keys(await mesh.preview())).toEqual(["same"]);
    },
    3 * minutes,
  );

  it(
    "answers a request of its own through both hops",
    async () => {
      const { stack } = await loadStack(workspace.folder, name);
      const request = stack && firstRequest(stack);
      if (request === undefined) throw new Error(`Stack ${name} has no request that needs no condition.`);
      const answer = await followRequest(mesh.gateway("entry"), request, 20_000);
      expect(answer.body).toMatchObject({
        service: request.service.service,
        namespace: request.service.namespace,
      });
      expect(request.host).toBe(environmentHost(request.service.environment));
    },
    minutes,
  );

  it("reaches Java through the exit gateway, wherever the Java export gateway is", async () => {
    const { stack } = await loadStack(workspace.folder, name);
    const answer = await mesh.askJava(stack?.environments[0]?.name ?? "", "/orders");
    expect(answer.body).toMatchObject({ service: "java-export-gateway", path: "/orders" });
    expect(answer.body?.host).toBe(stack?.gateways.exit && upstreamOf(stack.gateways.exit).host);
  });
});

describe("admission by the real API server and istiod's webhook", () => {
  let workspace: Workspace;
  let mesh: EmbeddedMesh;

  beforeAll(async () => {
    workspace = await Workspace.create("test");
    mesh = await EmbeddedMesh.start(workspace, "test");
    // Dry runs need the namespace to be there.
    await mesh.kubectl.run(["create", "namespace", "kfaas-system"]);
  }, 5 * minutes);

  afterAll(async () => {
    await mesh.stop();
    await workspace.dispose();
  }, minutes);

  const render = async (...args: readonly string[]): Promise<string> =>
    (await execa(process.execPath, ["bin/kfaas.mjs", "render", ...args], { cwd: repository })).stdout;
  const dryRun = async (manifest: string): Promise<string> =>
    mesh.kubectl.run(
      ["apply", "--server-side", "--dry-run=server", "--validate=strict", "-f", "-"],
      manifest,
    );

  it(
    "takes every object of every stack, and of the case study, without an unknown field",
    async () => {
      const stacks = await listStacks(repository);
      expect(stacks).toEqual(expect.arrayContaining(["prerelease", "prod", "test"]));
      for (const args of [...stacks.map((stack) => ["-s", stack]), ["-C", "examples/case-study"]]) {
        const manifest = await render(...args);
        const objects = manifest.split("\n").filter((line) => line === "---").length;
        const answers = (await dryRun(manifest)).trim().split("\n");
        expect(answers).toHaveLength(objects);
        for (const answer of answers) expect(answer).toMatch(/serverside-applied \(server dry run\)$/);
      }
    },
    minutes,
  );

  it(
    "is not a formality: istiod refuses a regex that RE2 cannot compile, with its reason",
    async () => {
      const manifest = await render("-s", "test", "-e", "alpha");
      const broken = manifest.replace("prefix: /faas/api/saas/showroom/", "regex: /faas/api/(?=saas)");
      expect(broken).not.toBe(manifest);
      await expect(dryRun(broken)).rejects.toThrow(
        /admission webhook.*istio.*invalid or unsupported Perl syntax/s,
      );
    },
    minutes,
  );
});
