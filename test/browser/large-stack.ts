import type { Route, RouteAction, RouteMatch, Service } from "../../core/service.ts";
import type { Stack } from "../../core/stack.ts";
import { aForward, aMatch, anEnvironment, aService, aStack } from "../support/builders.ts";

const teams = ["billing", "catalog", "growth", "models", "platform", "rendering", "search", "showroom"];
const areas = ["billing", "catalog", "floorplan", "materials", "models", "projects", "render", "saas", "vr"];

/** A stack with so many routes in three environments, of every kind, with nested prefixes and a few overlaps that nothing settles. */
export function aLargeStack(routes: number): Stack {
  const environments = [anEnvironment(), anEnvironment({ name: "beta" }), anEnvironment({ name: "sit" })];
  const services = environments.flatMap(({ name }, index) =>
    Array.from({ length: Math.floor((routes + index) / environments.length) }, (_, number) =>
      serviceNumber(number, name),
    ),
  );
  return aStack({ pathRoot: "/faas/api/", environments, services });
}

function serviceNumber(number: number, environment: string): Service {
  const name = `${pick(areas, number)}-${String(number).padStart(4, "0")}`;
  const file = `stacks/test/${environment}/${name}.yaml`;
  const location = { file, line: 4 };
  // Every twentieth lies inside its neighbour's prefix and is carved out of it.
  const path = number % 20 === 9 ? `${pathOf(number - 1)}inside/` : pathOf(number);
  const match = { ...matchNumber(number, path), location };
  const route: Route = { matches: [match], action: actionNumber(number, name), location };
  return aService({ name, environment, team: pick(teams, number), routes: [route] });
}

function pathOf(number: number): string {
  const shelf = pick(["alpine", "birch", "cedar", "dogwood"], number);
  return `/faas/api/${pick(areas, number)}/${shelf}-${Math.floor(number / 36)}/${number}/`;
}

function matchNumber(number: number, path: string): RouteMatch {
  switch (number % 20) {
    case 3:
      return aMatch({ kind: "exact", value: path.slice(0, -1), ignoreCase: false });
    case 7:
      return aMatch({ kind: "regex", value: `${path}[0-9a-f]{8}/thumbnail\\.(png|webp)` });
    case 11:
      return aMatch(path, {
        methods: ["GET", "HEAD"],
        headers: { "x-tenant": { kind: "exact", value: "acme" } },
      });
    case 13:
      // Overlaps with the next of its kind, which is found but not settled.
      return number % 400 === 13
        ? aMatch({
            kind: "regex",
            value: `/faas/api/[a-z]+/shared-${Math.floor(number / 800)}/.*${number}.*`,
          })
        : aMatch(path);
    default:
      return aMatch(path);
  }
}

function actionNumber(number: number, name: string): RouteAction {
  switch (number % 10) {
    case 1:
      return aForward([
        { service: `${name}-blue`, weight: 90 },
        { service: `${name}-green`, weight: 10 },
      ]);
    case 4:
      return { kind: "redirect", authority: "share.example.com", scheme: "https", status: 308 };
    case 6:
      return aForward(name, { rewrite: { kind: "uri", uri: "/v1/" }, timeout: "10s" });
    case 8:
      return aForward(name, { timeout: "2500ms", retries: { attempts: 3, perTryTimeout: "800ms" } });
    default:
      return aForward(name);
  }
}

function pick<T>(values: readonly T[], number: number): T {
  const value = values[number % values.length];
  if (value === undefined) throw new Error("Nothing to pick from.");
  return value;
}
