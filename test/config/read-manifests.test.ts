import { Readable } from "node:stream";
import { describe, expect, it } from "@jest/globals";
import { parseManifests, readManifests } from "../../config/read-manifests.ts";
import { UsageError } from "../../config/usage-error.ts";

const names = (text: string) =>
  parseManifests(text, "dump").map((each) => (each as { metadata?: { name?: string } }).metadata?.name);

describe("objects are found in", () => {
  it.each<[string, string, (string | undefined)[]]>([
    [
      "several documents, some of them empty",
      "kind: A\nmetadata: {name: a}\n---\n---\n# nothing\n---\nkind: B\nmetadata: {name: b}\n",
      ["a", "b"],
    ],
    [
      "a List of kubectl",
      "apiVersion: v1\nkind: List\nitems:\n- {kind: A, metadata: {name: a}}\n- {kind: B, metadata: {name: b}}\n",
      ["a", "b"],
    ],
    ["an empty list", '{"kind": "List", "items": []}', []],
    [
      "a list in a list",
      '{"kind": "List", "items": [{"kind": "AList", "items": [{"metadata": {"name": "a"}}]}]}',
      ["a"],
    ],
    ["an array", '[{"kind": "A", "metadata": {"name": "a"}}]', ["a"]],
    [
      "JSON objects one after the other",
      '{"kind": "A", "metadata": {"name": "a"}}\n---\n{"kind": "A", "metadata": {"name": "b"}}',
      ["a", "b"],
    ],
    [
      "anchors and merge keys",
      "kind: List\nitems:\n- &a {kind: A, metadata: {name: a}}\n- {<<: *a}\n",
      ["a", "a"],
    ],
  ])("%s", (_, text, expected) => {
    expect(names(text)).toEqual(expected);
  });

  it("a typed list, whose items leave out their kind", () => {
    expect(parseManifests('{"apiVersion": "x/v1", "kind": "AList", "items": [{}]}', "dump")).toEqual([
      { apiVersion: "x/v1", kind: "A" },
    ]);
  });

  it("standard input, also as PowerShell encodes it", async () => {
    const wide = Buffer.from("\ufeffkind: A\n", "utf16le");
    expect(await readManifests("-", Readable.from([wide]))).toEqual([{ kind: "A" }]);
  });
});

describe("unreadable, in one line:", () => {
  it.each<[string, string, RegExp]>([
    ["nothing", "", /holds no Kubernetes object/],
    ["prose", "hello world", /holds no Kubernetes object/],
    ["values of a chart", "replicas: 3\n", /holds no Kubernetes object/],
    ["broken YAML", "kind: [A\n", /neither YAML nor JSON/],
    ["a template", "kind: {{ .Values.kind }}\nx: {{ y }}-z\n", /dump/],
    [
      "a billion laughs",
      `a: &a [x, x]\n${Array.from("bcdefgh")
        .map((name, i) => `${name}: &${name} [${`*${"abcdefgh".charAt(i)}, `.repeat(10)}]`)
        .join("\n")}\n`,
      /dump/,
    ],
  ])("%s", (_, text, message) => {
    expect(() => parseManifests(text, "dump")).toThrow(message);
    expect(() => parseManifests(text, "dump")).toThrow(UsageError);
  });

  it.each<[string, string, RegExp]>([
    ["a file that is not there", "/does/not/exist.yaml", /no such file/],
    ["a folder", "/", /a folder/],
    ["something that is no text", process.execPath, /cannot read|no Kubernetes/],
  ])("%s", async (_, file, message) => {
    await expect(readManifests(file, Readable.from([]))).rejects.toThrow(message);
  });
});
