import { join } from "node:path";
import process from "node:process";
import { type Command, InvalidArgumentError, Option } from "commander";
import { withServiceText } from "../config/edited-stack.ts";
import { listStacks } from "../config/list-stacks.ts";
import { loadStack } from "../config/load-stack.ts";
import { replaceFile } from "../config/replace-file.ts";
import { type NewNumber, replaceNumbers } from "../config/replace-numbers.ts";
import { readTextFile } from "../config/text-file.ts";
import { UsageError } from "../config/usage-error.ts";
import { nearest } from "../core/nearest.ts";
import { utcDate, verdictOf } from "../core/plan-stack.ts";
import { compareProblems, hasErrors, type Problem } from "../core/problem.ts";
import { moveWeights, type ReleaseOrder, type RouteMove } from "../core/release/move-weights.ts";
import type { Service } from "../core/service.ts";
import type { Stack } from "../core/stack.ts";
import {
  addCommonOptions,
  addFormatOption,
  chooseStack,
  type CommonOptions,
  unknownEnvironment,
} from "./command-options.ts";
import {
  moveText,
  type NextCommands,
  refusalText,
  releaseJson,
  type ReleaseOutcome,
} from "./release-text.ts";

interface ReleaseOptions extends CommonOptions {
  readonly to: string;
  /** True for the next one. */
  readonly step?: number | true;
  readonly weight?: number;
  readonly rollback?: true;
  readonly dryRun?: true;
  readonly format: "text" | "json";
}

export function registerRelease(program: Command, end: (code: number) => void): void {
  const command = program
    .command("release")
    .description("move the weights in a service's file to a new version, step by step, or back")
    .argument("<service>", "name of the service's file, without its ending")
    .requiredOption("--to <target>", "the new version: a Knative service of the file's traffic, or a tag")
    .addOption(
      new Option(
        "--step [number]",
        "to the next step of the file's plan, or to one of them, from 1",
      ).argParser(wholeNumber),
    )
    .addOption(
      new Option("--weight <percent>", "to any weight, from 0 to 100")
        .argParser(wholeNumber)
        .conflicts(["step", "rollback"]),
    )
    .addOption(new Option("--rollback", "back to 0, whatever the step").conflicts("step"))
    .option("--dry-run", "write nothing, only say what would be written")
    .addHelpText(
      "after",
      `
Without --step, --weight and --rollback it only says where the release stands. Only numbers change in the file: comments and formatting
stay. Nothing is written if the stack would have an error. Nothing is deployed. Needs no cluster.

  kfaas release saas-showroom -s test --to saas-showroom-green --step
  kfaas release saas-showroom -s test --to saas-showroom-green --rollback`,
    );
  addFormatOption(addCommonOptions(command), "text", "json").action(
    async (name: string, options: ReleaseOptions) => {
      const outcome = await release(name, options);
      const { move, service, stack } = outcome;
      if (options.format === "json") process.stdout.write(releaseJson(outcome));
      else if (service === undefined || move === undefined) process.stderr.write(refusalText(outcome));
      else process.stdout.write(moveText({ ...outcome, move }, commandsFor(stack, service, options)));
      end(move === undefined ? 1 : 0);
    },
  );
}

async function release(name: string, options: ReleaseOptions): Promise<ReleaseOutcome> {
  const { cwd } = options;
  const order = orderOf(options);
  const stackName = await chooseStack(options);
  const loaded = await loadStack(cwd, stackName);
  const service = loaded.stack && findService(loaded.stack, name, options.environment, loaded.problems);
  const refused = { stack: stackName, service, move: undefined, written: false, alsoIn: [] };
  if (loaded.stack === undefined || service === undefined) return { ...refused, problems: loaded.problems };
  const { file } = service.location;
  const absolutePath = join(cwd, file);
  const result = moveWeights(service, options.to, order);
  if (!result.ok) return { ...refused, problems: [result.problem] };
  const { move } = result;
  const before = readTextFile(absolutePath);
  if (typeof before !== "string") throw new UsageError(`the file ${file} ${before.message}`);
  const after = replaceNumbers(before, changesOf(move.routes));

  const others = await otherStacksWith(cwd, stackName, file);
  const stacks = [{ stack: loaded.stack, service, problems: loaded.problems }, ...others];
  const problems = stacks.flatMap((each) => problemsWith(each, after)).sort(compareProblems);
  const alsoIn = others.map(({ stack }) => stack.name);
  if (hasErrors(problems)) return { ...refused, alsoIn, problems };
  const written = after !== before && options.dryRun !== true;
  if (written) replaceFile(absolutePath, before, after);
  return { stack: stackName, service, move, written, alsoIn, problems };
}

