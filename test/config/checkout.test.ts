import { execFileSync } from "node:child_process";
import { existsSync, readFileSync, readdirSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, it } from "@jest/globals";
import { execa } from "execa";
import { withCheckout } from "../../config/checkout.ts";
import { UsageError } from "../../config/usage-error.ts";
import { commitAll, git } from "../support/git.ts";
import { temporaryFolders } from "../support/temporary-folder.ts";

const folder = temporaryFolders();

function repository(): string {
  const root = folder({
    "stacks/a.yaml": "old",
    "sub/b.yaml": "b",
    // git archive would leave it out.
    ".gitattributes": "stacks export-ignore\n",
  });
  commitAll(root, "first");
  return root;
}

const read = (file: string) => async (root: string) => readFileSync(join(root, file), "utf8");

describe("a place", () => {
  it("is a folder, relative or absolute, before it is a revision", async () => {
    const root = repository();
    git(root, "branch", "sub");
    expect(await withCheckout(root, "sub", read("b.yaml"))).toBe("b");
    expect(await withCheckout("/", root, read("stacks/a.yaml"))).toBe("old");
  });

  it.each(["HEAD", "main", "v1"])("is the revision %s, whatever the working tree says", async (revision) => {
    const root = repository();
    git(root, "tag", "v1");
    execFileSync("sh", ["-c", "echo new > stacks/a.yaml && git add ."], { cwd: root });
    const before = git(root, "status", "--porcelain");
    let seen = "";
    await withCheckout(root, revision, async (place) => {
      seen = place;
      expect(await read("stacks/a.yaml")(place)).toBe("old");
    });
    expect(existsSync(seen)).toBe(false);
    expect(git(root, "status", "--porcelain")).toBe(before);
  });

  it("is what the same folder was, where it is not the top of the repository", async () => {
    const root = repository();
    expect(await withCheckout(join(root, "sub"), "HEAD", async (place) => readdirSync(place))).toEqual([
      "b.yaml",
    ]);
  });

  it("leaves nothing behind if its reader fails, and errors name the revision", async () => {
    const root = repository();
    let seen = "";
    const fail = async (place: string) => {
      seen = place;
      throw new UsageError(`there is no folder ${place}/stacks/test`);
    };
    await expect(withCheckout(root, "HEAD", fail)).rejects.toThrow(
      new UsageError("there is no folder revision HEAD/stacks/test"),
    );
    expect(seen.startsWith(tmpdir())).toBe(true);
    expect(existsSync(join(seen, ".."))).toBe(false);
  });

  it("leaves nothing behind if the process is told to end", async () => {
    const module = join(import.meta.dirname, "../../config/checkout.ts");
    const script = `
      import { setTimeout } from "node:timers/promises";
      const { withCheckout } = await import(${JSON.stringify(module)});
      await withCheckout(${JSON.stringify(repository())}, "HEAD", async (place) => {
        console.log(place);
        await setTimeout(500);
      });`;
    const child = execa("node", ["--import", "tsx", "--input-type=module", "-e", script], { reject: false });
    child.stdout.once("data", () => child.kill("SIGTERM"));
    const { exitCode, stdout } = await child;
    expect([exitCode, stdout.startsWith(tmpdir())]).toEqual([143, true]);
    expect(existsSync(join(stdout, ".."))).toBe(false);
  }, 60_000);

  it.each<[string, string, () => string, RegExp]>([
    ["an unknown revision", "nope", repository, /"nope" is neither a folder nor a git revision/],
    ["an option", "--all", repository, /"--all" is neither/],
    ["a file", "stacks/a.yaml", repository, /neither/],
    ["a blob", "HEAD:stacks/a.yaml", repository, /neither/],
    ["nothing", "main", () => folder({}), /there is no folder .*main, and .* is in no git repository/],
    ["a folder of a folder that is not there", "x", () => "/does/not/exist", /no folder \/does\/not\/exist/],
    [
      "a revision in which the folder was not there",
      "HEAD",
      () => {
        const root = repository();
        execFileSync("mkdir", ["new"], { cwd: root });
        return join(root, "new");
      },
      /no folder new\/ at revision HEAD/,
    ],
  ])("is not %s", async (_what, place, cwd, message) => {
    const attempt = withCheckout(cwd(), place, async () => undefined);
    await expect(attempt).rejects.toBeInstanceOf(UsageError);
    await expect(attempt).rejects.toThrow(message);
  });
});
