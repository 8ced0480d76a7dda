import { checkLabel, maximumEnvironmentName } from "./kubernetes-name.ts";
import { virtualServiceName } from "./mesh/names.ts";
import { nearest } from "./nearest.ts";
import { checkLiteralPath } from "./path-rules.ts";
import type { Location, Problem } from "./problem.ts";
import type { ServiceIdentity } from "./service-rules.ts";
import type { Autoscaling, Cluster, Environment, Versions } from "./stack.ts";
import { below, type Violation } from "./violation.ts";

export function checkCluster({ name, context }: Cluster): Violation[] {
  return [
    ...below(["name"], checkLabel("the cluster's name", name)),
    ...(context.trim() === ""
      ? [violation("invalid-name", ["context"], "the context is empty", "name a context of the kubeconfig")]
      : []),
  ];
}

/** Checks the form only; whether a version is supported is the version profile's to say. */
export function checkVersions(versions: Versions): Violation[] {
  const { istioRevision } = versions;
  return [
    ...(["kubernetes", "istio", "knative"] as const).flatMap((product) =>
      /^\d{1,3}\.\d{1,3}$/.test(versions[product])
        ? []
        : [
            violation(
              "invalid-version",
              [product],
              `${JSON.stringify(versions[product])} is not a version of ${product}`,
              'write major and minor in quotes, for example "1.31"',
            ),
          ],
    ),
    ...(istioRevision === undefined
      ? []
      : below(["istioRevision"], checkLabel("the revision", istioRevision))),
  ];
}

/** A path root ends with a slash, or `/faas/api` would take `/faas/apidocs` in as well. */
export function checkPathRoot(pathRoot: string): Violation[] {
  const literal = checkLiteralPath(pathRoot);
  if (literal.length > 0) return literal;
  if (!pathRoot.startsWith("/") || !pathRoot.endsWith("/")) {
    return [
      violation(
        "invalid-path-root",
        [],
        `the path root ${JSON.stringify(pathRoot)} does not begin and end with a slash`,
        `write /${pathRoot.replace(/^\/+|\/+$/g, "")}/`,
      ),
    ];
  }
  if (!/\/(\.{0,2})\//.test(pathRoot)) return [];
  return [
    violation(
      "invalid-path-root",
      [],
      `the path root ${JSON.stringify(pathRoot)} holds an empty or dot segment`,
      "write it the way requests arrive after normalisation",
    ),
  ];
}

export function checkEnvironmentName(name: string): Violation[] {
  return checkLabel("the environment", name, maximumEnvironmentName);
}

export function checkAutoscaling({ minReplicas, maxReplicas, targetCpuPercent }: Autoscaling): Violation[] {
  const violations: Violation[] = [];
  for (const [key, value] of Object.entries({ minReplicas, maxReplicas })) {
    if (Number.isInteger(value) && value >= 1 && value <= 1000) continue;
    violations.push(
      violation(
        "invalid-autoscaling",
        [key],
        `${String(value)} replicas cannot run`,
        "write a whole number from 1",
      ),
    );
  }
  if (minReplicas > maxReplicas) {
    violations.push(
      violation(
        "invalid-autoscaling",
        ["minReplicas"],
        `minReplicas ${String(minReplicas)} is above maxReplicas ${String(maxReplicas)}`,
        "write a larger maxReplicas or a smaller minReplicas",
      ),
    );
  }
  if (!Number.isInteger(targetCpuPercent) || targetCpuPercent < 1 || targetCpuPercent > 100) {
    violations.push(
      violation(
        "invalid-autoscaling",
        ["targetCpuPercent"],
        `${String(targetCpuPercent)} is not a whole percentage of the requested CPU`,
        "write a whole number from 1 to 100",
      ),
    );
  }
  return violations;
}

/** @param names file names of the environment's services, also of those that could not be read */
export function checkFallback({ name, fallback }: Environment, names: readonly string[]): Violation[] {
  if (fallback === undefined || names.includes(fallback)) return [];
  return [unknownService(fallback, name, names, ["fallback"])];
}

/** @param names file names of the environment's services, also of those that could not be read */
export function checkKnownYields(
  { environment, yieldsTo }: ServiceIdentity,
  names: readonly string[],
): Violation[] {
  return yieldsTo.flatMap((other, index) =>
    names.includes(other) ? [] : [unknownService(other, environment, names, ["yieldsTo", index])],
  );
}

/** A service and where it is written. */
export interface PlacedService {
  readonly identity: ServiceIdentity;
  readonly location: Location;
}

/**
 * All VirtualServices of a stack live in one namespace, so no two services may be rendered under one name: neither the same
 * service twice, nor `a` / `b-ns-c` beside `a-ns-b` / `c`.
 */
export function checkRenderedNames(services: readonly PlacedService[]): Problem[] {
  const first = new Map<string, PlacedService>();
  return services.flatMap((second) => {
    const name = virtualServiceName(second.identity);
    const other = first.get(name);
    if (other === undefined) {
      first.set(name, second);
      return [];
    }
    return [collision(other, second, name)];
  });
}

function collision(first: PlacedService, second: PlacedService, name: string): Problem {
  const { namespace, service, environment } = second.identity;
  const same = first.identity.namespace === namespace && first.identity.service === service;
  const place = { location: second.location, related: [first.location], environment };
  const services = [first.identity.name, second.identity.name];
  if (same) {
    return {
      ...place,
      services,
      code: "duplicate-service",
      severity: "error",
      message: `the Knative service ${namespace}/${service} already has its routes in ${first.location.file}`,
      fix: "keep the routes of one service in one file",
    };
  }
  return {
    ...place,
    services,
    code: "name-collision",
    severity: "error",
    message:
      `${namespace}/${service} and ${first.identity.namespace}/${first.identity.service} (${first.location.file}) ` +
      `would both be rendered as VirtualService ${name}`,
    fix: "rename one of the two services or namespaces",
  };
}

function unknownService(
  name: string,
  environment: string,
  names: readonly string[],
  path: (string | number)[],
): Violation {
  const close = nearest(name, names);
  return violation(
    "unknown-service",
    path,
    `environment ${environment} has no file ${name}.yaml`,
    close === undefined ? "name the file of a service, without its ending" : `did you mean ${close}?`,
  );
}

function violation(code: string, path: (string | number)[], message: string, fix: string): Violation {
  return { code, path, message, fix };
}
