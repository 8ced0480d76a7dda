import { describe, expect, it } from "@jest/globals";
import type { HttpMatchRequest, VirtualService } from "../../../core/mesh/istio.ts";
import { firstMatch, mergeVirtualServices } from "../../../core/route/istio-merge.ts";

function object(name: string, ...matches: (HttpMatchRequest | undefined)[]): VirtualService {
  return {
    apiVersion: "networking.istio.io/v1",
    kind: "VirtualService",
    metadata: { name, namespace: "kfaas-system" },
    spec: {
      hosts: ["h"],
      gateways: ["g"],
      http: matches.map((match) => (match === undefined ? {} : { match: [match] })),
    },
  };
}

const at = (second: number) => `2026-01-01T00:00:0${second}Z`;
const path = (uri: HttpMatchRequest["uri"]): HttpMatchRequest => (uri === undefined ? {} : { uri });

function owners(list: ReturnType<typeof mergeVirtualServices>): string[] {
  return list.map(({ object: { metadata } }) => metadata.name);
}

describe("the list that istiod makes", () => {
  it("is by age, then by name, then by namespace", () => {
    const [a, b, c] = ["a", "b", "c"].map((name) => object(name, path({ prefix: "/x/" })));
    if (a === undefined || b === undefined || c === undefined) throw new Error("missing");
    const other = { ...a, metadata: { name: "a", namespace: "z" } };
    const list = [
      { object: other, created: at(2) },
      { object: c, created: at(1) },
      { object: b, created: at(2) },
      { object: a, created: at(2) },
    ];
    expect(
      mergeVirtualServices(list).map(({ object: { metadata } }) => `${metadata.name}.${metadata.namespace}`),
    ).toEqual(["c.kfaas-system", "a.kfaas-system", "a.z", "b.kfaas-system"]);
  });

  it("breaks ties as the istiod of the time does: `-` stands before `.`, and so `a-b` before `a`", () => {
    const list = ["a", "a-b"]
      .map((name) => ({ object: object(name, path({ prefix: "/x/" })), created: at(1) }))
      .reverse();
    expect(owners(mergeVirtualServices(list))).toEqual(["a", "a-b"]);
    expect(owners(mergeVirtualServices(list, "joined"))).toEqual(["a-b", "a"]);
    expect(owners(mergeVirtualServices(list, "store"))).toEqual(["a-b", "a"]);
    expect(owners(mergeVirtualServices([...list].reverse(), "store"))).toEqual(["a", "a-b"]);
  });

  it.each<[string, HttpMatchRequest | undefined, boolean]>([
    ["no match at all", undefined, true],
    ["prefix /", path({ prefix: "/" }), true],
    ["regex .*", path({ regex: ".*" }), true],
    ["a match without a path", {}, true],
    ["an empty prefix", path({ prefix: "" }), false],
    ["regex /.*", path({ regex: "/.*" }), false],
    ["prefix / with a method", { uri: { prefix: "/" }, method: { exact: "GET" } }, false],
    ["prefix / with a header", { uri: { prefix: "/" }, headers: { x: {} } }, false],
  ])("%s is moved last and ends its object: %s", (_, match, isCatchAll) => {
    const list = mergeVirtualServices([
      { object: object("old", match, path({ prefix: "/behind/" })), created: at(1) },
      { object: object("young", path({ prefix: "/x/" })), created: at(2) },
    ]);
    expect(owners(list)).toEqual(isCatchAll ? ["young", "old"] : ["old", "old", "young"]);
  });

  it("is searched for the first match, as the proxy compares", () => {
    const request = { method: "GET", path: "/X/a", query: { q: "1" }, headers: { h: "v" } };
    const matches = (match: HttpMatchRequest) =>
      firstMatch(mergeVirtualServices([{ object: object("o", match), created: at(1) }]), request) !==
      undefined;
    expect(matches(path({ exact: "/X/a" }))).toBe(true);
    expect(matches(path({ prefix: "/X/" }))).toBe(true);
    expect(matches(path({ prefix: "/x/" }))).toBe(false);
    expect(matches({ uri: { prefix: "/x/" }, ignoreUriCase: true })).toBe(true);
    expect(matches({ uri: { regex: "/x/a" }, ignoreUriCase: true })).toBe(false);
    expect(matches(path({ regex: "/X" }))).toBe(false);
    expect(matches({ method: { exact: "POST" } })).toBe(false);
    expect(matches({ headers: { h: {} } })).toBe(true);
    expect(matches({ headers: { i: {} } })).toBe(false);
    expect(matches({ queryParams: { q: { regex: "[0-9]" } } })).toBe(true);
  });
});
