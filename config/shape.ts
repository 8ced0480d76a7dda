import { isDeepStrictEqual } from "node:util";
import * as z from "zod";
import { nearest } from "../core/nearest.ts";
import type { KeyPath, Violation } from "../core/violation.ts";
import type { ProblemReport } from "./problem-report.ts";

/**
 * Compares a value with a schema and reports every difference, each at its line.
 * @returns whether there was none
 */
export function checkShape(
  schema: z.ZodType,
  value: unknown,
  report: ProblemReport,
  path: KeyPath = [],
): boolean {
  const result = schema.safeParse(value);
  const issues = result.error?.issues ?? [];
  for (const issue of issues) {
    const isMissing = valueAt(value, issue.path as KeyPath) === undefined;
    if (!(isMissing && isMistypedElsewhere(issue, issues, schema)))
      reportIssue(issue, { schema, value, report, path });
  }
  return result.success;
}

/**
 * What of a value has the schema's type, so that rules can be checked beside the problems of shape: wrong keys are taken out, or the
 * nearest key outside; entries of lists stay, because their places lead to lines.
 * @param wellFormed true if the value is part of one that `checkShape` found nothing in; the schemas change nothing, so it is its own result
 * @returns `undefined` if nothing usable is left
 */
export function salvage<Output>(
  schema: z.ZodType<Output>,
  value: unknown,
  wellFormed = false,
): Output | undefined {
  if (wellFormed) return value as Output;
  let remaining = value;
  let result = schema.safeParse(remaining);
  // Each round takes at least one key out or goes one level up, and no file is deeper than this.
  for (let round = 0; round < 10 && !result.success; round += 1) {
    remaining = structuredClone(remaining);
    for (const issue of result.error.issues) if (!takeOut(issue, remaining)) return undefined;
    result = schema.safeParse(remaining);
  }
  return result.data;
}

interface Reading {
  readonly schema: z.ZodType;
  readonly value: unknown;
  readonly report: ProblemReport;
  readonly path: KeyPath;
}

type Issue = z.core.$ZodIssue;

function reportIssue(issue: Issue, reading: Reading): void {
  const inner = issue.path as KeyPath;
  const path = [...reading.path, ...inner];
  if (issue.code === "unrecognized_keys") {
    for (const key of issue.keys) {
      reading.report.addAtKey(unknownKey(key, [...path, key], reading.schema, inner));
    }
    return;
  }
  const meaning = meaningOf(schemaAt(reading.schema, inner));
  reading.report.add([describe(issue, valueAt(reading.value, inner), path, { ...reading, meaning })]);
}

/** A key that is missing because it is mistyped: the unknown key beside it says so, with its fix. */
function isMistypedElsewhere(issue: Issue, issues: readonly Issue[], schema: z.ZodType): boolean {
  const outer = issue.path.slice(0, -1) as KeyPath;
  const key = issue.path.at(-1);
  if (key === undefined) return false;
  return issues.some(
    (other) =>
      other.code === "unrecognized_keys" &&
      isDeepStrictEqual(other.path, outer) &&
      other.keys.some((unknown) => nearest(unknown, knownKeys(schemaAt(schema, outer))) === key),
  );
}

function unknownKey(key: string, path: KeyPath, schema: z.ZodType, inner: KeyPath): Violation {
  const known = knownKeys(schemaAt(schema, inner));
  const close = nearest(key, known);
  const elsewhere = placeOf(key, schema);
  const choices = `known here: ${known.join(", ")}`;
  return {
    code: "unknown-key",
    path,
    message: `there is no key ${JSON.stringify(key)}${inner.length === 0 ? "" : ` in ${named(path.slice(0, -1))}`}`,
    fix:
      close !== undefined
        ? `did you mean ${close}?`
        : elsewhere !== undefined && elsewhere !== ""
          ? `it belongs into ${elsewhere}; ${choices}`
          : choices,
  };
}

function describe(issue: Issue, value: unknown, path: KeyPath, { report, meaning }: Described): Violation {
  const what = named(path);
  if (issue.code === "invalid_type" && value !== undefined) {
    const found = value === null ? "has no value" : `is ${kindOf(value)}`;
    return {
      code: "wrong-type",
      path,
      message: `${what} ${found}, but takes ${expectation(issue.expected)}`,
      fix: conversion(issue.expected, value, report.document.source(path), meaning),
    };
  }
  if (issue.code === "too_small") {
    return {
      code: "too-few",
      path,
      message: `${what} is empty`,
      fix: "write at least one entry, or delete the key",
    };
  }
  if (value === undefined) {
    return {
      code: "missing-key",
      path,
      message: `${what} is missing`,
      fix: `add it: ${purpose(issue, meaning)}`,
    };
  }
  const fix = issue.code === "invalid_value" ? choice(value, issue.values) : issue.message;
  return { code: "invalid-value", path, message: `${what} cannot be ${shown(value)}`, fix };
}

/** What the schema says about a value besides its type. */
interface Meaning {
  readonly description?: string | undefined;
  readonly examples?: unknown;
}

type Described = Pick<Reading, "report"> & { readonly meaning: Meaning };

function purpose(issue: Issue, { description }: Meaning): string {
  if (description !== undefined) return description;
  if (issue.code === "invalid_value") return choice(undefined, issue.values);
  return issue.code === "invalid_type" ? expectation(issue.expected) : issue.message;
}

