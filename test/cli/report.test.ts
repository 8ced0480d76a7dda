import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "@jest/globals";
import { execa } from "execa";
import { commitAll } from "../support/git.ts";
import { kfaas, kfaasTimeout } from "../support/kfaas.ts";
import { serviceFile, stackFile, temporaryFolders } from "../support/temporary-folder.ts";

const folder = temporaryFolders();
const files = {
  "Pulumi.test.yaml": stackFile,
  "stacks/test/alpha/a.yaml": serviceFile("a"),
  "stacks/test/alpha/b.yaml": serviceFile("b"),
};
const step = (op: string, types: string, name: string) => ({
  op,
  urn: `urn:pulumi:test::kfaas::${types}::${name}`,
});
const preview = (...steps: object[]) => JSON.stringify({ steps, changeSummary: {} });
const route = step(
  "update",
  "kfaas:routing:ServiceRoutes$kubernetes:networking.istio.io/v1:VirtualService",
  "ns/b",
);
const gateway = step("delete", "kfaas:mesh:EntryGateway$kubernetes:apps/v1:Deployment", "ns/entry");

describe("kfaas report", () => {
  it(
    "is one comment about a change since a revision, and the whole of it in the summary",
    async () => {
      const root = folder({ ...files, "p.json": preview(route), "summary.md": "before\n" });
      commitAll(root, "first");
      writeFileSync(join(root, "stacks/test/alpha/b.yaml"), serviceFile("a/new"));
      const args = ["report", "-C", root, "--from", "HEAD", "--preview", "p.json", "--summary", "summary.md"];
      const { exitCode, stdout, stderr } = await kfaas(...args);
      expect([exitCode, stderr]).toEqual([0, ""]);
      expect(stdout).toMatch(/^<!-- kfaas-report -->\n\n### KFaaS: 1 moved, 1 removed\n/);
      expect(stdout).toContain("- `a` → `b`, for example `GET http://faas-alpha-ksvc-gateway.");
      expect(stdout).toContain("- update VirtualService `ns/b`");
      expect(readFileSync(join(root, "summary.md"), "utf8").trim()).toBe(`before\n${stdout}`);
    },
    kfaasTimeout,
  );

  it(
    "is JSON for a stack that is named, and an array otherwise",
    async () => {
      const to = folder({
        ...files,
        "stacks/test/alpha/a.yaml": serviceFile("c"),
        "p.json": preview(gateway),
      });
      const args = ["report", "-C", to, "--from", folder(files), "--format", "json"];
      const one = await kfaas(...args, "-s", "test", "--preview", "p.json");
      expect(one.exitCode).toBe(1);
      expect(JSON.parse(one.stdout)).toEqual({
        stack: "test",
        problems: [],
        changes: [
          expect.objectContaining({ kind: "added", from: null, to: "a" }),
          expect.objectContaining({ kind: "removed", from: "a", to: null }),
        ],
        pulumi: {
          create: 0,
          update: 0,
          delete: 1,
          replace: 0,
          errors: [],
          changes: [
            {
              operation: "delete",
              kind: "Deployment",
              name: "ns/entry",
              parents: ["kfaas:mesh:EntryGateway"],
            },
          ],
        },
        guard: [expect.objectContaining({ code: "destroys-gateway", severity: "error" })],
      });
      const all = await kfaas(...args);
      expect(all.exitCode).toBe(0);
      expect(JSON.parse(all.stdout)).toMatchObject([{ stack: "test", pulumi: null, guard: [] }]);
    },
    kfaasTimeout,
  );

  it(
    "exits with 1 for an error, and compares nothing that cannot be read",
    async () => {
      const to = folder({ ...files, "stacks/test/alpha/a.yaml": "routez: []\n" });
      const { exitCode, stdout } = await kfaas("report", "-C", to, "--from", folder(files));
      expect(exitCode).toBe(1);
      expect(stdout).toContain("| could not be compared |");
      expect(stdout).toContain("- `stacks/test/alpha/a.yaml:1:1` **unknown-key**");
    },
    kfaasTimeout,
  );

  it.each<[string, string[], RegExp]>([
    ["no first place", [], /required option '--from <place>'/],
    ["a preview of no stack here", ["--from", ".", "--preview", "other=p.json"], /preview of stack other/],
    ["two of one", ["--from", ".", "--preview", "test=p.json", "--preview", "test=p.json"], /two previews/],
    ["a file that is none", ["--from", ".", "--preview", "Pulumi.test.yaml"], /not what .*--json/],
    ["a summary in no folder", ["--from", ".", "--summary", "no/such/folder"], /cannot write/],
  ])(
    "exits with 2 for %s",
    async (_what, args, message) => {
      const cwd = folder({ ...files, "p.json": '{"steps": []}' });
      const { exitCode, stdout, stderr } = await kfaas("report", "-C", cwd, ...args);
      expect([exitCode, stdout]).toEqual([2, ""]);
      expect(stderr).toMatch(message);
    },
    kfaasTimeout,
  );
});

describe("kfaas guard", () => {
  it(
    "refuses, unless a reason is given as a flag or by the environment",
    async () => {
      const cwd = folder({ "p.json": preview(gateway), "q.json": preview(route) });
      const args = ["guard", "-C", cwd, "--preview", "q.json", "--preview", "p.json"];
      const refused = await kfaas(...args);
      expect(refused.exitCode).toBe(1);
      expect(refused.stdout).toMatch(/^Pulumi\.test\.yaml {2}error {2}destroys-gateway$/m);
      expect((await kfaas(...args, "--allow-destructive", "wanted")).exitCode).toBe(0);
      expect((await kfaas(...args, "--allow-destructive", " ")).exitCode).toBe(1);
      const byEnvironment = await execa("node", [join(import.meta.dirname, "../../bin/kfaas.mjs"), ...args], {
        env: { KFAAS_ALLOW_DESTRUCTIVE: "wanted" },
        reject: false,
      });
      expect([byEnvironment.exitCode, byEnvironment.stdout]).toEqual([
        0,
        expect.stringMatching(/warning {2}destroys-gateway[^]*allowed: wanted/),
      ]);
    },
    kfaasTimeout,
  );

  it.each<[string, string[], RegExp]>([
    ["no preview", [], /Which preview\?/],
    ["no such file", ["--preview", "p.json"], /cannot read p\.json/],
    ["no number", ["--preview", "p.json", "--max-routes", "many"], /A number from 0/],
  ])(
    "exits with 2 for %s",
    async (_what, args, message) => {
      const { exitCode, stderr } = await kfaas("guard", "-C", folder({}), ...args);
      expect(exitCode).toBe(2);
      expect(stderr).toMatch(message);
    },
    kfaasTimeout,
  );
});

describe("kfaas preview", () => {
  it(
    "says what is wrong with the files before it asks the engine, compared with where the branch began",
    async () => {
      const root = folder({ ...files, "stacks/test/alpha/a.yaml": serviceFile("b") });
      commitAll(root, "first");
      writeFileSync(join(root, "stacks/test/alpha/c.yaml"), serviceFile("c"));
      const { exitCode, stdout } = await kfaas("preview", "-C", root, "-s", "test");
      expect(exitCode).toBe(1);
      expect(stdout).toContain("**equal-matches**");
      expect(stdout).toContain("nobody → `c`");
      expect(stdout).toContain("| not asked |");
    },
    kfaasTimeout,
  );

  it(
    "exits with 2 where there is nothing to compare with",
    async () => {
      const { exitCode, stderr } = await kfaas("preview", "-C", folder(files), "-s", "test");
      expect(exitCode).toBe(2);
      expect(stderr).toMatch(/no main branch to compare with; add --from/);
    },
    kfaasTimeout,
  );
});
