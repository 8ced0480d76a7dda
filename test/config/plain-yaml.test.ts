import { describe, expect, it } from "@jest/globals";
import fc from "fast-check";
import { readFileSync, readdirSync } from "node:fs";
import { join } from "node:path";
import type { KeyPath } from "../../core/violation.ts";
import { readPlainYaml } from "../../config/plain-yaml.ts";
import { type LocatedValue, parseAnyYaml } from "../../config/yaml-document.ts";

const runs = process.env["KFAAS_LONG"] === undefined ? 3_000 : 200_000;

/** Everything that can be asked of a document. */
function view(document: LocatedValue) {
  const paths = [...pathsOf(document.value), ["missing"], ["a", 7], [0], ["a", "missing", "b"]];
  return {
    value: document.value,
    places: paths.map((path) => ({
      path,
      at: document.locate(path),
      key: document.locateKey(path),
      source: document.source(path),
    })),
  };
}

function pathsOf(value: unknown): KeyPath[] {
  const inner: [string | number, unknown][] = Array.isArray(value)
    ? value.map((each: unknown, index) => [index, each])
    : typeof value === "object" && value !== null
      ? Object.entries(value)
      : [];
  return [[], ...inner.flatMap(([step, each]) => pathsOf(each).map((path) => [step, ...path]))];
}

function expectSame(text: string): boolean {
  const plain = readPlainYaml("a.yaml", text);
  if (plain === undefined) return false;
  const { document, problems } = parseAnyYaml("a.yaml", text);
  expect({ text, problems }).toEqual({ text, problems: [] });
  expect(document && { text, ...view(document) }).toEqual({ text, ...view(plain) });
  return true;
}

describe("readPlainYaml", () => {
  it.each([
    "a: 1",
    "a: 1\n",
    "# first\n\na:   /faas/api/x/ \n".replace(" \n", "\n"),
    "routes:\n  - match:\n      - prefix: /x/\n    timeout: 10s\n",
    "routes:\n- match:\n  - prefix: /x/\n  - exact: /y\n  timeout: 10s\nteam: a\n",
    'a:\n    - b\n    - "c: d # e"\n    - \'f\'\n    - ""\n  # less\nb: true\nc: 0\nd: constructor\nconstructor: x',
    "a:\n  b:\n    c: false\n  d: 10\n\n\n",
    'regex: "/faas/[0-9a-f]{8}/(items|parts)(/.*)?"',
  ])("reads %j as the library does", (text) => {
    expect(expectSame(text)).toBe(true);
  });

  it.each([
    ["nothing", ""],
    ["a comment only", "# x\n"],
    ["a list", "- a\n"],
    ["a single value", "text"],
    ["an alias", "a: &b x\nc: *b\n"],
    ["a tag", "a: !!str x\n"],
    ["a merge key", "<<: x\n"],
    ["a reserved key", "__proto__: x\n"],
    ["a key twice", "a: 1\na: 2\n"],
    ["a key that is no text", "null: 1\n"],
    ["a key without a value", "a:\nb: 1\n"],
    ["null", "a: null\n"],
    ["what YAML 1.1 takes for a truth", "a: yes\n"],
    ["truth in capitals", "a: TRUE\n"],
    ["an octal number", "a: 010\n"],
    ["a hexadecimal number", "a: 0x10\n"],
    ["a fraction", "a: 1.30\n"],
    ["a number beyond what is exact", "a: 12345678901234567890\n"],
    ["a value on two lines", "a: b\n  c\n"],
    ["a quoted value on two lines", 'a: "b\n  c"\n'],
    ["a block scalar", "a: |\n  b\n"],
    ["an escape", 'a: "\\n"\n'],
    ["a doubled quote", "a: 'it''s'\n"],
    ["a flow collection", "a: [b]\n"],
    ["a comment behind a value", "a: b # c\n"],
    ["blanks behind a value", "a: b \n"],
    ["a tab", "a:\tb\n"],
    ["a carriage return", "a: b\r\n"],
    ["a letter beyond ASCII", "a: ä\n"],
    ["a control character", "a: \u0007\n"],
    ["a second document", "a: b\n---\nc: d\n"],
    ["a directive", "%YAML 1.2\n---\na: b\n"],
    ["indentation that fits nothing", "a:\n    b: 1\n  c: 2\n"],
    ["a list that goes back too far", "a:\n    - 1\n  - 2\n"],
    ["a nested list", "a:\n  - - b\n"],
    [
      "what is nested very deeply",
      Array.from({ length: 40 }, (_, n) => `${" ".repeat(n)}a:`).join("\n") + " b",
    ],
  ])("leaves %s to the library", (_, text) => {
    expect(readPlainYaml("a.yaml", text)).toBeUndefined();
  });

  it("reads nothing differently from the library", () => {
    const piece = fc.constantFrom(
      ...[
        "a",
        "b",
        "a: ",
        "b: ",
        "a:",
        "- ",
        "-",
        ": ",
        "x",
        "10s",
        "0",
        "1",
        "true",
        "null",
        "~",
        "/p/",
        '"q"',
        "'q'",
      ],
      ...[
        '"',
        "'",
        "#",
        " #",
        "\n",
        "\n",
        "\n  ",
        "\n  ",
        "\n    ",
        "\n- ",
        "\n  - ",
        "  ",
        " ",
        "[",
        "{",
        "|",
        "---",
        "...",
      ],
    );
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 14 }), (pieces) => {
        expectSame(`a: ${pieces.join("")}`);
        expectSame(`a:${pieces.join("")}`);
        expectSame(pieces.join(""));
      }),
      { numRuns: runs },
    );
  });

  it("reads every layout of plain blocks, as the library does", () => {
    fc.assert(
      fc.property(block(4), (lines) => {
        expect(expectSame(lines.join("\n"))).toBe(true);
      }),
      { numRuns: runs / 10 },
    );
  });

  it("reads the example stacks as the library does, and some of them by itself", () => {
    const folder = join(import.meta.dirname, "../../stacks");
    const texts = readdirSync(folder, { recursive: true, encoding: "utf8" })
      .filter((file) => file.endsWith(".yaml"))
      .map((file) => readFileSync(join(folder, file), "utf8"));
    expect(texts.map(expectSame)).toContain(true);
  });
});

