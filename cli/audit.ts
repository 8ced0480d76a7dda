import { existsSync } from "node:fs";
import path from "node:path";
import process from "node:process";
import type { Command } from "commander";
import { readManifests } from "../config/read-manifests.ts";
import { UsageError } from "../config/usage-error.ts";
import { auditObjects } from "../core/audit/audit.ts";
import { auditText } from "../core/audit/audit-text.ts";
import { addCommonOptions, addFormatOption, type CommonOptions } from "./command-options.ts";

interface AuditOptions extends CommonOptions {
  readonly from: string;
  readonly kubeconfig?: string;
  readonly context?: string;
  readonly format: "text" | "json";
}

export function registerAudit(program: Command, end: (code: number) => void): void {
  const command = program
    .command("audit")
    .description("say which URLs depend on the age of VirtualServices; exit 1 if there are any")
    .requiredOption("--from <source>", "file with Kubernetes objects (YAML or JSON), - for stdin, or cluster")
    .option("--kubeconfig <file>", "with --from cluster: the kubeconfig; KUBECONFIG is not used")
    .option("--context <name>", "with --from cluster: its context; the current one is not used")
    .addHelpText(
      "after",
      `
Reads only, and works on any VirtualServices, whoever wrote them:
  kubectl get virtualservices,gateways.networking.istio.io -A -o json | kfaas audit --from -
  kfaas audit --from cluster --kubeconfig ~/.kube/config --context prod`,
    );
  addFormatOption(addCommonOptions(command), "text", "json").action(async (options: AuditOptions) => {
    const audit = auditObjects(await readObjects(options));
    process.stdout.write(
      options.format === "json" ? `${JSON.stringify(audit, null, 2)}\n` : auditText(audit),
    );
    end(audit.findings.length > 0 ? 1 : 0);
  });
}

async function readObjects({ from, cwd, kubeconfig, context }: AuditOptions): Promise<unknown[]> {
  if (from === "cluster") return readCluster(kubeconfig, context, cwd);
  if (kubeconfig !== undefined || context !== undefined)
    throw new UsageError("--kubeconfig and --context go with --from cluster only.");
  return readManifests(from === "-" ? from : path.resolve(cwd, from), process.stdin);
}

async function readCluster(
  kubeconfig: string | undefined,
  context: string | undefined,
  cwd: string,
): Promise<unknown[]> {
  if (kubeconfig === undefined || context === undefined)
    throw new UsageError("--from cluster needs --kubeconfig FILE and --context NAME: no cluster is guessed.");
  const file = path.resolve(cwd, kubeconfig);
  if (!existsSync(file)) throw new UsageError(`There is no kubeconfig ${file}.`);
  // The client takes its time to load, and a file needs none of it.
  const { ClusterError } = await import("../cluster/cluster-error.ts");
  const { loadContext } = await import("../cluster/kube-context.ts");
  const { readVirtualServices } = await import("../cluster/read-virtual-services.ts");
  try {
    return await readVirtualServices(loadContext(context, { KUBECONFIG: file }));
  } catch (error) {
    throw error instanceof ClusterError ? new UsageError(error.message) : error;
  }
}