function orderOf({ step, weight, rollback }: ReleaseOptions): ReleaseOrder {
  if (rollback === true) return { kind: "rollback" };
  if (weight !== undefined) {
    if (weight > 100) throw new UsageError(`--weight ${weight} is more than 100 %`);
    return { kind: "weight", percent: weight };
  }
  if (step === true) return { kind: "next" };
  return step === undefined ? { kind: "stay" } : { kind: "step", number: step };
}

/**
 * The service of the file's name; undefined if its file has errors.
 * @throws UsageError if there is none, or if it is not clear which
 */
function findService(
  { name: stack, environments, services }: Stack,
  name: string,
  environment: string | undefined,
  problems: readonly Problem[],
): Service | undefined {
  const known = environments.map((each) => each.name);
  if (environment !== undefined && !known.includes(environment))
    throw new UsageError(unknownEnvironment(environment, stack, known));
  const candidates = services.filter(
    (service) => environment === undefined || service.environment === environment,
  );
  const [only, ...others] = candidates.filter((service) => service.name === name);
  if (others.length > 0) {
    const places = [only, ...others].map((service) => service?.environment).join(", ");
    throw new UsageError(
      `Which environment? ${name} is in several of stack ${stack}; add -e with one of: ${places}.`,
    );
  }
  if (only !== undefined || problems.some(({ services: concerned }) => concerned.includes(name))) return only;
  const close = nearest(
    name,
    candidates.map((service) => service.name),
  );
  throw new UsageError(
    `There is no service file ${name}.yaml in stack ${stack}${close === undefined ? "" : `; did you mean ${close}?`}`,
  );
}

interface StackWithFile {
  readonly stack: Stack;
  readonly service: Service;
  readonly problems: readonly Problem[];
}

/** Stacks may share folders: what is good for one may be an error in another. */
async function otherStacksWith(cwd: string, stackName: string, file: string): Promise<StackWithFile[]> {
  const found: StackWithFile[] = [];
  for (const name of (await listStacks(cwd)).filter((each) => each !== stackName)) {
    const { stack, problems } = await loadStack(cwd, name);
    const service = stack?.services.find(({ location }) => location.file === file);
    if (stack !== undefined && service !== undefined) found.push({ stack, service, problems });
  }
  return found;
}

/** What `check` would say of a stack if its file had this text. */
function problemsWith({ stack, service, problems }: StackWithFile, text: string): Problem[] {
  const edited = withServiceText(stack, service, text);
  const elsewhere = problems.filter(({ location }) => location?.file !== service.location.file);
  return [
    ...elsewhere,
    ...edited.problems,
    ...verdictOf(edited.stack, { today: utcDate(new Date()) }).problems,
  ];
}

function changesOf(routes: readonly RouteMove[]): NewNumber[] {
  return routes.flatMap(({ routeIndex, from, to }) =>
    to.flatMap(({ weight }, index) =>
      weight === from[index]?.weight
        ? []
        : { path: ["routes", routeIndex, "traffic", index, "weight"], value: weight },
    ),
  );
}

/** The same again, but for where it goes; and how it is deployed. */
function commandsFor(
  stack: string,
  { name, environment }: Service,
  { to, cwd }: ReleaseOptions,
): NextCommands {
  const folder = cwd === process.cwd() ? "" : ` -C ${cwd}`;
  return {
    release: `kfaas release ${name}${folder} -s ${stack} -e ${environment} --to ${to}`,
    deploy: `pulumi up${folder} -s ${stack}`,
  };
}

function wholeNumber(text: string): number {
  if (!/^\d{1,3}$/.test(text)) throw new InvalidArgumentError("It takes a whole number.");
  return Number(text);
}
