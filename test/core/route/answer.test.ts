import { describe, expect, it } from "@jest/globals";
import { answerOf, refusedAnswer } from "../../../core/route/answer.ts";
import { proveStack } from "../../../core/route/prove.ts";
import { parseRequest } from "../../../core/route/request.ts";
import type { RouteAction, Service } from "../../../core/service.ts";
import type { Stack } from "../../../core/stack.ts";
import {
  aForward,
  aManagedGateway,
  anEnvironment,
  aRoute,
  aService,
  aServiceWith,
  aStack,
  aMatch,
  versions,
} from "../../support/builders.ts";

function answer(
  text: string,
  services: Service[],
  changes: Partial<Stack> = {},
  headers: readonly string[] = [],
) {
  const result = parseRequest(text, headers);
  if (!result.ok) throw new Error(result.reason);
  return answerOf(proveStack(aStack({ services, ...changes }), { today: "2026-11-23" }), result.parsed);
}

const path = "/faas/api/saas/showroom/x";

function first(action: RouteAction, changes: Partial<Stack> = {}) {
  const [hop, ...others] = answer(path, [aServiceWith(action)], changes).hops;
  if (hop?.hop !== 1) throw new Error("no hop");
  return { hop, others };
}

describe("the way of a request", () => {
  it("leads over the entry and Knative's gateway", () => {
    expect(answer(`/faas/api/./saas/showroom/x`, [aService({ team: "showroom" })])).toEqual({
      owner: "saas-showroom",
      team: "showroom",
      stack: "test",
      environment: "alpha",
      request: {
        method: "GET",
        host: "faas-alpha-ksvc-gateway.kfaas-system.svc.cluster.local",
        givenPath: "/faas/api/./saas/showroom/x",
        path,
        query: {},
        headers: {},
      },
      refused: null,
      reserved: null,
      contested: false,
      hops: [
        {
          hop: 1,
          gateways: ["knative-serving/knative-local-gateway", "knative-serving/knative-ingress-gateway"],
          host: "faas-alpha-ksvc-gateway.kfaas-system.svc.cluster.local",
          path,
          object: "kfaas-system/faas-alpha-ns-saas-showroom-ksvc-virtualservice",
          carvedOutInto: [],
          rule: {
            name: null,
            number: 1,
            match: "prefix /faas/api/saas/showroom/",
            file: "stacks/test/alpha/saas-showroom.yaml",
            line: 3,
          },
          action: {
            kind: "forward",
            rewrite: { uri: null, authority: "saas-showroom.faas-alpha.svc.cluster.local" },
            timeout: null,
            retries: {
              attempts: 2,
              perTryTimeout: null,
              retryOn: [
                "connect-failure",
                "refused-stream",
                "unavailable",
                "cancelled",
                "retriable-status-codes",
              ],
              from: "istio",
              note: null,
            },
            fault: null,
            mirror: null,
            preview: null,
            destinations: [{ authority: "saas-showroom.faas-alpha.svc.cluster.local", weight: 100 }],
            weightsManagedBy: null,
          },
        },
        {
          hop: 2,
          gateway: "knative-serving/knative-local-gateway",
          serviceHost: "knative-local-gateway.istio-system.svc.cluster.local",
          object: "faas-alpha/saas-showroom-ingress",
          host: "saas-showroom.faas-alpha.svc.cluster.local",
          path,
          weight: 100,
          timeout: null,
          retries: { attempts: 0, perTryTimeout: null, retryOn: [], from: "knative", note: null },
          note: null,
        },
      ],
      losers: [],
      nearMisses: [],
    });
  });

  it("forks at a split, each with its own authority and the rewritten path", () => {
    const { hop, others } = first(
      aForward(
        [
          { service: "blue", weight: 90 },
          { service: "green", tag: "next", weight: 10 },
          { service: "old", weight: 0 },
        ],
        { rewrite: { kind: "uri", uri: "/v1/" }, timeout: "3s" },
      ),
    );
    expect(hop.action).toMatchObject({ rewrite: { uri: "/v1/x", authority: null }, timeout: "3s" });
    expect(others).toMatchObject([
      { host: "blue.faas-alpha.svc.cluster.local", weight: 90, path: "/v1/x" },
      {
        host: "next-green.faas-alpha.svc.cluster.local",
        object: "faas-alpha/green-ingress",
        weight: 10,
        path: "/v1/x",
      },
    ]);
  });

  describe("that is marked for a preview", () => {
    const preview = {
      to: { service: "green" },
      mark: { kind: "header", name: "x-preview", value: "1" },
    } as const;
    const split = aForward(
      [
        { service: "blue", weight: 100 },
        { service: "green", weight: 0 },
      ],
      { preview, timeout: "3s" },
    );
    const hopsWith = (header: string) => {
      const [entry, knative] = answer(path, [aServiceWith(split)], {}, [header]).hops;
      return [entry?.hop === 1 ? entry.action : undefined, knative];
    };

    it("leads to its target alone, and says by what", () => {
      expect(hopsWith("X-Preview: 1")).toMatchObject([
        {
          rewrite: { authority: "green.faas-alpha.svc.cluster.local" },
          timeout: "3s",
          preview: preview.mark,
          destinations: [{ authority: "green.faas-alpha.svc.cluster.local", weight: 100 }],
        },
        { host: "green.faas-alpha.svc.cluster.local", weight: 100 },
      ]);
    });

    it("leads to the split without the mark", () => {
      expect(hopsWith("X-Preview: 2")).toMatchObject([
        { preview: null, destinations: [{ authority: "blue.faas-alpha.svc.cluster.local", weight: 100 }] },
        { host: "blue.faas-alpha.svc.cluster.local" },
      ]);
    });
  });

  it.each<[RouteAction]>([
    [{ kind: "redirect", authority: "other.example.com", status: 308 }],
    [{ kind: "directResponse", status: 410, body: "gone" }],
  ])("ends at hop 1 with %j", (action) => {
    const { hop, others } = first(action);
    expect(hop.action).toEqual(action);
    expect(others).toEqual([]);
  });

  it("says which gateways are managed", () => {
    const { hop, others } = first(aForward(), {
      gateways: { entry: aManagedGateway(), clusterLocal: aManagedGateway() },
    });
    expect(hop.gateways).toEqual(["kfaas-system/kfaas-entry-gateway"]);
    expect(others).toMatchObject([{ gateway: "kfaas-system/cluster-local-gateway" }]);
  });

  it("is not known for versions that cannot be rendered for, the owner is", () => {
    const { owner, hops } = answer(path, [aService()], { versions: versions({ istio: "9.9" }) });
    expect([owner, hops]).toEqual(["saas-showroom", []]);
  });

  it("has no object's name where Knative shortens it, and no retries where nobody knows them", () => {
    const { others } = first(aForward("a".repeat(56)), { versions: versions({ knative: "0.15" }) });
    expect(others).toMatchObject([{ object: null, retries: null, note: expect.stringContaining("0.15") }]);
  });
});

