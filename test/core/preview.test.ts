import { describe, expect, it } from "@jest/globals";
import { checkMark, isPreviewed, pinPreview, previewCondition, renderedRoutes } from "../../core/preview.ts";
import { usedFeatures } from "../../core/mesh/used-features.ts";
import { planStack } from "../../core/plan-stack.ts";
import { firstMatch } from "../../core/route/istio-merge.ts";
import type { Preview, Service } from "../../core/service.ts";
import { aForward, aMatch, aRoute, aService, aStack } from "../support/builders.ts";
import { mergedBy } from "./route/environments.ts";

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

describe("a preview beside other services", () => {
  const service = (name: string, path: string, action = aForward(name)) =>
    aService({ name, routes: [aRoute({ matches: [aMatch(path)], action })] });
  const shop = service("shop", "/faas/api/shop/", { ...split, preview: byHeader });

  function planned(services: Service[]) {
    const { plan, problems } = planStack(aStack({ services }), { today: "2026-11-23" });
    return { problems, objects: plan?.environments[0]?.virtualServices ?? [] };
  }

  // A copy of the route, with its preview, stands in the object around it.
  const { objects } = planned([service("all", "/faas/api/"), service("cart", "/faas/api/shop/cart/"), shop]);

  it.each(permutations([0, 1, 2]))(
    "takes what the split would get, created in the order %i, %i, %i",
    (...ages) => {
      const rules = mergedBy(objects, ages);
      const answered = (path: string, headers: Record<string, string>) => {
        const rule = firstMatch(rules, { method: "GET", path, query: {}, headers })?.rule;
        return rule?.rewrite?.authority?.split(".")[0];
      };
      const mark = { "x-preview": "green" };
      expect([answered("/faas/api/shop/1", {}), answered("/faas/api/shop/1", mark)]).toEqual([
        "shop",
        "shop-green",
      ]);
      expect([answered("/faas/api/shop/cart/1", {}), answered("/faas/api/shop/cart/1", mark)]).toEqual([
        "cart",
        "cart",
      ]);
      expect([answered("/faas/api/x", {}), answered("/faas/api/x", mark)]).toEqual(["all", "all"]);
    },
  );

  it("is refused where the route takes everything", () => {
    const stack = aStack({
      pathRoot: "/",
      services: [service("shop", "/", { ...split, preview: byHeader })],
    });
    const { problems } = planStack(stack, { today: "2026-11-23" });
    expect(problems.map(({ code, severity }) => [severity, code])).toEqual([
      ["error", "preview-of-everything"],
    ]);
  });

  it("asks for RE2, if it is marked by a cookie", () => {
    const action = { ...split, preview: byCookie };
    expect([...usedFeatures(aRoute({ action }), shop)]).toEqual(["regex"]);
    expect([...usedFeatures(aRoute({ action: { ...split, preview: byHeader } }), shop)]).toEqual([]);
  });
});

function permutations(items: number[]): number[][] {
  if (items.length === 0) return [[]];
  return items.flatMap((item) =>
    permutations(items.filter((each) => each !== item)).map((rest) => [item, ...rest]),
  );
}
