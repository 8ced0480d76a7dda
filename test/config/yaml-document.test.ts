import { describe, expect, it } from "@jest/globals";
import fc from "fast-check";
import { parse, stringify } from "yaml";
import { parseYaml } from "../../config/yaml-document.ts";

const found = (text: string) =>
  parseYaml("a.yaml", text).problems.map(({ code, location: { line, column } }) => [code, line, column]);

describe("parseYaml refuses, each at its place", () => {
  it.each<[string, string, [string, number, number][]]>([
    ["an empty file", "", [["file-empty", 1, 1]]],
    ["comments only", "# nothing\n\n", [["file-empty", 1, 1]]],
    ["an empty document", "---\n", [["file-empty", 1, 1]]],
    ["an end marker only", "...", [["file-empty", 1, 1]]],
    ["a list", "- a\n", [["not-a-mapping", 1, 1]]],
    ["a single value", "\n\nroutes\n", [["not-a-mapping", 3, 1]]],
    ["a tab as indentation", "a:\n\tb: 1\n", [["yaml-tab", 2, 1]]],
    ["a nested mapping in one line", "a:\n  b: c: d\n", [["yaml-syntax", 2, 6]]],
    ["an open bracket", "a: [1, 2\n", [["yaml-syntax", 2, 1]]],
    ["an open quote", 'a: "b\n', [["yaml-syntax", 2, 1]]],
    ["a reserved character", "a: @b\n", [["yaml-syntax", 1, 4]]],
    ["a duplicate key", "a: 1\nb: 2\na: 3\n", [["duplicate-key", 3, 1]]],
    ["a duplicate key in a flow mapping", "x: { a: 1, a: 2 }\n", [["duplicate-key", 1, 12]]],
    ["a second document", "a: 1\n---\nb: 2\n", [["several-documents", 3, 1]]],
    [
      "anchors and aliases",
      "a: &x [1]\nb: *x\n",
      [
        ["yaml-alias", 1, 7],
        ["yaml-alias", 2, 4],
      ],
    ],
    ["a tag", "a: !!str 5\n", [["yaml-tag", 1, 10]]],
    ["a tag of its own", "a: !secret b\n", [["yaml-tag", 1, 12]]],
    ["a merge key", "<<: { a: 1 }\n", [["yaml-merge-key", 1, 1]]],
    ["a directive", "%YAML 1.1\n---\na: yes\n", [["yaml-directive", 1, 1]]],
    ["a number as key", "x:\n  1: a\n", [["key-not-text", 2, 3]]],
    ["no key at all", ": a\n", [["key-not-text", 1, 1]]],
    ["a list as key", "? [a]\n: b\n", [["key-not-text", 1, 3]]],
    ["__proto__", "__proto__: { a: 1 }\n", [["key-reserved", 1, 1]]],
    ["an octal number", "a: 0o17\n", [["number-notation", 1, 4]]],
    ["a leading zero", "a: 010\n", [["number-notation", 1, 4]]],
    ["a hexadecimal number", "a: 0x1f\n", [["number-notation", 1, 4]]],
    ["an exponent", "a: 1e3\n", [["number-notation", 1, 4]]],
    ["infinity", "a: .inf\n", [["number-notation", 1, 4]]],
    ["half a surrogate pair", 'a: "\\ud800"\n', [["text-not-unicode", 1, 4]]],
    ["a control character", "a: 1\nb: \u0007\n", [["control-character", 2, 4]]],
    ["nesting beyond reason", `a: ${"[".repeat(40)}${"]".repeat(40)}\n`, [["too-deep", 1, 36]]],
  ])("%s", (_name, text, problems) => {
    expect(found(text)).toEqual(problems);
    expect(parseYaml("a.yaml", text).document).toBeUndefined();
  });

  it("all problems of a file at once", () => {
    expect(found("a: 010\nb: &x 1\na: !!int 2\n").map(([code]) => code)).toEqual([
      "number-notation",
      "yaml-alias",
      "yaml-tag",
      "duplicate-key",
    ]);
  });

  it("no more than people read, saying how many there are", () => {
    const { problems } = parseYaml("a.yaml", "- a: @b\n".repeat(500));
    expect(problems).toHaveLength(21);
    expect(problems.at(-1)).toMatchObject({
      code: "more-problems",
      message: expect.stringMatching(/^\d+ more/),
    });
  });
});

