import { execa } from "execa";
import type { Step } from "./progress.ts";

/** Go programs of one module of ours that pins them, built together so that shared packages are compiled once. */
export interface GoBuild {
  /** Folder with the committed go.mod and go.sum. */
  readonly moduleFolder: string;
  /** Import paths of main packages. */
  readonly packages: readonly string[];
  /** `-X` settings: variables that release builds stamp, for example versions. */
  readonly stamps: Readonly<Record<string, string>>;
}

/** Oldest Go that the pinned modules build with. */
export const minimumGo = "1.26";

/** The build needs a compiler that is missing or too old; the message says what to do. */
export class GoMissingError extends Error {}

/**
 * Builds all packages into `folder`, each under the last element of its import path.
 * @throws GoMissingError without a fitting Go; otherwise an error with the compiler's last lines
 */
export async function buildGo(build: GoBuild, folder: string, step: Step): Promise<void> {
  await requireGo();
  step.detail("downloading modules");
  await runGo(build, ["mod", "download"], () => undefined);
  const flags = ["-trimpath", "-buildvcs=false", `-ldflags=${ldflags(build.stamps)}`];
  step.detail("listing packages");
  const stale = await runGo(
    build,
    ["list", "-deps", "-f", "{{if .Stale}}{{.ImportPath}}{{end}}", ...flags, ...build.packages],
    () => undefined,
  );
  const total = stale.split("\n").filter((line) => line !== "").length;
  let built = 0;
  // -v names each package as it is compiled: the only progress that the go command gives.
  await runGo(build, ["build", "-v", ...flags, "-o", `${folder}/`, ...build.packages], () => {
    built += 1;
    step.detail(built < total ? `${built} of ${total} packages` : "linking");
  });
}

/** Folder of a module in Go's module cache, downloaded first if need be, for files that it carries beside code. */
export async function goModuleFolder(moduleFolder: string, module: string): Promise<string> {
  await requireGo();
  await execa("go", ["mod", "download", module], { cwd: moduleFolder, env: goEnv });
  const { stdout } = await execa("go", ["list", "-m", "-f", "{{.Dir}}", module], {
    cwd: moduleFolder,
    env: goEnv,
  });
  return stdout.trim();
}

/** No cgo: the binaries then need no C compiler and no shared library. */
const goEnv = { CGO_ENABLED: "0", GOFLAGS: "-mod=readonly", GOWORK: "off", GOTOOLCHAIN: "local" };

function ldflags(stamps: Readonly<Record<string, string>>): string {
  return ["-s", "-w", ...Object.entries(stamps).map(([name, value]) => `-X ${name}=${value}`)].join(" ");
}

async function runGo(
  build: GoBuild,
  args: readonly string[],
  onLine: (line: string) => void,
): Promise<string> {
  const child = execa("go", args, { cwd: build.moduleFolder, env: goEnv, reject: false, buffer: true });
  child.stderr.setEncoding("utf8").on("data", (text: string) => {
    for (const line of text.split("\n")) if (line !== "") onLine(line);
  });
  const result = await child;
  if (result.failed) {
    const lines = result.stderr.split("\n").slice(-15).join("\n");
    throw new Error(`go ${args[0] ?? ""} failed in ${build.moduleFolder}:\n${lines}`);
  }
  return result.stdout;
}

async function requireGo(): Promise<void> {
  const result = await execa("go", ["env", "GOVERSION"], { reject: false, env: goEnv });
  const version = /^go(\d+)\.(\d+)/.exec(result.stdout);
  const [major = 0, minor = 0] = minimumGo.split(".").map(Number);
  if (version !== null && (Number(version[1]) > major || Number(version[2]) >= minor)) return;
  const found = result.failed ? "none was found on PATH" : `found ${result.stdout}`;
  throw new GoMissingError(
    `Go ${minimumGo} or newer is needed to build this tool, ${found}. Install it from https://go.dev/dl/.`,
  );
}
