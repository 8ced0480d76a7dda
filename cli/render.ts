import process from "node:process";
import type { Command } from "commander";
import { stringify } from "yaml";
import { UsageError } from "../config/usage-error.ts";
import { planMesh } from "../core/mesh/plan-mesh.ts";
import { environmentObjects, planObjects, type KubernetesObject } from "../core/mesh/plan-objects.ts";
import type { Stack } from "../core/stack.ts";
import { addCommonOptions, addFormatOption, chooseStack, type CommonOptions } from "./command-options.ts";
import { validStack } from "./valid-stack.ts";

interface RenderOptions extends CommonOptions {
  readonly format: "text" | "json";
}

export function registerRender(program: Command, end: (code: number) => void): void {
  const command = program
    .command("render")
    .description("print the objects that a stack deploys, sorted; no engine, no state, no cluster")
    .addHelpText("after", "\n  kfaas render -s test | kubectl diff --server-side -f -");
  addFormatOption(addCommonOptions(command), "text", "json").action(async (options: RenderOptions) => {
    const stack = await validStack(options.cwd, await chooseStack(options), "Nothing is rendered");
    if (stack === undefined) {
      end(1);
      return;
    }
    const objects = objectsOf(stack, options.environment);
    process.stdout.write(
      options.format === "json"
        ? `${JSON.stringify(objects, null, 2)}\n`
        : // Anchors would be valid YAML, but nobody wants to read them in a manifest.
          objects
            .map((object) => `---\n${stringify(object, { aliasDuplicateObjects: false, lineWidth: 0 })}`)
            .join(""),
    );
  });
}

/** Only what belongs to one environment, if one is named; what environments share is left out then. */
function objectsOf(stack: Stack, environment: string | undefined): KubernetesObject[] {
  const plan = planMesh(stack);
  if (environment === undefined) return planObjects(plan);
  const objects = plan.environments.find((candidate) => candidate.environment === environment);
  if (objects !== undefined) return environmentObjects(objects);
  const known = stack.environments.map(({ name }) => name).join(", ");
  throw new UsageError(`Stack ${stack.name} has no environment "${environment}"; it has ${known}.`);
}
