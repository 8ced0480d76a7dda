import type { Problem } from "../core/problem.ts";
import { type ReportContext, toProblem } from "./problem-report.ts";
import type { FoundFile } from "./service-folders.ts";
import { readTextFile } from "./text-file.ts";
import { type LocatedValue, parseYaml } from "./yaml-document.ts";

/**
 * Reads and parses one file.
 * @returns a document, or the reasons why there is none
 * @throws UsageError if the operating system refuses
 */
export function readYamlFile(
  { file, absolutePath }: FoundFile,
  context: ReportContext = {},
): { document: LocatedValue | undefined; problems: Problem[] } {
  const text = readTextFile(absolutePath);
  if (typeof text !== "string") {
    const violation = { ...text, path: [], message: `the file ${text.message}` };
    return { document: undefined, problems: [toProblem(violation, { file, line: 1, column: 1 }, context)] };
  }
  const { document, problems } = parseYaml(file, text);
  return { document, problems: problems.map((problem) => toProblem(problem, problem.location, context)) };
}
