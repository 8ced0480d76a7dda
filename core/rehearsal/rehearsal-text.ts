import { originOf } from "../mesh/names.ts";
import { placeOf, type ProblemStyle, problemText, requestText } from "../problem-text.ts";
import type { Versions } from "../stack.ts";
import type { ExperienceChange } from "./experience.ts";
import type { Hold } from "./holds.ts";
import type { ObjectChange } from "./object-changes.ts";
import { hasDifferences, type StackRehearsal } from "./rehearse-stack.ts";
import type { MixedUse } from "./rollout.ts";

/** A rehearsal as people read it. */
export function rehearsalText(rehearsal: StackRehearsal, style: ProblemStyle): string {
  const { stack, from, to, refused, experience, objects, holds } = rehearsal;
  const lines = [
    `${stack}: ${versionsText(from, to)}`,
    ...refused.flatMap((problem) => indent(2, ...problemText(problem, style).split("\n"))),
    ...(hasDifferences(rehearsal) ? [] : ["  no request notices, and no object changes"]),
    ...section(
      "what requests experience",
      experience.flatMap((change) => experienceLines(change, style)),
    ),
    ...(experience.length === 0 && objects.length > 0 ? ["  no request notices"] : []),
    ...section(`objects: ${countText(objects)}`, groupLines(objects)),
    ...section("what must wait", holds.flatMap(holdLines)),
  ];
  return `${lines.join("\n")}\n`;
}

/** Of all clusters: which is moved when, and what only some of them can serve meanwhile. */
export function rolloutText(
  rehearsals: readonly StackRehearsal[],
  mixed: readonly MixedUse[],
  style: ProblemStyle,
): string {
  const lines = [
    "one cluster after the other, each after the one before has answered for a while",
    ...rehearsals.map(({ stack, production, objects, refused }, index) => {
      const effect = refused.length > 0 ? "cannot be moved yet, see above" : countText(objects);
      return `  ${String(index + 1)}. ${stack}${production ? " (production)" : ""}: ${effect}`;
    }),
    ...section(
      "not to be deployed everywhere until all are moved",
      mixed.map(
        ({ environment, service, what, since, lacking, location }) =>
          `${environment}/${service} uses ${what} (Istio ${since}), which ${lacking.join(", ")} ${lacking.length === 1 ? "lacks" : "lack"}: ${style.place(placeOf(location))}`,
      ),
    ),
  ];
  return `${lines.join("\n")}\n`;
}

function versionsText(from: Versions, to: Versions): string {
  const products = [
    ["Kubernetes", "kubernetes"],
    ["Istio", "istio"],
    ["Knative", "knative"],
  ] as const;
  const changed = products
    .filter(([, key]) => from[key] !== to[key])
    .map(([name, key]) => `${name} ${from[key]} → ${to[key]}`);
  return changed.length === 0 ? "runs these versions" : changed.join(", ");
}

function experienceLines(
  { field, from, to, environments, services, witness }: ExperienceChange,
  style: ProblemStyle,
): string[] {
  const [environment = ""] = environments;
  return [
    `${field}: ${from} → ${to}`,
    ...indent(
      2,
      style.faint(
        services.length === 0
          ? `whoever calls the host of ${environments.join(", ")}`
          : servicesText(services),
      ),
      ...(witness === null
        ? []
        : [style.place(requestText({ ...witness, path: `${originOf(environment)}${witness.path}` }))]),
    ),
  ];
}

const mostNames = 8;

function servicesText(services: readonly string[]): string {
  const more = services.length - mostNames;
  return [...services.slice(0, mostNames), ...(more > 0 ? [`and ${more} more`] : [])].join(", ");
}

function countText(objects: readonly ObjectChange[]): string {
  if (objects.length === 0) return "none changes";
  const words = { replace: "replaced", update: "updated", create: "created", delete: "deleted" } as const;
  const kinds = ["replace", "update", "create", "delete"] as const;
  return kinds
    .flatMap((kind) => {
      const count = objects.filter((change) => change.kind === kind).length;
      // That nothing is replaced is what whoever upgrades wants to know.
      return count === 0 && kind !== "replace" ? [] : [`${count} ${words[kind]}`];
    })
    .join(", ");
}

/** Objects with the same changes together. */
function groupLines(objects: readonly ObjectChange[]): string[] {
  const groups = new Map<string, string[]>();
  for (const { kind, object, fields } of objects) {
    const title = fields.length === 0 ? kind : `${kind} ${fields.join(", ")}`;
    groups.set(title, [...(groups.get(title) ?? []), object]);
  }
  return [...groups].flatMap(([title, names]) => [title, ...indent(2, ...names)]);
}

function holdLines({ objects, before }: Hold): string[] {
  const kinds = [...new Set(objects.map((object) => object.split(" ")[0] ?? ""))];
  const subject =
    objects.length === 1
      ? objects
      : kinds.map((kind) => `${objects.filter((object) => object.startsWith(`${kind} `)).length} ${kind}`);
  return [`${subject.join(", ")}: not before ${before}`];
}

function section(title: string, lines: readonly string[]): string[] {
  return lines.length === 0 ? [] : [`  ${title}`, ...indent(4, ...lines)];
}

function indent(width: number, ...lines: readonly string[]): string[] {
  return lines.map((line) => " ".repeat(width) + line);
}
