import type { Severity } from "../problem.ts";
import { normalisePath, type PathNormalisation } from "../route/normalise.ts";
import { matchesPath, typedPath } from "./path-lookup.ts";
import type { MapEnvironment, MapFinding, MapLeaf, RouteMap, Trait } from "./route-map.ts";

/** What somebody looks for; an empty string is no wish. */
export interface MapFilter {
  /** Words that must all occur in pattern, service, team, file, conditions or targets; or a path or URL. */
  readonly text: string;
  readonly environment: string;
  readonly team: string;
  readonly trait: Trait | "";
  /** Only what a finding of this severity is about. */
  readonly severity: Severity | "";
}

export const noFilter: MapFilter = { text: "", environment: "", team: "", trait: "", severity: "" };

/** The leaves that a filter leaves, by environment; environments that are filtered out are missing. */
export function filterMap(map: RouteMap, filter: MapFilter): Map<MapEnvironment, MapLeaf[]> {
  const matches = textFilter(filter.text, map.normalisation);
  const shown = new Map<MapEnvironment, MapLeaf[]>();
  for (const environment of map.environments) {
    if (filter.environment !== "" && filter.environment !== environment.name) continue;
    const concerned = filter.severity === "" ? undefined : leavesOf(filterFindings(map, filter), environment);
    shown.set(
      environment,
      environment.leaves.filter(
        (leaf) =>
          (filter.team === "" || filter.team === leaf.team) &&
          (filter.trait === "" || leaf.traits.includes(filter.trait)) &&
          concerned?.has(leaf.id) !== false &&
          matches(leaf),
      ),
    );
  }
  return shown;
}

/** The findings of an environment and a severity. */
export function filterFindings(map: RouteMap, { environment, severity }: MapFilter): MapFinding[] {
  return map.findings.filter(
    (finding) =>
      (environment === "" || finding.environment === "" || finding.environment === environment) &&
      (severity === "" || finding.severity === severity),
  );
}

function leavesOf(findings: readonly MapFinding[], { name }: MapEnvironment): Set<number> {
  return new Set(findings.flatMap((finding) => (finding.environment === name ? finding.leaves : [])));
}

/** For a path: who may get it, and what lies below it. Otherwise every word somewhere. */
function textFilter(text: string, mode: PathNormalisation): (leaf: MapLeaf) => boolean {
  const words = text.toLowerCase().split(/\s+/).filter(Boolean);
  const path = words.length === 1 ? typedPath(text) : undefined;
  if (path === undefined) return (leaf) => words.every((word) => searchText(leaf).includes(word));
  const part = path.toLowerCase();
  const normalised = normalisePath(path, mode);
  return (leaf) =>
    (normalised.ok && matchesPath(leaf, normalised.path)) || leaf.pattern.toLowerCase().includes(part);
}

const searchTexts = new WeakMap<MapLeaf, string>();

function searchText(leaf: MapLeaf): string {
  const known = searchTexts.get(leaf);
  if (known !== undefined) return known;
  const { pattern, service, team, file, conditions, action, rule } = leaf;
  const targets = action.traffic.map(({ target }) => target);
  const text = [pattern, service, team, file, rule, ...conditions, ...targets, action.summary]
    .join("\n")
    .toLowerCase();
  searchTexts.set(leaf, text);
  return text;
}
