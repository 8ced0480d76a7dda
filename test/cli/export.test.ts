import { describe, expect, it } from "@jest/globals";
import { kfaas, kfaasTimeout } from "../support/kfaas.ts";
import { serviceFile, stackFile, temporaryFolders } from "../support/temporary-folder.ts";

const folder = temporaryFolders();
const files = {
  "Pulumi.test.yaml": stackFile,
  "stacks/test/alpha/a.yaml": serviceFile("a"),
  "stacks/test/alpha/b.yaml": serviceFile("a/b"),
};
const forJava = ["export", "--for", "site-gateway"];

describe("kfaas export --for site-gateway", () => {
  it(
    "prints Hosts, the smallest set of paths and the simple alternative",
    async () => {
      const { exitCode, stdout, stderr } = await kfaas(...forJava, "-C", folder(files));
      expect([exitCode, stderr]).toEqual([0, ""]);
      expect(stdout).toMatch(
        /^alpha\n {2}Host: faas-alpha-ksvc-gateway\.kfaas-system\.svc\.cluster\.local\n/,
      );
      expect(stdout).toMatch(/\n {2}prefix {2}\/faas\/api\/a\/ {2}a, b\n\nbeta\n/);
      expect(stdout).toMatch(/whole path root \/faas\/api\//);
    },
    kfaasTimeout,
  );

  it(
    "prints one environment as JSON",
    async () => {
      const { stdout } = await kfaas(...forJava, "-C", folder(files), "-e", "alpha", "--format", "json");
      expect(JSON.parse(stdout)).toMatchObject({
        stack: "test",
        pathRoot: "/faas/api/",
        environments: [
          {
            environment: "alpha",
            host: "faas-alpha-ksvc-gateway.kfaas-system.svc.cluster.local",
            subscriptions: [{ kind: "prefix", path: "/faas/api/a/", services: ["a", "b"] }],
          },
        ],
      });
    },
    kfaasTimeout,
  );

  it(
    "prints nothing if there is an error, and exits with 1",
    async () => {
      const cwd = folder({ ...files, "stacks/test/alpha/b.yaml": serviceFile("a") });
      const { exitCode, stdout, stderr } = await kfaas(...forJava, "-C", cwd);
      expect([exitCode, stdout]).toEqual([1, ""]);
      expect(stderr).toMatch(/Nothing is exported: 1 error/);
    },
    kfaasTimeout,
  );

  it.each<[string, string[], RegExp]>([
    ["nobody to export for", ["export"], /required option '--for <whom>'/],
    ["somebody unknown", ["export", "--for", "me"], /site-gateway/],
    ["an unknown environment", [...forJava, "-e", "aplha"], /did you mean "alpha"\?/],
  ])(
    "exits with 2 for %s",
    async (_what, args, message) => {
      const { exitCode, stdout, stderr } = await kfaas(...args, "-C", folder(files));
      expect([exitCode, stdout]).toEqual([2, ""]);
      expect(stderr).toMatch(message);
    },
    kfaasTimeout,
  );
});
