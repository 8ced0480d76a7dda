import {
  Composer,
  type CST,
  type Document,
  isAlias,
  isMap,
  isScalar,
  isSeq,
  LineCounter,
  type ParsedNode,
  Parser,
  type YAMLError,
  type YAMLMap,
} from "yaml";
import type { Location } from "../core/problem.ts";
import type { KeyPath, Violation } from "../core/violation.ts";
import { readPlainYaml } from "./plain-yaml.ts";

/** Plain data with a way back to the line it came from. */
export interface LocatedValue {
  readonly value: unknown;
  /** Of the value; of its key if the value is a list or a mapping; of the nearest thing outside that exists if it does not. */
  locate(path: KeyPath): Location;
  /** Of the key at the end of the path. */
  locateKey(path: KeyPath): Location;
  /** As written, for example `1.30` where the value is the number 1.3. */
  source(path: KeyPath): string | undefined;
}

/** A problem of the text itself, at its place. */
export interface YamlProblem extends Violation {
  readonly location: Location;
}

export interface ParsedYaml {
  /** Absent if the text is not one well-formed mapping without aliases. */
  readonly document: LocatedValue | undefined;
  readonly problems: readonly YamlProblem[];
}

/** More than this in one file would bury the first, which usually is the cause of the rest. */
const maximumProblems = 20;
/** The deepest key of a service file lies 9 deep. */
const maximumDepth = 32;

/**
 * Reads one YAML 1.2 document (core schema) strictly: what needs a second look to be understood (aliases, tags, merge keys, octal
 * numbers, a second document) is refused with its place instead of being given a meaning. Costs linear time on any input.
 */
export function parseYaml(file: string, text: string): ParsedYaml {
  const plain = readPlainYaml(file, text);
  return plain === undefined ? parseAnyYaml(file, text) : { document: plain, problems: [] };
}

/** The same by the YAML library, for every text. */
export function parseAnyYaml(file: string, text: string): ParsedYaml {
  return new YamlReader(file, text).read();
}

class YamlReader {
  private readonly problems: YamlProblem[] = [];
  private readonly lines = new LineCounter();
  private suppressed = 0;
  private readonly file: string;
  private readonly text: string;

  constructor(file: string, text: string) {
    this.file = file;
    this.text = text;
  }

  read(): ParsedYaml {
    this.refuseControlCharacters();
    const documents = this.compose();
    const [first, second] = documents;
    for (const error of documents.flatMap((document) => document.errors)) this.refuseSyntax(error);
    if (second !== undefined) this.refuseSecondDocument(second);
    const content = first?.contents ?? null;
    const value = first === undefined || this.problems.length > 0 ? undefined : this.root(first, content);
    return { document: this.finish(value, content), problems: this.problems };
  }

  private compose(): Document.Parsed[] {
    const tokens = [...new Parser(this.lines.addNewLine).parse(this.text)];
    // The composer calls itself for each level; at the end of the stack it does not always get away with an exception.
    const deep = findDeep(tokens);
    if (deep !== undefined) {
      this.add(
        deep.offset,
        "too-deep",
        "nests too deeply",
        "nothing in this file is that deep: check the brackets",
      );
      return [];
    }
    const composer = new Composer({
      version: "1.2",
      schema: "core",
      merge: false,
      // The library compares each key with each other; `mapping` below needs one pass.
      uniqueKeys: false,
    });
    return [...composer.compose(tokens)] as Document.Parsed[];
  }

  private finish(value: unknown, content: ParsedNode | null): LocatedValue | undefined {
    if (content === null || (isScalar(content) && content.value === null)) {
      if (this.problems.length === 0) {
        this.add(0, "file-empty", "holds nothing but blanks or comments", "write it, or delete the file");
      }
    }
    if (this.suppressed > 0) {
      this.problems.push({
        code: "more-problems",
        path: [],
        message: `${String(this.suppressed)} more problems of this file are not shown`,
        fix: "mend the first ones; the rest often goes with them",
        location: { file: this.file, line: 1, column: 1 },
      });
    }
    if (this.problems.length > 0 || content === null) return undefined;
    return new LocatedNode(this.file, this.text, this.lines, content, value);
  }

