import { problemCount, type ProblemStyle, problemText } from "../../core/problem-text.ts";
import type { CheckedStack, CheckFormat } from "./checked-stack.ts";

/** For people: each problem with its way out, then one line per stack. */
export function formatText(style: ProblemStyle): CheckFormat {
  return (checked) => checked.map((stack) => stackText(stack, style)).join("");
}

function stackText({ stack, problems, stats }: CheckedStack, style: ProblemStyle): string {
  const { services, clauses, seconds } = stats;
  const size = `${services} ${services === 1 ? "service" : "services"} with ${clauses} ${clauses === 1 ? "clause" : "clauses"}`;
  return [
    ...problems.map((problem) => `${problemText(problem, style)}\n`),
    `${stack}: ${problemCount(problems)} in ${size} (${seconds.toFixed(2)} s)\n`,
  ].join("\n");
}
