import { describe, expect, it } from "@jest/globals";
import { hopsOf } from "../../../core/mesh/hops.ts";
import type { HttpRoute } from "../../../core/mesh/istio.ts";
import { versionProfile } from "../../../core/mesh/version-profile.ts";
import { renderRule, renderVirtualService, type RenderContext } from "../../../core/mesh/virtual-service.ts";
import { fallbackRoute } from "../../../core/fallback-route.ts";
import type { ForwardAction, Route, RouteMatch, Service } from "../../../core/service.ts";
import { aForward, aMatch, aRoute, aService, aStack, versions } from "../../support/builders.ts";

function on(istio: string): RenderContext {
  const stack = aStack({ versions: versions({ istio }) });
  const profile = versionProfile(stack.versions);
  return { profile, hops: hopsOf(stack, profile) };
}

function rule(route: Partial<Route>, owner: Service = aService(), context = on("1.31")): HttpRoute {
  return renderRule(aRoute(route), owner, context);
}

const destination = {
  host: "knative-local-gateway.istio-system.svc.cluster.local",
  port: { number: 80 },
};

describe("retries on a status", () => {
  const retryOn = (istio: string, ...conditions: string[]) =>
    rule(
      { action: aForward(undefined, { retries: { attempts: 1, retryOn: conditions } }) },
      aService(),
      on(istio),
    ).retries?.retryOn;

  it("need a condition of their own before Istio 1.12, where the status alone would silently do nothing", () => {
    expect(retryOn("1.12", "reset", "503")).toBe("reset,503");
    expect(retryOn("1.11", "reset", "503")).toBe("reset,503,retriable-status-codes");
    expect(retryOn("1.11", "retriable-status-codes", "503")).toBe("retriable-status-codes,503");
    expect(retryOn("1.11", "5xx")).toBe("5xx");
  });
});

describe("a match", () => {
  const matches: [string, RouteMatch, HttpRoute["match"]][] = [
    ["prefix", aMatch("/faas/api/x/"), [{ uri: { prefix: "/faas/api/x/" } }]],
    [
      "exact",
      aMatch({ kind: "exact", value: "/faas/api/x", ignoreCase: false }),
      [{ uri: { exact: "/faas/api/x" } }],
    ],
    [
      "regex",
      aMatch({ kind: "regex", value: "/faas/api/[a-z]+/v1" }),
      [{ uri: { regex: "/faas/api/[a-z]+/v1" } }],
    ],
    [
      "ignoreCase, which is written only where it is wanted",
      aMatch({ kind: "prefix", value: "/faas/api/x/", ignoreCase: true }),
      [{ uri: { prefix: "/faas/api/x/" }, ignoreUriCase: true }],
    ],
    [
      "several methods: a request match each, sorted, with all other conditions in each",
      aMatch("/faas/api/x/", {
        methods: ["POST", "GET", "POST"],
        headers: { "x-a": { kind: "exact", value: "1" } },
      }),
      [
        { uri: { prefix: "/faas/api/x/" }, method: { exact: "GET" }, headers: { "x-a": { exact: "1" } } },
        { uri: { prefix: "/faas/api/x/" }, method: { exact: "POST" }, headers: { "x-a": { exact: "1" } } },
      ],
    ],
    [
      "headers of every kind",
      aMatch("/faas/api/x/", {
        headers: {
          "x-d": { kind: "present" },
          "x-a": { kind: "exact", value: "acme" },
          "x-b": { kind: "prefix", value: "ac" },
          "x-c": { kind: "regex", value: "a.*" },
        },
      }),
      [
        {
          uri: { prefix: "/faas/api/x/" },
          headers: { "x-a": { exact: "acme" }, "x-b": { prefix: "ac" }, "x-c": { regex: "a.*" }, "x-d": {} },
        },
      ],
    ],
    [
      "query parameters",
      aMatch("/faas/api/x/", {
        queryParams: { preview: { kind: "exact", value: "1" }, debug: { kind: "present" } },
      }),
      [{ uri: { prefix: "/faas/api/x/" }, queryParams: { debug: {}, preview: { exact: "1" } } }],
    ],
  ];

  it.each(matches)("%s", (_name, match, expected) => {
    expect(rule({ matches: [match] }).match).toStrictEqual(expected);
  });

  it("keeps the order of alternatives", () => {
    const { match } = rule({ matches: [aMatch("/faas/api/b/"), aMatch("/faas/api/a/")] });

    expect(match).toStrictEqual([{ uri: { prefix: "/faas/api/b/" } }, { uri: { prefix: "/faas/api/a/" } }]);
  });
});

