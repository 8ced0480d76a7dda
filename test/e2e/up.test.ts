import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import path from "node:path";
import { execa } from "execa";
import { afterAll, beforeAll, describe, expect, it } from "@jest/globals";
import { instanceOf } from "../../local/instance.ts";
import type { MeshStatus } from "../../local/mesh.ts";
import { processesOf } from "../../local/processes.ts";
import type { CommandResult } from "../support/embedded-mesh.ts";
import { repository, Workspace } from "../support/workspace.ts";

const minutes = 60_000;

// What the README promises a newcomer, by the very scripts that `npm run up` and `npm run down` start.
describe("npm run up and npm run down", () => {
  let workspace: Workspace;
  /** Stands for a cluster of the user's that an ambient KUBECONFIG leads to. */
  let foreignCluster: Server;
  let foreignRequests = 0;

  const script = async (name: string, ...args: readonly string[]): Promise<CommandResult> => {
    const result = await execa(
      process.execPath,
      [path.join(repository, "tools/bootstrap.mjs"), `tools/${name}.ts`, ...args],
      {
        cwd: workspace.folder,
        env: { KUBECONFIG: path.join(workspace.folder, "foreign.kubeconfig") },
        reject: false,
        stdin: "ignore",
      },
    );
    return { exitCode: result.exitCode ?? -1, stdout: result.stdout, stderr: result.stderr };
  };

  beforeAll(async () => {
    workspace = await Workspace.create("test");
    foreignCluster = createServer((_, response) => {
      foreignRequests += 1;
      response.writeHead(500).end();
    });
    await new Promise<void>((resolve) => foreignCluster.listen(0, "127.0.0.1", resolve));
    const { port } = foreignCluster.address() as AddressInfo;
    await workspace.write(
      "foreign.kubeconfig",
      JSON.stringify({
        apiVersion: "v1",
        kind: "Config",
        // The very context that the stack names: only where it was asked for may it be used.
        contexts: [{ name: "test", context: { cluster: "foreign", user: "foreign" } }],
        clusters: [{ name: "foreign", cluster: { server: `http://127.0.0.1:${port}` } }],
        users: [{ name: "foreign", user: {} }],
        "current-context": "test",
      }),
    );
  });

  afterAll(async () => {
    await script("down");
    foreignCluster.close();
    await workspace.dispose();
  }, minutes);

  it(
    "goes from nothing to an answered request, hop by hop, and says what to type next",
    async () => {
      const { exitCode, stdout } = await script("up");
      expect(exitCode).toBe(0);
      expect(stdout).toContain("GET /faas/api/saas/showroom/");
      expect(stdout).toContain("Host: faas-alpha-ksvc-gateway.kfaas-system.svc.cluster.local");
      expect(stdout).toMatch(/=\s+200 from Knative service saas-showroom in faas-alpha/);
      expect(stdout).toContain("npm run down");
      const curl = /curl -H 'Host: [^']+' http:\/\/127\.0\.0\.1:\d+\/faas\/api\/saas\/showroom\//.exec(
        stdout,
      )?.[0];
      expect((await execa("sh", ["-c", `${curl ?? "false"} --silent`])).stdout).toContain(
        '"service":"saas-showroom"',
      );
    },
    5 * minutes,
  );

  it(
    "changes nothing the second time, and is not stopped by the lock of an engine that was killed",
    async () => {
      const lock = ".kfaas/local/test/backend/.pulumi/locks/organization/kfaas/test/0b0b.json";
      // Above the largest pid that Linux gives.
      await workspace.write(lock, JSON.stringify({ pid: 4_194_305, username: "somebody", hostname: "here" }));
      const { exitCode, stdout } = await script("up");
      expect(exitCode).toBe(0);
      expect(stdout).toMatch(/\d+ unchanged/);
      expect(stdout).not.toMatch(/\d+ (created|updated|deleted|replaced)/);
    },
    2 * minutes,
  );

  it(
    "leaves a mesh that `kfaas local` knows, and an environment in which plain pulumi and kubectl work",
    async () => {
      const kfaas = async (...args: readonly string[]): Promise<string> =>
        (
          await execa(process.execPath, ["bin/kfaas.mjs", "local", ...args, "-s", "test"], {
            cwd: workspace.folder,
          })
        ).stdout;
      const status = JSON.parse(await kfaas("status", "--format", "json")) as MeshStatus;
      expect(status.running).toBe(true);
      expect(Object.keys(status.gateways)).toEqual(["entry", "clusterLocal", "exit"]);
      const shell = `${await kfaas("env")}\npulumi stack ls --json && kubectl get namespace kfaas-system --output name`;
      const { stdout } = await execa("sh", ["-ec", shell], { cwd: workspace.folder });
      expect(stdout).toContain('"name": "test"');
      expect(stdout).toContain("namespace/kfaas-system");
    },
    minutes,
  );

  it("never asked the cluster that an ambient KUBECONFIG leads to", () => {
    expect(foreignRequests).toBe(0);
  });

  it(
    "refuses bad input with file and line before the engine is started",
    async () => {
      const good = await workspace.read("stacks/test/alpha/saas-showroom.yaml");
      await workspace.write("stacks/test/alpha/saas-showroom.yaml", `${good}\nyieldTo: [x]\n`);
      const { exitCode, stdout, stderr } = await script("up");
      await workspace.write("stacks/test/alpha/saas-showroom.yaml", good);
      expect(exitCode).toBe(1);
      expect(stderr).toMatch(/stacks\/test\/alpha\/saas-showroom\.yaml:\d+/);
      expect(stdout).not.toContain("Updating");
    },
    minutes,
  );

  it.each([
    ["an unknown option", ["--stak", "test"], "--stak"],
    ["a stack that does not exist", ["-s", "tset"], "tset"],
  ])("answers %s with one line and exit code 2", async (_, args, named) => {
    const { exitCode, stderr } = await script("up", ...args);
    expect(exitCode).toBe(2);
    expect(stderr.trim().split("\n")).toHaveLength(1);
    expect(stderr).toContain(named);
  });

  it(
    "takes it all away, and does not mind doing so twice",
    async () => {
      const instance = instanceOf(workspace.folder, "test");
      expect((await processesOf(instance)).length).toBeGreaterThan(0);
      expect((await script("down")).exitCode).toBe(0);
      expect(await processesOf(instance)).toEqual([]);
      expect((await script("down")).stdout).toContain("No embedded mesh");
    },
    minutes,
  );
});
