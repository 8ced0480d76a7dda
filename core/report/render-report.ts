import { problemCount } from "../problem-text.ts";
import type { RequestChange } from "../route/diff.ts";
import { codeSpan } from "./markdown.ts";
import type { PreviewedOperation } from "./previewed-stack.ts";
import { reportItems, type ReportItem, sections } from "./report-items.ts";
import type { StackReport } from "./stack-report.ts";

/** First line of the comment, invisible: by it the next run finds the comment and updates it in place. */
export const reportMarker = "<!-- kfaas-report -->";

/** GitHub takes 65,536 characters in a comment, and cuts nothing by itself: it refuses. */
export const commentLimit = 50_000;

/** GitHub takes 1 MiB per step in a job's summary. */
export const summaryLimit = 900_000;

/**
 * The report as Markdown: what stops the change, then what takes requests away, then the rest.
 * @param limit bytes that it must not exceed; what does not fit is counted, and the end says where it stands
 * @param elsewhere where all of it can be read, as a sentence
 */
export function renderReport(reports: readonly StackReport[], limit: number, elsewhere: string): string {
  const items = reportItems(reports);
  const head = [reportMarker, "", `### KFaaS: ${headline(reports)}`, "", ...table(reports), ""].join("\n");
  // What may have to be said about what was left out, at its longest.
  const reserve = Buffer.byteLength(elsewhere) + 200 + sections.join("").length + sections.length * 60;
  let room = limit - Buffer.byteLength(head) - reserve;
  const lines: string[] = [];
  for (const section of sections) {
    const own = items.filter((item) => item.section === section);
    if (own.length === 0) continue;
    const heading = `\n#### ${section} (${own.length})\n`;
    room -= Buffer.byteLength(heading);
    const shown: string[] = [];
    for (const line of own.map((item) => itemLine(item, reports.length))) {
      room -= Buffer.byteLength(line) + 1;
      // Once something is left out nothing less important may stand there in its place.
      if (room < 0) break;
      shown.push(line);
    }
    lines.push(heading, ...shown);
    if (shown.length < own.length) lines.push(`- … and ${own.length - shown.length} more`);
  }
  const complete = room >= 0 ? [] : [`\n${elsewhere}`];
  return `${[head, ...lines, ...complete].join("\n")}\n`;
}

function itemLine({ text, stacks }: ReportItem, all: number): string {
  return all === 1 ? `- ${text}` : `- ${stacks.map(codeSpan).join(", ")}: ${text}`;
}

function headline(reports: readonly StackReport[]): string {
  const errors = reports.flatMap(({ problems, guard }) =>
    [...problems, ...guard].filter(({ severity }) => severity === "error"),
  );
  if (errors.length > 0) return `${problemCount(errors)}, not to be deployed`;
  const changes = reports.flatMap((report) => report.changes ?? []);
  return changes.length === 0 ? "no request changes" : countChanges(changes);
}

function table(reports: readonly StackReport[]): string[] {
  return [
    "| stack | findings | requests | Pulumi would |",
    "| --- | --- | --- | --- |",
    ...reports.map(({ stack, problems, guard, changes, preview }) => {
      const requests = changes === undefined ? "could not be compared" : countChanges(changes);
      const cells = [codeSpan(stack), problemCount([...problems, ...guard]), requests, countObjects(preview)];
      return `| ${cells.join(" | ")} |`;
    }),
  ];
}

function countChanges(changes: readonly RequestChange[]): string {
  const kinds = ["moved", "removed", "added", "policy"] as const;
  const counts = kinds.flatMap((kind) => {
    const count = changes.filter((change) => change.kind === kind).length;
    return count === 0 ? [] : [`${count} ${kind === "policy" ? "treated otherwise" : kind}`];
  });
  return counts.length === 0 ? "no changes" : counts.join(", ");
}

function countObjects(preview: StackReport["preview"]): string {
  if (preview === undefined) return "not asked";
  if (preview.errors.length > 0) return "failed";
  const operations: readonly PreviewedOperation[] = ["replace", "delete", "update", "create"];
  const counts = operations.flatMap((operation) => {
    const count = preview.changes.filter((change) => change.operation === operation).length;
    return count === 0 ? [] : [`${operation} ${count}`];
  });
  return counts.length === 0 ? "change nothing" : counts.join(", ");
}