  private root(document: Document.Parsed, content: ParsedNode | null): unknown {
    if (document.directives.yaml.explicit === true || this.text.startsWith("%")) {
      this.add(0, "yaml-directive", "begins with a YAML directive", "delete the line that begins with %");
    }
    if (content === null || (isScalar(content) && content.value === null)) return undefined;
    if (!isMap(content) && !isAlias(content)) {
      const found = isSeq(content) ? "a list" : "a single value";
      this.add(
        content.range[0],
        "not-a-mapping",
        `the file is ${found}, not a mapping`,
        "begin with `key: value`",
      );
    }
    return this.convert(content);
  }

  private convert(node: ParsedNode | null): unknown {
    if (node === null) return null;
    this.refuseIndirection(node);
    if (isAlias(node)) return undefined;
    if (isSeq(node)) return node.items.map((item) => this.convert(item));
    if (isMap(node)) return this.mapping(node);
    return this.scalar(node.value, node.range[0], node.type === "PLAIN" ? node.source : undefined);
  }

  private scalar(value: unknown, offset: number, plain: string | undefined): unknown {
    // Octal, hexadecimal, exponents, leading zeros and signs: YAML 1.1 and 1.2 read them as different numbers.
    if (typeof value === "number" && plain !== undefined && !/^-?(0|[1-9]\d*)(\.\d+)?$/.test(plain)) {
      this.add(
        offset,
        "number-notation",
        `${plain} is a number that not everybody reads alike (here: ${String(value)})`,
        `write a plain decimal number, or "${plain}" in quotes for text`,
      );
    }
    if (typeof value === "string" && /\p{Surrogate}/u.test(value)) {
      this.add(offset, "text-not-unicode", "holds half of a surrogate pair", "write the character itself");
    }
    return value;
  }

  private mapping(node: YAMLMap.Parsed): unknown {
    const seen = new Map<string, number>();
    const entries: [string, unknown][] = [];
    for (const { key, value } of node.items) {
      const name = this.key(key);
      const content = this.convert(value);
      if (name === undefined) continue;
      const offset = key.range[0];
      const earlier = seen.get(name);
      if (earlier !== undefined) {
        this.add(
          offset,
          "duplicate-key",
          `"${name}" stands twice in one mapping, first in line ${String(this.lines.linePos(earlier).line)}`,
          "delete one of them",
        );
      }
      seen.set(name, offset);
      entries.push([name, content]);
    }
    return Object.fromEntries(entries);
  }

  /** A key's text; everything but text is refused, and `__proto__`, which validators skip without a word. */
  private key(key: ParsedNode): string | undefined {
    this.refuseIndirection(key);
    if (!isScalar(key) || typeof key.value !== "string") {
      const written = isScalar(key) ? key.source : "";
      this.add(
        key.range[0],
        "key-not-text",
        written === "" ? "a key is not text" : `the key ${written} is not text`,
        written === "" ? "write a name before the colon" : `put it in quotes: "${written}"`,
      );
      return undefined;
    }
    if (key.value === "<<" && key.type === "PLAIN") {
      this.add(key.range[0], "yaml-merge-key", "merge keys are not part of YAML 1.2", "write the keys out");
      return undefined;
    }
    if (key.value === "__proto__") {
      this.add(key.range[0], "key-reserved", "__proto__ cannot be a key", "choose another name");
      return undefined;
    }
    return this.scalar(key.value, key.range[0], undefined) as string;
  }

  private refuseIndirection(node: ParsedNode): void {
    const offset = node.range[0];
    if (isAlias(node)) {
      this.add(offset, "yaml-alias", `the alias *${node.source} is not followed`, "write the value out");
      return;
    }
    if (node.anchor !== undefined && node.anchor !== "") {
      this.add(offset, "yaml-alias", `the anchor &${node.anchor} is not supported`, "write the values out");
    }
    if (node.tag !== undefined) {
      this.add(
        offset,
        "yaml-tag",
        `the tag ${node.tag.replace(/^tag:yaml\.org,2002:/, "!!")} is not supported`,
        "delete it; quotes make text",
      );
    }
  }

