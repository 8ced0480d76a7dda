import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "@jest/globals";
import { execa } from "execa";
import { serviceFile, stackFile, temporaryFolders } from "../support/temporary-folder.ts";

// The real program in a process of its own.
const folder = temporaryFolders();
const repository = join(import.meta.dirname, "../..");
const timeout = 60_000;

async function map(...args: string[]) {
  const launcher = join(repository, "bin/kfaas.mjs");
  return execa("node", [launcher, "map", ...args], { cwd: repository, reject: false });
}

const stack = (files: Record<string, string> = {}) =>
  folder({ "Pulumi.test.yaml": stackFile, "stacks/test/alpha/a.yaml": serviceFile("a"), ...files });

describe("kfaas map", () => {
  it(
    "writes one page that loads nothing, and says so on stderr only",
    async () => {
      const cwd = stack();
      const { exitCode, stdout, stderr } = await map("-C", cwd, "--out", "map.html");
      expect([exitCode, stdout]).toEqual([0, ""]);
      expect(stderr).toBe(`${join(cwd, "map.html")}: 1 route, no problems`);
      const page = readFileSync(join(cwd, "map.html"), "utf8");
      expect(page).toContain('"pattern":"/faas/api/a/"');
      expect(page).not.toMatch(/<link|<img|\ssrc=|@import|url\(/);
    },
    timeout,
  );

  it(
    "writes it in spite of errors, which it shows",
    async () => {
      const cwd = stack({ "stacks/test/alpha/b.yaml": "routez: []\n" });
      const { exitCode, stderr } = await map("-C", cwd, "-e", "alpha", "--out", "map.html");
      expect(exitCode).toBe(0);
      expect(stderr).toMatch(/: 1 route, 1 error$/);
      expect(readFileSync(join(cwd, "map.html"), "utf8")).toContain('"leftOut":["stacks/test/alpha/b.yaml"]');
    },
    timeout,
  );

  it.each<[string, Record<string, string>, string[], RegExp]>([
    ["an unknown environment", {}, ["-e", "alfa"], /no environment "alfa"[^]*did you mean "alpha"/],
    ["an unknown stack", {}, ["-s", "tset"], /no stack "tset"/],
    [
      "a stack that cannot be read",
      { "Pulumi.test.yaml": "config:\n  kfaas:cluster: 5\n" },
      ["-s", "test"],
      /Pulumi\.test\.yaml/,
    ],
    ["a page that cannot be written", {}, ["--out", "missing/map.html"], /map\.html cannot be written/],
  ])(
    "ends with 2 and one line for %s",
    async (_name, files, args, expected) => {
      const cwd = stack(files);
      const { exitCode, stderr } = await map("-C", cwd, "--out", "map.html", ...args);
      expect(exitCode).toBe(2);
      expect(stderr).toMatch(expected);
      expect(stderr.split("\n")).toHaveLength(1);
      expect(existsSync(join(cwd, "map.html"))).toBe(false);
    },
    timeout,
  );
});
