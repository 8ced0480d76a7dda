import process from "node:process";
import type { Command } from "commander";
import { stringify } from "yaml";
import { UsageError } from "../config/usage-error.ts";
import { hostsOfStack } from "../core/domain.ts";
import {
  domainObjects,
  environmentObjects,
  planObjects,
  type KubernetesObject,
} from "../core/mesh/plan-objects.ts";
import {
  addCommonOptions,
  addFormatOption,
  chooseStack,
  type CommonOptions,
  unknownEnvironment,
} from "./command-options.ts";
import { type PlannedStack, plannedStack } from "./planned-stack.ts";

interface RenderOptions extends CommonOptions {
  readonly format: "text" | "json";
}

export function registerRender(program: Command, end: (code: number) => void): void {
  const command = program
    .command("render")
    .description("print the objects that a stack deploys, sorted; no engine, no state, no cluster")
    .addHelpText("after", "\n  kfaas render -s test | kubectl diff --server-side -f -");
  addFormatOption(addCommonOptions(command), "text", "json").action(async (options: RenderOptions) => {
    const planned = await plannedStack(options.cwd, await chooseStack(options), "Nothing is rendered");
    if (planned === undefined) {
      end(1);
      return;
    }
    const objects = objectsOf(planned, options.environment);
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
function objectsOf({ stack, plan }: PlannedStack, environment: string | undefined): KubernetesObject[] {
  if (environment === undefined) return planObjects(plan);
  const objects = plan.environments.find((candidate) => candidate.environment === environment);
  if (objects !== undefined) return environmentObjects(objects);
  const domain = plan.domains.find((candidate) => candidate.environment === environment);
  if (domain !== undefined) return domainObjects(domain);
  const known = hostsOfStack(stack).map(({ name }) => name);
  throw new UsageError(unknownEnvironment(environment, stack.name, known));
}