describe("a rule that forwards", () => {
  const plain = {
    match: [{ uri: { prefix: "/faas/api/saas/showroom/" } }],
    rewrite: { authority: "saas-showroom.faas-alpha.svc.cluster.local" },
    route: [{ destination, weight: 100 }],
  };

  const features: [string, Partial<ForwardAction>, HttpRoute][] = [
    ["nothing else: the authority and one destination", {}, plain],
    [
      "a rewritten path",
      { rewrite: { kind: "uri", uri: "/v1/" } },
      { ...plain, rewrite: { uri: "/v1/", ...plain.rewrite } },
    ],
    [
      "a path rewritten by regex",
      { rewrite: { kind: "regex", match: "^/faas/api/(.*)$", replace: "/\\1" } },
      {
        ...plain,
        rewrite: { uriRegexRewrite: { match: "^/faas/api/(.*)$", rewrite: "/\\1" }, ...plain.rewrite },
      },
    ],
    ["a timeout", { timeout: "10s" }, { ...plain, timeout: "10s" }],
    [
      "retries, conditions joined without blanks",
      { retries: { attempts: 3, perTryTimeout: "2s", retryOn: ["connect-failure", "503"] } },
      { ...plain, retries: { attempts: 3, perTryTimeout: "2s", retryOn: "connect-failure,503" } },
    ],
    [
      "no retries, not even Istio's two",
      { retries: { attempts: 0 } },
      { ...plain, retries: { attempts: 0 } },
    ],
    [
      "a fault",
      { fault: { delay: { percent: 5, duration: "300ms" }, abort: { percent: 0.5, status: 503 } } },
      {
        ...plain,
        fault: {
          delay: { percentage: { value: 5 }, fixedDelay: "300ms" },
          abort: { percentage: { value: 0.5 }, httpStatus: 503 },
        },
      },
    ],
    [
      "half a fault",
      { fault: { abort: { percent: 1, status: 503 } } },
      { ...plain, fault: { abort: { percentage: { value: 1 }, httpStatus: 503 } } },
    ],
    [
      "CORS",
      {
        cors: {
          allowOrigins: [
            { kind: "exact", value: "https://www.example.com" },
            { kind: "regex", value: "https://.*\\.example\\.com" },
          ],
          allowMethods: ["GET", "POST"],
          allowHeaders: ["x-a"],
          exposeHeaders: ["x-b"],
          maxAge: "24h",
          allowCredentials: false,
        },
      },
      {
        ...plain,
        corsPolicy: {
          allowOrigins: [{ exact: "https://www.example.com" }, { regex: "https://.*\\.example\\.com" }],
          allowMethods: ["GET", "POST"],
          allowHeaders: ["x-a"],
          exposeHeaders: ["x-b"],
          maxAge: "24h",
          allowCredentials: false,
        },
      },
    ],
    [
      "CORS for any origin, which istiod does not take as an empty match",
      { cors: { allowOrigins: [{ kind: "present" }] } },
      { ...plain, corsPolicy: { allowOrigins: [{ regex: ".*" }] } },
    ],
    [
      "header operations, sorted by name",
      {
        headers: {
          request: { set: { "x-b": "2", "x-a": "1" }, add: { "x-c": "3" }, remove: ["x-d"] },
          response: { set: { "x-e": "5" } },
        },
      },
      {
        ...plain,
        headers: {
          request: { set: { "x-a": "1", "x-b": "2" }, add: { "x-c": "3" }, remove: ["x-d"] },
          response: { set: { "x-e": "5" } },
        },
      },
    ],
    [
      "header operations that do nothing",
      { headers: { request: { set: {}, remove: [] }, response: {} } },
      plain,
    ],
  ];

  it.each(features)("%s", (_name, action, expected) => {
    expect(rule({ action: aForward("saas-showroom", action) })).toStrictEqual(expected);
  });

  it("renders header operations in the same order whatever the file's", () => {
    const [ab, ba] = [
      { "x-a": "1", "x-b": "2" },
      { "x-b": "2", "x-a": "1" },
    ].map((set) => rule({ action: aForward("saas-showroom", { headers: { request: { set } } }) }));

    expect(JSON.stringify(ab)).toBe(JSON.stringify(ba));
  });

  it("reaches a traffic tag at Knative's host for it", () => {
    const { rewrite } = rule({ action: aForward([{ service: "saas-showroom", tag: "next", weight: 100 }]) });

    expect(rewrite).toStrictEqual({ authority: "next-saas-showroom.faas-alpha.svc.cluster.local" });
  });

  it("reaches the namespace that the file names, whatever the environment", () => {
    const { rewrite } = rule({}, aService({ namespace: "faas-shared" }));

    expect(rewrite).toStrictEqual({ authority: "saas-showroom.faas-shared.svc.cluster.local" });
  });
});

