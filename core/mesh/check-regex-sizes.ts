import type { Problem } from "../problem.ts";
import { programSize } from "../route/regex/program-size.ts";
import { compileRegex } from "../route/regex/program.ts";
import type { PathMatch, Route, ValueMatch } from "../service.ts";
import type { Stack } from "../stack.ts";
import { isAtLeast } from "./version-profile.ts";

/** Since here istiod lets Envoy run whatever fits into 1024 bytes: https://github.com/istio/istio/pull/36143 */
const unlimitedSince = "1.13";
/** Before, 1024: https://github.com/istio/istio/pull/19212. Less here, because sizes are estimated. */
const largestProgram = 900;

/**
 * Regular expressions that are too large for the Envoy of an older Istio. It refuses the whole list of routes then, and no change
 * arrives any more, of any service.
 */
export function checkRegexSizes({ versions, services }: Stack): Problem[] {
  if (isAtLeast(versions.istio, unlimitedSince)) return [];
  return services.flatMap((service) =>
    service.routes.flatMap((route) =>
      patternsOf(route)
        .filter((pattern) => estimate(pattern) > largestProgram)
        .map((pattern) => ({
          code: "regex-too-large",
          severity: "error" as const,
          message: `${service.name} has a regular expression of about ${estimate(pattern)} instructions: ${pattern}; Envoy takes 1024 before Istio ${unlimitedSince}, this stack runs ${versions.istio}`,
          fix: `write fewer repetitions and alternatives, or a prefix, or upgrade Istio to ${unlimitedSince} or newer`,
          environment: service.environment,
          services: [service.name],
          location: route.location,
        })),
    ),
  );
}

function estimate(pattern: string): number {
  const compiled = compileRegex(pattern);
  return compiled.ok ? programSize(compiled.regex.program) : 0;
}

function patternsOf({ matches, action }: Route): string[] {
  const values: (PathMatch | ValueMatch)[] = matches.flatMap(({ path, headers, queryParams }) => [
    path,
    ...Object.values(headers),
    ...Object.values(queryParams),
  ]);
  if (action.kind === "forward") values.push(...(action.cors?.allowOrigins ?? []));
  const rewrite = action.kind === "forward" ? action.rewrite : undefined;
  return [
    ...values.flatMap((match) => (match.kind === "regex" ? match.value : [])),
    ...(rewrite?.kind === "regex" ? [rewrite.match] : []),
  ];
}
