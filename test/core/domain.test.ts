import { describe, expect, it } from "@jest/globals";
import { compareClusters } from "../../core/clusters/compare-clusters.ts";
import { hostsOfStack, onlyEnvironment, pathRootOf } from "../../core/domain.ts";
import { exportSiteGateway } from "../../core/export/site-gateway.ts";
import { environmentHost, originOf } from "../../core/mesh/names.ts";
import { proveStack } from "../../core/route/prove.ts";
import type { Stack } from "../../core/stack.ts";
import { aDomain, aMatch, anEnvironment, aRoute, aService, aStack } from "../support/builders.ts";

const host = "shop.example.com";
const today = "2026-11-30";

function aStackOf(name: string, changes: Partial<Stack> = {}): Stack {
  const front = aService({
    name: "front",
    environment: host,
    routes: [aRoute({ matches: [aMatch("/faas/api/legacy/")] })],
  });
  return aStack({
    name,
    production: true,
    environments: [anEnvironment(), anEnvironment({ name: "beta" })],
    domains: [aDomain()],
    services: [aService(), front],
    ...changes,
  });
}

describe("a domain", () => {
  it("is called by its host, and every path is its own", () => {
    expect([environmentHost(host), originOf(host)]).toEqual([host, `https://${host}`]);
    expect([pathRootOf(host, "/faas/api/"), pathRootOf("alpha", "/faas/api/")]).toEqual(["/", "/faas/api/"]);
  });

  it("is one of the hosts of a stack, and can be looked at alone", () => {
    const stack = aStackOf("a");
    expect(hostsOfStack(stack).map(({ name }) => name)).toEqual(["alpha", "beta", host]);
    expect(hostsOfStack(onlyEnvironment(stack, host)).map(({ name }) => name)).toEqual([host]);
    expect(hostsOfStack(onlyEnvironment(stack, "beta")).map(({ name }) => name)).toEqual(["beta"]);
  });

  it("is proven beside the environments, whose claims on paths are not about it", () => {
    const location = { file: "stacks/test/paths.yaml", line: 2 };
    const claim = { kind: "reserved", prefix: "/faas/api/legacy/", reason: "Java's", location } as const;
    const proof = proveStack(aStackOf("a", { pathClaims: [claim] }), { today });
    expect(proof.problems).toEqual([]);
    expect(proof.environments.map(({ environment, clauses }) => [environment.name, clauses.length])).toEqual([
      ["alpha", 1],
      ["beta", 0],
      [host, 1],
    ]);
  });

  it("is not the Java side's business", () => {
    const { environments } = exportSiteGateway(proveStack(aStackOf("a"), { today }));
    expect(environments.map(({ environment }) => environment)).toEqual(["alpha", "beta"]);
  });

  it("may be served by some production clusters only, but with one owner for each request", () => {
    const cluster = (name: string, changes?: Partial<Stack>) => ({
      name,
      proof: proveStack(aStackOf(name, changes), { today }),
    });
    const codes = (...clusters: ReturnType<typeof cluster>[]) =>
      [...compareClusters(clusters, today).problems.values()].flat().map(({ code }) => code);
    expect(codes(cluster("a"), cluster("b", { domains: [], services: [aService()] }))).toEqual([]);
    const other = aService({
      name: "other",
      environment: host,
      routes: [aRoute({ matches: [aMatch("/faas/api/legacy/")] })],
    });
    expect(codes(cluster("a"), cluster("b", { services: [aService(), other] }))).toEqual([
      "cluster-owner-differs",
    ]);
  });
});
