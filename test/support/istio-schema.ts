import { readFileSync } from "node:fs";
import { Ajv, type ValidateFunction } from "ajv";
import type { KubernetesObject } from "../../core/mesh/plan-objects.ts";

interface Schema {
  readonly [keyword: string]: unknown;
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly additionalProperties?: Schema | boolean;
  readonly items?: Schema;
}

interface Crd {
  readonly spec: {
    readonly group: string;
    readonly versions: readonly { readonly name: string; readonly schema: { openAPIV3Schema: Schema } }[];
  };
}

const crds = JSON.parse(
  readFileSync(new URL("../../sdks/kubernetes-istio-crds/crds.json", import.meta.url), "utf8"),
) as Readonly<Record<string, Crd>>;

// int32, int64 and double are OpenAPI's formats, not JSON Schema's.
const ajv = new Ajv({ strict: false, validateFormats: false, allErrors: true });
const validators = new Map<string, ValidateFunction>();

/** Whether the kind is one of Istio's, whose schema is at hand. */
export function isIstioKind({ apiVersion }: KubernetesObject): boolean {
  return apiVersion.split("/")[0]?.endsWith(".istio.io") ?? false;
}

/**
 * What the CustomResourceDefinition of the pinned Istio has against an object; empty if nothing. Stricter than an apiserver in
 * that a field which it would drop silently is an error; blind to rules in CEL, which the end-to-end tests have judged.
 * @throws Error for a kind or version that Istio does not have
 */
export function schemaErrors(object: KubernetesObject): string[] {
  const { kind, metadata } = object;
  const validate = validatorFor(object);
  if (validate(object)) return [];
  return (validate.errors ?? []).map(
    ({ instancePath, message, params }) =>
      `${kind} ${metadata.name}${instancePath}: ${message ?? ""} ${JSON.stringify(params)}`,
  );
}

function validatorFor({ apiVersion, kind }: KubernetesObject): ValidateFunction {
  const key = `${apiVersion}/${kind}`;
  const known = validators.get(key);
  if (known !== undefined) return known;
  const crd = crds[kind];
  const version = crd?.spec.versions.find(({ name }) => `${crd.spec.group}/${name}` === apiVersion);
  if (version === undefined) throw new Error(`Istio has no ${key}`);
  const { properties } = closed(version.schema.openAPIV3Schema);
  const validate = ajv.compile({
    type: "object",
    properties: {
      ...properties,
      apiVersion: { const: apiVersion },
      kind: { const: kind },
      metadata: { type: "object" },
    },
    required: ["apiVersion", "kind", "spec"],
    additionalProperties: false,
  });
  validators.set(key, validate);
  return validate;
}

/** The schema with every object that lists its fields closed for others. */
function closed(schema: Schema): Schema {
  const { properties, additionalProperties, items } = schema;
  return {
    ...schema,
    ...(items && { items: closed(items) }),
    ...(typeof additionalProperties === "object" && { additionalProperties: closed(additionalProperties) }),
    ...(properties && {
      properties: Object.fromEntries(Object.entries(properties).map(([key, value]) => [key, closed(value)])),
      ...(additionalProperties === undefined &&
        schema["x-kubernetes-preserve-unknown-fields"] !== true && { additionalProperties: false }),
    }),
  };
}
