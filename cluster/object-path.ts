import { pluralOf } from "../core/drift/watched-kinds.ts";

/** Where a kind of object is found: `/apis/networking.istio.io/v1/namespaces/kfaas-system/virtualservices`. */
export function kindPath(apiVersion: string, plural: string, namespace?: string): string {
  const root = apiVersion.includes("/") ? `/apis/${apiVersion}` : `/api/${apiVersion}`;
  return `${root}${namespace === undefined ? "" : `/namespaces/${encodeURIComponent(namespace)}`}/${plural}`;
}

/** Where one object is found. */
export function objectPath(object: {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: { readonly name: string; readonly namespace?: string };
}): string {
  const { apiVersion, kind, metadata } = object;
  return `${kindPath(apiVersion, pluralOf(kind), metadata.namespace)}/${encodeURIComponent(metadata.name)}`;
}
