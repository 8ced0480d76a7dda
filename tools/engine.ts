import { chmod, copyFile, mkdir, readFile, rename, writeFile } from "node:fs/promises";
import path from "node:path";
import { fileURLToPath } from "node:url";
import type { Artifact } from "./artifact.ts";
import { buildGo, goModuleFolder } from "./go-build.ts";
import type { GoBuild } from "./go-build.ts";
import { withStep } from "./progress.ts";

/** The provider that package.json's @pulumi/kubernetes belongs to. */
export const kubernetesProviderVersion = "4.25.0";
/** The engine that this provider is written against; a newer one would share none of its packages. See docs/adr/0003. */
export const pulumiVersion = "3.215.0";

const moduleFolder = fileURLToPath(new URL("engine", import.meta.url));
const languageHost = "pulumi-language-nodejs";
/** Apart from the engine, whose folder comes on PATH: the engine warns of every provider that it finds there. */
export const providerFile = "provider/pulumi-resource-kubernetes";
const providerModule = "github.com/pulumi/pulumi-kubernetes/provider/v4";

const build: GoBuild = {
  moduleFolder,
  packages: [".", "github.com/pulumi/pulumi/pkg/v3/cmd/pulumi"],
  stamps: {
    "github.com/pulumi/pulumi-kubernetes/provider/v4/pkg/version.Version": kubernetesProviderVersion,
    "github.com/pulumi/pulumi/sdk/v3/go/common/version.Version": `v${pulumiVersion}`,
  },
};

/** Pulumi's engine, its Kubernetes provider and a language host: about 10 minutes on two cores. */
export async function engineArtifact(): Promise<Artifact> {
  const source = (file: string): Promise<string> => readFile(path.join(moduleFolder, file), "utf8");
  return {
    name: "engine",
    inputs: [
      await source("go.mod"),
      await source("go.sum"),
      await source("main.go"),
      await source(languageHost),
      JSON.stringify([build.packages, build.stamps]),
    ],
    files: ["pulumi", languageHost, providerFile],
    make: (folder) =>
      withStep("Pulumi engine and Kubernetes provider", 600, async (step) => {
        await writeEmbeddedFiles();
        await buildGo(build, folder, step);
        await copyFile(path.join(moduleFolder, languageHost), path.join(folder, languageHost));
        await chmod(path.join(folder, languageHost), 0o755);
        await mkdir(path.join(folder, path.dirname(providerFile)));
        await rename(path.join(folder, path.basename(providerFile)), path.join(folder, providerFile));
      }),
  };
}

/** Makes the files that main.go embeds from those that the provider's module carries (its build does the same). */
async function writeEmbeddedFiles(): Promise<void> {
  const module = await goModuleFolder(moduleFolder, providerModule);
  const folder = path.join(module, "cmd/pulumi-resource-kubernetes");
  const schema = JSON.parse(await readFile(path.join(folder, "schema.json"), "utf8")) as object;
  await writeFile(
    path.join(moduleFolder, "schema.json"),
    JSON.stringify({ ...schema, version: kubernetesProviderVersion }),
  );
  const mapping = JSON.parse(await readFile(path.join(folder, "terraform-mapping.json"), "utf8")) as object;
  await writeFile(path.join(moduleFolder, "terraform-mapping.json"), JSON.stringify(mapping));
}
