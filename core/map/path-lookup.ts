import { compileRegex } from "../route/regex/program.ts";
import type { MapEnvironment, MapLeaf } from "./route-map.ts";

/** Who gets a path, as far as the path alone decides. */
export interface PathVerdict {
  /** Who gets it where no condition on anything else says otherwise; undefined if nobody does. */
  readonly owner: MapLeaf | undefined;
  /** Clauses that win instead where their conditions hold. */
  readonly unless: readonly MapLeaf[];
  /** Something among these is not settled by the files. */
  readonly contested: boolean;
}

/** Who owns a normalised path of an environment, without its query. Never says more than is certain. */
export function lookUpPath({ leaves, precedence }: MapEnvironment, path: string): PathVerdict {
  const matching = leaves.filter((leaf) => matchesPath(leaf, path));
  const all = new Set(matching.map(({ id }) => id));
  const certain = new Set(
    matching.flatMap(({ id, conditions, fallback }) => (conditions.length > 0 || fallback ? [] : id)),
  );
  const edges = precedence.filter(({ winner, loser }) => all.has(winner) && all.has(loser));
  const beaten = new Set(edges.flatMap(({ winner, loser }) => (certain.has(winner) ? loser : [])));
  const top = Array.from(certain).find((id) => !beaten.has(id));
  const stronger = new Set(edges.flatMap(({ winner, loser }) => (loser === top ? winner : [])));
  return {
    owner: certain.size === 0 ? leaves.find(({ fallback }) => fallback) : leaves[top ?? -1],
    unless: matching.filter(
      ({ id, conditions }) => conditions.length > 0 && (certain.size === 0 || stronger.has(id)),
    ),
    contested: (top === undefined && certain.size > 0) || edges.some(({ unsettled }) => unsettled),
  };
}

/** True if a clause matches a normalised path, whatever its conditions. */
export function matchesPath(leaf: MapLeaf, path: string): boolean {
  const { kind, stem, ignoreCase, takesAll } = leaf;
  if (takesAll) return true;
  const begin = kind === "exact" ? path : path.slice(0, stem.length);
  // The stem of a regex has the case of one of its paths.
  const fold = ignoreCase || kind === "regex";
  if (fold ? begin.toLowerCase() !== stem.toLowerCase() : begin !== stem) return false;
  return kind !== "regex" || regexOf(leaf)(path);
}

/** The path in what somebody typed or pasted: a URL, or a path with or without query; undefined if it is none of these. */
export function typedPath(text: string): string | undefined {
  const [, path] = /^(?:https?:\/\/[^/?#]*)?(\/[^?#]*)/i.exec(text.trim()) ?? [];
  return path;
}

const regexes = new WeakMap<MapLeaf, (path: string) => boolean>();

/** RE2, as the proxy has it, and never the browser's own. */
function regexOf(leaf: MapLeaf): (path: string) => boolean {
  const known = regexes.get(leaf);
  if (known !== undefined) return known;
  const compiled = compileRegex(leaf.pattern);
  const matches = compiled.ok ? compiled.regex.matches : () => false;
  regexes.set(leaf, matches);
  return matches;
}
