import { describe, expect, it } from "@jest/globals";
import { checkMark, isPreviewed, pinPreview, previewCondition, renderedRoutes } from "../../core/preview.ts";
import type { Preview } from "../../core/service.ts";
import { aForward, aMatch, aRoute } from "../support/builders.ts";

const green = { service: "shop-green" };
const byHeader: Preview = { to: green, mark: { kind: "header", name: "x-preview", value: "green" } };
const byCookie: Preview = { to: green, mark: { kind: "cookie", name: "pre.view", value: "a+b" } };
const split = aForward([
  { service: "shop", weight: 100 },
  { service: "shop-green", weight: 0 },
]);

describe("the mark of a preview", () => {
  it.each<[Preview, Record<string, string>, boolean]>([
    [byHeader, { "x-preview": "green" }, true],
    [byHeader, { "x-preview": "greenish" }, false],
    [byHeader, { "x-preview": "green,green" }, false],
    [byHeader, { cookie: "x-preview=green" }, false],
    [byHeader, {}, false],
    [byCookie, { cookie: "pre.view=a+b" }, true],
    [byCookie, { cookie: "x=1; pre.view=a+b" }, true],
    [byCookie, { cookie: "x=1,pre.view=a+b" }, true],
    [byCookie, { cookie: "x=1;pre.view=a+b ; y=2" }, true],
    [byCookie, { cookie: "pre.view=a+b, y=2" }, true],
    [byCookie, { cookie: "pre-view=a+b" }, false],
    [byCookie, { cookie: "pre.view=aab" }, false],
    [byCookie, { cookie: "pre.view=a+bc" }, false],
    [byCookie, { cookie: "xpre.view=a+b" }, false],
    [byCookie, { cookie: "x=pre.view=a+b" }, false],
  ])("%j and a request with %j: %s", (preview, headers, marked) => {
    expect(isPreviewed(preview, { headers })).toBe(marked);
  });

  it.each(["green", "a+b=c", "v1.2_3~"])("can be %j", (value) => {
    expect(checkMark({ kind: "cookie", name: "preview", value })).toEqual([]);
  });

  it.each(["", "two words", "a,b", "a;b", '"a"', "a\\b", "ü"])("cannot be %j", (value) => {
    for (const kind of ["header", "cookie"] as const) {
      expect(checkMark({ kind, name: "preview", value }).map(({ code, path }) => [code, path])).toEqual([
        ["invalid-preview", ["value"]],
      ]);
    }
  });
});

describe("pinPreview", () => {
  it("puts the preview into the splits that its target is part of, and leaves all else alone", () => {
    const others = [
      aRoute(),
      aRoute({ action: aForward("shop-green") }),
      aRoute({ action: { kind: "directResponse", status: 404 } }),
    ];
    const { routes, violations } = pinPreview([aRoute({ action: split }), ...others], byHeader);
    expect(violations).toEqual([]);
    expect(routes).toEqual([aRoute({ action: { ...split, preview: byHeader } }), ...others]);
    expect(routes.slice(1)).toEqual(others);
  });

  it("tells a tag from its service", () => {
    const preview = { ...byHeader, to: { service: "shop", tag: "green" } };
    expect(pinPreview([aRoute({ action: split })], preview).violations).toMatchObject([
      { code: "preview-without-split", path: ["release", "preview", "to"] },
    ]);
  });

  it("needs a split", () => {
    expect(pinPreview([aRoute()], byHeader).violations).toMatchObject([{ code: "preview-without-split" }]);
  });

  it.each([
    [byHeader, "x-preview"],
    [byCookie, "cookie"],
  ])("needs the header for itself", (preview, header) => {
    const matches = [aMatch(), aMatch("/faas/api/x/", { headers: { [header]: { kind: "present" } } })];
    expect(pinPreview([aRoute({ matches, action: split })], preview).violations).toMatchObject([
      { code: "preview-header-taken", path: ["routes", 0, "match", 1, "headers", header] },
    ]);
  });
});

describe("renderedRoutes", () => {
  it("is the route itself without a preview", () => {
    const route = aRoute({ action: split });
    expect(renderedRoutes(route)).toEqual([route]);
  });

  it("puts the marked requests of every alternative in front, treated alike but for where they go", () => {
    const matches = [aMatch(), aMatch("/x/", { methods: ["GET"], headers: { a: { kind: "present" } } })];
    const action = { ...split, timeout: "3s", preview: byHeader };
    const route = aRoute({ name: "main", matches, action });
    const { header, match } = previewCondition(byHeader);
    expect(renderedRoutes(route)).toEqual([
      {
        ...route,
        name: "main/preview",
        matches: matches.map((each) => ({ ...each, headers: { ...each.headers, [header]: match } })),
        action: aForward("shop-green", { timeout: "3s" }),
      },
      { ...route, action: { ...split, timeout: "3s" } },
    ]);
  });
});