describe("a split", () => {
  const blueGreen = [
    { service: "saas-showroom", weight: 90 },
    { service: "saas-showroom-green", weight: 10 },
  ];

  it("sets the Host at each destination and no authority on the rule, which would silently win", () => {
    const rendered = rule({ action: aForward(blueGreen) });

    expect(rendered).toStrictEqual({
      match: [{ uri: { prefix: "/faas/api/saas/showroom/" } }],
      route: [
        {
          destination,
          weight: 90,
          headers: { request: { set: { Host: "saas-showroom.faas-alpha.svc.cluster.local" } } },
        },
        {
          destination,
          weight: 10,
          headers: { request: { set: { Host: "saas-showroom-green.faas-alpha.svc.cluster.local" } } },
        },
      ],
    });
  });

  it("keeps a rewritten path on the rule", () => {
    const { rewrite } = rule({ action: aForward(blueGreen, { rewrite: { kind: "uri", uri: "/" } }) });

    expect(rewrite).toStrictEqual({ uri: "/" });
  });

  const zero = [
    { service: "saas-showroom", weight: 0 },
    { service: "saas-showroom-green", weight: 100 },
  ];

  it("of which one destination is left is none", () => {
    expect(rule({ action: aForward(zero) })).toStrictEqual({
      match: [{ uri: { prefix: "/faas/api/saas/showroom/" } }],
      rewrite: { authority: "saas-showroom-green.faas-alpha.svc.cluster.local" },
      route: [{ destination, weight: 100 }],
    });
  });

  it("keeps destinations of weight 0 where another controller moves the weights", () => {
    const { route } = rule({ action: aForward(zero) }, aService({ weightsManagedBy: "argo-rollouts" }));

    expect(route?.map(({ weight }) => weight)).toStrictEqual([0, 100]);
  });
});

describe("a rule that answers by itself", () => {
  const match = [{ uri: { prefix: "/faas/api/saas/showroom/" } }];

  it.each<[string, Route["action"], HttpRoute]>([
    [
      "redirect",
      { kind: "redirect", uri: "/new/", authority: "www.example.com", scheme: "https", status: 308 },
      { match, redirect: { uri: "/new/", authority: "www.example.com", scheme: "https", redirectCode: 308 } },
    ],
    [
      "redirect with Istio's status",
      { kind: "redirect", uri: "/new/" },
      { match, redirect: { uri: "/new/" } },
    ],
    [
      "direct response",
      { kind: "directResponse", status: 503, body: "closed" },
      { match, directResponse: { status: 503, body: { string: "closed" } } },
    ],
    [
      "direct response without a body",
      { kind: "directResponse", status: 204 },
      { match, directResponse: { status: 204 } },
    ],
  ])("%s", (_name, action, expected) => {
    expect(rule({ action })).toStrictEqual(expected);
  });
});

describe("a rule's name", () => {
  const service = aService();
  const routes = [aRoute({ name: "main" }), aRoute()];
  const render = (istio: string) => {
    const context = on(istio);
    return renderVirtualService(
      service,
      routes.map((route) => renderRule(route, service, context)),
      context,
    );
  };

  it("stands first in the rule from Istio 1.3", () => {
    const { metadata, spec } = render("1.3");

    expect(Object.keys(spec.http[0] ?? {})[0]).toBe("name");
    expect(spec.http.map(({ name }) => name)).toStrictEqual(["main", undefined]);
    expect(metadata.annotations).toBeUndefined();
  });

  it("is an annotation before, where the field does not exist", () => {
    const { metadata, spec } = render("1.2");

    expect(spec.http.every((http) => !("name" in http))).toBe(true);
    expect(metadata.annotations).toStrictEqual({ "kfaas.dev/rule-names": "main," });
  });

  it("leaves no trace where none is given", () => {
    const context = on("1.2");
    const { metadata } = renderVirtualService(service, [renderRule(aRoute(), service, context)], context);

    expect(metadata).toStrictEqual({
      name: "faas-alpha-ns-saas-showroom-ksvc-virtualservice",
      namespace: "kfaas-system",
    });
  });
});

describe("a carve-out", () => {
  it("is the other service's rule as it is, in this service's object", () => {
    const context = on("1.31");
    const other = aService({ name: "cart", namespace: "faas-shop" });
    const theirs = renderRule(aRoute({ action: aForward("cart", { timeout: "3s" }) }), other, context);
    const own = renderRule(aRoute(), aService(), context);

    const { metadata, spec } = renderVirtualService(aService(), [theirs, own], context);

    expect(metadata.name).toBe("faas-alpha-ns-saas-showroom-ksvc-virtualservice");
    expect(spec.http.map(({ rewrite, timeout }) => [rewrite?.authority, timeout])).toStrictEqual([
      ["cart.faas-shop.svc.cluster.local", "3s"],
      ["saas-showroom.faas-alpha.svc.cluster.local", undefined],
    ]);
  });
});

describe("the fallback's route", () => {
  it("takes every path, with the form that istiod moves last", () => {
    const service = aService({ name: "catch-all", service: "rest" });

    expect(renderRule(fallbackRoute(service), service, on("1.31"))).toStrictEqual({
      match: [{ uri: { prefix: "/" } }],
      rewrite: { authority: "rest.faas-alpha.svc.cluster.local" },
      route: [{ destination, weight: 100 }],
    });
  });
});
