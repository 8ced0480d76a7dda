import { plainStyle, problemText } from "../../core/problem-text.ts";
import type { Problem } from "../../core/problem.ts";

/** A problem's text without its first line: that has place, severity and code, which machines get as fields. */
export function problemBody(problem: Problem): string {
  const [, ...lines] = problemText(problem, plainStyle).split("\n");
  return lines.map((line) => line.replace(/^ {2}/, "")).join("\n");
}
