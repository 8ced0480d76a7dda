import { isScalar, parseDocument } from "yaml";
import type { KeyPath } from "../core/violation.ts";

/** A number in a YAML text, by the keys that lead to it, and what it becomes. */
export interface NewNumber {
  readonly path: KeyPath;
  readonly value: number;
}

/**
 * Puts other numbers in the place of those that are there. Every other byte stays: comments, order, quotes, blank lines, line ends.
 * @throws RangeError if there is no number at a path
 */
export function replaceNumbers(text: string, changes: readonly NewNumber[]): string {
  const document = parseDocument(text, { version: "1.2", schema: "core", merge: false, uniqueKeys: false });
  const places = changes.map(({ path, value }) => {
    const node: unknown = document.getIn(path, true);
    if (!isScalar(node) || typeof node.value !== "number" || node.range == null) {
      throw new RangeError(`no number at ${path.join(".")}`);
    }
    const [start, end] = node.range;
    return { start, end, value };
  });
  // From behind, so that places in front stay where they are.
  places.sort((a, b) => b.start - a.start);
  return places.reduce(
    (all, { start, end, value }) => `${all.slice(0, start)}${value}${all.slice(end)}`,
    text,
  );
}
