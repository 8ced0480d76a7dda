import { describe, expect, it } from "@jest/globals";
import { schemaErrors } from "./istio-schema.ts";

function aVirtualService(http: unknown, apiVersion = "networking.istio.io/v1") {
  return {
    apiVersion,
    kind: "VirtualService",
    metadata: { name: "a", namespace: "b" },
    spec: { hosts: ["a"], http: [http] },
  };
}

const route = [{ destination: { host: "a", port: { number: 80 } }, weight: 100 }];

describe("the schema of Istio's CustomResourceDefinitions", () => {
  it.each(["v1", "v1beta1", "v1alpha3"])("has nothing against a plain rule in %s", (version) => {
    const match = [{ uri: { prefix: "/" }, headers: { "x-a": {} } }];

    expect(schemaErrors(aVirtualService({ match, route }, `networking.istio.io/${version}`))).toStrictEqual(
      [],
    );
  });

  it.each<[string, unknown]>([
    ["a field that does not exist", { route, retry: {} }],
    ["a field that does not exist, deep inside", { route: [{ destination: { host: "a", ports: 80 } }] }],
    ["a wrong type", { route, timeout: 10 }],
    ["a missing field", { route: [{ weight: 100 }] }],
    ["two forms of a match at once", { route, match: [{ uri: { prefix: "/", exact: "/" } }] }],
    ["null", { route, rewrite: null }],
  ])("refuses %s", (_name, http) => {
    expect(schemaErrors(aVirtualService(http))).not.toStrictEqual([]);
  });

  it("does not know other kinds and versions", () => {
    expect(() => schemaErrors(aVirtualService({ route }, "networking.istio.io/v2"))).toThrow(
      "Istio has no networking.istio.io/v2/VirtualService",
    );
  });
});
