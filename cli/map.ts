import { createHash } from "node:crypto";
import { readFile, writeFile } from "node:fs/promises";
import path from "node:path";
import process from "node:process";
import { fileURLToPath } from "node:url";
import type { Command } from "commander";
import { build } from "esbuild";
import { UsageError } from "../config/usage-error.ts";
import { hostsOfStack } from "../core/domain.ts";
import { mapOf } from "../core/map/map-of.ts";
import { type HashedText, mapPage, type MapPageAssets } from "../core/map/map-page.ts";
import type { RouteMap } from "../core/map/route-map.ts";
import { placeOf, problemCount } from "../core/problem-text.ts";
import { addCommonOptions, chooseStack, type CommonOptions, unknownEnvironment } from "./command-options.ts";
import { judgeStack } from "./planned-stack.ts";

interface MapOptions extends CommonOptions {
  readonly out: string;
}

export function registerMap(program: Command): void {
  const command = program
    .command("map")
    .description("write the route table as one HTML page to look at and to search")
    .requiredOption("--out <file>", "the page; relative to the working folder")
    .addHelpText(
      "after",
      "\n  kfaas map -s test --out map.html\n\nErrors in the stack are shown on the page.",
    );
  addCommonOptions(command).action(async (options: MapOptions) => {
    const { map, note } = await readMap(options);
    const file = path.resolve(options.cwd, options.out);
    const page = mapPage(await readAssets(), map);
    await writeFile(file, page).catch((error: unknown) => {
      throw new UsageError(`${file} cannot be written: ${error instanceof Error ? error.message : ""}`);
    });
    process.stderr.write(`${file}: ${note}\n`);
  });
}

async function readMap(options: MapOptions): Promise<{ map: RouteMap; note: string }> {
  const name = await chooseStack(options);
  const { stack, proof, problems } = await judgeStack(options.cwd, name);
  if (stack === undefined || proof === undefined) throw new UsageError(unreadable(name, problems));
  const { environment } = options;
  const known = hostsOfStack(stack).map((each) => each.name);
  if (environment !== undefined && !known.includes(environment))
    throw new UsageError(unknownEnvironment(environment, name, known));
  const map = mapOf(proof, problems, environment);
  const routes = map.environments.reduce((sum, { leaves }) => sum + leaves.length, 0);
  const concerned = problems.filter(
    (problem) => [undefined, problem.environment].includes(environment) || problem.environment === undefined,
  );
  return { map, note: `${routes} ${routes === 1 ? "route" : "routes"}, ${problemCount(concerned)}` };
}

function unreadable(
  name: string,
  [problem]: readonly { message: string; location?: Parameters<typeof placeOf>[0] }[],
): string {
  const place = problem?.location === undefined ? "" : `${placeOf(problem.location)}: `;
  return `Stack ${name} cannot be read: ${place}${(problem?.message ?? "").split("\n")[0] ?? ""}`;
}

/** The page's own files, with its script and what that shares with the core made one module. */
export async function readAssets(): Promise<MapPageAssets> {
  const folder = fileURLToPath(new URL("map-page", import.meta.url));
  const [body, style, script] = await Promise.all([
    readFile(path.join(folder, "body.html"), "utf8"),
    readFile(path.join(folder, "style.css"), "utf8"),
    bundle(path.join(folder, "main.ts")),
  ]);
  return { body, style: hashed(style), script: hashed(script) };
}

async function bundle(entry: string): Promise<string> {
  const { outputFiles } = await build({
    entryPoints: [entry],
    bundle: true,
    write: false,
    format: "esm",
    target: "es2022",
    // The working folder's own settings are not this program's.
    tsconfigRaw: {},
    logLevel: "silent",
  });
  return outputFiles.map(({ text }) => text).join("");
}

function hashed(text: string): HashedText {
  return { text, sha256: createHash("sha256").update(text).digest("base64") };
}