describe("retries in effect", () => {
  it.each([
    [undefined, "1.31", { attempts: 2, from: "istio", note: null }],
    [undefined, "1.24", { note: null }],
    [undefined, "1.23", { note: expect.stringContaining("503") }],
    [{ attempts: 0 }, "1.23", { attempts: 0, retryOn: [], from: "file", note: null }],
    [{ attempts: 5 }, "1.23", { attempts: 5, from: "file", note: expect.stringContaining("503") }],
    [
      { attempts: 1, perTryTimeout: "2s", retryOn: ["reset"] },
      "1.23",
      { attempts: 1, perTryTimeout: "2s", retryOn: ["reset"], note: null },
    ],
  ])("of %j on Istio %s", (retries, istio, expected) => {
    const { hop } = first(aForward("a", retries === undefined ? {} : { retries }), {
      versions: versions({ istio }),
    });
    expect(hop.action).toMatchObject({ retries: expected });
  });
});

describe("who else is concerned", () => {
  const inner = aService({
    name: "inner",
    routes: [aRoute({ matches: [aMatch("/faas/api/saas/showroom/in/")] })],
  });

  it("those that lose and hold a copy", () => {
    const { owner, hops, losers } = answer("/faas/api/saas/showroom/in/1", [inner, aService()]);
    expect(owner).toBe("inner");
    expect(losers).toMatchObject([{ service: "saas-showroom", why: "more-specific" }]);
    expect(hops[0]).toMatchObject({
      carvedOutInto: ["kfaas-system/faas-alpha-ns-saas-showroom-ksvc-virtualservice"],
    });
  });

  it("the fallback, whose rule stands in no file", () => {
    const fallback = { environments: [anEnvironment({ fallback: "inner" })] };
    expect(answer("/zzz", [inner], fallback)).toMatchObject({
      owner: "inner",
      hops: [{ rule: { number: null } }, { host: "inner.faas-alpha.svc.cluster.local" }],
    });
    expect(answer(path, [inner, aService()], fallback).losers).toMatchObject([
      { service: "inner", why: "fallback" },
    ]);
  });

  it("rivals, whose contention is an error", () => {
    const rival = aService({ name: "rival", routes: [aRoute()] });
    expect(answer(path, [rival, aService()])).toMatchObject({
      owner: "rival",
      contested: true,
      losers: [{ service: "saas-showroom", why: "unsettled" }],
    });
  });

  it("nobody, with near misses and reservations", () => {
    const claim = {
      kind: "reserved",
      prefix: "/faas/api/saas/",
      reason: "Java",
      location: { file: "stacks/test/paths.yaml" },
    } as const;
    expect(answer("/faas/api/saas/showroom", [aService()], { pathClaims: [claim] })).toMatchObject({
      owner: null,
      team: null,
      hops: [],
      reserved: "Java",
      nearMisses: [{ service: "saas-showroom", reason: "needs a trailing slash", line: 3 }],
    });
  });

  it("nobody at all, if the proxy refuses it", () => {
    const refused = parseRequest("PUT /faas/%00");
    if (refused.ok || refused.refused === undefined) throw new Error("not refused");
    expect(refusedAnswer(aStack(), anEnvironment(), refused.refused, refused.reason)).toMatchObject({
      owner: null,
      hops: [],
      request: { method: "PUT", givenPath: "/faas/%00", path: null },
      refused: expect.stringContaining("%00"),
    });
  });
});
