import { compact } from "../core/compact.ts";
import { pinPreview } from "../core/preview.ts";
import { hasErrors, type Location, type Problem } from "../core/problem.ts";
import type { Preview, Route, Service } from "../core/service.ts";
import {
  checkIdentity,
  checkRouteNames,
  defaultNamespace,
  type ServiceIdentity,
} from "../core/service-rules.ts";
import { checkKnownYields } from "../core/stack-rules.ts";
import { below } from "../core/violation.ts";
import { ProblemReport } from "./problem-report.ts";
import {
  type IdentityInput,
  identityShape,
  type PreviewInput,
  serviceFileShape,
} from "./service-file-shape.ts";
import { readRoute } from "./service-file-route.ts";
import { checkShape, salvage } from "./shape.ts";
import type { LocatedValue } from "./yaml-document.ts";

/** Where a service file stands; its defaults come from there. */
export interface ServiceFilePlace {
  /** Name of the environment's folder. */
  readonly environment: string;
  /** The file's name without its ending. */
  readonly name: string;
  /** `undefined` if the stack's could not be read; then nothing is said about it. */
  readonly pathRoot: string | undefined;
  /** Names of all files of the environment, whatever is wrong with them. */
  readonly siblings: readonly string[];
}

export interface ServiceFile {
  /** Who the file is about, even if its routes are wrong. */
  readonly identity: ServiceIdentity;
  /** Absent if anything in the file is an error. */
  readonly service: Service | undefined;
  readonly location: Location;
  readonly problems: readonly Problem[];
}

/** Reads and checks one service file. Nothing of the document is kept: a stack has thousands. */
export function readServiceFile(document: LocatedValue, place: ServiceFilePlace): ServiceFile {
  const report = new ProblemReport(document, { environment: place.environment, service: place.name });
  const { routes: rawRoutes, ...rest } = document.value as Record<string, unknown>;
  const wellFormed = checkShape(serviceFileShape, document.value, report);
  const identity = toIdentity(salvage(identityShape, rest, wellFormed) ?? {}, place, report);
  report.add([...checkIdentity(identity), ...checkKnownYields(identity, place.siblings)]);
  const routes = (Array.isArray(rawRoutes) ? rawRoutes : []).map((raw: unknown, index) => {
    const path = ["routes", index];
    const read = readRoute(raw, {
      self: identity.service,
      pathRoot: place.pathRoot,
      wellFormed,
      locate: (inner) => document.locate([...path, ...inner]),
    });
    report.add(below(path, read.violations));
    return read;
  });
  report.add(checkRouteNames(routes.map(({ name }) => name)));

  const complete = routes.flatMap(({ route }) => route ?? []);
  const pinned =
    complete.length === routes.length ? withPreview(complete, identity.release?.preview, report) : complete;
  const location = document.locate([]);
  const service =
    wellFormed && complete.length === routes.length && !hasErrors(report.problems)
      ? { ...identity, routes: pinned, location }
      : undefined;
  return { identity, service, location, problems: report.problems };
}

function toIdentity(
  input: IdentityInput,
  { environment, name }: ServiceFilePlace,
  report: ProblemReport,
): ServiceIdentity {
  const { release } = input;
  return compact({
    name,
    environment,
    namespace: input.namespace ?? defaultNamespace(environment),
    service: input.service ?? name,
    team: input.team,
    yieldsTo: input.yieldsTo ?? [],
    weightsManagedBy: input.weightsManagedBy,
    release:
      release &&
      compact({ steps: release.steps, preview: release.preview && readPreview(release.preview, report) }),
  });
}

function readPreview(
  { to, header, cookie, value }: PreviewInput,
  report: ProblemReport,
): Preview | undefined {
  const target = compact(to);
  if (header !== undefined && cookie === undefined)
    return { to: target, mark: { kind: "header", name: header.toLowerCase(), value } };
  if (cookie !== undefined && header === undefined)
    return { to: target, mark: { kind: "cookie", name: cookie, value } };
  report.add([
    {
      code: "exactly-one",
      path: ["release", "preview"],
      message: header === undefined ? "none of header, cookie is there" : "header and cookie are both there",
      fix: "write exactly one of header, cookie",
    },
  ]);
  return undefined;
}

function withPreview(
  routes: readonly Route[],
  preview: Preview | undefined,
  report: ProblemReport,
): readonly Route[] {
  if (preview === undefined) return routes;
  const { routes: pinned, violations } = pinPreview(routes, preview);
  report.add(violations);
  return pinned;
}
