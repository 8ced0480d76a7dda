import type { Problem } from "../core/problem.ts";
import type { Service } from "../core/service.ts";
import type { Stack } from "../core/stack.ts";
import { toProblem } from "./problem-report.ts";
import { readServiceFile } from "./service-file.ts";
import { parseYaml } from "./yaml-document.ts";

/**
 * A stack as it would be if the file of one of its services had another text.
 * @param service one of the stack's; left out of the result if the text has errors
 */
export function withServiceText(
  stack: Stack,
  service: Service,
  text: string,
): { readonly stack: Stack; readonly problems: readonly Problem[] } {
  const { environment, name, location } = service;
  const { document, problems } = parseYaml(location.file, text);
  const siblings = stack.services.filter((each) => each.environment === environment).map((each) => each.name);
  const read =
    document && readServiceFile(document, { environment, name, pathRoot: stack.pathRoot, siblings });
  return {
    stack: {
      ...stack,
      services: stack.services.flatMap((each) => (each === service ? (read?.service ?? []) : each)),
    },
    problems: [
      ...problems.map((problem) => toProblem(problem, problem.location, { environment, service: name })),
      ...(read?.problems ?? []),
    ],
  };
}
