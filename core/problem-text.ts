import type { Location, Problem, Witness, WitnessRequest } from "./problem.ts";

/** Gives parts of a problem's text their look; the identity where there is no terminal. */
export interface ProblemStyle {
  severity(text: string, severity: Problem["severity"]): string;
  place(text: string): string;
  faint(text: string): string;
}

export const plainStyle: ProblemStyle = {
  severity: (text) => text,
  place: (text) => text,
  faint: (text) => text,
};

/** `stacks/test/alpha/a.yaml:3:7`, as editors and terminals make it clickable. */
export function placeOf(location: Location): string {
  return [location.file, location.line, location.column].filter((part) => part !== undefined).join(":");
}

/**
 * A problem as people read it: place, severity and code on the first line, then cause, witnesses, further places and the way out.
 *
 *     stacks/test/alpha/a.yaml:3:7  error  unknown-key
 *       "prefx" is not a key of a match.
 *       fix: write "prefix"
 */
export function problemText(problem: Problem, style: ProblemStyle = plainStyle): string {
  const head = [
    ...(problem.location === undefined ? [] : [style.place(placeOf(problem.location))]),
    style.severity(problem.severity, problem.severity),
    style.faint(problem.code),
  ].join("  ");
  return [
    head,
    ...indent(problem.message),
    ...(problem.witness === undefined ? [] : witnessLines(problem.witness, problem.services)),
    ...(problem.related ?? []).map((location) => `  see also ${style.place(placeOf(location))}`),
    ...(problem.fix === undefined ? [] : indent(`fix: ${problem.fix}`)),
  ].join("\n");
}

/** `3 errors, 1 warning`; `no problems`. */
export function problemCount(problems: readonly Problem[]): string {
  const counts = (["error", "warning", "info"] as const).flatMap((severity) => {
    const count = problems.filter((problem) => problem.severity === severity).length;
    const plural = severity === "info" || count === 1 ? "" : "s";
    return count === 0 ? [] : [`${count} ${severity}${plural}`];
  });
  return counts.length === 0 ? "no problems" : counts.join(", ");
}

/** `GET /faas/api/x?preview=1 (x-tenant: acme)` */
export function requestText({ method, path, query, headers }: WitnessRequest): string {
  const parameters = Object.entries(query).map(([name, value]) => `${name}=${value}`);
  const conditions = Object.entries(headers).map(([name, value]) => `${name}: ${value}`);
  const url = parameters.length === 0 ? path : `${path}?${parameters.join("&")}`;
  return conditions.length === 0 ? `${method} ${url}` : `${method} ${url} (${conditions.join(", ")})`;
}

function witnessLines({ shared, onlyFirst, onlySecond }: Witness, services: readonly string[]): string[] {
  const [first = "the first", second = "the second"] = services;
  const rows: [string, WitnessRequest | null][] = [
    [services.length > 1 ? "both match" : "request", shared],
    [`only ${first}`, onlyFirst],
    [`only ${second}`, onlySecond],
  ];
  return rows.flatMap(([label, request]) =>
    request === null ? [] : [`  ${label}: ${requestText(request)}`],
  );
}

function indent(text: string): string[] {
  return text.split("\n").map((line) => `  ${line}`);
}
