import process from "node:process";
import { type Command, Option } from "commander";
import { UsageError } from "../config/usage-error.ts";
import {
  exportSiteGateway,
  type SiteGatewayExport,
  type SiteGatewayEnvironment,
  type Subscription,
} from "../core/export/site-gateway.ts";
import {
  addCommonOptions,
  addFormatOption,
  chooseStack,
  type CommonOptions,
  unknownEnvironment,
} from "./command-options.ts";
import { plannedStack } from "./planned-stack.ts";

interface ExportOptions extends CommonOptions {
  readonly format: "text" | "json";
}

export function registerExport(program: Command, end: (code: number) => void): void {
  const command = program
    .command("export")
    .description(
      "what others must know of a stack: the paths and Hosts that the Java site gateway subscribes to and sends",
    )
    .addOption(new Option("--for <whom>", "for whom").choices(["site-gateway"]).makeOptionMandatory())
    .addHelpText(
      "after",
      `
The smallest set of paths that covers what services own: prefixes are string prefixes, a regex is given by its literal beginning.
Exit 1 if the stack has an error. Needs no cluster.

  kfaas export --for site-gateway -s test
  kfaas export --for site-gateway -s test -e alpha --format json`,
    );
  addFormatOption(addCommonOptions(command), "text", "json").action(async (options: ExportOptions) => {
    const planned = await plannedStack(options.cwd, await chooseStack(options), "Nothing is exported");
    if (planned === undefined) {
      end(1);
      return;
    }
    const exported = restrictTo(options.environment, exportSiteGateway(planned.proof));
    process.stdout.write(
      options.format === "json" ? `${JSON.stringify(exported, null, 2)}\n` : exportText(exported),
    );
  });
}

function restrictTo(environment: string | undefined, exported: SiteGatewayExport): SiteGatewayExport {
  if (environment === undefined) return exported;
  const environments = exported.environments.filter((each) => each.environment === environment);
  if (environments.length > 0) return { ...exported, environments };
  const known = exported.environments.map((each) => each.environment);
  throw new UsageError(unknownEnvironment(environment, exported.stack, known));
}

function exportText({ pathRoot, environments }: SiteGatewayExport): string {
  const lines = [
    ...environments.flatMap((each) => [...environmentLines(each), ""]),
    `Simpler, and never out of date: subscribe to the whole path root ${pathRoot} and send the environment's Host;`,
    "the entry gateway answers 404 where nobody owns a path.",
  ];
  return `${lines.join("\n")}\n`;
}

function environmentLines({ environment, host, fallback, subscriptions }: SiteGatewayEnvironment): string[] {
  const width = Math.max(0, ...subscriptions.map(({ path }) => path.length));
  return [
    environment,
    `  Host: ${host}`,
    ...subscriptions.map((each) =>
      `  ${each.kind}  ${each.path.padEnd(width)}  ${detailsOf(each)}`.replace(/^( {2}exact)/, "$1 "),
    ),
    ...(subscriptions.length === 0 ? ["  no service, nothing to subscribe to"] : []),
    ...(fallback === null
      ? []
      : [`  ${fallback} takes whatever nobody else does, so it is the whole path root`]),
  ];
}

function detailsOf({ services, methods, headers, queryParams, ignoreCase, fromRegex }: Subscription): string {
  return [
    services.join(", "),
    ...(methods.length === 0 ? [] : [`only ${methods.join(", ")}`]),
    ...(ignoreCase ? ["in any case"] : []),
    ...(fromRegex ? ["beginning of a regex"] : []),
    ...(headers.length === 0 ? [] : [`pass on ${headers.join(", ")}`]),
    ...(queryParams.length === 0 ? [] : [`depends on ?${queryParams.join(", ")}`]),
  ].join("; ");
}
