import { isDeepStrictEqual } from "node:util";
import type { Location } from "../core/problem.ts";
import type { KeyPath } from "../core/violation.ts";
import type { LocatedValue } from "./yaml-document.ts";

/** A stack's config as `Pulumi.<stack>.yaml` holds it: `config` with keys such as `kfaas:cluster`. */
export interface StackFile {
  readonly config: Readonly<Record<string, unknown>>;
}

/**
 * What `pulumi.runtime.allConfig()` gives, as if it had been read from the stack's file. Mappings, lists and truth values come as JSON
 * text, text as it is.
 */
export function parsePulumiValues(
  values: ReadonlyMap<string, string> | Readonly<Record<string, string>>,
): StackFile {
  const entries: Iterable<[string, string]> = isMap(values) ? values.entries() : Object.entries(values);
  return { config: Object.fromEntries(Array.from(entries, ([key, text]) => [key, parseValue(text)])) };
}

/** The config keys of a parsed stack file; `undefined` if it has none. */
export function configOf(document: LocatedValue | undefined): unknown {
  return isRecord(document?.value) ? document.value["config"] : undefined;
}

export function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** Values of Pulumi with the lines of the stack's file, wherever that says the same. */
export class PulumiValues implements LocatedValue {
  readonly value: { readonly config: unknown };
  private readonly file: string;
  private readonly document: LocatedValue | undefined;
  private readonly written: unknown;

  /**
   * @param document the stack's file, if it can be read; Pulumi may have got the values elsewhere
   * @param written its config, as far as it can be compared with the values
   */
  constructor(config: unknown, file: string, document: LocatedValue | undefined, written: unknown) {
    this.value = { config };
    this.file = file;
    this.document = document;
    this.written = written;
  }

  locate(path: KeyPath): Location {
    return this.same(path)?.locate(path) ?? { file: this.file };
  }

  locateKey(path: KeyPath): Location {
    return this.same(path)?.locateKey(path) ?? { file: this.file };
  }

  source(path: KeyPath): string | undefined {
    return this.same(path)?.source(path);
  }

  private same([, key]: KeyPath): LocatedValue | undefined {
    if (key === undefined) return this.document;
    const { written, value } = this;
    return isRecord(written) && isRecord(value.config) && isDeepStrictEqual(value.config[key], written[key])
      ? this.document
      : undefined;
  }
}

function parseValue(text: string): unknown {
  if (!/^(\s*[[{]|true$|false$)/.test(text)) return text;
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}

function isMap(values: object): values is ReadonlyMap<string, string> {
  return values instanceof Map;
}
