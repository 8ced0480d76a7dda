import { join } from "node:path";
import { describe, expect, it } from "@jest/globals";
import { execa } from "execa";
import { cluster, fakeApiservers } from "../support/fake-apiserver.ts";
import { serviceFile, stackFile, temporaryFolders } from "../support/temporary-folder.ts";

// The real program in a process of its own: what a shell and a pipeline see.
const folder = temporaryFolders();
const serve = fakeApiservers();
const launcher = join(import.meta.dirname, "../../bin/kfaas.mjs");
const timeout = 60_000;

const files = { "Pulumi.test.yaml": stackFile, "stacks/test/alpha/a.yaml": serviceFile("a") };

async function drift(cwd: string, args: readonly string[], env: Record<string, string> = {}) {
  const { exitCode, stdout, stderr } = await execa("node", [launcher, "drift", "-C", cwd, ...args], {
    reject: false,
    env,
  });
  return { exitCode, stdout, stderr };
}

describe("kfaas drift", () => {
  it.each<[string, string[], RegExp]>([
    ["no stack", [], /needs -s/],
    ["a stack that does not exist", ["-s", "tset"], /tset/],
    ["to mend and to watch at once", ["-s", "test", "--fix", "--watch"], /do not go together/],
    ["two clusters", ["-s", "test", "--kubeconfig", "x", "--in-cluster"], /name two clusters/],
    [
      "a kubeconfig that does not exist",
      ["-s", "test", "--kubeconfig", "missing"],
      /no kubeconfig .*missing/,
    ],
    ["a pod where there is none", ["-s", "test", "--in-cluster"], /no pod with a service account/],
    ["an interval in words", ["-s", "test", "--watch", "--interval", "often"], /Whole seconds/],
    ["an address without a port", ["-s", "test", "--watch", "--listen", "localhost"], /host:port/],
  ])(
    "is wrong usage with %s",
    async (_, args, message) => {
      const result = await drift(folder(files), args, { KUBERNETES_SERVICE_HOST: "" });
      expect(result.stderr).toMatch(message);
      expect(result.exitCode).toBe(2);
      expect(result.stdout).toBe("");
    },
    timeout,
  );

  it(
    "never takes the cluster of an ambient KUBECONFIG that lacks the stack's context",
    async () => {
      const server = await serve(cluster("uid-1"));
      const cwd = folder({ ...files, config: server.kubeconfig("other") });
      const result = await drift(cwd, ["-s", "test"], { KUBECONFIG: join(cwd, "config") });
      expect(result.exitCode).toBe(2);
      expect(result.stderr).toMatch(/no context "test" in .*, only "other"/);
      expect(server.asked).toEqual([]);
    },
    timeout,
  );

  it.each([[], ["--fix"]])(
    "does not compare a stack with another stack's cluster (%s)",
    async (...args) => {
      const server = await serve(cluster("uid-1", { name: "prod", uid: "uid-1" }));
      const cwd = folder({ ...files, config: server.kubeconfig("test") });
      const result = await drift(cwd, ["-s", "test", "--kubeconfig", "config", ...args]);
      expect(result.exitCode).toBe(2);
      expect(result.stderr).toMatch(/leads to cluster "prod"/);
      expect(server.asked).toHaveLength(2);
    },
    timeout,
  );

  it(
    "mends nothing on a cluster that has no record of any stack",
    async () => {
      const server = await serve(cluster("uid-1"));
      const cwd = folder({ ...files, config: server.kubeconfig("test") });
      const result = await drift(cwd, ["-s", "test", "--kubeconfig", "config", "--fix"]);
      expect(result.exitCode).toBe(2);
      expect(result.stderr).toMatch(/has no record of a stack/);
    },
    timeout,
  );

  it(
    "compares nothing while the stack's files have errors",
    async () => {
      const server = await serve(cluster("uid-1"));
      const cwd = folder({
        ...files,
        "stacks/test/alpha/b.yaml": "routes: []\n",
        config: server.kubeconfig("test"),
      });
      const result = await drift(cwd, ["-s", "test", "--kubeconfig", "config"]);
      expect(result.exitCode).toBe(2);
      expect(result.stderr).toMatch(/Nothing is compared/);
      expect(server.asked).toEqual([]);
    },
    timeout,
  );
});
