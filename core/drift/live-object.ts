import { isRecord, listAt, type PlainRecord, recordAt, textAt } from "../audit/plain-value.ts";

/** An object as the API server returns it. */
export type LiveObject = PlainRecord;

/** `Deployment kfaas-system/kfaas-entry-gateway`, `Namespace kfaas-system`: how drift refers to an object. */
export function objectId(object: unknown): string {
  const metadata = recordAt(object, "metadata");
  const namespace = textAt(metadata, "namespace");
  const name = textAt(metadata, "name") ?? "";
  return `${textAt(object, "kind") ?? ""} ${namespace === undefined ? name : `${namespace}/${name}`}`;
}

export function kindOf(object: unknown): string {
  return textAt(object, "kind") ?? "";
}

export function nameOf(object: unknown): string {
  return textAt(recordAt(object, "metadata"), "name") ?? "";
}

export function namespaceOf(object: unknown): string {
  return textAt(recordAt(object, "metadata"), "namespace") ?? "";
}

export function specOf(object: unknown): PlainRecord {
  return recordAt(object, "spec");
}

/** Who wrote which fields, and when: one entry of `metadata.managedFields`. */
export interface ManagedFields {
  readonly manager: string;
  /** RFC 3339; undefined if the server does not say. */
  readonly time: string | undefined;
  /** Such as `status`; undefined for the object itself. */
  readonly subresource: string | undefined;
  /** https://kubernetes.io/docs/reference/using-api/server-side-apply/#fieldsv1 */
  readonly fields: PlainRecord;
}

export function managedFieldsOf(object: unknown): ManagedFields[] {
  return listAt(recordAt(object, "metadata"), "managedFields").flatMap((entry) => {
    const manager = textAt(entry, "manager");
    if (!isRecord(entry) || manager === undefined) return [];
    return {
      manager,
      time: textAt(entry, "time"),
      subresource: textAt(entry, "subresource"),
      fields: recordAt(entry, "fieldsV1"),
    };
  });
}
