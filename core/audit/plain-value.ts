/** Looks into data that nobody has validated. */

export type PlainRecord = Readonly<Record<string, unknown>>;

export function isRecord(value: unknown): value is PlainRecord {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** The record at a key, or an empty one. */
export function recordAt(value: unknown, key: string): PlainRecord {
  const inner = isRecord(value) ? value[key] : undefined;
  return isRecord(inner) ? inner : {};
}

/** The list at a key, or an empty one. */
export function listAt(value: unknown, key: string): readonly unknown[] {
  const inner = isRecord(value) ? value[key] : undefined;
  return Array.isArray(inner) ? inner : [];
}

/** The texts of the list at a key. */
export function textsAt(value: unknown, key: string): string[] {
  return listAt(value, key).filter((each): each is string => typeof each === "string");
}

export function textAt(value: unknown, key: string): string | undefined {
  const inner = isRecord(value) ? value[key] : undefined;
  return typeof inner === "string" && inner !== "" ? inner : undefined;
}

export function numberAt(value: unknown, key: string): number | undefined {
  const inner = isRecord(value) ? value[key] : undefined;
  return typeof inner === "number" ? inner : undefined;
}

/** The record without some of its keys. */
export function without(record: PlainRecord, keys: readonly string[]): PlainRecord {
  return Object.fromEntries(Object.entries(record).filter(([key]) => !keys.includes(key)));
}

/** The same text for the same content: keys sorted, and without what is empty, which Istio's API cannot tell from absent. */
export function canonicalText(value: unknown): string {
  return JSON.stringify(canonical(value ?? null));
}

function canonical(value: unknown): unknown {
  if (Array.isArray(value)) return value.map((each) => canonical(each) ?? null);
  if (!isRecord(value)) return value;
  const entries = Object.entries(value)
    .map(([key, inner]) => [key, canonical(inner)] as const)
    .filter(([, inner]) => !isEmpty(inner))
    .sort(([a], [b]) => (a < b ? -1 : 1));
  return Object.fromEntries(entries);
}

function isEmpty(value: unknown): boolean {
  return value === undefined || value === null || (Array.isArray(value) && value.length === 0);
}
