import process from "node:process";
import type { Command } from "commander";
import { withCheckout } from "../config/checkout.ts";
import { listStacks } from "../config/list-stacks.ts";
import { loadStack } from "../config/load-stack.ts";
import { UsageError } from "../config/usage-error.ts";
import { hostsOfStack, onlyEnvironment } from "../core/domain.ts";
import { originOf } from "../core/mesh/names.ts";
import { utcDate } from "../core/plan-stack.ts";
import { problemCount, problemText, requestText } from "../core/problem-text.ts";
import { compareText, hasErrors, type Problem } from "../core/problem.ts";
import { diffProofs, type RequestChange } from "../core/route/diff.ts";
import { type Proof, proveStack } from "../core/route/prove.ts";
import { treatmentDifference } from "../core/route/treatment.ts";
import type { Stack } from "../core/stack.ts";
import {
  addCommonOptions,
  addFormatOption,
  type CommonOptions,
  unknownEnvironment,
} from "./command-options.ts";
import { problemStyle } from "./problem-style.ts";

interface DiffOptions extends CommonOptions {
  readonly from: string;
  readonly to: string;
  readonly format: "text" | "json";
}

export function registerDiff(program: Command, end: (code: number) => void): void {
  const command = program
    .command("diff")
    .description(
      "which requests change owner, appear or vanish between two states of the files; exit 1 if any does",
    )
    .requiredOption("--from <place>", "the state before: a folder or a git revision")
    .option("--to <place>", "the state after: a folder or a git revision; default: the working folder", ".")
    .addHelpText(
      "after",
      `
Folders are relative to -C; a folder comes before a revision of the same name. Compares requests, not text. Needs no cluster.

  kfaas diff --from HEAD                    what the edited files would change
  kfaas diff -s test --from v1.0 --to v1.1  between two revisions
  kfaas diff --from ../other-checkout       against another folder`,
    );
  addFormatOption(addCommonOptions(command), "text", "json").action(async (options: DiffOptions) => {
    const diffs = await diffStacks(options);
    if (diffs === undefined) {
      end(2);
      return;
    }
    process.stdout.write(options.format === "json" ? diffJson(diffs, options) : diffText(diffs));
    end(diffs.some(({ changes }) => changes.length > 0) ? 1 : 0);
  });
}

interface StackDiff {
  readonly stack: string;
  readonly changes: readonly RequestChange[];
}

/** The stack that is named, or all of both sides; undefined after the problems of those that cannot be read were printed. */
async function diffStacks(options: DiffOptions): Promise<StackDiff[] | undefined> {
  const from = await readSide(options, options.from);
  const to = await readSide(options, options.to);
  const names = chosenNames(options, from, to);
  if (![from, to].map((side) => reportUnreadable(side, names)).every(Boolean)) return undefined;
  const today = utcDate(new Date());
  const proofOf = (side: Side, name: string): Pick<Proof, "environments"> => {
    const stack = side.stacks.get(name)?.stack;
    if (stack === undefined) return { environments: [] };
    const proof = proveStack(restrictTo(options.environment, stack), { today });
    if (hasErrors(proof.problems)) {
      process.stderr.write(
        `note: stack ${name} of ${side.place} has ${problemCount(proof.problems)} (kfaas check); where services contend, a fixed one is compared.\n`,
      );
    }
    return proof;
  };
  return names.map((stack) => ({ stack, changes: diffProofs(proofOf(from, stack), proofOf(to, stack)) }));
}

interface Side {
  readonly place: string;
  readonly stacks: ReadonlyMap<string, { stack: Stack | undefined; problems: readonly Problem[] }>;
}

async function readSide({ cwd, stack }: DiffOptions, place: string): Promise<Side> {
  return withCheckout(cwd, place, async (folder) => {
    const stacks: [string, Awaited<ReturnType<typeof loadStack>>][] = [];
    for (const name of await listStacks(folder)) {
      if (stack === undefined || stack === name) stacks.push([name, await loadStack(folder, name)]);
    }
    return { place: place === "." ? "the working folder" : place, stacks: new Map(stacks) };
  });
}

