import { describe, expect, it } from "@jest/globals";
import { kfaas, kfaasTimeout } from "../support/kfaas.ts";
import { serviceFile, stackFile, temporaryFolders } from "../support/temporary-folder.ts";

const folder = temporaryFolders();
const older = stackFile
  .replace('istio: "1.31"', 'istio: "1.20"')
  .replace('knative: "1.23"', 'knative: "1.12"');
const files = {
  "Pulumi.test.yaml": older,
  "Pulumi.prod.yaml": `${older}  kfaas:production: true\n`,
  "stacks/test/alpha/a.yaml": serviceFile("a"),
};
const newest = ["rehearse", "--istio", "1.31", "--knative", "1.23"];

describe("kfaas rehearse", () => {
  it(
    "without -s compares all stacks and says in which order to move them",
    async () => {
      const { exitCode, stdout, stderr } = await kfaas(...newest, "-C", folder(files));
      expect([exitCode, stderr]).toEqual([1, ""]);
      expect(stdout).toMatch(/^test: Istio 1\.20 → 1\.31, Knative 1\.12 → 1\.23\n/);
      expect(stdout).toMatch(/retries: 2 on .*; answers with status 503 too → 2 on/);
      expect(stdout).toMatch(/objects: 0 replaced, 2 updated\n +update apiVersion\n/);
      expect(stdout).toMatch(/ 1\. test: .*\n +2\. prod \(production\): /);
    },
    kfaasTimeout,
  );

  it(
    "exits with 0 for the versions that the stack runs",
    async () => {
      const args = ["rehearse", "-s", "test", "--istio", "1.20", "--format", "json"];
      const { exitCode, stdout } = await kfaas(...args, "-C", folder(files));
      expect(exitCode).toBe(0);
      expect(JSON.parse(stdout)).toMatchObject({ stack: "test", refused: [], experience: [], objects: [] });
    },
    kfaasTimeout,
  );

  it(
    "prints JSON with stacks, order and what only some clusters could serve",
    async () => {
      const answer = "routes:\n  - match: [{ prefix: /faas/api/b/ }]\n    directResponse: { status: 200 }\n";
      const cwd = folder({
        ...files,
        "Pulumi.prod.yaml": files["Pulumi.prod.yaml"]
          .replace('istio: "1.20"', 'istio: "1.14"')
          .replace("stacks/test", "stacks/prod"),
        "stacks/test/alpha/b.yaml": answer,
        "stacks/prod/alpha/a.yaml": serviceFile("a"),
      });
      const { exitCode, stdout } = await kfaas(...newest, "-C", cwd, "--format", "json");
      expect(exitCode).toBe(1);
      expect(JSON.parse(stdout)).toMatchObject({
        stacks: [{ stack: "test" }, { stack: "prod", production: true }],
        order: ["test", "prod"],
        mixed: [{ environment: "alpha", service: "b", since: "1.15", lacking: ["prod"] }],
      });
    },
    kfaasTimeout,
  );

  it(
    "refuses versions that lack what a file uses, with file and line",
    async () => {
      const file = serviceFile("a").replace("/a/", "/a/\n        ignoreCase: true");
      const cwd = folder({ ...files, "stacks/test/alpha/a.yaml": file });
      const { exitCode, stdout } = await kfaas("rehearse", "-s", "test", "--istio", "1.1", "-C", cwd);
      expect(exitCode).toBe(1);
      expect(stdout).toMatch(/stacks\/test\/alpha\/a\.yaml:2:\d+ +error +feature-needs-newer-istio/);
    },
    kfaasTimeout,
  );

  it.each([
    ["no version", [], "Add --istio, --knative or both"],
    ["a version that cannot be rendered for", ["--istio", "1.99"], "Istio 1.0 to 1.31 can be rendered for"],
    ["a stack that does not exist", ["--istio", "1.31", "-s", "tset"], "tset"],
    ["an environment that does not exist", ["--istio", "1.31", "-e", "gamma"], "gamma"],
  ])(
    "answers %s with exit code 2",
    async (_, args, named) => {
      const { exitCode, stdout, stderr } = await kfaas("rehearse", ...args, "-C", folder(files));
      expect([exitCode, stdout]).toEqual([2, ""]);
      expect(stderr).toContain(named);
    },
    kfaasTimeout,
  );

  it(
    "does not compare a stack with errors, and prints them",
    async () => {
      const cwd = folder({ ...files, "stacks/test/alpha/b.yaml": serviceFile("a") });
      const { exitCode, stdout, stderr } = await kfaas(...newest, "-s", "test", "-C", cwd);
      expect([exitCode, stdout]).toEqual([2, ""]);
      expect(stderr).toMatch(/equal-matches[^]*kfaas: stack test cannot be rehearsed: \d+ error/);
    },
    kfaasTimeout,
  );
});
