// First step of every npm script that must work right after `git clone`: plain JavaScript, because nothing is installed yet.
// Usage: node tools/bootstrap.mjs <script.ts> [arguments]
import { spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync, lstatSync, readFileSync, writeFileSync } from "node:fs";
import path from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";

const minimumNode = 20;
const root = path.dirname(path.dirname(fileURLToPath(import.meta.url)));

if (Number(process.versions.node.split(".")[0]) < minimumNode) {
  console.error(`kfaas needs Node.js ${minimumNode} or newer; this is ${process.version}.`);
  process.exit(2);
}
installPackages();
const script = process.argv[2];
if (script !== undefined) await run(script, process.argv.slice(3));

/** Runs `npm ci` unless node_modules was made from this very package-lock.json. */
function installPackages() {
  const stamp = path.join(root, "node_modules", ".kfaas-lock");
  const wanted = createHash("sha256")
    .update(readFileSync(path.join(root, "package-lock.json")))
    .digest("hex");
  if (existsSync(stamp) && readFileSync(stamp, "utf8") === wanted) return;
  // npm would empty the folder that the link leads to, which is somebody else's.
  if (lstatSync(path.join(root, "node_modules"), { throwIfNoEntry: false })?.isSymbolicLink()) {
    console.error(
      "npm packages: node_modules is a link to packages of another lock file; delete the link, then run the same command again.",
    );
    process.exit(2);
  }
  const started = Date.now();
  console.error("npm packages: installing (about 1 min) …");
  // --ignore-scripts: @pulumi/kubernetes would try to download its provider, which tools/ builds or finds instead.
  const npm = spawnSync("npm", ["ci", "--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error"], {
    cwd: root,
    stdio: ["ignore", "inherit", "inherit"],
    shell: process.platform === "win32",
  });
  if (npm.status !== 0) {
    console.error(
      "npm packages: `npm ci` failed, see above. Check that the npm registry can be reached, then run the same command again.",
    );
    process.exit(npm.status ?? 1);
  }
  writeFileSync(stamp, wanted);
  console.error(`npm packages: installed in ${Math.round((Date.now() - started) / 1000)} s`);
}

/** Loads a TypeScript file in this process, with the rest of the command line as its arguments. */
async function run(file, args) {
  process.argv = [process.argv[0], path.join(root, file), ...args];
  const { register } = await import("tsx/esm/api");
  register();
  await import(pathToFileURL(path.join(root, file)).href);
}
