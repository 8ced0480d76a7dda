import { readdir, readFile } from "node:fs/promises";
import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, beforeAll, describe, expect, it } from "@jest/globals";
import { loadStack } from "../../config/load-stack.ts";
import { planStack, utcDate } from "../../core/plan-stack.ts";
import { EmbeddedMesh } from "../support/embedded-mesh.ts";
import { Workspace } from "../support/workspace.ts";

const minutes = 60_000;
const services = 12;

/** Who dies, by what its command line holds. */
const victims = {
  engine: /pulumi up /,
  provider: /pulumi-resource-kubernetes/,
  "language host": /pulumi-language-nodejs/,
  program: /cmd\/run/,
} as const;
type Victim = keyof typeof victims;

// With checkpoints off (docs/adr/0004) the state knows nothing of what a run wrote before it was cut off.
describe("an up that is cut off", () => {
  let workspace: Workspace;
  let mesh: EmbeddedMesh;
  let round = 0;

  /** Every service gets another timeout, one comes and one goes: creations, updates and deletions in one run. */
  const change = async (): Promise<void> => {
    round += 1;
    for (let index = 0; index < services; index += 1) {
      const file = `stacks/test/beta/e2e-cut-${index}.yaml`;
      if ((index + round) % services === 0) await workspace.remove(file).catch(() => undefined);
      else
        await workspace.write(
          file,
          `routes: [{ match: [{ prefix: /faas/api/cut/${index}/ }], timeout: ${round}s }]\n`,
        );
    }
  };

  /** The VirtualServices that the files ask for, and those that the cluster has. */
  const compare = async (): Promise<{ planned: unknown[]; live: unknown[] }> => {
    const { stack } = await loadStack(workspace.folder, "test");
    const plan = stack && planStack(stack, { today: utcDate(new Date()) }).plan;
    const list = await mesh.kubectl.run([
      "get",
      "virtualservices",
      "--namespace",
      "kfaas-system",
      "--output",
      "json",
    ]);
    const { items } = JSON.parse(list) as { items: { metadata: { name: string }; spec: unknown }[] };
    const brief = ({ metadata: { name }, spec }: { metadata: { name: string }; spec: unknown }) => ({
      name,
      spec,
    });
    const planned = plan?.environments.flatMap(({ virtualServices }) => virtualServices.map(brief)) ?? [];
    const names = new Set(planned.map(({ name }) => name));
    // The exit's own route is no service's.
    return {
      planned: sorted(planned),
      live: sorted(items.map(brief).filter(({ name }) => names.has(name) || name.includes("e2e-cut"))),
    };
  };

  /** Starts a run that has something to do and kills the victim at a random moment, sooner next time if it came too late. */
  const cutOff = async (victim: Victim): Promise<void> => {
    for (let longest = 4_000; longest > 100; longest /= 2) {
      await change();
      const run = mesh.startPulumi(mesh.environment["KUBECONFIG"] ?? "", "up", "--yes", "--skip-preview");
      const died = await killWithin(longest, victim, run.pid);
      if ((await run.result).exitCode !== 0 && died) return;
    }
    throw new Error(`no run could be cut off by the death of the ${victim}`);
  };

  beforeAll(async () => {
    workspace = await Workspace.create("test");
    await change();
    mesh = await EmbeddedMesh.start(workspace, "test");
    await mesh.up();
  }, 6 * minutes);

  afterAll(async () => {
    await mesh.stop();
    await workspace.dispose();
  }, minutes);

  it.each(Object.keys(victims) as Victim[])(
    "by the death of the %s is finished by the next one: cluster, plan and state agree",
    async (victim) => {
      await cutOff(victim);

      await mesh.clearEngineLocks();
      await mesh.up();
      const { planned, live } = await compare();
      expect(live).toEqual(planned);
      expect(Object.keys(await mesh.preview())).toEqual(["same"]);
    },
    4 * minutes,
  );
});

function sorted<Item extends { readonly name: string }>(items: readonly Item[]): Item[] {
  return [...items].sort((a, b) => (a.name < b.name ? -1 : 1));
}

/** Kills the victim at a random moment after both it and the program have started; false if it was not there. */
async function killWithin(longest: number, victim: Victim, engine: number): Promise<boolean> {
  for (const pattern of [victims.program, victims[victim]]) {
    const isMissing = async () => (await familyOf(engine, pattern)).length === 0;
    while ((await isMissing()) && (await familyOf(engine, /./)).length > 0) await sleep(50);
  }
  await sleep(Math.random() * longest);
  const pids = await familyOf(engine, victims[victim]);
  for (const pid of pids) process.kill(pid, "SIGKILL");
  return pids.length > 0;
}

/** The process and all that descend from it, as far as their command lines fit. */
async function familyOf(root: number, pattern: RegExp): Promise<number[]> {
  const parents = new Map<number, { parent: number; command: string }>();
  for (const entry of (await readdir("/proc")).filter((name) => /^\d+$/.test(name))) {
    const [stat, command] = await Promise.all(
      ["stat", "cmdline"].map((file) => readFile(`/proc/${entry}/${file}`, "utf8").catch(() => "")),
    );
    // The name in parentheses may hold anything, even blanks: https://man7.org/linux/man-pages/man5/proc_pid_stat.5.html
    const parent = Number(/\) \S (\d+)/.exec(stat ?? "")?.[1]);
    parents.set(Number(entry), { parent, command: (command ?? "").replaceAll("\0", " ") });
  }
  const belongs = (pid: number): boolean =>
    pid === root || (parents.has(pid) && belongs(parents.get(pid)?.parent ?? 0));
  return [...parents.keys()].filter((pid) => belongs(pid) && pattern.test(parents.get(pid)?.command ?? ""));
}
