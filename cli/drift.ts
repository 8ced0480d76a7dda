import { existsSync } from "node:fs";
import path from "node:path";
import process from "node:process";
import { type Command, InvalidArgumentError, Option } from "commander";
import { UsageError } from "../config/usage-error.ts";
import { driftText } from "../core/drift/drift-text.ts";
import type { DriftReport } from "../core/drift/find-drift.ts";
import type { Stack } from "../core/stack.ts";
import { addCommonOptions, addFormatOption, type CommonOptions } from "./command-options.ts";
import { plannedStack } from "./planned-stack.ts";

export interface DriftCommandOptions extends CommonOptions {
  readonly kubeconfig?: string;
  readonly inCluster?: boolean;
  readonly fix?: boolean;
  readonly watch?: boolean;
  readonly interval: number;
  readonly listen: Address;
  readonly format: "text" | "json";
}

/** Where `--watch` answers. */
export interface Address {
  readonly host: string;
  readonly port: number;
}

export function registerDrift(program: Command, end: (code: number) => void): void {
  const command = program
    .command("drift")
    .description("compare the complete objects on the cluster with the plan; exit 1 if anything differs")
    .option("--kubeconfig <file>", "kubeconfig with the stack's context; default: as for pulumi")
    .option("--in-cluster", "use the service account of the pod that this runs in")
    .option("--fix", "restore what is changed or missing to exactly the plan")
    .option("--watch", "check again and again; serves /metrics, /healthz and /drift")
    .addOption(
      new Option("--interval <seconds>", "with --watch: pause between checks")
        .default(300)
        .argParser(toSeconds),
    )
    .addOption(
      new Option("--listen <host:port>", "with --watch: where to answer")
        .default({ host: "127.0.0.1", port: 9464 }, "127.0.0.1:9464")
        .argParser(toAddress),
    )
    .addHelpText(
      "after",
      `
Only the context that the stack names is used (kfaas:cluster.context), never the current one:
  kfaas drift -s prod
  kfaas drift -s prod --kubeconfig ~/.kube/prod --fix
Objects of others are reported, and never changed or deleted.`,
    );
  addFormatOption(addCommonOptions(command), "text", "json").action(async (options: DriftCommandOptions) => {
    const name = nameOfStack(options);
    // The client takes its time to load, and who asks for help needs none of it.
    const { ClusterError } = await import("../cluster/cluster-error.ts");
    try {
      end(await (options.watch === true ? watch(name, options) : once(name, options)));
    } catch (error) {
      throw error instanceof ClusterError ? new UsageError(error.message) : error;
    }
  });
}

/** Drift is about one cluster, and which one is not guessed. */
function nameOfStack({ stack, fix, watch: again, kubeconfig, inCluster }: DriftCommandOptions): string {
  if (stack === undefined) throw new UsageError("drift needs -s with a stack: its cluster is read.");
  if (fix === true && again === true) throw new UsageError("--fix and --watch do not go together.");
  if (kubeconfig !== undefined && inCluster === true) {
    throw new UsageError("--kubeconfig and --in-cluster name two clusters; leave one out.");
  }
  return stack;
}

async function once(name: string, options: DriftCommandOptions): Promise<number> {
  const planned = await plannedStack(options.cwd, name, "Nothing is compared");
  if (planned === undefined) return 2;
  const kubeconfig = await openKubeconfig(planned.stack, options);
  const check = { ...planned, kubeconfig };
  const { checkDrift, repairDrift } = await import("../cluster/drift-check.ts");
  if (options.fix !== true) return print(await checkDrift(check), options);
  const { repairs, report } = await repairDrift(check);
  for (const { object, failure } of repairs) {
    process.stderr.write(
      failure === undefined ? `restored ${object}\n` : `not restored ${object}: ${failure}\n`,
    );
  }
  return print(
    { ...report, repairs: repairs.map(({ object, failure }) => ({ object, failure: failure ?? null })) },
    options,
  );
}

async function watch(name: string, options: DriftCommandOptions): Promise<number> {
  const { watchDrift } = await import("./drift-watch.ts");
  return watchDrift({
    ...options,
    check: async () => {
      // Anew each time: the files may be synchronised from a repository.
      const planned = await plannedStack(options.cwd, name, "Nothing is compared");
      if (planned === undefined) throw new Error(`stack ${name} has errors`);
      const kubeconfig = await openKubeconfig(planned.stack, options);
      const { checkDrift } = await import("../cluster/drift-check.ts");
      return checkDrift({ ...planned, kubeconfig });
    },
  });
}

async function openKubeconfig(
  { cluster }: Stack,
  { kubeconfig, inCluster, cwd }: Pick<DriftCommandOptions, "kubeconfig" | "inCluster" | "cwd">,
) {
  const { loadContext, loadServiceAccount } = await import("../cluster/kube-context.ts");
  if (inCluster === true) return loadServiceAccount(cluster.context);
  if (kubeconfig === undefined) return loadContext(cluster.context);
  const file = path.resolve(cwd, kubeconfig);
  if (!existsSync(file)) throw new UsageError(`There is no kubeconfig ${file}.`);
  return loadContext(cluster.context, { KUBECONFIG: file });
}

function print(
  report: DriftReport & { readonly repairs?: unknown },
  { format }: DriftCommandOptions,
): number {
  process.stdout.write(format === "json" ? `${JSON.stringify(report, null, 2)}\n` : driftText(report));
  return report.drift.length > 0 ? 1 : 0;
}

function toSeconds(value: string): number {
  const seconds = Number(value);
  if (Number.isInteger(seconds) && seconds >= 1 && seconds <= 86_400) return seconds;
  throw new InvalidArgumentError("Whole seconds are needed, from 1 to 86400.");
}

function toAddress(value: string): Address {
  const match = /^(.+):(\d{1,5})$/.exec(value);
  const port = Number(match?.[2]);
  if (match?.[1] !== undefined && port <= 65_535) return { host: match[1], port };
  throw new InvalidArgumentError("Write host:port, for example 127.0.0.1:9464.");
}
