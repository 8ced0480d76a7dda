import { controlPlanePorts, createControlPlane } from "../../local/control-plane.ts";
import { createInstanceFolder, instanceOf, kubeconfigOf, type Instance } from "../../local/instance.ts";
import { Kubectl } from "../../local/kubectl.ts";
import { stopMesh } from "../../local/mesh.ts";
import { choosePorts } from "../../local/ports.ts";
import { ensureToolchain } from "../../tools/toolchain.ts";
import type { Workspace } from "./workspace.ts";

/** A Kubernetes cluster that nobody has deployed anything to, with a context of the given name. */
export class BareCluster {
  readonly #instance: Instance;
  readonly #kubectl: Kubectl;

  private constructor(instance: Instance, kubectl: Kubectl) {
    this.#instance = instance;
    this.#kubectl = kubectl;
  }

  static async start(workspace: Workspace, context: string): Promise<BareCluster> {
    const { controlPlane } = await ensureToolchain();
    const { folder } = instanceOf(workspace.folder, `${context}-elsewhere`);
    // The context is named after the stack.
    const instance = { stack: context, folder };
    await createInstanceFolder(instance);
    await createControlPlane(instance, controlPlane, await choosePorts(instance, controlPlanePorts));
    return new BareCluster(instance, new Kubectl(controlPlane.kubectl, instance));
  }

  get kubeconfig(): string {
    return kubeconfigOf(this.#instance);
  }

  async namespaces(): Promise<string[]> {
    return (await this.#kubectl.run(["get", "namespaces", "--output", "name"])).trim().split("\n");
  }

  async stop(): Promise<void> {
    await stopMesh(this.#instance);
  }
}
