import { describe, expect, it } from "@jest/globals";
import fc from "fast-check";
import { mapOf } from "../../../core/map/map-of.ts";
import { type Folder, pathTree } from "../../../core/map/path-tree.ts";
import type { PathMatch } from "../../../core/service.ts";
import { aMatch } from "../../support/builders.ts";
import { prove } from "../route/random-environments.ts";

const leavesOf = (...paths: (PathMatch | string)[]) => {
  const proof = prove({ s: { rules: paths.map((path) => [aMatch(path)]) } });
  return mapOf(proof, []).environments[0]?.leaves ?? [];
};

const outline = ({ label, entries }: Folder): unknown => [
  label,
  ...entries.map((entry) => (entry.kind === "leaf" ? entry.label : outline(entry.folder))),
];

describe("the tree of the path space", () => {
  it.each<[string, (PathMatch | string)[], unknown]>([
    ["joins folders that hold one folder only", ["/a/b/c/", "/a/b/d/"], ["/a/b/", "c/", "d/"]],
    ["puts a prefix into its own folder beside what is below it", ["/a/", "/a/b"], ["/a/", "", "b"]],
    ["shows a folder of one leaf as that leaf", ["/a/", "/b/c/d"], ["/", "a/", "b/c/d"]],
    [
      "hangs a regex below what all its paths begin with",
      ["/a/b/", { kind: "regex", value: "/a/b/[0-9]+/x" }],
      ["/a/b/", "", "[0-9]+/x"],
    ],
    [
      "shows a regex whole where it spells its beginning in another way",
      [{ kind: "regex", value: "/a/(?:b/x|b/y)" }, "/a/b/"],
      ["/a/b/", "", "/a/(?:b/x|b/y)"],
    ],
  ])("%s", (_name, paths, expected) => {
    expect(outline(pathTree(leavesOf(...paths)))).toEqual(expected);
  });

  it("holds every leaf once, and counts them", () => {
    const segment = fc.constantFrom("a", "b", "c");
    const path = fc.array(segment, { minLength: 1, maxLength: 4 }).map((parts) => `/${parts.join("/")}`);
    const paths = fc.uniqueArray(
      fc.tuple(path, fc.constantFrom("", "/")).map((parts) => parts.join("")),
      {
        minLength: 1,
      },
    );
    const collect = (folder: Folder): number[] =>
      folder.entries.flatMap((entry) => (entry.kind === "leaf" ? entry.leaf.id : collect(entry.folder)));
    fc.assert(
      fc.property(paths, (all) => {
        const leaves = leavesOf(...all);
        const tree = pathTree(leaves);
        expect(collect(tree).sort((a, b) => a - b)).toEqual(leaves.map(({ id }) => id));
        expect(tree.size).toBe(leaves.length);
      }),
    );
  });
});
