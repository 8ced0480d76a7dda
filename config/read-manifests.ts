import { readFile } from "node:fs/promises";
import { buffer } from "node:stream/consumers";
import { parseAllDocuments } from "yaml";
import { UsageError } from "./usage-error.ts";

/**
 * Reads Kubernetes objects as people dump them: YAML of any number of documents or JSON, lists of any kind flattened. They are not
 * validated.
 * @param file absolute, or `-` for standard input
 * @throws UsageError if it cannot be read or parsed, or holds no Kubernetes object
 */
export async function readManifests(file: string, stdin: NodeJS.ReadableStream): Promise<unknown[]> {
  const name = file === "-" ? "standard input" : file;
  try {
    return parseManifests(decode(file === "-" ? await buffer(stdin) : await readFile(file)), name);
  } catch (error) {
    if (error instanceof UsageError) throw error;
    throw new UsageError(`cannot read ${name}: ${reason(error)}`);
  }
}

/**
 * The same for a text that has been read.
 * @param name how messages call it
 * @throws UsageError as above
 */
export function parseManifests(text: string, name: string): unknown[] {
  const documents = parse(text, name);
  const objects = documents.flatMap((document) => flatten(document));
  const hasList = documents.some((document) => Array.isArray(document) || isList(document));
  if (!hasList && !objects.some((object) => isRecord(object) && typeof object["kind"] === "string"))
    throw new UsageError(`${name} holds no Kubernetes object: no document of it has a kind.`);
  return objects;
}

function parse(text: string, name: string): unknown[] {
  // A large dump in JSON is read ten times as fast.
  if (/^\s*[[{]/.test(text)) {
    try {
      return [JSON.parse(text) as unknown];
    } catch {
      // Several objects one after the other, or YAML that begins like JSON.
    }
  }
  try {
    return [...parseAllDocuments(text, { merge: true, logLevel: "error" })].map((document) => {
      const [error] = document.errors;
      if (error !== undefined) throw error;
      return document.toJS() as unknown;
    });
  } catch (error) {
    // Behind the first line the library prints the place once more; aliases that multiply and depth without end come here as well.
    const [line = ""] = reason(error).split("\n");
    throw new UsageError(`${name} is neither YAML nor JSON: ${line.replace(/:$/, "")}`);
  }
}

/** `kubectl get` wraps objects into a List; the API's own lists leave the kind of their items out. */
function flatten(value: unknown): unknown[] {
  if (value === null || value === undefined) return [];
  if (Array.isArray(value)) return value.flatMap((each) => flatten(each));
  if (!isList(value)) return [value];
  const kind = String(value["kind"]).slice(0, -"List".length);
  const inherited = kind === "" ? {} : { apiVersion: value["apiVersion"], kind };
  return (value["items"] as unknown[]).flatMap((item) =>
    flatten(isRecord(item) ? { ...inherited, ...item } : item),
  );
}

function isList(value: unknown): value is Record<string, unknown> {
  return isRecord(value) && String(value["kind"]).endsWith("List") && Array.isArray(value["items"]);
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** UTF-8, or UTF-16 with its mark, as PowerShell's `>` writes it. */
function decode(bytes: Uint8Array): string {
  const isWide = bytes[0] === 0xff && bytes[1] === 0xfe;
  return new TextDecoder(isWide ? "utf-16le" : "utf-8", { fatal: true }).decode(bytes);
}

function reason(error: unknown): string {
  const { code } = error as NodeJS.ErrnoException;
  if (code === "EISDIR") return "it is a folder, not a file";
  if (code === "ENOENT") return "there is no such file";
  return error instanceof Error ? error.message : String(error);
}
