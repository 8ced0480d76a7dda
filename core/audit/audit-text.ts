import { requestText } from "../problem-text.ts";
import type { Audit, AuditFinding } from "./audit.ts";

/** How many of the objects of one finding are named, and how many of what was not understood. */
const mostNamed = 10;
const mostNotes = 50;

/** An audit for people: findings, then what was not understood and assumed, then the sum. */
export function auditText(audit: Audit): string {
  const { findings, notUnderstood, assumptions } = audit;
  const notes = notUnderstood.map(({ object, path, reason }) => `  ${object}  ${path}: ${reason}`);
  return [
    ...findings.map((finding) => `${findingText(finding)}\n`),
    ...section("Not understood, and so left out of the comparison:", notes),
    ...section(
      "Assumed:",
      assumptions.map((each) => `  ${each}`),
    ),
    `${sum(audit)}\n`,
  ].join("\n");
}

function section(title: string, lines: readonly string[]): string[] {
  if (lines.length === 0) return [];
  const more = lines.length - mostNotes;
  const rest = more > 0 ? [`  and ${more} more; --format json has all`] : [];
  return [[title, ...lines.slice(0, mostNotes), ...rest, ""].join("\n")];
}

function findingText(finding: AuditFinding): string {
  const { host, gateway, port, code, witness, matches, objects, furtherWitnesses } = finding;
  const where = gateway === "mesh" ? "sidecars" : `${gateway}${port === null ? "" : `:${port}`}`;
  const named = matches.length > 0 ? matches.map(({ object, match }) => `${object}  ${match}`) : objects;
  const hidden = named.length - mostNamed;
  return [
    `${host} (${where})  ${code}`,
    `  ${requestText(witness)}`,
    `    today      ${finding.today}`,
    `    otherwise  ${finding.otherwise}  ${finding.afterRestore ? "if all are created in the same second, as in a restore" : "in another order of creation"}`,
    ...named.slice(0, mostNamed).map((line) => `    among      ${line}`),
    ...(hidden > 0 ? [`    and ${hidden} more`] : []),
    ...(finding.uncertain ? ["    unless a rule of theirs that was not understood takes it first"] : []),
    ...furtherWitnesses.slice(0, mostNamed).map((each) => `  also ${requestText(each)}`),
    ...(furtherWitnesses.length > mostNamed
      ? [`  and ${furtherWitnesses.length - mostNamed} more requests like these`]
      : []),
  ].join("\n");
}

function sum({ findings, notUnderstood, stats }: Audit): string {
  const ignored = Object.entries(stats.ignored).map(([kind, number]) => `${number} ${kind}`);
  const parts = [
    findings.length === 0
      ? "no request found that depends on the age of objects"
      : count(findings.length, "finding"),
    ...(notUnderstood.length === 0 ? [] : [`${count(notUnderstood.length, "thing")} not understood`]),
  ];
  const others = ignored.length === 0 ? "" : `; not looked at: ${ignored.join(", ")}`;
  return `${parts.join(", ")} in ${count(stats.virtualServices, "VirtualService")} and ${count(stats.gateways, "Gateway")}${others}`;
}

function count(number: number, noun: string): string {
  return `${number} ${noun}${number === 1 ? "" : "s"}`;
}
