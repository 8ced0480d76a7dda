import type { Folder } from "../../core/map/path-tree.ts";
import type { MapEnvironment, MapLeaf } from "../../core/map/route-map.ts";

/** One line of the tree as it stands: only what is inside open branches. */
export interface Row {
  /** Stays the same while filters change. */
  readonly key: string;
  /** 1 for environments. */
  readonly level: number;
  readonly label: string;
  readonly position: number;
  readonly siblings: number;
  readonly environment: MapEnvironment;
  /** Undefined for a leaf. */
  readonly branch?: { readonly open: boolean; readonly size: number; readonly path: string };
  readonly leaf?: MapLeaf;
}

/** A filtered environment. */
export interface Grove {
  readonly environment: MapEnvironment;
  readonly root: Folder;
}

/** The rows that are to be seen, in order. */
export function rowsOf(groves: readonly Grove[], isOpen: (key: string) => boolean): Row[] {
  const rows: Row[] = [];
  groves.forEach(({ environment, root }, index) => {
    const key = environment.name;
    const open = isOpen(key);
    const [position, siblings] = [index + 1, groves.length];
    const branch = { open, size: root.size, path: "" };
    rows.push({ key, level: 1, label: environment.name, position, siblings, environment, branch });
    if (open && root.size > 0) addFolder(rows, environment, root, root.label, 2, 1, 1, isOpen);
  });
  return rows;
}

/** Keys of the branches that are open at first: from the top, as long as no more than `limit` rows are to be seen. */
export function firstOpen(groves: readonly Grove[], limit: number): Set<string> {
  const open = new Set<string>();
  let shown = groves.length;
  const queue = groves.flatMap(({ environment, root }) => {
    open.add(environment.name);
    shown += 1;
    return [{ environment, folder: root, depth: 0 }];
  });
  for (const { environment, folder, depth } of queue) {
    // The uppermost folder is opened in any case: a tree of one closed line says nothing.
    if (depth > 0 && shown + folder.entries.length > limit) continue;
    open.add(folderKey(environment, folder));
    shown += folder.entries.length;
    for (const entry of folder.entries)
      if (entry.kind === "folder") queue.push({ environment, folder: entry.folder, depth: depth + 1 });
  }
  return open;
}

function addFolder(
  rows: Row[],
  environment: MapEnvironment,
  folder: Folder,
  label: string,
  level: number,
  position: number,
  siblings: number,
  isOpen: (key: string) => boolean,
): void {
  const key = folderKey(environment, folder);
  const open = isOpen(key);
  const branch = { open, size: folder.size, path: folder.path };
  rows.push({ key, level, label, position, siblings, environment, branch });
  if (!open) return;
  folder.entries.forEach((entry, index) => {
    const [place, count] = [index + 1, folder.entries.length];
    if (entry.kind === "folder")
      addFolder(rows, environment, entry.folder, entry.label, level + 1, place, count, isOpen);
    else rows.push(leafRow(environment, entry.leaf, entry.label, level + 1, place, count));
  });
}

function leafRow(
  environment: MapEnvironment,
  leaf: MapLeaf,
  label: string,
  level: number,
  position: number,
  siblings: number,
): Row {
  return { key: leafKey(environment, leaf), level, label, position, siblings, environment, leaf };
}

function folderKey({ name }: MapEnvironment, { path }: Folder): string {
  return `${name} ${path}`;
}

/** The key of a leaf's row. */
export function leafKey({ name }: MapEnvironment, { id }: MapLeaf): string {
  return `${name} #${id}`;
}
