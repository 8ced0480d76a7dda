import { closeSync, constants, fstatSync, openSync, readSync } from "node:fs";
import { UsageError } from "./usage-error.ts";

/** Nobody writes a quarter of a megabyte of routes for one service by hand; whatever is larger got here by mistake. */
export const maximumFileBytes = 256 * 1024;

/** Why a file has no text: `code` and `message` of the Problem that it becomes. */
export interface UnreadableText {
  readonly code: "file-too-large" | "file-not-utf8" | "byte-order-mark" | "file-not-regular";
  readonly message: string;
  readonly fix: string;
}

/**
 * Reads a small UTF-8 file; the size is looked at before anything is read, and no more than the limit is ever read.
 * @throws UsageError if the operating system refuses (no permission, vanished in between).
 */
export function readTextFile(absolutePath: string): string | UnreadableText {
  const bytes = readBytes(absolutePath);
  return bytes instanceof Uint8Array ? decode(bytes) : bytes;
}

function readBytes(absolutePath: string): Uint8Array | UnreadableText {
  let descriptor: number;
  try {
    // Opening a named pipe would otherwise wait for somebody to write into it.
    descriptor = openSync(absolutePath, constants.O_RDONLY | constants.O_NONBLOCK);
  } catch (error) {
    throw new UsageError(`cannot read ${absolutePath}: ${reason(error)}`);
  }
  try {
    const stat = fstatSync(descriptor);
    if (!stat.isFile()) {
      return {
        code: "file-not-regular",
        message: "is a folder or a device, not a file",
        fix: "put a YAML file in its place",
      };
    }
    if (stat.size > maximumFileBytes) return tooLarge(`${String(stat.size)} bytes`);
    const bytes = readUpTo(descriptor, stat.size + 1, stat.size);
    // A file that has grown since it was measured is measured by reading.
    const all = bytes.length > stat.size ? readUpTo(descriptor, maximumFileBytes + 1) : bytes;
    return all.length > maximumFileBytes ? tooLarge(`more than ${String(maximumFileBytes)} bytes`) : all;
  } catch (error) {
    throw new UsageError(`cannot read ${absolutePath}: ${reason(error)}`);
  } finally {
    closeSync(descriptor);
  }
}

/** @param expected where the file is known to end: a read that asked for more and got no more needs no second one to be sure */
function readUpTo(descriptor: number, limit: number, expected?: number): Uint8Array {
  const buffer = Buffer.allocUnsafe(limit);
  let length = 0;
  do {
    const read = readSync(descriptor, buffer, length, limit - length, length);
    if (read === 0) break;
    length += read;
  } while (length < limit && length !== expected);
  return buffer.subarray(0, length);
}

const utf8 = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

function decode(bytes: Uint8Array): string | UnreadableText {
  if (bytes[0] === 0xef && bytes[1] === 0xbb && bytes[2] === 0xbf) {
    return {
      code: "byte-order-mark",
      message: "begins with an invisible byte order mark",
      fix: 'save it as "UTF-8 without BOM"',
    };
  }
  try {
    return utf8.decode(bytes);
  } catch {
    return { code: "file-not-utf8", message: "is not UTF-8 text", fix: "save it as UTF-8" };
  }
}

function tooLarge(size: string): UnreadableText {
  return {
    code: "file-too-large",
    message: `has ${size}; the limit is ${String(maximumFileBytes)} (256 KiB)`,
    fix: "keep to the routes of one service; large bodies belong into the service itself",
  };
}

function reason(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
