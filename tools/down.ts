// `npm run down`: ends every embedded mesh of this working folder and deletes its files.
import { readdir } from "node:fs/promises";
import path from "node:path";
import process from "node:process";
import { instanceOf, withDeploymentLock } from "../local/instance.ts";
import { stopMesh } from "../local/mesh.ts";

const cwd = process.cwd();
const entries = await readdir(path.join(cwd, ".kfaas", "local"), { withFileTypes: true }).catch(() => []);
const stacks = entries
  .filter((entry) => entry.isDirectory() && !entry.name.endsWith(".lock"))
  .map(({ name }) => name);
for (const stack of stacks) {
  const instance = instanceOf(cwd, stack);
  const processes = await withDeploymentLock(instance, () => stopMesh(instance));
  process.stdout.write(`${stack}: ${processes} processes ended, files deleted\n`);
}
if (stacks.length === 0) process.stdout.write("No embedded mesh in this folder.\n");
