import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "@jest/globals";
import { commitAll } from "../support/git.ts";
import { kfaas, kfaasTimeout } from "../support/kfaas.ts";
import { serviceFile, stackFile, temporaryFolders } from "../support/temporary-folder.ts";

const folder = temporaryFolders();
const files = {
  "Pulumi.test.yaml": stackFile,
  "stacks/test/alpha/a.yaml": serviceFile("a"),
  "stacks/test/alpha/b.yaml": serviceFile("b"),
};

function edited(change: Readonly<Record<string, string>>): string {
  return folder({ ...files, ...change });
}

describe("kfaas diff", () => {
  it(
    "compares a git revision with the working folder, by requests",
    async () => {
      const root = folder(files);
      commitAll(root, "first");
      const same = await kfaas("diff", "-C", root, "--from", "HEAD");
      expect(same).toEqual({ exitCode: 0, stdout: "test: no request changes", stderr: "" });
      writeFileSync(join(root, "stacks/test/alpha/b.yaml"), serviceFile("a/new"));
      const { exitCode, stdout } = await kfaas(
        "diff",
        "-C",
        root,
        "-s",
        "test",
        "--from",
        "HEAD",
        "--format",
        "json",
      );
      expect(exitCode).toBe(1);
      expect(JSON.parse(stdout)).toEqual({
        stack: "test",
        changes: [
          {
            kind: "moved",
            environment: "alpha",
            from: "a",
            to: "b",
            witness: { method: "GET", path: "/faas/api/a/new/", query: {}, headers: {} },
            fields: [],
          },
          expect.objectContaining({ kind: "removed", from: "b", to: null }),
        ],
      });
    },
    kfaasTimeout,
  );

  it(
    "shows changes by environment, each with a URL and what is done differently",
    async () => {
      const to = edited({
        "stacks/test/alpha/a.yaml": `${serviceFile("a")}    timeout: 3s\n`,
        "stacks/test/beta/c.yaml": serviceFile("c"),
      });
      const { exitCode, stdout } = await kfaas("diff", "-C", to, "--from", folder(files), "--to", to);
      expect(exitCode).toBe(1);
      expect(stdout.split("\n").map((line) => line.trim())).toEqual([
        "test: 1 added, 1 policy",
        "alpha",
        "policy   a: timeout",
        "GET http://faas-alpha-ksvc-gateway.kfaas-system.svc.cluster.local/faas/api/a/",
        "beta",
        "added    nobody → c",
        "GET http://faas-beta-ksvc-gateway.kfaas-system.svc.cluster.local/faas/api/c/",
      ]);
      const alpha = await kfaas("diff", "-C", to, "--from", folder(files), "-e", "alpha", "--format", "json");
      expect(JSON.parse(alpha.stdout)).toMatchObject([{ stack: "test", changes: [{ kind: "policy" }] }]);
    },
    kfaasTimeout,
  );

  it(
    "finds nothing in another way to say the same",
    async () => {
      const spelled = `routes:\n  - match:\n      - regex: /faas/api/a/.*\n    timeout: 60s\n`;
      const from = edited({ "stacks/test/alpha/a.yaml": `${serviceFile("a")}    timeout: 1m\n` });
      const to = edited({ "stacks/test/alpha/a.yaml": spelled });
      expect(await kfaas("diff", "-C", to, "--from", from)).toMatchObject({ exitCode: 0, stderr: "" });
    },
    kfaasTimeout,
  );

  it(
    "counts stacks that appear and vanish",
    async () => {
      const to = folder({ ...files, "Pulumi.more.yaml": stackFile });
      const { exitCode, stdout } = await kfaas("diff", "-C", to, "--from", folder(files), "--format", "json");
      expect(exitCode).toBe(1);
      expect(JSON.parse(stdout)).toMatchObject([
        {
          stack: "more",
          changes: [
            { kind: "added", to: "a" },
            { kind: "added", to: "b" },
          ],
        },
        { stack: "test", changes: [] },
      ]);
      const back = await kfaas(
        "diff",
        "-C",
        to,
        "--from",
        to,
        "--to",
        folder(files),
        "-s",
        "more",
        "--format",
        "json",
      );
      expect(JSON.parse(back.stdout)).toMatchObject({ changes: [{ kind: "removed" }, { kind: "removed" }] });
    },
    kfaasTimeout,
  );

  it(
    "exits with 2 if a side cannot be read, with its problems",
    async () => {
      const from = edited({ "stacks/test/alpha/a.yaml": "routez: []\n" });
      const { exitCode, stdout, stderr } = await kfaas("diff", "-C", folder(files), "--from", from);
      expect([exitCode, stdout]).toEqual([2, ""]);
      expect(stderr).toMatch(
        /a\.yaml:1:1 {2}error {2}unknown-key[^]*stack test of .* cannot be compared: 1 error\.$/,
      );
    },
    kfaasTimeout,
  );

  it(
    "still compares what services contend for, and says so",
    async () => {
      const to = edited({ "stacks/test/alpha/b.yaml": serviceFile("a") });
      const { exitCode, stderr } = await kfaas("diff", "-C", to, "--from", folder(files));
      expect(exitCode).toBe(1);
      expect(stderr).toMatch(/^note: stack test of the working folder has 1 error/);
    },
    kfaasTimeout,
  );

  it.each<[string, string[], RegExp]>([
    [
      "neither folder nor revision",
      ["--from", "nope"],
      /^kfaas: there is no folder .*nope, and .*no git repository$/,
    ],
    ["a missing second place", ["--from", ".", "--to", "nope"], /no folder .*nope/],
    ["no first place", [], /required option '--from <place>'/],
    ["an unknown stack", ["--from", ".", "-s", "tset"], /no stack "tset"/],
    ["an unknown environment", ["--from", ".", "-e", "aplha"], /did you mean "alpha"\?/],
  ])(
    "exits with 2 for %s",
    async (_what, args, message) => {
      const { exitCode, stdout, stderr } = await kfaas("diff", "-C", folder(files), ...args);
      expect([exitCode, stdout]).toEqual([2, ""]);
      expect(stderr).toMatch(message);
    },
    kfaasTimeout,
  );
});
