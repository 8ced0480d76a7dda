import type { KubernetesObject } from "../../core/mesh/plan-objects.ts";

/**
 * Fields by the first Istio that has them, as the history of https://github.com/istio/api tells
 * (networking/v1alpha3/virtual_service.proto). The CustomResourceDefinitions of the pinned Istio have all of them under every API
 * version, so they do not notice what is too new for an older one.
 */
const fields: readonly (readonly [field: RegExp, minor: number])[] = [
  [/^spec\.http\[\](\.route\[\])?\.headers/, 1],
  [/^spec\.http\[\]\.retries\.retryOn/, 1],
  [/^spec\.http\[\]\.fault\.(delay|abort)\.percentage/, 1],
  [/^spec\.exportTo/, 1],
  [/^spec\.http\[\]\.match\[\]\.(queryParams|ignoreUriCase)/, 2],
  [/^spec\.http\[\](\.match\[\])?\.name/, 3],
  [/^spec\.http\[\]\.redirect\.redirectCode/, 3],
  [/^spec\.http\[\]\.(mirrorPercentage|corsPolicy\.allowOrigins)/, 5],
  [/^spec\.http\[\]\.(delegate|match\[\]\.(withoutHeaders|sourceNamespace))/, 6],
  [/^spec\.http\[\]\.redirect\.(port|derivePort|scheme)/, 12],
  [/^spec\.http\[\]\.directResponse/, 15],
  [/^spec\.http\[\]\.(mirrors|rewrite\.uriRegexRewrite)/, 19],
  [/^spec\.http\[\]\.corsPolicy\.unmatchedPreflights/, 23],
  [/^spec\.http\[\]\.retries\.(backoff|retryIgnorePreviousHosts)/, 26],
];

/** API versions by the first Istio that serves them. */
const apiVersions: Readonly<Record<string, number>> = { v1alpha3: 0, v1beta1: 5, v1: 22 };

/** What the Istio of the time would not know of an object; empty if nothing. */
export function unknownFields(object: KubernetesObject, istio: string): string[] {
  const minor = Number(istio.split(".")[1]);
  const served = apiVersions[object.apiVersion.split("/")[1] ?? ""] ?? Infinity;
  return [
    ...(served > minor ? [object.apiVersion] : []),
    ...paths(object).filter((path) => fields.some(([field, since]) => since > minor && field.test(path))),
  ];
}

function paths(value: unknown, path = ""): string[] {
  if (Array.isArray(value)) return value.flatMap((item) => paths(item, `${path}[]`));
  if (typeof value !== "object" || value === null) return [path];
  const children = Object.entries(value).flatMap(([key, child]) =>
    paths(child, path === "" ? key : `${path}.${key}`),
  );
  return [...(path === "" ? [] : [path]), ...children];
}