function conversion(expected: string, value: unknown, source: string | undefined, meaning: Meaning): string {
  const written = source ?? shown(value);
  if (value === null) {
    return /object|record/.test(expected)
      ? "write {} for an empty one, or delete the key"
      : "write a value, or delete the key";
  }
  switch (expected) {
    case "string":
      return typeof value === "object" ? "write text" : asText(written, meaning);
    case "number":
      return isNumeric(value) ? `write it without quotes: ${value}` : "write a number";
    case "boolean":
      return typeof value === "string" ? truth(value) : "write true or false";
    case "array":
      return typeof value === "object" ? "begin each entry with a hyphen" : `write a list: [${written}]`;
    default:
      return `write ${expectation(expected)}`;
  }
}

function asText(written: string, { examples }: Meaning): string {
  const example: unknown = Array.isArray(examples) ? examples[0] : undefined;
  return typeof example === "string" ? `write it as in ${example}` : `put it in quotes: "${written}"`;
}

function isNumeric(value: unknown): value is string {
  return typeof value === "string" && /^\d+(\.\d+)?$/.test(value);
}

/** YAML 1.1 read `yes` and `on` as true; YAML 1.2 reads them as text. */
function truth(text: string): string {
  if (/^(y|yes|on|true)$/i.test(text)) return `${text} is text in YAML 1.2: write true`;
  if (/^(n|no|off|false)$/i.test(text)) return `${text} is text in YAML 1.2: write false`;
  return "write true or false";
}

const expectations: Readonly<Record<string, string>> = {
  string: "text",
  number: "a number",
  boolean: "true or false",
  array: "a list",
  object: "a mapping",
  record: "a mapping",
};

function expectation(expected: string): string {
  return expectations[expected] ?? expected;
}

function kindOf(value: unknown): string {
  if (Array.isArray(value)) return "a list";
  if (typeof value === "object") return "a mapping";
  return typeof value === "string" ? `the text ${shown(value)}` : shown(value);
}

function shown(value: unknown): string {
  if (typeof value === "object" && value !== null) return kindOf(value);
  const text = JSON.stringify(value);
  return text.length > 60 ? `${text.slice(0, 59)}…` : text;
}

function choice(value: unknown, values: readonly unknown[]): string {
  const close = typeof value === "string" ? nearest(value, values.map(String)) : undefined;
  if (close !== undefined) return `did you mean ${close}?`;
  return values.length === 1 ? `write ${shown(values[0])}` : `write one of ${values.map(shown).join(", ")}`;
}

/** `routes[0].traffic[1].weight` */
function named(path: KeyPath): string {
  if (path.length === 0) return "the file";
  return path
    .map((step, index) => (typeof step === "number" ? `[${String(step)}]` : index === 0 ? step : `.${step}`))
    .join("");
}

function valueAt(value: unknown, path: KeyPath): unknown {
  return path.reduce<unknown>(
    (outer, step) =>
      typeof outer === "object" && outer !== null && Object.hasOwn(outer, step)
        ? (outer as Record<string | number, unknown>)[step]
        : undefined,
    value,
  );
}

function schemaAt(schema: z.ZodType, path: KeyPath): z.ZodType {
  return path.reduce<z.ZodType>((outer, step) => innerSchema(unwrapped(outer), step) ?? z.unknown(), schema);
}

function innerSchema(schema: z.ZodType, step: string | number): z.ZodType | undefined {
  if (schema instanceof z.ZodObject) return shapeOf(schema)[step];
  if (schema instanceof z.ZodArray) return schema.element as z.ZodType;
  if (schema instanceof z.ZodRecord) return schema.valueType as z.ZodType;
  return undefined;
}

function unwrapped(schema: z.ZodType): z.ZodType {
  return schema instanceof z.ZodOptional ? unwrapped(schema.unwrap() as z.ZodType) : schema;
}

/** Of the schema itself or, if it is optional, of what is inside. */
function meaningOf(schema: z.ZodType): Meaning {
  return schema.meta() ?? unwrapped(schema).meta() ?? {};
}

function shapeOf(schema: z.ZodObject): Record<string, z.ZodType> {
  return schema.shape;
}

function knownKeys(schema: z.ZodType): string[] {
  const plain = unwrapped(schema);
  return plain instanceof z.ZodObject ? Object.keys(plain.shape) : [];
}

/** Where in the schema a key exists, as text: `routes[].match[]`; `""` at the top, `undefined` nowhere. */
function placeOf(key: string, schema: z.ZodType, place = ""): string | undefined {
  const plain = unwrapped(schema);
  if (plain instanceof z.ZodArray) return placeOf(key, plain.element as z.ZodType, `${place}[]`);
  if (!(plain instanceof z.ZodObject)) return undefined;
  if (Object.hasOwn(plain.shape, key)) return place;
  for (const [step, inner] of Object.entries(shapeOf(plain))) {
    const found = placeOf(key, inner, place === "" ? step : `${place}.${step}`);
    if (found !== undefined) return found;
  }
  return undefined;
}

function takeOut(issue: Issue, value: unknown): boolean {
  const path = issue.path as KeyPath;
  if (issue.code !== "unrecognized_keys") return deleteAt(value, path);
  return issue.keys.every((key) => deleteAt(value, [...path, key]));
}

/** Deletes the key, or the nearest one outside that is there. */
function deleteAt(value: unknown, path: KeyPath): boolean {
  for (let length = path.length; length > 0; length -= 1) {
    const key = path[length - 1];
    const outer = valueAt(value, path.slice(0, length - 1));
    if (typeof key !== "string" || typeof outer !== "object" || outer === null || !Object.hasOwn(outer, key))
      continue;
    return Reflect.deleteProperty(outer, key);
  }
  return false;
}
