import { cp, mkdir, mkdtemp, readFile, rm, symlink, writeFile } from "node:fs/promises";
import os from "node:os";
import path from "node:path";
import { fileURLToPath } from "node:url";

export const repository = fileURLToPath(new URL("../..", import.meta.url));

/** Code and packages that a workspace shares with the repository; everything else in it is its own. */
const shared = [
  "node_modules",
  "package.json",
  "tsconfig.json",
  "index.ts",
  "bin",
  "cli",
  "cluster",
  "components",
  "config",
  "core",
  "local",
  "sdks",
  "tools",
];
const copied = ["Pulumi.yaml", "stacks"];

/** A working folder of a test's own: the repository's program with stacks that the test may change. */
export class Workspace {
  readonly folder: string;

  private constructor(folder: string) {
    this.folder = folder;
  }

  /** Copies the named stacks' configuration and all service files. */
  static async create(...stacks: readonly string[]): Promise<Workspace> {
    const folder = await mkdtemp(path.join(os.tmpdir(), "kfaas-workspace-"));
    for (const name of shared) await symlink(path.join(repository, name), path.join(folder, name));
    for (const name of [...copied, ...stacks.map((stack) => `Pulumi.${stack}.yaml`)]) {
      await cp(path.join(repository, name), path.join(folder, name), { recursive: true });
    }
    return new Workspace(folder);
  }

  async read(file: string): Promise<string> {
    return readFile(path.join(this.folder, file), "utf8");
  }

  async write(file: string, text: string): Promise<void> {
    await mkdir(path.dirname(path.join(this.folder, file)), { recursive: true });
    await writeFile(path.join(this.folder, file), text);
  }

  async remove(file: string): Promise<void> {
    await rm(path.join(this.folder, file), { recursive: true });
  }

  async dispose(): Promise<void> {
    await rm(this.folder, { recursive: true, force: true });
  }
}
