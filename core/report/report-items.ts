import { partOf } from "../guard/guard-preview.ts";
import { environmentHost } from "../mesh/names.ts";
import { placeOf, requestText } from "../problem-text.ts";
import type { Problem } from "../problem.ts";
import type { RequestChange } from "../route/diff.ts";
import { treatmentDifference } from "../route/treatment.ts";
import { codeSpan, escapeMarkdown } from "./markdown.ts";
import type { PreviewedChange } from "./previewed-stack.ts";
import type { StackReport } from "./stack-report.ts";

/** The sections of a report, most important first. */
export const sections = [
  "Stops this change",
  "Gateways, namespace and hosts that Pulumi would delete or replace",
  "Requests that nobody gets any more",
  "Requests that move to another service",
  "Requests that are shared out otherwise",
  "Requests that somebody gets now",
  "Requests that are treated otherwise",
  "Other objects that Pulumi would delete or replace",
  "New warnings",
  "Objects that Pulumi would create or update",
] as const;

export type Section = (typeof sections)[number];

/** One line of a report, with the stacks that it is true of: stacks share files, and a reader wants each thing once. */
export interface ReportItem {
  readonly section: Section;
  /** Markdown. */
  readonly text: string;
  readonly stacks: readonly string[];
}

/** What there is to say, in the order of sections, then of stacks. */
export function reportItems(reports: readonly StackReport[]): ReportItem[] {
  const items = new Map<string, { section: Section; text: string; stacks: string[] }>();
  for (const report of reports) {
    for (const [section, text] of itemsOf(report)) {
      const key = `${section}\n${text}`;
      const known = items.get(key);
      if (known === undefined) items.set(key, { section, text, stacks: [report.stack] });
      else if (!known.stacks.includes(report.stack)) known.stacks.push(report.stack);
    }
  }
  return [...items.values()].sort((a, b) => sections.indexOf(a.section) - sections.indexOf(b.section));
}

function itemsOf({ problems, before, changes, preview, guard }: StackReport): [Section, string][] {
  const old = new Set(before.map(problemItem));
  return [
    ...[...problems, ...guard].flatMap((problem): [Section, string][] => {
      const text = problemItem(problem);
      if (problem.severity === "error") return [["Stops this change", text]];
      return problem.severity === "warning" && !old.has(text) ? [["New warnings", text]] : [];
    }),
    ...(changes ?? []).map((change): [Section, string] => [sectionOf(change), changeItem(change)]),
    ...(preview?.changes ?? []).map((change): [Section, string] => [
      sectionOfObject(change),
      objectItem(change),
    ]),
  ];
}

function problemItem({ code, message, fix, location }: Problem): string {
  const place = location === undefined ? "" : `${codeSpan(placeOf(location))} `;
  const way = fix === undefined ? "" : ` *Fix:* ${escapeMarkdown(clipped(fix))}`;
  return `${place}**${code}** ${escapeMarkdown(clipped(message))}${way}`;
}

/** Nobody reads more of one finding here; a regular expression alone may have a thousand characters. */
function clipped(text: string): string {
  return text.length > 700 ? `${text.slice(0, 700)}…` : text;
}

function sectionOf(change: RequestChange): Section {
  switch (change.kind) {
    case "removed":
      return "Requests that nobody gets any more";
    case "moved":
      return "Requests that move to another service";
    case "added":
      return "Requests that somebody gets now";
    case "policy":
      return fieldsOf(change).includes("traffic")
        ? "Requests that are shared out otherwise"
        : "Requests that are treated otherwise";
  }
}

function changeItem(change: RequestChange): string {
  const { kind, environment, from, to, witness } = change;
  const url = clipped(
    requestText({ ...witness, path: `http://${environmentHost(environment)}${witness.path}` }),
  );
  const services =
    kind === "policy"
      ? `${codeSpan(to ?? "")}: ${escapeMarkdown(fieldsOf(change).join(", "))}${shares(change)}`
      : `${nameOf(from)} → ${nameOf(to)}`;
  return `${services}, for example ${codeSpan(url)}`;
}

function fieldsOf({ fromClause, toClause }: RequestChange): string[] {
  return fromClause === undefined || toClause === undefined ? [] : treatmentDifference(fromClause, toClause);
}

/** Who shares the requests now, and how. */
function shares(change: RequestChange): string {
  const action = change.toClause?.route.action;
  if (action?.kind !== "forward" || !fieldsOf(change).includes("traffic")) return "";
  const parts = action.traffic.map(({ service, tag, weight }) =>
    codeSpan(`${service}${tag === undefined ? "" : ` (${tag})`} ${weight} %`),
  );
  return `: ${parts.join(", ")}`;
}

function nameOf(service: string | null): string {
  return service === null ? "nobody" : codeSpan(service);
}

function sectionOfObject(change: PreviewedChange): Section {
  const { operation } = change;
  if (operation === "create" || operation === "update") return "Objects that Pulumi would create or update";
  return partOf(change) === undefined
    ? "Other objects that Pulumi would delete or replace"
    : "Gateways, namespace and hosts that Pulumi would delete or replace";
}

function objectItem({ operation, kind, name }: PreviewedChange): string {
  return `${operation} ${escapeMarkdown(kind)} ${codeSpan(name)}`;
}
