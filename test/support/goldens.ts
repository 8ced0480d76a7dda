import { fileURLToPath } from "node:url";
import { stringify } from "yaml";
import { listStacks } from "../../config/list-stacks.ts";
import { loadStack } from "../../config/load-stack.ts";
import { checkMesh } from "../../core/mesh/check-mesh.ts";
import { planMesh } from "../../core/mesh/plan-mesh.ts";
import { planObjects, type KubernetesObject } from "../../core/mesh/plan-objects.ts";
import { hasErrors } from "../../core/problem.ts";
import type { Stack } from "../../core/stack.ts";

/** A stack of this repository and the file that says what it renders. */
export interface Golden {
  readonly stackName: string;
  readonly cwd: string;
  readonly file: string;
  /** The stack that this one is named after, as `prod-eu` after `prod`; its golden holds only what it renders otherwise. */
  readonly like: string | undefined;
}

const root = fileURLToPath(new URL("../..", import.meta.url));

/** Every stack of the repository and of its examples. */
export async function listGoldens(): Promise<Golden[]> {
  const folders = [root, `${root}examples/case-study`];
  const stacks = await Promise.all(
    folders.map(async (cwd) => (await listStacks(cwd)).map((stackName) => ({ stackName, cwd }))),
  );
  return stacks.flat().map((stack, _, all) => ({
    ...stack,
    file: `${root}test/golden/${stack.stackName}.yaml`,
    like: all.find(({ stackName }) => stack.stackName.startsWith(`${stackName}-`))?.stackName,
  }));
}

/** @throws Error if the stack has problems that are errors */
export async function loadGoldenStack({ stackName, cwd }: Pick<Golden, "stackName" | "cwd">): Promise<Stack> {
  const { stack, problems } = await loadStack(cwd, stackName);
  const all = [...problems, ...(stack === undefined ? [] : checkMesh(stack))];
  if (stack === undefined || hasErrors(all)) throw new Error(JSON.stringify(all, null, 2));
  return stack;
}

/** All objects of a stack, as `kfaas render` prints them; of one that is named after another, those that are not the same there. */
export async function renderGolden(golden: Golden): Promise<string> {
  const objects = await objectsOf(golden);
  if (golden.like === undefined) return objects.join("");
  const there = await objectsOf({ ...golden, stackName: golden.like });
  const missing = there.filter((object) => !objects.some((own) => headOf(own) === headOf(object)));
  return [
    `# What ${golden.stackName} renders otherwise than ${golden.like}.\n`,
    ...missing.map((object) => `# Not here: ${headOf(object)}\n`),
    ...objects.filter((object) => !there.includes(object)),
  ].join("");
}

async function objectsOf(golden: Pick<Golden, "stackName" | "cwd">): Promise<string[]> {
  return planObjects(planMesh(await loadGoldenStack(golden))).map(toYaml);
}

/** `ServiceEntry java-export-gateway` */
function headOf(yaml: string): string {
  const [, kind = "", name = ""] = /kind: (.*)\nmetadata:\n {2}name: (.*)/.exec(yaml) ?? [];
  return `${kind} ${name}`;
}

function toYaml(object: KubernetesObject): string {
  return `---\n${stringify(object, { aliasDuplicateObjects: false, lineWidth: 0 })}`;
}