  private refuseSyntax(error: YAMLError): void {
    const offset = error.pos[0];
    if (error.code === "TAB_AS_INDENT") {
      this.add(offset, "yaml-tab", "a tab cannot indent a line in YAML", "indent with spaces");
    } else {
      this.add(
        offset,
        "yaml-syntax",
        `broken YAML: ${error.message}`,
        "mend the line, or what comes before it",
      );
    }
  }

  private refuseSecondDocument(document: Document.Parsed): void {
    const offset = document.contents?.range[0] ?? document.range[0];
    this.add(offset, "several-documents", "a second YAML document begins here", "keep one document per file");
  }

  private refuseControlCharacters(): void {
    const offset = this.text.search(/[\u0000-\u0008\u000b\u000c\u000e-\u001f\u007f]/);
    if (offset < 0) return;
    const before = this.text.slice(0, offset);
    const line = before.split("\n").length;
    this.problems.push({
      code: "control-character",
      path: [],
      message: `holds the control character U+${this.text.charCodeAt(offset).toString(16).padStart(4, "0")}`,
      fix: "delete it; in double quotes it can be written as an escape",
      location: { file: this.file, line, column: offset - before.lastIndexOf("\n") },
    });
  }

  private add(offset: number, code: string, message: string, fix: string): void {
    if (this.problems.length >= maximumProblems) {
      this.suppressed += 1;
      return;
    }
    this.problems.push({ code, path: [], message, fix, location: locationOf(this.file, this.lines, offset) });
  }
}

/** The first token inside more than `maximumDepth` collections, found without recursion. */
function findDeep(tokens: readonly CST.Token[]): CST.Token | undefined {
  const pending = tokens.map((token) => ({ token, depth: 0 }));
  for (let next = pending.pop(); next !== undefined; next = pending.pop()) {
    const { token, depth } = next;
    if (depth > maximumDepth) return token;
    if (token.type === "document" && token.value !== undefined) pending.push({ token: token.value, depth });
    if (!("items" in token)) continue;
    for (const { key, value } of token.items) {
      for (const inner of [key, value]) if (inner != null) pending.push({ token: inner, depth: depth + 1 });
    }
  }
  return undefined;
}

class LocatedNode implements LocatedValue {
  readonly value: unknown;
  private readonly file: string;
  private readonly text: string;
  private readonly lines: LineCounter;
  private readonly content: ParsedNode;

  constructor(file: string, text: string, lines: LineCounter, content: ParsedNode, value: unknown) {
    this.file = file;
    this.text = text;
    this.lines = lines;
    this.content = content;
    this.value = value;
  }

  locate(path: KeyPath): Location {
    const { node, key } = this.find(path);
    const place = key !== undefined && !(isScalar(node) && node.value !== null) ? key : node;
    return locationOf(this.file, this.lines, place?.range[0] ?? 0);
  }

  locateKey(path: KeyPath): Location {
    const { node, key } = this.find(path);
    return locationOf(this.file, this.lines, (key ?? node)?.range[0] ?? 0);
  }

  source(path: KeyPath): string | undefined {
    const { node, complete } = this.find(path);
    if (!complete || node === null || !isScalar(node)) return undefined;
    return this.text.slice(node.range[0], node.range[1]);
  }

  /** As far down the path as the document goes. */
  private find(path: KeyPath): { node: ParsedNode | null; key: ParsedNode | undefined; complete: boolean } {
    let node: ParsedNode | null = this.content;
    let key: ParsedNode | undefined;
    for (const step of path) {
      if (isMap(node)) {
        const pair: YAMLMap.Parsed["items"][number] | undefined = node.items.find(
          (item) => isScalar(item.key) && item.key.value === step,
        );
        if (pair === undefined) return { node, key, complete: false };
        key = pair.key;
        node = pair.value;
      } else if (isSeq(node) && typeof step === "number" && step < node.items.length) {
        key = undefined;
        node = node.items[step] ?? null;
      } else {
        return { node, key, complete: false };
      }
    }
    return { node, key, complete: true };
  }
}

function locationOf(file: string, lines: LineCounter, offset: number): Location {
  const { line, col } = lines.linePos(offset);
  return { file, line: Math.max(line, 1), column: Math.max(col, 1) };
}
