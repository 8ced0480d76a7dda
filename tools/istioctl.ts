import { readFile } from "node:fs/promises";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { ensureArtifact } from "./artifact.ts";
import { istioVersion } from "./control-plane.ts";
import { buildGo, type GoBuild } from "./go-build.ts";
import { withStep } from "./progress.ts";

const moduleFolder = fileURLToPath(new URL("control-plane", import.meta.url));

const build: GoBuild = {
  moduleFolder,
  packages: ["istio.io/istio/istioctl/cmd/istioctl"],
  stamps: { "istio.io/istio/pkg/version.buildVersion": istioVersion },
};

/** The peer that `npm run bench` measures beside us; nothing else needs it. About a minute after the control plane. */
export async function ensureIstioctl(): Promise<string> {
  const folder = await ensureArtifact({
    name: "istioctl",
    inputs: [
      await readFile(path.join(moduleFolder, "go.mod"), "utf8"),
      await readFile(path.join(moduleFolder, "go.sum"), "utf8"),
      JSON.stringify([build.packages, build.stamps]),
    ],
    files: ["istioctl"],
    make: (draft) => withStep("istioctl", 60, (step) => buildGo(build, draft, step)),
  });
  return path.join(folder, "istioctl");
}
