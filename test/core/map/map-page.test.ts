import { describe, expect, it } from "@jest/globals";
import fc from "fast-check";
import { mapPage } from "../../../core/map/map-page.ts";
import type { RouteMap } from "../../../core/map/route-map.ts";

const assets = { body: "<main></main>", style: { text: "", sha256: "s" }, script: { text: "", sha256: "t" } };
const mapNamed = (stack: string): RouteMap => ({
  stack,
  cluster: stack,
  pathRoot: "/",
  normalisation: "BASE",
  environments: [],
  findings: [],
});

describe("the page", () => {
  it.each(["</script><script>alert(1)</script>", "<!--<script>", "]]>", "</title>", "$&$1`", '"><img>'])(
    "holds %s as inert data",
    (text) => {
      const page = mapPage(assets, mapNamed(text));
      expect(page.match(/<script/g)).toHaveLength(2);
      expect(page.match(/<\/script>/g)).toHaveLength(2);
      expect(page).not.toContain("<img");
      expect(page).not.toContain("<!--");
    },
  );

  it("gives back just what it was given", () => {
    fc.assert(
      fc.property(fc.string({ unit: "grapheme" }), (text) => {
        const [, json = ""] = /id="route-map">([^]*?)<\/script>/.exec(mapPage(assets, mapNamed(text))) ?? [];
        expect(JSON.parse(json)).toEqual(mapNamed(text));
      }),
    );
  });

  it("lets nothing run or load but its own style and script", () => {
    expect(mapPage(assets, mapNamed("test"))).toContain(
      `content="default-src 'none'; script-src 'sha256-t'; style-src 'sha256-s'; base-uri 'none'; form-action 'none'"`,
    );
  });
});
