import process from "node:process";
import type { Command } from "commander";
import { instanceOf } from "../local/instance.ts";
import { meshEnvironment, meshStatus, startMesh, stopMesh, type MeshStatus } from "../local/mesh.ts";
import { ensureToolchain, findToolchain } from "../tools/toolchain.ts";
import { addCommonOptions, addFormatOption, chooseStack, type CommonOptions } from "./command-options.ts";
import { plannedStack } from "./planned-stack.ts";

interface LocalOptions extends CommonOptions {
  readonly format: "text" | "json";
}

export function registerLocal(program: Command, end: (code: number) => void): void {
  const local = program
    .command("local")
    .description("the embedded mesh of a stack: real control plane, istiod and Envoys on 127.0.0.1");
  const add = (
    name: string,
    description: string,
    action: (options: LocalOptions) => Promise<number>,
  ): void => {
    addFormatOption(addCommonOptions(local.command(name).description(description)), "text", "json").action(
      async (options: LocalOptions) => {
        end(await action(options));
      },
    );
  };
  add("start", "start it, or bring it up to date with the stack's files; deploys nothing", start);
  add("stop", "end its processes and delete its files, state included", stop);
  add("status", "what runs, and where; exit 1 if it does not run", status);
  add("env", 'print what a plain pulumi or kubectl needs: eval "$(npx kfaas local env -s test)"', env);
}

async function start(options: LocalOptions): Promise<number> {
  const planned = await plannedStack(options.cwd, await chooseStack(options), "Nothing is started");
  if (planned === undefined) return 1;
  const { name } = planned.stack;
  printStatus(
    options,
    name,
    await startMesh(instanceOf(options.cwd, name), planned, await ensureToolchain()),
  );
  return 0;
}

async function stop(options: LocalOptions): Promise<number> {
  const stack = await chooseStack(options);
  const ended = await stopMesh(instanceOf(options.cwd, stack));
  print(options, { stack, ended }, `${stack}: ${ended} processes ended`);
  return 0;
}

async function status(options: LocalOptions): Promise<number> {
  const stack = await chooseStack(options);
  const toolchain = await findToolchain();
  const instance = instanceOf(options.cwd, stack);
  const mesh =
    toolchain === undefined
      ? // Nothing can run that was never built.
        { running: false, kubeconfig: "", gateways: {}, processes: [] }
      : await meshStatus(instance, toolchain);
  printStatus(options, stack, mesh);
  return mesh.running ? 0 : 1;
}

async function env(options: LocalOptions): Promise<number> {
  const stack = await chooseStack(options);
  const variables = meshEnvironment(instanceOf(options.cwd, stack), await ensureToolchain());
  const quoted = Object.entries(variables).map(
    ([name, value]) => `export ${name}='${value.replaceAll("'", "'\\''")}'`,
  );
  print(options, variables, quoted.join("\n"));
  return 0;
}

function printStatus(options: LocalOptions, stack: string, mesh: MeshStatus): void {
  const lines = [
    `${stack}: ${mesh.running ? "running" : "not running"}`,
    ...(mesh.processes.length === 0 ? [] : [`kubeconfig  ${mesh.kubeconfig}`]),
    ...Object.entries(mesh.gateways).map(([role, url]) => `${role.padEnd(12)}${url}`),
    ...mesh.processes.map(({ name, pid, alive }) => `${name.padEnd(28)}${alive ? `pid ${pid}` : "ended"}`),
  ];
  print(options, mesh, lines.join("\n"));
}

function print(options: LocalOptions, value: unknown, text: string): void {
  process.stdout.write(`${options.format === "json" ? JSON.stringify(value, null, 2) : text}\n`);
}
