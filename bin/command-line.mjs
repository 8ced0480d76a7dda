import { createHash } from "node:crypto";
import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync, statSync } from "node:fs";
import path from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";

const root = path.dirname(path.dirname(fileURLToPath(import.meta.url)));
/** Every TypeScript file that the command line may import lies below one of these; `bundle` refuses others. */
const sourceFolders = ["cli", "cluster", "components", "config", "core", "local", "tools"];
/** Plain JavaScript that every command needs. All other packages are loaded from node_modules, by the commands that use them. */
const bundledPackages = ["commander", "fastest-levenshtein", "picocolors", "re2js", "yaml", "zod"];
const hourInMilliseconds = 3_600_000;

/**
 * The command line's `main`. Translating TypeScript on every start costs half a second, so it is bundled once for each state of the
 * sources, in `.kfaas/program/<digest>/`; where that is not possible it comes straight from the sources.
 * @param {string} [folder] where bundles are kept
 * @returns {Promise<{ main(args: readonly string[]): Promise<number> }>}
 */
export async function loadCommandLine(folder = path.join(root, ".kfaas", "program")) {
  const bundled = await loadBundle(folder).catch(() => undefined);
  if (bundled !== undefined) return bundled;
  const { register } = await import("tsx/esm/api");
  // The folder that the command runs in may have a tsconfig.json of its own, which says nothing about this program.
  register({ tsconfig: false });
  return import("../cli/main.ts");
}

/** @param {string} folder */
async function loadBundle(folder) {
  const sources = sourceFiles();
  const target = path.join(folder, digestOf(sources));
  if (!existsSync(target)) await bundle(sources, folder, target);
  try {
    return await import(pathToFileURL(path.join(target, "main.mjs")).href);
  } catch (error) {
    // Somebody has damaged it; the next start makes it anew.
    rmSync(target, { recursive: true, force: true });
    throw error;
  }
}

/** What a bundle depends on: the sources, the versions of all packages, and how it is made. Relative to the root, sorted. */
function sourceFiles() {
  const files = sourceFolders.flatMap((folder) =>
    readdirSync(path.join(root, folder), { recursive: true, encoding: "utf8" })
      .filter((file) => file.endsWith(".ts"))
      .map((file) => path.join(folder, file)),
  );
  return [...files, path.join("bin", "command-line.mjs"), "package-lock.json"].sort();
}

/** @param {readonly string[]} files */
function digestOf(files) {
  const hash = createHash("sha256");
  for (const file of files) {
    const content = readFileSync(path.join(root, file));
    hash.update(`${file}\0${content.length}\0`).update(content);
  }
  return hash.digest("hex").slice(0, 32);
}

/**
 * Bundles into a folder of its own and renames it, so that no other process ever sees half of it.
 * @param {readonly string[]} sources
 * @param {string} folder
 * @param {string} target
 */
async function bundle(sources, folder, target) {
  const unfinished = `${target}.${process.pid}`;
  // First, because where nothing can be written there is no use in bundling.
  mkdirSync(unfinished, { recursive: true });
  try {
    const { build } = await import("esbuild");
    const { metafile } = await build({
      absWorkingDir: root,
      entryPoints: ["cli/main.ts"],
      outdir: unfinished,
      outExtension: { ".js": ".mjs" },
      bundle: true,
      // Keeps what a command loads only when it is named in files of its own.
      splitting: true,
      format: "esm",
      platform: "node",
      target: "node20",
      tsconfigRaw: "{}",
      metafile: true,
      // For `node --enable-source-maps`; costs nothing otherwise.
      sourcemap: "linked",
      sourcesContent: false,
      logLevel: "silent",
      // CommonJS packages ask for Node.js' own modules by `require`, which ES modules do not have.
      banner: {
        js: 'import { createRequire as createRequire_ } from "node:module"; const require = createRequire_(import.meta.url);',
      },
      plugins: [originalPlaces(), otherPackagesExternal()],
    });
    const unknown = Object.keys(metafile.inputs).filter(
      (file) => !file.startsWith("node_modules/") && !sources.includes(path.normalize(file)),
    );
    if (unknown.length > 0) throw new Error(`not among the source folders: ${unknown.join(", ")}`);
    if (!existsSync(target)) renameSync(unfinished, target);
    removeOldBundles(folder);
  } finally {
    rmSync(unfinished, { recursive: true, force: true });
  }
}

/** Modules look for files beside their source, not beside the bundle. */
function originalPlaces() {
  return {
    name: "original-places",
    /** @param {import("esbuild").PluginBuild} build */
    setup(build) {
      build.onLoad({ filter: /\.ts$/ }, ({ path: file }) => ({
        loader: /** @type {const} */ ("ts"),
        contents: readFileSync(file, "utf8").replaceAll(
          "import.meta.url",
          JSON.stringify(pathToFileURL(file).href),
        ),
      }));
    },
  };
}

function otherPackagesExternal() {
  return {
    name: "other-packages-external",
    /** @param {import("esbuild").PluginBuild} build */
    setup(build) {
      build.onResolve({ filter: /^[^./]/ }, ({ path: name, kind }) =>
        kind === "entry-point" || bundledPackages.includes(name) ? undefined : { external: true },
      );
    },
  };
}

/**
 * Those that are older than an hour: a process may still be loading parts of one that was replaced just now.
 * @param {string} folder
 */
function removeOldBundles(folder) {
  for (const name of readdirSync(folder)) {
    const old = path.join(folder, name);
    if (Date.now() - statSync(old).mtimeMs > hourInMilliseconds)
      rmSync(old, { recursive: true, force: true });
  }
}
