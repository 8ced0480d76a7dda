import { describe, expect, it } from "@jest/globals";
import { RE2JS } from "re2js";
import type { AllowRule } from "../../../core/exit-gateway.ts";
import { planMesh } from "../../../core/mesh/plan-mesh.ts";
import type { ExitObjects } from "../../../core/mesh/plan.ts";
import { anExitGateway, aStack } from "../../support/builders.ts";

function exitWith(...allow: AllowRule[]): ExitObjects {
  const existing = { mode: "existing" } as const;
  const exit = anExitGateway({}, { mutualTls: true, ...(allow.length > 0 && { allow }) });
  const planned = planMesh(aStack({ gateways: { entry: existing, clusterLocal: existing, exit } }));
  if (planned.exit === undefined) throw new Error("the stack has an exit gateway");
  return planned.exit;
}

const namespaces = { kind: "namespaces", namespaces: ["faas-alpha", "faas-beta"] } as const;
const addresses = { kind: "addresses", addresses: ["10.1.0.0/16"] } as const;

describe("who may call", () => {
  it("is everybody where no rule says otherwise", () => {
    expect(exitWith()).not.toHaveProperty("policy");
  });

  it("is whom a rule names, at the exit gateway alone", () => {
    expect(exitWith({ callers: namespaces }, { callers: addresses }).policy).toStrictEqual({
      apiVersion: "security.istio.io/v1",
      kind: "AuthorizationPolicy",
      metadata: { name: "kfaas-exit-gateway", namespace: "kfaas-system" },
      spec: {
        selector: { matchLabels: { istio: "kfaas-exit-gateway" } },
        action: "ALLOW",
        rules: [
          { from: [{ source: { namespaces: ["faas-alpha", "faas-beta"] } }] },
          // Not remoteIpBlocks, which would believe a header.
          { from: [{ source: { ipBlocks: ["10.1.0.0/16"] } }] },
        ],
      },
    });
  });

  it("may depend on the host, with or without a port, and on paths and their methods", () => {
    const rule: AllowRule = {
      callers: addresses,
      environments: ["alpha"],
      paths: [
        { kind: "prefix", value: "/orders/", methods: [] },
        { kind: "exact", value: "/prices", methods: ["GET", "HEAD"] },
      ],
    };
    const host = "java-alpha-gateway.kfaas-system.svc.cluster.local";
    const hosts = [host, `${host}:*`];

    expect(exitWith(rule).policy?.spec.rules[0]?.to).toStrictEqual([
      { operation: { paths: ["/orders/*"], hosts } },
      { operation: { paths: ["/prices"], methods: ["GET", "HEAD"], hosts } },
    ]);
    expect(exitWith({ callers: addresses, environments: ["alpha"] }).policy?.spec.rules[0]?.to).toStrictEqual(
      [{ operation: { hosts } }],
    );
  });
});

describe("a path that Java may read as another", () => {
  const [first] = exitWith({
    callers: addresses,
    paths: [{ kind: "prefix", value: "/orders/", methods: [] }],
  }).virtualService.spec.http;
  const uri = first?.match?.[0]?.uri;
  const regex = RE2JS.compile(uri !== undefined && "regex" in uri ? uri.regex : "");

  it("is answered before all others, but only where paths decide", () => {
    expect(first?.directResponse).toStrictEqual({ status: 400 });
    expect(exitWith({ callers: addresses }).virtualService.spec.http).toHaveLength(1);
  });

  it.each([
    "/orders/..;/admin",
    "/orders/;x=1",
    "/orders/../admin",
    "/orders/..",
    "/orders/./admin",
    String.raw`/orders/..\admin`,
    "/orders/%2e%2e/admin",
    "/orders/%2E%2E/admin",
    "/orders/..%2fadmin",
    "/orders/..%2Fadmin",
    "/orders/..%5cadmin",
    "/orders/..%5Cadmin",
    "/orders/..%3b/admin",
    "/orders/%252e%252e/admin",
  ])("is %s", (path) => {
    expect(regex.matches(path)).toBe(true);
  });

  it.each([
    "/",
    "/orders/",
    "/orders/1.2",
    "/orders/.hidden",
    "/orders/...",
    "/orders/a..b",
    "/orders/%20%C3%A4",
    "/orders/a+b,c=d:e@f",
    "/orders//1",
  ])("is not %s", (path) => {
    expect(regex.matches(path)).toBe(false);
  });
});
