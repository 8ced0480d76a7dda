import { nearest } from "../nearest.ts";
import { isSameTarget, targetText } from "../preview.ts";
import type { Location, Problem } from "../problem.ts";
import type { Destination, Service, Target } from "../service.ts";
import { shareRest } from "./share-rest.ts";

/** Where a release is to go: the plan's next step, one of its steps by number from 1, any weight, back, or nowhere. */
export type ReleaseOrder =
  | { readonly kind: "next" }
  | { readonly kind: "rollback" }
  | { readonly kind: "stay" }
  | { readonly kind: "step"; readonly number: number }
  | { readonly kind: "weight"; readonly percent: number };

/** The split of one route, before and after. */
export interface RouteMove {
  /** Position in the file, from 0. */
  readonly routeIndex: number;
  readonly name: string | undefined;
  readonly location: Location;
  readonly from: readonly Destination[];
  /** The same destinations in the same order. */
  readonly to: readonly Destination[];
}

export interface ReleaseMove {
  readonly target: Target;
  /** Percent that the target has afterwards; undefined where routes differ, which only an order to stay leaves so. */
  readonly weight: number | undefined;
  readonly steps: readonly number[];
  /** One per route that the target is part of, in the order of the file. */
  readonly routes: readonly RouteMove[];
}

export type ReleaseResult =
  { readonly ok: true; readonly move: ReleaseMove } | { readonly ok: false; readonly problem: Problem };

/**
 * New weights for all routes of a service that a target is part of. The others share the rest in proportion to what they have.
 * @param targetName a Knative service of the file's traffic, `service@tag`, or a tag alone
 */
export function moveWeights(service: Service, targetName: string, order: ReleaseOrder): ReleaseResult {
  if (service.weightsManagedBy !== undefined)
    return refuse(service, managedWeights(service.name, service.weightsManagedBy));
  const target = findTarget(service, targetName);
  if (target === undefined) return refuse(service, unknownTarget(service, targetName));
  const splits = splitsWith(service, target);
  const weights = Array.from(new Set(splits.map(({ from }) => weightOf(target, from))));
  const steps = service.release?.steps ?? [];
  if (order.kind === "stay") {
    const weight = weights.length === 1 ? weights[0] : undefined;
    return { ok: true, move: { target, weight, steps, routes: splits.map(unmoved) } };
  }
  const weight = weightFor(order, weights, service, target);
  if (typeof weight !== "number") return refuse(service, weight);
  const routes: RouteMove[] = [];
  for (const split of splits) {
    const to = moved(split.from, target, weight);
    if (to === undefined) return refuse(service, noOtherTaker(split, target, weight));
    routes.push({ ...split, to });
  }
  return { ok: true, move: { target, weight, steps, routes } };
}

/** The plan's first step beyond a weight. */
export function nextStep(steps: readonly number[], weight: number): number | undefined {
  return steps.find((step) => step > weight);
}

type Split = Omit<RouteMove, "to">;

function splitsWith({ routes }: Service, target: Target): Split[] {
  return routes.flatMap(({ action, name, location }, routeIndex) =>
    action.kind === "forward" && action.traffic.some((each) => isSameTarget(each, target))
      ? { routeIndex, name, location, from: action.traffic }
      : [],
  );
}

function unmoved(split: Split): RouteMove {
  return { ...split, to: split.from };
}

/** The weight that is asked for, or why there is none. */
function weightFor(
  order: Exclude<ReleaseOrder, { readonly kind: "stay" }>,
  weights: readonly number[],
  service: Service,
  target: Target,
): number | Refusal {
  const steps = service.release?.steps ?? [];
  switch (order.kind) {
    case "rollback":
      return 0;
    case "weight":
      return order.percent;
    case "step":
      return steps[order.number - 1] ?? noSuchStep(service.name, steps);
    case "next": {
      const [present = 0, another] = weights;
      if (another !== undefined) return differentWeights(service.name, target, weights);
      // Beyond the last step the release stays where it is.
      return steps.length === 0 ? noSuchStep(service.name, steps) : (nextStep(steps, present) ?? present);
    }
  }
}

