import { compareText, type Problem } from "../../core/problem.ts";
import { problemBody } from "./problem-body.ts";
import type { CheckedStack, CheckFormat } from "./checked-stack.ts";

/**
 * A test report in JUnit's XML: a suite per stack, a case per file, a failure per error. Warnings and notes are its output.
 * There is no standard; this is what Jenkins, GitLab and Gradle read alike: https://github.com/testmoapp/junitxml
 */
export const formatJunit: CheckFormat = (checked) =>
  ['<?xml version="1.0" encoding="UTF-8"?>', ...element("testsuites", {}, checked.flatMap(suite)), ""].join(
    "\n",
  );

function suite({ stack, problems, files, stats }: CheckedStack): string[] {
  const byFile = new Map<string, Problem[]>(files.map((file) => [file, []]));
  for (const problem of problems) {
    const file = problem.location?.file ?? stack;
    byFile.set(file, [...(byFile.get(file) ?? []), problem]);
  }
  const cases = [...byFile].sort(([a], [b]) => compareText(a, b));
  const failed = cases.filter(([, found]) => found.some(isError)).length;
  return element(
    "testsuite",
    {
      name: stack,
      tests: cases.length,
      failures: failed,
      errors: 0,
      skipped: 0,
      time: stats.seconds.toFixed(3),
    },
    cases.flatMap(([file, found]) => testCase(stack, file, found)),
  );
}

function testCase(stack: string, file: string, problems: readonly Problem[]): string[] {
  const notes = problems.filter((problem) => !isError(problem));
  return element("testcase", { classname: `kfaas.${stack}`, name: file, file }, [
    ...problems
      .filter(isError)
      .flatMap((problem) =>
        element("failure", { type: problem.code, message: problem.message }, [escape(placed(problem))]),
      ),
    ...(notes.length === 0 ? [] : element("system-out", {}, [escape(notes.map(placed).join("\n\n"))])),
  ]);
}

function placed(problem: Problem): string {
  const { location, code, severity } = problem;
  const line = location?.line === undefined ? "" : `:${location.line}`;
  return `${location?.file ?? ""}${line} ${severity} ${code}\n${problemBody(problem)}`;
}

function isError({ severity }: Problem): boolean {
  return severity === "error";
}

function element(
  name: string,
  attributes: Readonly<Record<string, string | number>>,
  content: string[],
): string[] {
  const start = [
    name,
    ...Object.entries(attributes).map(([key, value]) => `${key}="${escape(String(value))}"`),
  ];
  return content.length === 0
    ? [`<${start.join(" ")}/>`]
    : [`<${start.join(" ")}>`, ...content, `</${name}>`];
}

/** Characters that XML 1.0 has no way to write are left out: https://www.w3.org/TR/xml/#charsets */
function escape(text: string): string {
  return text
    .replaceAll(/[^\t\n\r\u0020-\uD7FF\uE000-\uFFFD\u{10000}-\u{10FFFF}]/gu, "")
    .replaceAll("&", "&amp;")
    .replaceAll("<", "&lt;")
    .replaceAll(">", "&gt;")
    .replaceAll('"', "&quot;")
    .replaceAll("\r", "&#13;");
}
