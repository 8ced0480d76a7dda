import { compareText } from "../problem.ts";
import type { MapLeaf } from "./route-map.ts";

/** A part of the path space: everything below `path`. */
export interface Folder {
  /** From the parent's path on, for example `saas/showroom/`. */
  readonly label: string;
  /** Ends with a slash. */
  readonly path: string;
  /** Sorted by label. */
  readonly entries: readonly Entry[];
  /** Leaves at any depth. */
  readonly size: number;
}

export type Entry =
  | { readonly kind: "folder"; readonly label: string; readonly folder: Folder }
  | { readonly kind: "leaf"; readonly label: string; readonly leaf: MapLeaf };

interface Growing {
  readonly folders: Map<string, Growing>;
  readonly leaves: MapLeaf[];
}

/** Leaves by the segments of the paths they begin with. Folders that hold nothing but one folder are joined with it. */
export function pathTree(leaves: Iterable<MapLeaf>): Folder {
  const root: Growing = { folders: new Map(), leaves: [] };
  for (const leaf of leaves) {
    let folder = root;
    // The first is empty, before the leading slash; the last is what the leaf is called in its folder.
    for (const segment of leaf.stem.split("/").slice(1, -1)) {
      let child = folder.folders.get(segment);
      if (child === undefined) folder.folders.set(segment, (child = { folders: new Map(), leaves: [] }));
      folder = child;
    }
    folder.leaves.push(leaf);
  }
  return finish("/", "/", root);
}

function finish(label: string, path: string, { folders, leaves }: Growing): Folder {
  const [onlyFolder, ...otherFolders] = folders;
  if (leaves.length === 0 && onlyFolder !== undefined && otherFolders.length === 0) {
    const [segment, child] = onlyFolder;
    return finish(`${label}${segment}/`, `${path}${segment}/`, child);
  }
  const entries: Entry[] = leaves.map((leaf) => ({ kind: "leaf", label: leafLabel(leaf, path), leaf }));
  let size = leaves.length;
  for (const [segment, child] of folders) {
    const folder = finish(`${segment}/`, `${path}${segment}/`, child);
    size += folder.size;
    entries.push(joined(folder));
  }
  return { label, path, entries: entries.sort(compareEntries), size };
}

/** A folder with a single leaf is shown as that leaf. */
function joined(folder: Folder): Entry {
  const [entry, ...others] = folder.entries;
  return entry?.kind === "leaf" && others.length === 0
    ? { ...entry, label: `${folder.label}${entry.label}` }
    : { kind: "folder", label: folder.label, folder };
}

/** What a pattern adds to its folder's path; the whole pattern if it is a regex that spells its beginning differently. */
function leafLabel({ pattern, kind, takesAll }: MapLeaf, path: string): string {
  if (takesAll && kind !== "regex") return "";
  return pattern.startsWith(path) ? pattern.slice(path.length) : pattern;
}

function compareEntries(a: Entry, b: Entry): number {
  return compareText(a.label, b.label) || idOf(a) - idOf(b);
}

function idOf(entry: Entry): number {
  return entry.kind === "leaf" ? entry.leaf.id : -1;
}
