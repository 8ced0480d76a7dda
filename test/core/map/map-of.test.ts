import { describe, expect, it } from "@jest/globals";
import { filterMap, noFilter, type MapFilter } from "../../../core/map/map-filter.ts";
import { mapOf } from "../../../core/map/map-of.ts";
import type { Problem } from "../../../core/problem.ts";
import { proveStack } from "../../../core/route/prove.ts";
import { aForward, aMatch, anEnvironment, aRoute, aService, aStack } from "../../support/builders.ts";

const at = (name: string, line: number) => ({ file: `stacks/test/alpha/${name}.yaml`, line });
const shop = aService({
  name: "shop",
  team: "sales",
  routes: [
    aRoute({
      matches: [aMatch("/faas/api/shop/", { location: at("shop", 4) })],
      action: aForward([
        { service: "shop-blue", weight: 90 },
        { service: "shop-green", weight: 10 },
      ]),
    }),
  ],
});
const cart = aService({
  name: "cart",
  team: "checkout",
  routes: [
    aRoute({
      matches: [
        aMatch("/faas/api/shop/cart/", {
          methods: ["GET", "POST"],
          headers: { "x-tenant": { kind: "exact", value: "acme" } },
          location: at("cart", 5),
        }),
      ],
      action: { kind: "redirect", authority: "cart.example.com", status: 308 },
    }),
  ],
});
const proof = proveStack(
  aStack({
    environments: [anEnvironment(), anEnvironment({ name: "beta", fallback: "shop" })],
    services: [cart, shop, { ...shop, environment: "beta" }],
  }),
  { today: "2026-01-01" },
);
const problem: Problem = {
  code: "partial-overlap",
  severity: "error",
  message: "both match",
  fix: "narrow one",
  environment: "alpha",
  services: ["shop", "cart"],
  witness: {
    shared: { method: "GET", path: "/faas/api/shop/cart/", query: {}, headers: {} },
    onlyFirst: { method: "GET", path: "/faas/api/shop/", query: {}, headers: {} },
    onlySecond: null,
  },
  location: at("shop", 4),
  related: [at("cart", 5)],
};
const broken: Problem = {
  code: "unknown-key",
  severity: "error",
  message: "no such key",
  environment: "alpha",
  services: ["broken"],
  location: at("broken", 1),
};
const map = mapOf(proof, [broken, problem]);

describe("the map of a stack", () => {
  it("says whose a clause is, what it needs and what happens", () => {
    expect(map.environments[0]?.leaves[0]).toMatchObject({
      pattern: "/faas/api/shop/cart/",
      service: "cart",
      team: "checkout",
      file: "stacks/test/alpha/cart.yaml",
      line: 5,
      conditions: ["method GET, POST", "header x-tenant: exact acme"],
      action: { summary: "308 → cart.example.com/…", traffic: [] },
      traits: ["conditions", "carve-out", "redirect"],
    });
  });

  it("says who wins over whom, why, and where that is copied to", () => {
    expect(map.environments[0]?.precedence).toEqual([
      { winner: 0, loser: 1, reason: "more specific", unsettled: false },
    ]);
    expect(map.environments[0]?.leaves.map(({ copiedTo }) => copiedTo)).toEqual([["shop"], []]);
  });

  it("leads from a finding to its clauses, with its witnesses", () => {
    expect(map.findings[1]).toMatchObject({
      leaves: [1, 0],
      witnesses: [
        ["both match", "GET /faas/api/shop/cart/"],
        ["only shop", "GET /faas/api/shop/"],
      ],
      places: ["stacks/test/alpha/shop.yaml:4", "stacks/test/alpha/cart.yaml:5"],
    });
  });

  it("names the files that had to be left out", () => {
    expect(map.environments.map(({ leftOut }) => leftOut)).toEqual([["stacks/test/alpha/broken.yaml"], []]);
  });

  it("shows a fallback as a leaf of its own", () => {
    expect(map.environments[1]?.leaves.map(({ traits }) => traits)).toEqual([["split"], ["fallback"]]);
  });

  it("keeps to one environment, if one is named", () => {
    const beta = mapOf(proof, [broken, problem], "beta");
    expect(beta.environments.map(({ name }) => name)).toEqual(["beta"]);
    expect(beta.findings).toEqual([]);
  });
});

describe("a filter of the map leaves what", () => {
  const left = (filter: Partial<MapFilter>) =>
    Array.from(filterMap(map, { ...noFilter, ...filter }), ([{ name }, leaves]) =>
      leaves.map(({ service, fallback }) => `${name}/${service}${fallback ? " (fallback)" : ""}`),
    ).flat();
  it.each<[string, Partial<MapFilter>, string[]]>([
    ["is in one environment", { environment: "alpha" }, ["alpha/cart", "alpha/shop"]],
    ["belongs to a team", { team: "checkout" }, ["alpha/cart"]],
    ["is of a kind", { trait: "fallback" }, ["beta/shop (fallback)"]],
    ["an error is about", { severity: "error" }, ["alpha/cart", "alpha/shop"]],
    ["a warning is about", { severity: "warning" }, []],
    ["has all words somewhere", { text: "SALES blue" }, ["alpha/shop", "beta/shop"]],
    ["comes from a file", { text: "cart.yaml" }, ["alpha/cart"]],
    [
      "may take a URL",
      { text: "https://x.test/faas/api/shop/1?q" },
      ["alpha/shop", "beta/shop", "beta/shop (fallback)"],
    ],
    ["lies below a path", { text: "/faas/api/shop/ca", environment: "alpha" }, ["alpha/cart", "alpha/shop"]],
    ["is not there", { text: "nothing of the kind" }, []],
  ])("%s", (_name, filter, expected) => {
    expect(left(filter)).toEqual(expected);
  });
});
