import { checkTarget } from "./action-rules.ts";
import { isDomainName } from "./domain.ts";
import {
  checkConditionName,
  checkCookieName,
  checkHeaderMatches,
  checkQueryMatches,
} from "./header-rules.ts";
import { checkLabel, checkLabelValue, checkServiceName } from "./kubernetes-name.ts";
import { nearest } from "./nearest.ts";
import { checkPath } from "./path-rules.ts";
import { checkMark, previewCondition } from "./preview.ts";
import { checkRegex } from "./regex-rules.ts";
import type { Preview, Release, RouteMatch, Service } from "./service.ts";
import { below, type Violation } from "./violation.ts";

/** Everything about a service but its routes and its place in a file. */
export type ServiceIdentity = Omit<Service, "routes" | "location">;

/** Where the services of an environment live unless their files say otherwise. */
export function defaultNamespace(environment: string): string {
  return `faas-${environment}`;
}

/** Checks names and what the file says about the service as a whole. Paths are those of the file. */
export function checkIdentity(identity: ServiceIdentity): Violation[] {
  const { name, environment, namespace, service, team, yieldsTo, weightsManagedBy, release } = identity;
  const fileName = checkLabel("the file's name", name);
  return [
    ...fileName,
    // The defaults come from names that are wrong at their own place already.
    ...(namespace === defaultNamespace(environment)
      ? checkDefaultNamespace(environment)
      : below(["namespace"], checkLabel("the namespace", namespace))),
    ...(service === name && fileName.length > 0
      ? []
      : below(["service"], checkServiceName("the service", service))),
    ...(team === undefined ? [] : below(["team"], checkLabelValue("the team", team))),
    ...below(["yieldsTo"], checkYields(name, yieldsTo)),
    ...(weightsManagedBy === undefined
      ? []
      : below(["weightsManagedBy"], checkLabelValue("the controller", weightsManagedBy))),
    ...(release === undefined ? [] : below(["release"], checkRelease(release, service))),
  ];
}

/** A domain has no namespace of its own. */
function checkDefaultNamespace(environment: string): Violation[] {
  if (!isDomainName(environment)) return [];
  return [
    {
      code: "missing-key",
      path: [],
      message: "namespace is missing: the services of a domain may be in any",
      fix: "write the namespace of the Knative service, for example namespace: faas-prod",
    },
  ];
}

/** Checks the names of a file's routes. They end up in the proxy's access log: two of one name could not be told apart. */
export function checkRouteNames(names: readonly (string | undefined)[]): Violation[] {
  return names.flatMap((name, index) => {
    if (name === undefined) return [];
    const path = ["routes", index, "name"];
    if (names.indexOf(name) === index) return below(path, checkLabel("the route's name", name));
    return [
      {
        code: "duplicate-name",
        path,
        message: `a second route of the name ${JSON.stringify(name)}`,
        fix: "give each route its own name, or none",
      },
    ];
  });
}

/**
 * Checks one match alternative. Paths begin below it.
 * @param pathRoot `undefined` if the stack's could not be read
 */
export function checkMatch(match: RouteMatch, pathRoot: string | undefined): Violation[] {
  return [
    ...checkPath(match.path, pathRoot),
    ...below(
      ["method"],
      match.methods.flatMap((method, index) => below([index], checkMethod(method))),
    ),
    ...below(["headers"], checkHeaderMatches(match.headers)),
    ...below(["queryParams"], checkQueryMatches(match.queryParams)),
  ];
}

const methods = ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE"];

export function checkMethod(method: string): Violation[] {
  if (methods.includes(method)) return [];
  const close = nearest(method, methods);
  return [
    {
      code: "invalid-method",
      path: [],
      message:
        method === "CONNECT"
          ? "a CONNECT request has no path, so none ever matches"
          : `${JSON.stringify(method)} is not an HTTP method`,
      fix:
        close === undefined || method === "CONNECT"
          ? `write one of ${methods.join(", ")}`
          : `did you mean ${close}?`,
    },
  ];
}

function checkYields(name: string, yieldsTo: readonly string[]): Violation[] {
  return yieldsTo.flatMap((other, index): Violation[] => {
    if (other === name) {
      return [
        {
          code: "yields-to-itself",
          path: [index],
          message: "a service cannot yield to itself",
          fix: "name the other service, or delete the line",
        },
      ];
    }
    if (yieldsTo.indexOf(other) === index) return [];
    return [{ code: "duplicate-name", path: [index], message: `${other} stands twice`, fix: "delete one" }];
  });
}

function checkRelease({ steps, preview }: Release, self: string): Violation[] {
  return [
    ...below(["steps"], checkSteps(steps)),
    ...(preview === undefined ? [] : below(["preview"], checkPreview(preview, self))),
  ];
}

function checkPreview(preview: Preview, self: string): Violation[] {
  const { to, mark } = preview;
  const { match: condition } = previewCondition(preview);
  return [
    ...below(["to"], checkTarget(to, self)),
    ...below(
      [mark.kind],
      mark.kind === "header" ? checkConditionName(mark.name) : checkCookieName(mark.name),
    ),
    ...checkMark(mark),
    // A very long cookie is more than Istio takes.
    ...(condition.kind === "regex" ? below(["value"], checkRegex(condition.value)) : []),
  ];
}

function checkSteps(steps: readonly number[]): Violation[] {
  const ascending = steps.every(
    (step, index) => Number.isInteger(step) && step > (steps[index - 1] ?? 0) && step <= 100,
  );
  if (ascending && steps.at(-1) === 100) return [];
  return [
    {
      code: "invalid-release-steps",
      path: [],
      message: `the steps ${steps.join(", ")} do not rise to 100`,
      fix: "write whole percentages in ascending order that end with 100, for example [1, 10, 50, 100]",
    },
  ];
}