function chosenNames({ stack, environment }: DiffOptions, from: Side, to: Side): string[] {
  const known = Array.from(new Set([...from.stacks.keys(), ...to.stacks.keys()])).sort(compareText);
  if (known.length === 0) {
    const places = `${from.place} and ${to.place}`;
    throw new UsageError(
      stack === undefined ? `There is no stack in ${places}` : `There is no stack "${stack}" in ${places}`,
    );
  }
  if (environment === undefined) return known;
  const environmentsOf = (name: string) =>
    [from, to].flatMap((side) => {
      const stack = side.stacks.get(name)?.stack;
      return stack === undefined ? [] : hostsOfStack(stack).map((each) => each.name);
    });
  const having = known.filter((name) => environmentsOf(name).includes(environment));
  if (having.length > 0) return having;
  const all = Array.from(new Set(known.flatMap(environmentsOf)));
  throw new UsageError(unknownEnvironment(environment, known.join(", "), all));
}

/** True if there was nothing to report. */
function reportUnreadable({ place, stacks }: Side, names: readonly string[]): boolean {
  const style = problemStyle(process.stderr);
  const unreadable = names.filter((name) => hasErrors(stacks.get(name)?.problems ?? []));
  for (const name of unreadable) {
    const errors = stacks.get(name)?.problems.filter(({ severity }) => severity === "error") ?? [];
    for (const problem of errors) process.stderr.write(`${problemText(problem, style)}\n`);
    process.stderr.write(`kfaas: stack ${name} of ${place} cannot be compared: ${problemCount(errors)}.\n`);
  }
  return unreadable.length === 0;
}

function restrictTo(environment: string | undefined, stack: Stack): Stack {
  return environment === undefined ? stack : onlyEnvironment(stack, environment);
}

/** One object for the stack that is named, otherwise an array over all, as `check` prints it. */
function diffJson(diffs: readonly StackDiff[], { stack }: DiffOptions): string {
  const all = diffs.map((diff) => ({ stack: diff.stack, changes: diff.changes.map(changeJson) }));
  return `${JSON.stringify(stack === undefined ? all : all[0], null, 2)}\n`;
}

function changeJson(change: RequestChange): object {
  const { kind, environment, from, to, witness } = change;
  return { kind, environment, from, to, witness, fields: changedFields(change) };
}

/** What is done differently, of a change of policy. */
function changedFields({ kind, fromClause, toClause }: RequestChange): string[] {
  if (kind !== "policy" || fromClause === undefined || toClause === undefined) return [];
  return treatmentDifference(fromClause, toClause);
}

function diffText(diffs: readonly StackDiff[]): string {
  const style = problemStyle(process.stdout);
  const lines = diffs.flatMap(({ stack, changes }) => {
    const environments = Array.from(new Set(changes.map(({ environment }) => environment)));
    return [
      `${stack}: ${changes.length === 0 ? "no request changes" : countText(changes)}`,
      ...environments.flatMap((environment) => [
        `  ${environment}`,
        ...changes
          .filter((change) => change.environment === environment)
          .flatMap((change) => [`    ${changeText(change)}`, `             ${style.place(urlText(change))}`]),
      ]),
    ];
  });
  return `${lines.join("\n")}\n`;
}

function countText(changes: readonly RequestChange[]): string {
  const kinds = ["moved", "added", "removed", "policy"] as const;
  return kinds
    .flatMap((kind) => {
      const count = changes.filter((change) => change.kind === kind).length;
      return count === 0 ? [] : [`${count} ${kind}`];
    })
    .join(", ");
}

function changeText(change: RequestChange): string {
  const { kind, from, to } = change;
  const fields = changedFields(change);
  const services =
    kind === "policy" ? `${from ?? ""}: ${fields.join(", ")}` : `${from ?? "nobody"} → ${to ?? "nobody"}`;
  return `${kind.padEnd(9)}${services}`;
}

function urlText({ environment, witness }: RequestChange): string {
  return requestText({ ...witness, path: `${originOf(environment)}${witness.path}` });
}