/** Lines of a mapping, with comments, blank lines and lists that are indented or not. */
function block(depth: number): fc.Arbitrary<string[]> {
  const value = fc.constantFrom("x", "/faas/api/", "10s", "12", "true", '"a: # b"', "'c'", '""', "v1.2-a_b");
  const noise = fc.constantFrom<string[]>([], [], [""], ["   "], ["# c"], ["      # c: d"]);
  const simple = (name: string) =>
    fc.tuple(fc.constantFrom(" ", "   "), value).map(([gap, text]) => [`${name}:${gap}${text}`]);
  const entry = (name: string): fc.Arbitrary<string[]> => {
    if (depth === 0) return simple(name);
    const inner = fc
      .tuple(block(depth - 1), fc.integer({ min: 1, max: 4 }))
      .map(([lines, by]) => indented(lines, by));
    const item = fc.oneof(
      value.map((text) => [text]),
      block(depth - 1),
    );
    const list = fc
      .tuple(fc.array(item, { minLength: 1, maxLength: 3 }), fc.integer({ min: 0, max: 4 }))
      .map(([items, by]) => indented(items.flatMap(hyphened), by));
    const nested = fc.oneof(inner, list).map((lines) => [`${name}:`, ...lines]);
    return fc.oneof(simple(name), nested);
  };
  return fc
    .uniqueArray(fc.constantFrom("match", "prefix", "routes", "x-y", "constructor", "a1"), {
      minLength: 1,
      maxLength: 3,
    })
    .chain((names) =>
      fc.tuple(
        ...names.map((name) => fc.tuple(noise, entry(name)).map(([before, lines]) => [...before, ...lines])),
      ),
    )
    .map((entries) => entries.flat());
}

function indented(lines: readonly string[], by: number): string[] {
  return lines.map((line) => (line === "" ? line : " ".repeat(by) + line));
}

/** A comment in front of the first line stays in front of the hyphen. */
function hyphened(lines: readonly string[]): string[] {
  const first = lines.findIndex((line) => line.trim() !== "" && !line.trim().startsWith("#"));
  return lines.map((line, index) => (index === first ? `- ${line}` : line === "" ? line : `  ${line}`));
}