describe("parseYaml costs little on hostile input", () => {
  // Each of these once cost minutes, memory or the process in one YAML library or another.
  it.each([
    ["an alias bomb", bomb(9)],
    ["brackets", "[".repeat(200_000)],
    ["closed brackets", "[".repeat(100_000) + "]".repeat(100_000)],
    ["hyphens", "- ".repeat(100_000)],
    ["question marks", "? ".repeat(100_000)],
    ["many keys", Array.from({ length: 30_000 }, (_, index) => `k${index}: 1`).join("\n")],
    ["many documents", "---\n".repeat(60_000)],
    ["anchors", "&a ".repeat(60_000)],
  ])("%s", (_name, text) => {
    const started = performance.now();
    parseYaml("a.yaml", text);
    // Generous: the machine may be busy. What this guards against takes minutes.
    expect(performance.now() - started).toBeLessThan(20_000);
  });
});

describe("a parsed document", () => {
  const { document } = parseYaml(
    "a.yaml",
    [
      "# a comment",
      "name: x",
      "versions: { istio: 1.30 }",
      "routes:",
      "  - match:",
      "      - prefix: /a/",
      "    empty:",
    ].join("\n"),
  );

  it.each<[string, (string | number)[], number, number]>([
    ["the file", [], 2, 1],
    ["a text", ["name"], 2, 7],
    ["a value in a flow mapping", ["versions", "istio"], 3, 20],
    ["a list, at its key", ["routes"], 4, 1],
    ["an entry of a list", ["routes", 0], 5, 5],
    ["a value in an entry", ["routes", 0, "match", 0, "prefix"], 6, 17],
    ["a missing value, at its key", ["routes", 0, "empty"], 7, 5],
    ["a missing key, at what it would be in", ["routes", 0, "timeout"], 5, 5],
    ["a missing entry, at its list", ["routes", 7, "x"], 4, 1],
  ])("locates %s", (_name, path, line, column) => {
    expect(document?.locate(path)).toEqual({ file: "a.yaml", line, column });
  });

  it("locates keys", () => {
    expect(document?.locateKey(["versions", "istio"])).toEqual({ file: "a.yaml", line: 3, column: 13 });
  });

  it("remembers how a value is written", () => {
    expect(document?.source(["versions", "istio"])).toBe("1.30");
    expect(document?.source(["versions", "knative"])).toBeUndefined();
  });

  it.each([
    ["yes is text", "a: yes", "yes"],
    ["on is text", "a: on", "on"],
    ["a day is text", "a: 2027-01-31", "2027-01-31"],
    ["a time is text", "a: 12:30", "12:30"],
    ["null is nothing", "a: ~", null],
    ["true is a truth value", "a: true", true],
    ["a number", "a: -1.5", -1.5],
    ["a quoted number is text", 'a: "010"', "010"],
    [
      "constructor is a key like others",
      "a: { constructor: 1, toString: 2 }",
      { constructor: 1, toString: 2 },
    ],
  ])("YAML 1.2: %s", (_name, text, value) => {
    expect(parseYaml("a.yaml", text).document?.value).toEqual({ a: value });
  });
});

describe("parseYaml and the library it is made of", () => {
  const scalar = fc.oneof(fc.string({ unit: "grapheme" }), fc.integer(), fc.boolean(), fc.constant(null));
  const tree = fc.letrec<{ value: unknown; map: Record<string, unknown> }>((tie) => ({
    map: fc.dictionary(fc.stringMatching(/^[a-z][a-z0-9-]{0,8}$/), tie("value"), { minKeys: 1, maxKeys: 5 }),
    value: fc.oneof({ maxDepth: 4 }, scalar, fc.array(tie("value"), { maxLength: 4 }), tie("map")),
  })).map;

  it("agree on every document without surprises", () => {
    fc.assert(
      fc.property(tree, (value) => {
        const text = stringify(value, { aliasDuplicateObjects: false });
        const parsed = parseYaml("a.yaml", text);
        expect(parsed.problems).toEqual([]);
        expect(parsed.document?.value).toEqual(parse(text));
      }),
    );
  });

  it("never throw, and always give a document or a problem", () => {
    const piece = fc.oneof(
      fc.string(),
      fc.constantFrom(
        ...Array.from("\t\n:-?[]{},&*!|>'\"%@`#<=~ "),
        "---\n",
        "...\n",
        "<<: ",
        "&a ",
        "*a ",
        "!!map ",
        "- ",
        ": ",
        "? ",
      ),
    );
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 40 }), (pieces) => {
        const { document, problems } = parseYaml("a.yaml", pieces.join(""));
        expect(document === undefined).toBe(problems.length > 0);
        for (const { location } of problems) expect(location.line).toBeGreaterThan(0);
      }),
      { numRuns: 2000 },
    );
  });
});

/** Ten to the power of `levels` values in a few hundred bytes. */
function bomb(levels: number): string {
  const lines = [`l0: &l0 [${Array(10).fill("x").join(", ")}]`];
  for (let level = 1; level <= levels; level += 1) {
    lines.push(
      `l${level}: &l${level} [${Array(10)
        .fill(`*l${level - 1}`)
        .join(", ")}]`,
    );
  }
  return lines.join("\n");
}
