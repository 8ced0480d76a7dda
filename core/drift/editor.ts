import { isRecord, type PlainRecord } from "../audit/plain-value.ts";
import type { FieldPath } from "./field-path.ts";
import { type LiveObject, type ManagedFields, managedFieldsOf } from "./live-object.ts";

/** Who made an edit, as far as the API server knows. */
export interface Editor {
  readonly manager: string | null;
  readonly time: string | null;
}

export const unknownEditor: Editor = { manager: null, time: null };

/** Whoever else owns the field or the closest part of the object around it; a field that was removed has no owner any more. */
export function editorOf(object: LiveObject, path: FieldPath, own: string): Editor {
  const entries = managedFieldsOf(object).filter(({ subresource }) => subresource === undefined);
  const others = entries.filter(({ manager }) => manager !== own);
  const owners = others.map((entry) => ({ entry, depth: ownedDepth(entry.fields, path) }));
  const deepest = Math.max(0, ...owners.map(({ depth }) => depth));
  const closest = owners.filter(({ depth }) => depth === deepest).map(({ entry }) => entry);
  return latest(deepest > 1 ? closest : others);
}

/** Who wrote the object last, whoever that is. */
export function lastEditor(object: LiveObject): Editor {
  return latest(managedFieldsOf(object).filter(({ subresource }) => subresource === undefined));
}

function latest(entries: readonly ManagedFields[]): Editor {
  const [last] = [...entries].sort((a, b) => ((a.time ?? "") < (b.time ?? "") ? 1 : -1));
  return last === undefined ? unknownEditor : { manager: last.manager, time: last.time ?? null };
}

/** How far into a path the fields go. Entries of lists are `k:{…}`, `v:…` or `i:…`; the first that goes furthest counts. */
function ownedDepth(fields: PlainRecord, path: FieldPath): number {
  const [step, ...rest] = path;
  if (step === undefined) return 0;
  const inner =
    typeof step === "number"
      ? Object.entries(fields).flatMap(([key, value]) => (/^[kvi]:/.test(key) ? [value] : []))
      : [fields[`f:${step}`]];
  return Math.max(0, ...inner.map((each) => (isRecord(each) ? 1 + ownedDepth(each, rest) : 0)));
}
