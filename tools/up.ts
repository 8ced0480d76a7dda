// `npm run up`: from nothing to an answered request.
import path from "node:path";
import process from "node:process";
import { parseArgs } from "node:util";
import { execa } from "execa";
import { plannedStack } from "../cli/planned-stack.ts";
import { UsageError } from "../config/usage-error.ts";
import type { Stack } from "../core/stack.ts";
import { describeHops, firstRequest, followRequest } from "../local/first-request.ts";
import { clearEngineLocks } from "../local/engine-locks.ts";
import { instanceOf, withDeploymentLock } from "../local/instance.ts";
import { meshEnvironment, startMesh } from "../local/mesh.ts";
import { seconds, withStep } from "./progress.ts";
import { run } from "./run.ts";
import { ensureToolchain } from "./toolchain.ts";
import type { Toolchain } from "./toolchain.ts";

const help = `Usage: npm run up [-- [--stack NAME] [--kubeconfig FILE]]

Deploys a stack to an embedded local mesh with the real Pulumi engine and sends a request through it.
What is missing is built first: about 20 minutes once per machine. Run it again after every change.

  -s, --stack NAME     stack to deploy (default: test)
  --kubeconfig FILE    deploy to the cluster that the stack's context names in FILE, instead of the embedded mesh;
                       the state then goes where your own Pulumi login says
  -h, --help           this text
`;

/** Runs that a change can take at most; see docs/adr/0018. */
const longestTransition = 3;

/** Something that was said to the user already, or is the user's to mend: no stack trace. */
class Failure extends Error {}

try {
  await up();
} catch (error) {
  const known = error instanceof Failure || error instanceof UsageError || isArgumentError(error);
  const message = error instanceof Error ? error.message : String(error);
  process.stderr.write(`${message}\n`);
  if (!known)
    process.stderr.write(
      "What was done is kept: run the same command again to go on, or `npm run down` first.\n",
    );
  process.exitCode = known && !(error instanceof Failure) ? 2 : 1;
}

async function up(): Promise<void> {
  const { values } = parseArgs({
    options: {
      stack: { type: "string", short: "s", default: "test" },
      kubeconfig: { type: "string" },
      help: { type: "boolean", short: "h", default: false },
    },
  });
  if (values.help) {
    process.stdout.write(help);
    return;
  }
  const started = Date.now();
  const cwd = process.cwd();
  // Bad input ends here, before anything is started.
  const planned = await plannedStack(cwd, values.stack, `Stack ${values.stack} is not deployed`);
  if (planned === undefined) {
    process.exitCode = 1;
    return;
  }
  const { stack } = planned;
  const toolchain = await ensureToolchain();
  if (values.kubeconfig !== undefined) {
    await pulumiUp(cwd, stack, toolchain, {
      KUBECONFIG: path.resolve(values.kubeconfig),
      PATH: pathWithEngine(toolchain),
    });
    return;
  }
  const instance = instanceOf(cwd, stack.name);
  await withDeploymentLock(instance, async () => {
    const mesh = await startMesh(instance, planned, toolchain);
    const gateway = mesh.gateways["entry"] ?? "";
    await clearEngineLocks(instance);
    await pulumiUp(cwd, stack, toolchain, meshEnvironment(instance, toolchain));
    await showFirstRequest(stack, gateway);
    process.stdout.write(`\nUp in ${seconds(Date.now() - started)}.\n${nextSteps(stack, gateway)}`);
  });
}

/** With the user's own Pulumi home, where no plugin of ours may be put, a built provider is found on PATH. */
function pathWithEngine({ engine }: Toolchain): string {
  const provider = engine.provider === undefined ? [] : [path.dirname(engine.provider)];
  return [...engine.path, ...provider, process.env["PATH"] ?? ""].join(path.delimiter);
}

async function pulumiUp(
  cwd: string,
  stack: Stack,
  toolchain: Toolchain,
  env: Readonly<Record<string, string>>,
): Promise<void> {
  const pulumi = async (...args: readonly string[]): Promise<void> => {
    const code = await run(toolchain.engine.pulumi, [...args, "--non-interactive"], { cwd, env });
    if (code !== 0)
      throw new Failure(`pulumi ${args[0] ?? ""} failed, see above. Run the same command again to go on.`);
  };
  await pulumi("stack", "select", "--create", stack.name);
  // Input was checked above by the very code that the program runs, so a preview could only say the same once more.
  const up = async () =>
    withStep("pulumi up", 15, () =>
      pulumi("up", "--yes", "--skip-preview", "--suppress-outputs", "--stack", stack.name),
    );
  await up();
  for (let more = 1; more < longestTransition && (await isUnfinished()); more += 1) await up();

  /** Whether the program gave out that requests changed owner in a circle. */
  async function isUnfinished(): Promise<boolean> {
    const output = ["stack", "output", "--json", "--stack", stack.name, "--non-interactive"];
    const { stdout } = await execa(toolchain.engine.pulumi, output, { cwd, env, stdin: "ignore" });
    return "unfinished" in (JSON.parse(stdout) as object);
  }
}

async function showFirstRequest(stack: Stack, gateway: string): Promise<void> {
  const request = firstRequest(stack);
  if (request === undefined) {
    process.stdout.write("No service of this stack takes a request without conditions, so none was sent.\n");
    return;
  }
  const answer = await withStep("first request", 2, () => followRequest(gateway, request, 60_000));
  process.stdout.write(`\n${describeHops(stack, request, gateway, answer).join("\n")}\n`);
}

function nextSteps(stack: Stack, gateway: string): string {
  const request = firstRequest(stack);
  const curl = request === undefined ? [] : [`  curl -H 'Host: ${request.host}' ${gateway}${request.path}`];
  const folder = `${stack.serviceFolders.at(-1) ?? "stacks"}/${stack.environments[0]?.name ?? "alpha"}`;
  return [
    "Next:",
    ...curl,
    `  $EDITOR ${folder}/<service>.yaml          # add or change a service, then`,
    `  npx kfaas check -s ${stack.name} && npm run up${stack.name === "test" ? "" : ` -- -s ${stack.name}`}`,
    `  eval "$(npx kfaas local env -s ${stack.name})"   # then plain pulumi and kubectl work on this mesh`,
    "  npm run down                                 # takes it all away",
    "",
  ].join("\n");
}

function isArgumentError(error: unknown): boolean {
  return error instanceof TypeError && "code" in error && String(error.code).startsWith("ERR_PARSE_ARGS");
}
