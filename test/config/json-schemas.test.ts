import { readdirSync, readFileSync } from "node:fs";
import { join, relative } from "node:path";
import { describe, expect, it } from "@jest/globals";
import { Ajv2020 } from "ajv/dist/2020.js";
import { parse } from "yaml";
import { jsonSchemas } from "../../config/json-schemas.ts";

const repository = join(import.meta.dirname, "../..");

type SchemaName = keyof typeof jsonSchemas;
const names = Object.keys(jsonSchemas) as SchemaName[];

const ajv = new Ajv2020({
  strict: true,
  allErrors: true,
  strictTypes: false,
  strictRequired: false,
  validateFormats: false,
});
const validators = new Map(names.map((name) => [name, ajv.compile(jsonSchemas[name])]));

function errors(name: SchemaName, value: unknown): string[] {
  const validate = validators.get(name);
  if (validate === undefined) throw new Error(name);
  return validate(value)
    ? []
    : (validate.errors ?? []).map(({ instancePath, message }) => `${instancePath} ${message ?? ""}`);
}

const yamlFiles = (folder: string) =>
  readdirSync(join(repository, folder), { recursive: true, encoding: "utf8" })
    .filter((file) => file.endsWith(".yaml"))
    .map((file) => join(folder, file));

const schemaOf = (file: string): SchemaName => {
  if (/Pulumi\.[^/]+\.yaml$/.test(file)) return "stack.schema.json";
  if (file.endsWith("/paths.yaml")) return "paths.schema.json";
  if (file.endsWith("/clusters.yaml")) return "clusters.schema.json";
  return file.endsWith("/accepted.yaml") ? "accepted.schema.json" : "service.schema.json";
};

const files = [
  ...readdirSync(repository).filter((file) => /^Pulumi\..+\.yaml$/.test(file)),
  ...yamlFiles("stacks"),
  ...yamlFiles("examples").filter((file) => !file.endsWith("Pulumi.yaml")),
];

describe("the schemas in schemas/", () => {
  it.each(names)("%s is what `npm run schemas` writes", (name) => {
    const committed: unknown = JSON.parse(readFileSync(join(repository, "schemas", name), "utf8"));
    expect(committed).toEqual(JSON.parse(JSON.stringify(jsonSchemas[name])));
  });

  it.each(names)("%s describes every key", (name) => {
    expect(undescribed(jsonSchemas[name], name)).toEqual([]);
  });
});

describe("every file of this repository", () => {
  it("is looked at", () => {
    expect(files.length).toBeGreaterThan(25);
  });

  it.each(files)("%s is valid for editors, and says by which schema", (file) => {
    const text = readFileSync(join(repository, file), "utf8");
    expect(errors(schemaOf(file), parse(text))).toEqual([]);
    const schema = relative(join(file, ".."), join("schemas", schemaOf(file)));
    expect(text.split("\n")[0]).toBe(`# yaml-language-server: $schema=${schema}`);
  });
});

describe("editors see what is wrong with", () => {
  const match = { prefix: "/faas/api/x/" };
  it.each<[string, SchemaName, unknown]>([
    ["an unknown key", "service.schema.json", { routes: [{ match: [match] }], tema: "a" }],
    ["two kinds of path", "service.schema.json", { routes: [{ match: [{ ...match, exact: "/a" }] }] }],
    ["no kind of path", "service.schema.json", { routes: [{ match: [{}] }] }],
    ["a bad duration", "service.schema.json", { routes: [{ match: [match], timeout: "soon" }] }],
    [
      "two actions",
      "service.schema.json",
      { routes: [{ match: [match], traffic: [{ service: "a" }], redirect: {} }] },
    ],
    [
      "a weight above 100",
      "service.schema.json",
      { routes: [{ match: [match], traffic: [{ service: "a", weight: 101 }] }] },
    ],
    ["a mistyped config key", "stack.schema.json", { config: { "kfaas:pathroot": "/" } }],
    ["a claim by two", "paths.schema.json", { paths: [{ prefix: "/a/", team: "a", reserved: "b" }] }],
    [
      "three services",
      "accepted.schema.json",
      {
        accepted: [
          { environment: "a", services: ["a", "b", "c"], winner: "a", reason: "r", expires: "2027-01-31" },
        ],
      },
    ],
  ])("%s", (_name, schema, value) => {
    expect(errors(schema, value)).not.toEqual([]);
  });
});

/** Paths of properties without a description; records and lists carry theirs outside. */
function undescribed(schema: unknown, path: string): string[] {
  if (typeof schema !== "object" || schema === null) return [];
  const { properties, items, additionalProperties } = schema as Record<string, unknown>;
  const inner = Object.entries((properties ?? {}) as Record<string, { description?: string }>).flatMap(
    ([key, value]) => [
      ...(value.description === undefined ? [`${path}.${key}`] : []),
      ...undescribed(value, `${path}.${key}`),
    ],
  );
  return [...inner, ...undescribed(items, `${path}[]`), ...undescribed(additionalProperties, `${path}.*`)];
}
