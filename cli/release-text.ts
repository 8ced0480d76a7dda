import process from "node:process";
import { targetText } from "../core/preview.ts";
import { placeOf, problemCount, problemText } from "../core/problem-text.ts";
import type { Problem } from "../core/problem.ts";
import { nextStep, type ReleaseMove, type RouteMove } from "../core/release/move-weights.ts";
import type { Service } from "../core/service.ts";
import { problemReport } from "./format/json.ts";
import { problemStyle } from "./problem-style.ts";

/** What came of an order to move weights. */
export interface ReleaseOutcome {
  readonly stack: string;
  /** Undefined if its file could not be read. */
  readonly service: Service | undefined;
  /** Undefined if it was refused; then nothing is written. */
  readonly move: ReleaseMove | undefined;
  readonly written: boolean;
  /** Other stacks that the same file belongs to. */
  readonly alsoIn: readonly string[];
  /** Of all stacks that the file belongs to; the errors among them are why it was refused. */
  readonly problems: readonly Problem[];
}

export function releaseJson({ stack, service, move, written, alsoIn, problems }: ReleaseOutcome): string {
  const json = {
    stack,
    environment: service?.environment ?? null,
    service: service?.name ?? null,
    file: service?.location.file ?? null,
    written,
    move: move === undefined ? null : moveJson(move),
    alsoIn,
    problems: problems.map(problemReport),
  };
  return `${JSON.stringify(json, null, 2)}\n`;
}

function moveJson({ target, weight, steps, routes }: ReleaseMove): object {
  return {
    target: targetText(target),
    weight: weight ?? null,
    steps,
    /** Percent that `--step` would move it to. */
    next: weight === undefined ? null : (nextStep(steps, weight) ?? null),
    routes: routes.map(({ name, routeIndex, location, from, to }) => ({
      name: name ?? null,
      number: routeIndex + 1,
      line: location.line ?? null,
      from: from.map(shareJson),
      to: to.map(shareJson),
    })),
  };
}

function shareJson(destination: RouteMove["from"][number]): object {
  return { target: targetText(destination), weight: destination.weight };
}

/** Why nothing is written. */
export function refusalText({ problems }: ReleaseOutcome): string {
  const errors = problems.filter(({ severity }) => severity === "error");
  const style = problemStyle(process.stderr);
  const texts = errors.map((problem) => problemText(problem, style));
  return `${[...texts, `Nothing is written: ${problemCount(errors)}.`].join("\n")}\n`;
}

/** Beginnings of what to type next. */
export interface NextCommands {
  readonly release: string;
  readonly deploy: string;
}

/** What was moved, and what comes next. */
export function moveText(
  { move, written, alsoIn }: ReleaseOutcome & { move: ReleaseMove },
  commands: NextCommands,
): string {
  const isMoved = move.routes.some(({ from, to }) =>
    from.some(({ weight }, index) => weight !== to[index]?.weight),
  );
  const lines = [
    ...move.routes.map((route) => `${placeOf(route.location)}  ${routeText(route)}`),
    standing(move),
    ...(alsoIn.length === 0
      ? []
      : [`The file also belongs to ${alsoIn.length === 1 ? "stack" : "stacks"} ${alsoIn.join(", ")}.`]),
    ...(isMoved && !written ? ["Nothing is written (--dry-run)."] : []),
    "",
    ...nextLines(move, written, commands),
  ];
  return `${lines.join("\n")}\n`;
}

/** `saas-showroom 99 → 90, saas-showroom-green 1 → 10` */
function routeText({ from, to }: RouteMove): string {
  return from
    .map((destination, index) => {
      const weight = to[index]?.weight;
      const change = weight === destination.weight ? "" : ` → ${weight}`;
      return `${targetText(destination)} ${destination.weight}${change}`;
    })
    .join(", ");
}

function standing({ target, weight, steps }: ReleaseMove): string {
  const name = targetText(target);
  if (weight === undefined) return `The routes give ${name} different weights.`;
  const step = steps.indexOf(weight);
  const plan = steps.length === 0 ? "" : `, plan ${steps.join(", ")}`;
  return `${name}: ${weight} %${step < 0 ? plan : `, step ${step + 1} of ${steps.length}`}`;
}

function nextLines(
  { weight, steps }: ReleaseMove,
  written: boolean,
  { release, deploy }: NextCommands,
): string[] {
  const next = weight === undefined ? undefined : nextStep(steps, weight);
  const rows = [
    ...(written ? [[deploy, "deploys it"] as const] : []),
    ...(next === undefined ? [] : [[`${release} --step`, `on to ${next} %`] as const]),
    ...(weight === 0 ? [] : [[`${release} --rollback`, "back to 0 %"] as const]),
  ];
  const width = Math.max(...rows.map(([text]) => text.length));
  return rows.map(([text, what]) => `${text.padEnd(width)}  ${what}`);
}
