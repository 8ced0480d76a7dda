import type { PlannedObject } from "./register-object.ts";

/**
 * Owner of every field that KFaaS writes. Fixed, because the provider otherwise invents one per resource and keeps it only in
 * the state: a lost state would then conflict with itself, and hand edits could not be told from our own.
 * https://www.pulumi.com/registry/packages/kubernetes/how-to-guides/managing-resources-with-server-side-apply/
 */
export const fieldManager = "kfaas";

/** Tells the provider the field manager. */
export function withFieldManager<Planned extends PlannedObject>(object: Planned): Planned {
  return withAnnotations(object, { "pulumi.com/patchFieldManager": fieldManager });
}

/** The object with further annotations, such as those that tell the provider how to treat it. */
export function withAnnotations<Planned extends PlannedObject>(
  object: Planned,
  annotations: Readonly<Record<string, string>>,
): Planned {
  const { metadata } = object;
  return { ...object, metadata: { ...metadata, annotations: { ...metadata.annotations, ...annotations } } };
}
