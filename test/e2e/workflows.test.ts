import { readdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "@jest/globals";
import { execa } from "execa";
import { repository } from "../support/workspace.ts";
import { temporaryFolders } from "../support/temporary-folder.ts";

const folder = temporaryFolders();
const minutes = 60_000;

/** The real linter, built from Go's module proxy: seconds. https://github.com/rhysd/actionlint */
const actionlint = async (...files: readonly string[]) =>
  execa("go", ["tool", "actionlint", "-no-color", "-shellcheck=", "-pyflakes=", ...files], {
    cwd: join(repository, "test/e2e/actionlint"),
    env: { CGO_ENABLED: "0", GOFLAGS: "-mod=readonly", GOWORK: "off" },
    reject: false,
  });

describe("GitHub workflows, as actionlint reads them", () => {
  it(
    "are right",
    async () => {
      const workflows = join(repository, "operations/github");
      const files = readdirSync(workflows).map((file) => join(workflows, file));
      expect(files.length).toBeGreaterThan(3);
      const { exitCode, stdout, stderr } = await actionlint(...files);
      expect([exitCode, stdout, stderr]).toEqual([0, "", ""]);
    },
    5 * minutes,
  );

  it(
    "would not be with an unknown key or a title of somebody else in a script",
    async () => {
      const file = join(folder({}), "bad.yml");
      writeFileSync(
        file,
        "on: push\njobs:\n  a:\n    runs-on: ubuntu-24.04\n    permission: {}\n    steps:\n      - run: echo ${{ github.event.pull_request.title }}\n",
      );
      const { exitCode, stdout } = await actionlint(file);
      expect(exitCode).toBe(1);
      expect(stdout).toMatch(/unexpected key "permission"/);
      expect(stdout).toMatch(/potentially untrusted/);
    },
    minutes,
  );
});
