import process from "node:process";
import { InvalidArgumentError, Option, type Command } from "commander";
import { listStacks } from "../config/list-stacks.ts";
import { UsageError } from "../config/usage-error.ts";
import { compact } from "../core/compact.ts";
import { hostsOfStack, onlyEnvironment } from "../core/domain.ts";
import { isSupportedVersion, supportedVersions } from "../core/mesh/version-profile.ts";
import { problemCount, problemText } from "../core/problem-text.ts";
import { hasErrors } from "../core/problem.ts";
import { rehearsalText, rolloutText } from "../core/rehearsal/rehearsal-text.ts";
import { hasDifferences, rehearseStack, type StackRehearsal } from "../core/rehearsal/rehearse-stack.ts";
import { type MixedUse, mixedUses, rolloutOrder } from "../core/rehearsal/rollout.ts";
import type { Proof } from "../core/route/prove.ts";
import type { Versions } from "../core/stack.ts";
import {
  addCommonOptions,
  addFormatOption,
  chooseStack,
  type CommonOptions,
  unknownEnvironment,
} from "./command-options.ts";
import { judgeStack } from "./planned-stack.ts";
import { problemStyle } from "./problem-style.ts";

interface RehearseOptions extends CommonOptions {
  readonly istio?: string;
  readonly knative?: string;
  readonly format: "text" | "json";
}

export function registerRehearse(program: Command, end: (code: number) => void): void {
  const command = program
    .command("rehearse")
    .description(
      "what an upgrade of Istio and Knative would change for requests and objects; exit 1 if anything",
    )
    .addOption(versionOption("istio", "Istio"))
    .addOption(versionOption("knative", "Knative"))
    .addHelpText(
      "after",
      `
Compares with the versions that the stack names; one that is not given stays. Without -s: all stacks, and the order to move them in.
Needs no cluster. How to move clusters: docs/versions.md

  kfaas rehearse --istio 1.31 --knative 1.23
  kfaas rehearse -s prod --istio 1.31`,
    );
  addFormatOption(addCommonOptions(command), "text", "json").action(async (options: RehearseOptions) => {
    const proofs = await readProofs(options);
    if (proofs === undefined) {
      end(2);
      return;
    }
    const result = rehearse(proofs, options);
    process.stdout.write(options.format === "json" ? toJson(result, options) : toText(result, options));
    end(result.stacks.some(hasDifferences) ? 1 : 0);
  });
}

interface Rehearsal {
  /** In the order in which they are to be moved. */
  readonly stacks: readonly StackRehearsal[];
  readonly mixed: readonly MixedUse[];
}

function versionOption(product: "istio" | "knative", name: string): Option {
  return new Option(
    `--${product} <version>`,
    `version of ${name} to compare with, for example 1.31`,
  ).argParser((version: string) => {
    if (isSupportedVersion(product, version)) return version;
    throw new InvalidArgumentError(`${name} ${supportedVersions(product)} can be rendered for.`);
  });
}

/** Of the stack that is named, or of all; undefined after the problems of those with errors were printed. */
async function readProofs(options: RehearseOptions): Promise<Proof[] | undefined> {
  const { cwd, istio, knative, environment } = options;
  if (istio === undefined && knative === undefined)
    throw new UsageError("Which versions? Add --istio, --knative or both.");
  const all = options.stack === undefined ? await listStacks(cwd) : [];
  const names = all.length === 0 ? [await chooseStack(options)] : all;
  const read: (Proof | undefined)[] = [];
  for (const name of names) read.push(await readProof(cwd, name));
  const proofs = read.filter((proof) => proof !== undefined);
  if (proofs.length < read.length) return undefined;
  const chosen =
    environment === undefined ? proofs : proofs.flatMap((proof) => restrictTo(environment, proof));
  if (chosen.length > 0) return chosen;
  const known = proofs.flatMap(({ stack }) => hostsOfStack(stack).map((each) => each.name));
  throw new UsageError(unknownEnvironment(environment ?? "", names.join(", "), [...new Set(known)]));
}

async function readProof(cwd: string, name: string): Promise<Proof | undefined> {
  const { proof, problems } = await judgeStack(cwd, name);
  if (proof !== undefined && !hasErrors(problems)) return proof;
  const errors = problems.filter(({ severity }) => severity === "error");
  const style = problemStyle(process.stderr);
  for (const problem of errors) process.stderr.write(`${problemText(problem, style)}\n`);
  process.stderr.write(`kfaas: stack ${name} cannot be rehearsed: ${problemCount(errors)}.\n`);
  return undefined;
}

/** What the environment has of its own, and what it shares; nothing if the stack does not have it. */
function restrictTo(name: string, proof: Proof): Proof[] {
  const environments = proof.environments.filter(({ environment }) => environment.name === name);
  if (environments.length === 0) return [];
  const { stack } = proof;
  return [
    {
      ...proof,
      environments,
      stack: {
        ...onlyEnvironment(stack, name),
        services: stack.services.filter(({ environment }) => environment === name),
      },
    },
  ];
}

function rehearse(proofs: readonly Proof[], { istio, knative }: RehearseOptions): Rehearsal {
  const asked: Partial<Versions> = compact({ istio, knative });
  const ordered = rolloutOrder(proofs.map(({ stack }) => stack));
  return {
    stacks: ordered.flatMap(({ name }) =>
      proofs.filter(({ stack }) => stack.name === name).map((proof) => rehearseStack(proof, asked)),
    ),
    mixed: mixedUses(ordered),
  };
}

/** One object for the stack that is named; otherwise all, with what concerns them together. */
function toJson({ stacks, mixed }: Rehearsal, { stack }: RehearseOptions): string {
  const result = stack === undefined ? { stacks, order: stacks.map((each) => each.stack), mixed } : stacks[0];
  return `${JSON.stringify(result, null, 2)}\n`;
}

function toText({ stacks, mixed }: Rehearsal, { stack }: RehearseOptions): string {
  const style = problemStyle(process.stdout);
  const texts = stacks.map((rehearsal) => rehearsalText(rehearsal, style));
  return [...texts, ...(stack === undefined ? [rolloutText(stacks, mixed, style)] : [])].join("\n");
}
