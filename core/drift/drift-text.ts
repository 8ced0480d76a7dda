import type { DriftItem, DriftReport } from "./find-drift.ts";

const longestValue = 300;

/** Drift for people: object by object what is different, who did it and what it does, then the sum. */
export function driftText({ drift, known, stats }: DriftReport): string {
  const byObject = new Map<string, DriftItem[]>();
  for (const item of drift) byObject.set(item.object, [...(byObject.get(item.object) ?? []), item]);
  return [
    ...Array.from(byObject.values(), (items) => `${objectText(items)}\n`),
    ...(known.length === 0 ? [] : [`Known and left out: ${known.join(", ")}\n`]),
    `${sum(drift)} in ${count(stats.planned, "planned object")}; ${count(stats.read, "object")} read\n`,
  ].join("\n");
}

function objectText(items: readonly DriftItem[]): string {
  const effects = new Set(items.map(({ effect }) => effect));
  const [first] = items;
  return [
    `${first?.object ?? ""}  ${first?.kind ?? ""}`,
    ...items.flatMap(fieldLines),
    ...Array.from(effects, (effect) => `  ${effect.split("; ").join("\n  ")}`),
  ].join("\n");
}

function fieldLines({ kind, path, expected, actual, manager, time }: DriftItem): string[] {
  const by = manager === null ? [] : [`    by ${manager}${time === null ? "" : ` at ${time}`}`];
  if (kind !== "changed") return by;
  return [
    `  ${path ?? ""}`,
    `    planned  ${valueText(expected)}`,
    `    is       ${valueText(actual)}`,
    ...by,
  ];
}

function valueText(value: unknown): string {
  if (value === null) return "nothing";
  const text = JSON.stringify(value);
  return text.length > longestValue ? `${text.slice(0, longestValue)}… (--format json has all)` : text;
}

function sum(drift: readonly DriftItem[]): string {
  if (drift.length === 0) return "no drift";
  const of = (kind: DriftItem["kind"]) =>
    new Set(drift.filter((item) => item.kind === kind).map(({ object }) => object)).size;
  const parts = (["changed", "missing", "foreign"] as const).flatMap((kind) =>
    of(kind) === 0 ? [] : [`${of(kind)} ${kind}`],
  );
  return parts.join(", ");
}

function count(number: number, noun: string): string {
  return `${number} ${noun}${number === 1 ? "" : "s"}`;
}
