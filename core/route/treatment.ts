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
  const fields = Object.entries({ namespace: owner.namespace, ...plain });
  return new Map(
    fields
      .map(([name, value]) => [name, canonical(value)] as const)
      .sort(([a], [b]) => compareText(a, b)),
  );
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

/** JSON whose text does not depend on the order of keys or on the unit of a duration. */
export function canonical(value: unknown): string {
  return JSON.stringify(value, (key, each: unknown) => {
    if (typeof each === "string") return durations.has(key) ? (parseDuration(each)?.toString() ?? each) : each;
    return typeof each === "object" && each !== null && !Array.isArray(each)
      ? Object.fromEntries(Object.entries(each).sort(([a], [b]) => compareText(a, b)))
      : each;
  });
}
