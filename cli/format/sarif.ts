import type { Log, PhysicalLocation, ReportingConfiguration, Result, Run } from "sarif";
import { compareText, type Location, type Problem, type Severity } from "../../core/problem.ts";
import { problemBody } from "./problem-body.ts";
import type { CheckedStack, CheckFormat } from "./checked-stack.ts";

const levels: Readonly<Record<Severity, ReportingConfiguration.level>> = {
  error: "error",
  warning: "warning",
  info: "note",
};

/**
 * A static analysis report for code scanning, one run per stack:
 * https://docs.oasis-open.org/sarif/sarif/v2.1.0/sarif-v2.1.0.html
 * @param version of this program
 */
export function formatSarif(version: string): CheckFormat {
  return (checked) =>
    `${JSON.stringify(
      {
        $schema: "https://json.schemastore.org/sarif-2.1.0.json",
        version: "2.1.0",
        runs: checked.map((stack) => run(stack, version)),
      } satisfies Log,
      null,
      2,
    )}\n`;
}

function run({ stack, problems }: CheckedStack, version: string): Run {
  const codes = [...new Set(problems.map(({ code }) => code))].sort(compareText);
  return {
    tool: {
      driver: {
        name: "kfaas",
        version,
        rules: codes.map((id) => ({ id, help: { text: `See docs/findings.md, ${id}` } })),
      },
    },
    // Tells the stacks' runs apart: code scanning takes a second run of one category for a newer one.
    automationDetails: { id: `kfaas/check/${stack}/` },
    columnKind: "utf16CodeUnits",
    results: problems.map((problem) => result(problem, codes.indexOf(problem.code))),
  };
}

function result(problem: Problem, ruleIndex: number): Result {
  const { code, severity, location, related = [], environment, services } = problem;
  return {
    ruleId: code,
    ruleIndex,
    level: levels[severity],
    message: { text: problemBody(problem) },
    locations: location === undefined ? [] : [{ physicalLocation: physical(location) }],
    ...(related.length === 0
      ? {}
      : { relatedLocations: related.map((place, id) => ({ id, physicalLocation: physical(place) })) }),
    properties: { services, ...(environment === undefined ? {} : { environment }) },
  };
}

function physical({ file, line = 1, column = 1 }: Location): PhysicalLocation {
  return {
    // A relative reference, as RFC 3986 writes it; each segment by itself, because slashes stay.
    artifactLocation: { uri: file.split("/").map(encodeURIComponent).join("/") },
    region: { startLine: line, startColumn: column },
  };
}
