import { copyFile, readFile, rename } from "node:fs/promises";
import path from "node:path";
import { fileURLToPath } from "node:url";
import type { Artifact } from "./artifact.ts";
import { buildGo, goModuleFolder } from "./go-build.ts";
import type { GoBuild } from "./go-build.ts";
import { withStep } from "./progress.ts";

/** The versions that the module in tools/control-plane pins; the binaries are stamped with them. */
export const kubernetesVersion = "1.36.3";
export const istioVersion = "1.31.0";

const moduleFolder = fileURLToPath(new URL("control-plane", import.meta.url));

const build: GoBuild = {
  moduleFolder,
  packages: [
    "go.etcd.io/etcd/server/v3",
    "istio.io/istio/pilot/cmd/pilot-discovery",
    "k8s.io/kubernetes/cmd/kube-apiserver",
    "k8s.io/kubernetes/cmd/kube-controller-manager",
    "k8s.io/kubernetes/cmd/kube-scheduler",
    "k8s.io/kubernetes/cmd/kubectl",
    "sigs.k8s.io/kwok/cmd/kwok",
    "sigs.k8s.io/kwok/cmd/kwokctl",
  ],
  // Without these stamps /version of the API server is no version, and Pulumi's provider refuses to talk to it.
  stamps: {
    "k8s.io/component-base/version.gitVersion": `v${kubernetesVersion}`,
    "k8s.io/component-base/version.gitMajor": kubernetesVersion.split(".")[0] ?? "",
    "k8s.io/component-base/version.gitMinor": kubernetesVersion.split(".")[1] ?? "",
    "istio.io/istio/pkg/version.buildVersion": istioVersion,
  },
};

/** etcd, the Kubernetes control plane, kubectl, kwok and istiod with Istio's CRDs: about 8 minutes on two cores. */
export async function controlPlaneArtifact(): Promise<Artifact> {
  return {
    name: "control-plane",
    inputs: [
      await readFile(path.join(moduleFolder, "go.mod"), "utf8"),
      await readFile(path.join(moduleFolder, "go.sum"), "utf8"),
      JSON.stringify([build.packages, build.stamps]),
    ],
    files: [
      "etcd",
      "kube-apiserver",
      "kube-controller-manager",
      "kube-scheduler",
      "kubectl",
      "kwok",
      "kwokctl",
      "pilot-discovery",
      "istio-crds.yaml",
    ],
    make: (folder) =>
      withStep("control plane", 480, async (step) => {
        await buildGo(build, folder, step);
        // Go names a binary after the last element of its import path that is no version.
        await rename(path.join(folder, "server"), path.join(folder, "etcd"));
        const istio = await goModuleFolder(moduleFolder, "istio.io/istio");
        await copyFile(
          path.join(istio, "manifests/charts/base/files/crd-all.gen.yaml"),
          path.join(folder, "istio-crds.yaml"),
        );
      }),
  };
}
