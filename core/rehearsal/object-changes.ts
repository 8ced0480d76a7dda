import type { KubernetesObject } from "../mesh/plan-objects.ts";

/** What the next `pulumi up` does to one object. */
export interface ObjectChange {
  readonly kind: "create" | "delete" | "update" | "replace";
  /** Such as `VirtualService kfaas-system/a`. */
  readonly object: string;
  /** Paths of what differs, list positions left out: `spec.http[].retries.attempts`. Empty for whole objects. */
  readonly fields: readonly string[];
}

/**
 * What Kubernetes lets nobody change, so that Pulumi deletes the object and creates it anew.
 * https://kubernetes.io/docs/concepts/workloads/controllers/deployment/#label-selector-updates
 */
const immutable: Readonly<Record<string, readonly string[]>> = {
  Deployment: ["spec.selector"],
  RoleBinding: ["roleRef"],
};

/**
 * The objects that differ, in the order of the lists. Another version of the same API is the same object: the resources carry aliases
 * for it (docs/adr/0006), so Pulumi updates it in place.
 */
export function compareObjects(
  before: readonly KubernetesObject[],
  after: readonly KubernetesObject[],
): ObjectChange[] {
  const next = new Map(after.map((object) => [identity(object), object]));
  const known = new Set(before.map(identity));
  return [
    ...before.flatMap((object): ObjectChange[] => {
      const other = next.get(identity(object));
      if (other === undefined) return [{ kind: "delete", object: nameOf(object), fields: [] }];
      const fields = [...new Set(differences(object, other))];
      if (fields.length === 0) return [];
      const kept = immutable[object.kind] ?? [];
      const isReplaced = fields.some((field) =>
        kept.some((path) => field === path || field.startsWith(`${path}.`)),
      );
      return [{ kind: isReplaced ? "replace" : "update", object: nameOf(object), fields }];
    }),
    ...after
      .filter((object) => !known.has(identity(object)))
      .map((object) => ({ kind: "create" as const, object: nameOf(object), fields: [] })),
  ];
}

function identity(object: KubernetesObject): string {
  const [group = ""] = object.apiVersion.split("/");
  return `${group} ${nameOf(object)}`;
}

function nameOf({ kind, metadata }: KubernetesObject): string {
  return `${kind} ${metadata.namespace === undefined ? "" : `${metadata.namespace}/`}${metadata.name}`;
}

function differences(before: unknown, after: unknown, path = ""): string[] {
  if (Array.isArray(before) && Array.isArray(after)) {
    const length = Math.max(before.length, after.length);
    return Array.from({ length }, (_, index) => index).flatMap((index) =>
      differences(before[index], after[index], `${path}[]`),
    );
  }
  if (isObject(before) && isObject(after)) {
    return [...new Set([...Object.keys(before), ...Object.keys(after)])].flatMap((key) =>
      differences(before[key], after[key], path === "" ? key : `${path}.${key}`),
    );
  }
  return before === after ? [] : [path];
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
