import { parseDuration } from "../duration.ts";
import { compareText } from "../problem.ts";
import type { Clause } from "./clause.ts";

/** What is done with a request, field by field as canonical text: two spellings of the same give the same. Names say nothing. */
export function treatmentOf({ owner, route: { action } }: Clause): ReadonlyMap<string, string> {
  const plain =
    action.kind === "forward"
      ? {
          ...action,
          traffic: action.traffic
            .filter(({ weight }) => weight > 0)
            .map((destination) => canonical(destination))
            .sort(compareText),
        }
      : action.kind === "redirect"
        ? { ...action, status: action.status ?? 301 }
        : action;
  const fields = Object.entries({ namespace: owner.namespace, ...plain }).map(
    // A header may be called `timeout` too, and its value is no duration.
    ([name, value]: [string, unknown]) =>
      [name, canonical({ [name]: value }, name === "headers" ? none : durations)] as const,
  );
  return new Map(fields.sort(([a], [b]) => compareText(a, b)));
}

/** The fields in which two treatments differ, sorted. */
export function treatmentDifference(a: Clause, b: Clause): string[] {
  const [before, after] = [treatmentOf(a), treatmentOf(b)];
  const names = new Set([...before.keys(), ...after.keys()]);
  return Array.from(names)
    .filter((name) => before.get(name) !== after.get(name))
    .sort(compareText);
}

const durations: ReadonlySet<string> = new Set(["timeout", "perTryTimeout", "duration", "maxAge"]);
const none: ReadonlySet<string> = new Set();

/**
 * JSON whose text does not depend on the order of keys.
 * @param durationKeys keys whose values are durations, so that their unit does not matter either
 */
export function canonical(value: unknown, durationKeys = none): string {
  return JSON.stringify(value, (key, each: unknown) => {
    if (typeof each === "string" && durationKeys.has(key)) return parseDuration(each)?.toString() ?? each;
    return typeof each === "object" && each !== null && !Array.isArray(each)
      ? Object.fromEntries(Object.entries(each).sort(([a], [b]) => compareText(a, b)))
      : each;
  });
}
