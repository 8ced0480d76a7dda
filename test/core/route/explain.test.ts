import { describe, expect, it } from "@jest/globals";
import { explain } from "../../../core/route/explain.ts";
import { proveStack } from "../../../core/route/prove.ts";
import { parseRequest } from "../../../core/route/request.ts";
import { exact, match, prefix, regex } from "./arbitrary-match.ts";
import { stackOf } from "./environments.ts";

const proof = proveStack(
  stackOf({
    cart: { rules: [[match(prefix("/api/cart/"))]] },
    checkout: { rules: [[match(prefix("/api/cart/checkout/"), { methods: ["POST"] })]] },
    items: { rules: [[match(regex("/api/items/[0-9]+"))]] },
    preview: {
      rules: [
        [
          match(prefix("/api/cart/"), {
            headers: { "x-tenant": { kind: "exact", value: "acme" } },
            queryParams: { preview: { kind: "present" } },
          }),
        ],
      ],
      yieldsTo: ["checkout"],
    },
    status: { rules: [[match(exact("/api/Status/"))]] },
  }),
  { today: "2026-11-23" },
);

function explained(text: string, headers: string[] = []) {
  const result = parseRequest(text, headers);
  const [environment] = proof.environments;
  if (!result.ok || environment === undefined) throw new Error("unreadable");
  const { ownership, nearMisses } = explain(environment, result.parsed.request);
  return [
    ownership?.owner.owner.name,
    nearMisses.map(({ clause, reason }) => `${clause.owner.name}: ${reason}`),
  ];
}

describe("who gets a request", () => {
  it.each<[string, string[], string | undefined, string[]]>([
    [
      "/api/cart/1",
      [],
      "cart",
      ["preview: needs header x-tenant with exact acme, needs query parameter preview"],
    ],
    ["/api/cart", [], undefined, ["cart: needs a trailing slash"]],
    ["/api/Cart/x", [], undefined, ["cart: case differs"]],
    ["/api/items/1/", [], undefined, ["items: has no trailing slash"]],
    ["/api//items/1", [], undefined, ["items: double slashes are not merged"]],
    ["/API/items/7", [], undefined, ["items: case differs"]],
    ["/api/status/", [], undefined, ["status: case differs"]],
    ["/api/Status", [], undefined, ["status: needs a trailing slash"]],
    ["/api/x/../items/1", [], "items", []],
    [
      "/api/cart/checkout/1",
      [],
      "cart",
      [
        "checkout: method POST only",
        "preview: needs header x-tenant with exact acme, needs query parameter preview",
      ],
    ],
    ["POST /api/cart/checkout/1?preview", ["x-tenant: acme"], "checkout", []],
    [
      "/api/cart/1?preview",
      ["x-tenant: acme", "x-tenant: b"],
      "cart",
      ["preview: needs header x-tenant with exact acme, not acme,b"],
    ],
    ["/nowhere", [], undefined, []],
  ])("%s %j: %s", (text, headers, owner, misses) => {
    expect(explained(text, headers)).toEqual([owner, misses]);
  });
});
