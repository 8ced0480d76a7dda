import { afterAll, beforeAll, describe, expect, it } from "@jest/globals";
import { mkdir, mkdtemp, readdir, rm, utimes, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { execa } from "execa";

const repository = join(import.meta.dirname, "../..");
/** Inside the repository, as the real one: a bundle takes most packages from node_modules. */
let folder: string;

beforeAll(async () => {
  await mkdir(join(repository, ".kfaas"), { recursive: true });
  folder = await mkdtemp(join(repository, ".kfaas", "program-test-"));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

const script = `
  import { loadCommandLine } from "./bin/command-line.mjs";
  const [folder, ...args] = process.argv.slice(1);
  const { main } = await loadCommandLine(folder);
  process.exitCode = await main(args);`;

/** Starts the command line in a process of its own, with bundles in a folder of the test. */
async function start(bundles: string, ...args: string[]) {
  const { exitCode, stdout, stderr } = await execa(
    "node",
    ["--input-type=module", "--eval", script, bundles, ...args],
    { cwd: repository, reject: false },
  );
  return { exitCode, stdout, stderr };
}

const version = { exitCode: 0, stdout: expect.stringMatching(/^\d+\.\d+\.\d+$/), stderr: "" };

describe("loadCommandLine", () => {
  it("bundles the command line once, and starts every command from it", async () => {
    const bundles = join(folder, "fresh");
    expect(await start(bundles, "--version")).toEqual(version);
    const [made, ...others] = await readdir(bundles);
    expect(others).toEqual([]);
    expect(await start(bundles, "check", "-s", "test")).toMatchObject({ exitCode: 0, stderr: "" });
    expect(await start(bundles, "local", "--help")).toMatchObject({ exitCode: 0, stderr: "" });
    expect(await readdir(bundles)).toEqual([made]);
  }, 60_000);

  it("starts several at once, of which none sees half a bundle", async () => {
    const bundles = join(folder, "several");
    const starts = await Promise.all(Array.from({ length: 3 }, () => start(bundles, "--version")));
    expect(starts).toEqual([version, version, version]);
    expect(await readdir(bundles)).toHaveLength(1);
  }, 60_000);

  it("starts from the sources where no bundle can be kept", async () => {
    const file = join(folder, "a-file");
    await writeFile(file, "");
    expect(await start(file, "--version")).toEqual(version);
  }, 60_000);

  it("starts from the sources if the bundle is damaged, and makes it anew the next time", async () => {
    const bundles = join(folder, "damaged");
    await start(bundles, "--version");
    const [made = ""] = await readdir(bundles);
    await writeFile(join(bundles, made, "main.mjs"), "export const main = ;");
    expect(await start(bundles, "--version")).toEqual(version);
    expect(await readdir(bundles)).toEqual([]);
    expect(await start(bundles, "--version")).toEqual(version);
    expect(await readdir(bundles)).toEqual([made]);
  }, 60_000);

  it("removes bundles of earlier states when it makes one", async () => {
    const bundles = join(folder, "old");
    await mkdir(join(bundles, "long-ago"), { recursive: true });
    await mkdir(join(bundles, "just-now"));
    await utimes(join(bundles, "long-ago"), 0, 0);
    await start(bundles, "--version");
    const kept = await readdir(bundles);
    expect(kept).toContain("just-now");
    expect(kept).not.toContain("long-ago");
  }, 60_000);
});
