import { type PlainRecord, recordAt } from "../audit/plain-value.ts";
import { compareText } from "../problem.ts";
import { type FieldPath, jsonPointer } from "./field-path.ts";
import { fieldDrift } from "./find-drift.ts";
import type { LiveObject } from "./live-object.ts";

/** https://datatracker.ietf.org/doc/html/rfc6902 */
export interface JsonPatchStep {
  readonly op: "test" | "remove";
  readonly path: string;
  readonly value?: unknown;
}

/**
 * What the provider would apply to an object: as deployed, with what the provider has noted about it. Applied with force it takes back
 * every planned field, whoever owns it.
 * @param deployed the object with the annotations that the program gives it
 */
export function appliedObject(deployed: PlainRecord, live: LiveObject | undefined): PlainRecord {
  const metadata = recordAt(deployed, "metadata");
  const notes = Object.entries(recordAt(recordAt(live, "metadata"), "annotations")).filter(([key]) =>
    key.startsWith("pulumi.com/"),
  );
  const annotations = { ...Object.fromEntries(notes), ...recordAt(metadata, "annotations") };
  return { ...deployed, metadata: { ...metadata, annotations } };
}

/**
 * Takes out what applying leaves in an object: fields that others added beside the planned ones. Undefined if there are none. The patch
 * is refused if the object has changed since it was read, because positions in lists may then mean other entries.
 */
export function removalOf(planned: PlainRecord, live: LiveObject): JsonPatchStep[] | undefined {
  const added = fieldDrift(planned, live)
    .filter(({ expected, path }) => expected === undefined && path[1] !== "deletionTimestamp")
    .map(({ path }) => path)
    .sort(lastFirst);
  if (added.length === 0) return undefined;
  return [
    { op: "test", path: "/metadata/resourceVersion", value: recordAt(live, "metadata")["resourceVersion"] },
    ...added.map((path) => ({ op: "remove" as const, path: jsonPointer(path) })),
  ];
}

/** Entries of one list from the end, so that the positions of the others stay what they are. */
function lastFirst(a: FieldPath, b: FieldPath): number {
  const index = a.findIndex((step, position) => step !== b[position]);
  const [step, other] = [a[index], b[index]];
  if (typeof step === "number" && typeof other === "number") return other - step;
  return compareText(String(step ?? ""), String(other ?? ""));
}
