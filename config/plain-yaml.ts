import type { Location } from "../core/problem.ts";
import type { KeyPath } from "../core/violation.ts";
import type { LocatedValue } from "./yaml-document.ts";

/** A text in which a line can be read by itself: printable ASCII, without tabs. */
const plainText = /^[\n\x20-\x7e]*$/;
const nothing = /^ *(?:#|$)/;
const key = /([A-Za-z][\w-]{0,99}):(?: +|$)/y;
const scalar =
  /(?:"([^"\\]*)"|'([^']*)'|(0|[1-9]\d{0,14})|(true|false)|([A-Za-z/][\w/.-]*|\d+(?:ms|s|m|h)))$/y;
/** What YAML 1.2 gives, or YAML 1.1 gave, a meaning of its own. */
const meaningful = /^(?:null|true|false|yes|no|on|off|y|n)$/i;
/** Whether something deeper is too deep is not decided here. */
const maximumDepth = 16;

/**
 * Reads what nearly all files are: nested blocks of plain keys and simple values, one per line. That takes a tenth of the time of the
 * YAML library, which a stack of thousands of files notices. Whatever else a text holds is not judged here: the whole text is left to
 * the library, so that there is one place that says what is wrong with a file. Both give the same values and the same places.
 * @returns `undefined` if the text is not of this kind
 */
export function readPlainYaml(file: string, text: string): LocatedValue | undefined {
  if (!plainText.test(text)) return undefined;
  const root = new PlainReader(text).read();
  return root === undefined ? undefined : new PlainDocument(file, root);
}

/** 0-based. */
interface Place {
  readonly line: number;
  readonly column: number;
}

interface PlainNode extends Place {
  readonly value: unknown;
  /** As written; of scalars only. */
  readonly source?: string;
  readonly entries?: ReadonlyMap<string, { readonly key: Place; readonly node: PlainNode }>;
  readonly items?: readonly PlainNode[];
}

class PlainReader {
  private readonly lines: readonly string[];
  private line = -1;
  /** Of the first character of the line that is no blank; -1 after the last line, which ends every block. */
  private indent = -1;

  constructor(text: string) {
    this.lines = text.split("\n");
  }

  read(): PlainNode | undefined {
    this.next();
    const root = this.indent === 0 && !this.atHyphen() ? this.mapping(0, 0) : undefined;
    return this.indent === -1 ? root : undefined;
  }

  /** Goes to the next line that holds more than blanks and a comment. */
  private next(): void {
    do this.line += 1;
    while (this.line < this.lines.length && nothing.test(this.text()));
    this.indent = this.line < this.lines.length ? this.text().search(/[^ ]/) : -1;
  }

  private text(): string {
    return this.lines[this.line] ?? "";
  }

  private atHyphen(): boolean {
    return this.text().startsWith("- ", this.indent);
  }

  /** Keys that stand in one column; the first may stand behind hyphens. A deeper line behind them ends every block, and so the reading. */
  private mapping(column: number, depth: number): PlainNode | undefined {
    if (depth > maximumDepth) return undefined;
    const start = { line: this.line, column };
    const value: Record<string, unknown> = {};
    const entries = new Map<string, { key: Place; node: PlainNode }>();
    do {
      key.lastIndex = column;
      const [written, name] = key.exec(this.text()) ?? [];
      if (written === undefined || name === undefined || meaningful.test(name) || entries.has(name))
        return undefined;
      const place = { line: this.line, column };
      const node = this.valueOf(column, column + written.length, depth);
      if (node === undefined) return undefined;
      entries.set(name, { key: place, node });
      value[name] = node.value;
    } while (this.indent === column && !this.atHyphen());
    return { ...start, value, entries };
  }

  /** What belongs to a key: the rest of its line, or the block below it. */
  private valueOf(column: number, rest: number, depth: number): PlainNode | undefined {
    if (rest < this.text().length) return this.scalar(rest);
    this.next();
    if (this.indent >= column && this.atHyphen()) return this.list(this.indent, depth + 1);
    return this.indent > column ? this.mapping(this.indent, depth + 1) : undefined;
  }

  private list(column: number, depth: number): PlainNode | undefined {
    if (depth > maximumDepth) return undefined;
    const start = { line: this.line, column };
    const items: PlainNode[] = [];
    do {
      const content = column + 2;
      key.lastIndex = content;
      const item = key.test(this.text()) ? this.mapping(content, depth + 1) : this.scalar(content);
      if (item === undefined) return undefined;
      items.push(item);
    } while (this.indent === column && this.atHyphen());
    return { ...start, value: items.map(({ value }) => value), items };
  }

  /** The rest of the line. A value that goes on below is found by the line after it, which then is too deep. */
  private scalar(column: number): PlainNode | undefined {
    scalar.lastIndex = column;
    const [source, double, single, number, truth, plain] = scalar.exec(this.text()) ?? [];
    if (source === undefined || (plain !== undefined && meaningful.test(plain))) return undefined;
    const place = { line: this.line, column };
    this.next();
    const value = number === undefined ? (double ?? single ?? plain ?? truth === "true") : Number(number);
    return { ...place, value, source };
  }
}

class PlainDocument implements LocatedValue {
  readonly value: unknown;
  private readonly file: string;
  private readonly root: PlainNode;

  constructor(file: string, root: PlainNode) {
    this.file = file;
    this.root = root;
    this.value = root.value;
  }

  locate(path: KeyPath): Location {
    const { node, key } = this.find(path);
    return this.location(key !== undefined && node.source === undefined ? key : node);
  }

  locateKey(path: KeyPath): Location {
    const { node, key } = this.find(path);
    return this.location(key ?? node);
  }

  source(path: KeyPath): string | undefined {
    const { node, complete } = this.find(path);
    return complete ? node.source : undefined;
  }

  private location({ line, column }: Place): Location {
    return { file: this.file, line: line + 1, column: column + 1 };
  }

  /** As far down the path as the document goes. */
  private find(path: KeyPath): { node: PlainNode; key: Place | undefined; complete: boolean } {
    let node = this.root;
    let key: Place | undefined;
    for (const step of path) {
      const entry = typeof step === "string" ? node.entries?.get(step) : undefined;
      const inner = entry?.node ?? (typeof step === "number" ? node.items?.[step] : undefined);
      if (inner === undefined) return { node, key, complete: false };
      key = entry?.key;
      node = inner;
    }
    return { node, key, complete: true };
  }
}
