import { lookUpPath } from "../../core/map/path-lookup.ts";
import { normalisePath, type PathNormalisation } from "../../core/route/normalise.ts";
import type { MapEnvironment, MapLeaf } from "../../core/map/route-map.ts";
import { link } from "./details.ts";
import { element } from "./dom.ts";

/** One line per environment: who owns a typed path, and what that depends on. */
export function verdictLines(
  environments: readonly MapEnvironment[],
  typed: string,
  mode: PathNormalisation,
  show: (environment: MapEnvironment, leaf: MapLeaf) => void,
): HTMLElement[] {
  const normalised = normalisePath(typed, mode);
  if (!normalised.ok) return [element("p", "verdict", `Refused by the proxy: ${normalised.reason}`)];
  const { path } = normalised;
  const lines = environments.map((environment) => {
    const nameOf = (leaf: MapLeaf) =>
      link(leaf.service, () => {
        show(environment, leaf);
      });
    const name = element("b", "", environment.name);
    return element("p", "verdict", name, " ", ...sentence(environment, path, nameOf));
  });
  return path === typed ? lines : [element("p", "verdict", `The proxy makes it ${path}`), ...lines];
}

function sentence(
  environment: MapEnvironment,
  path: string,
  nameOf: (leaf: MapLeaf) => HTMLElement,
): (Node | string)[] {
  const { owner, unless, contested } = lookUpPath(environment, path);
  const others = separated(unless, nameOf);
  const main =
    owner === undefined
      ? unless.length === 0
        ? [contested ? "is not settled" : "nobody"]
        : ["nobody, unless conditions hold of ", ...others]
      : [
          nameOf(owner),
          owner.fallback ? " (fallback)" : "",
          ...(unless.length === 0 ? [] : [", unless conditions hold of ", ...others]),
        ];
  return [
    ...main,
    ...(contested ? [" ", element("em", "unsettled", "overlap not settled: see findings")] : []),
  ];
}

/** The first few and how many more. */
function separated(leaves: readonly MapLeaf[], nameOf: (leaf: MapLeaf) => HTMLElement): (Node | string)[] {
  const named = new Map(leaves.map((leaf) => [leaf.service, leaf]));
  const first = Array.from(named.values()).slice(0, 4);
  const more = named.size - first.length;
  const parts = first.flatMap((leaf, index) => (index === 0 ? [nameOf(leaf)] : [", ", nameOf(leaf)]));
  return more > 0 ? [...parts, ` and ${more} more`] : parts;
}