/** Undefined if nothing says who of several others gets the rest. */
function moved(
  traffic: readonly Destination[],
  target: Target,
  weight: number,
): readonly Destination[] | undefined {
  if (weightOf(target, traffic) === weight) return traffic;
  const others = traffic.filter((each) => !isSameTarget(each, target));
  const shares = shareRest(
    others.map((each) => each.weight),
    100 - weight,
  );
  if (shares === undefined || others.length === 0) return undefined;
  return traffic.map((each) => ({
    ...each,
    weight: isSameTarget(each, target) ? weight : (shares[others.indexOf(each)] ?? 0),
  }));
}

function weightOf(target: Target, traffic: readonly Destination[]): number {
  return traffic.find((each) => isSameTarget(each, target))?.weight ?? 0;
}

function findTarget(service: Service, name: string): Target | undefined {
  const known = targetsOf(service);
  const byTag = known.filter(({ tag }) => tag === name);
  return known.find((target) => targetText(target) === name) ?? (byTag.length === 1 ? byTag[0] : undefined);
}

/** Everybody who is part of a route's traffic, each once. */
function targetsOf({ routes }: Service): Target[] {
  const targets = new Map<string, Target>();
  for (const { action } of routes) {
    for (const { service, tag } of action.kind === "forward" ? action.traffic : []) {
      const target = tag === undefined ? { service } : { service, tag };
      targets.set(targetText(target), target);
    }
  }
  return [...targets.values()];
}

type Refusal = Pick<Problem, "code" | "message" | "fix" | "location">;

function refuse({ name, environment, location }: Service, refusal: Refusal): ReleaseResult {
  return { ok: false, problem: { location, ...refusal, severity: "error", environment, services: [name] } };
}

function managedWeights(name: string, manager: string): Refusal {
  return {
    code: "release-weights-managed",
    message: `the weights of ${name} belong to ${manager} (weightsManagedBy)`,
    fix: `let ${manager} move them, or delete weightsManagedBy`,
  };
}

function unknownTarget(service: Service, targetName: string): Refusal {
  const known = targetsOf(service).map(targetText);
  const close = nearest(targetName, known);
  const there = known.length === 0 ? "" : `; there are ${known.join(", ")}`;
  return {
    code: "release-unknown-target",
    message: `no route of ${service.name} sends requests to ${targetName}`,
    fix:
      close === undefined
        ? `add it to the traffic of a route, with a weight of 0${there}`
        : `did you mean ${close}?`,
  };
}

function differentWeights(name: string, target: Target, weights: readonly number[]): Refusal {
  return {
    code: "release-unclear",
    message: `the routes of ${name} give ${targetText(target)} different weights: ${weights.join(", ")} %`,
    fix: "bring them together with --step and a number, or with --weight",
  };
}

function noSuchStep(name: string, steps: readonly number[]): Refusal {
  if (steps.length === 0) {
    return {
      code: "release-no-step",
      message: `${name} has no release plan`,
      fix: "write one, such as `release: { steps: [1, 10, 50, 100] }`, or use --weight",
    };
  }
  return {
    code: "release-no-step",
    message: `the release plan of ${name} has ${steps.length} ${steps.length === 1 ? "step" : "steps"}: ${steps.join(", ")} %`,
    fix: `use --step with a number from 1 to ${steps.length}, or --weight`,
  };
}

function noOtherTaker({ from, location }: Split, target: Target, weight: number): Refusal {
  return {
    code: "release-unclear",
    message: `${targetText(target)} has all of the requests, and nothing says who gets the other ${100 - weight} %`,
    fix:
      from.length === 1 ? "add another destination to the route" : "give one of the others a weight by hand",
    location,
  };
}
