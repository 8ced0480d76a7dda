import type { Problem, Severity } from "../../core/problem.ts";
import { problemBody } from "./problem-body.ts";
import type { CheckFormat } from "./checked-stack.ts";

const commands: Readonly<Record<Severity, string>> = { error: "error", warning: "warning", info: "notice" };

/**
 * Annotations of GitHub Actions, one line each.
 * https://docs.github.com/en/actions/reference/workflows-and-actions/workflow-commands#setting-an-error-message
 */
export const formatGithub: CheckFormat = (checked) => {
  // Stacks may share folders, and a reader wants each problem once.
  const lines = new Set(checked.flatMap(({ problems }) => problems.map(annotation)));
  return Array.from(lines, (line) => `${line}\n`).join("");
};

function annotation(problem: Problem): string {
  const { location, severity, code } = problem;
  const properties = Object.entries({
    file: location?.file,
    line: location && String(location.line ?? 1),
    col: location?.column === undefined ? undefined : String(location.column),
    title: code,
  }).flatMap(([name, value]) => (value === undefined ? [] : `${name}=${escapeProperty(value)}`));
  return `::${commands[severity]} ${properties.join(",")}::${escapeData(problemBody(problem))}`;
}

/** https://github.com/actions/toolkit/blob/main/packages/core/src/command.ts reads these back. */
function escapeData(text: string): string {
  return text.replaceAll("%", "%25").replaceAll("\r", "%0D").replaceAll("\n", "%0A");
}

function escapeProperty(text: string): string {
  return escapeData(text).replaceAll(":", "%3A").replaceAll(",", "%2C");
}
