import { describe, expect, it } from "@jest/globals";
import type { AllowRule } from "../../../core/exit-gateway.ts";
import { checkMesh } from "../../../core/mesh/check-mesh.ts";
import type { Route, RouteAction, Service } from "../../../core/service.ts";
import type { OutlierDetection, Stack } from "../../../core/stack.ts";
import {
  aForward,
  aManagedGateway,
  aMatch,
  anExitGateway,
  aRoute,
  aService,
  aServiceWith,
  aStack,
  versions,
} from "../../support/builders.ts";

const codes = (stack: Stack) => checkMesh(stack).map(({ code }) => code);

const managedEntry = { entry: aManagedGateway(), clusterLocal: { mode: "existing" } } as const;

describe("an entry gateway without clients", () => {
  const clients = { addresses: ["10.0.0.0/8"] };
  const openTo = (entry: Stack["gateways"]["entry"], production: boolean) =>
    checkMesh(aStack({ production, gateways: { entry, clusterLocal: { mode: "existing" } } }));

  it("is mentioned in production, where every pod of the cluster may call it", () => {
    expect(openTo(aManagedGateway(), true)).toMatchObject([
      { code: "entry-open-to-cluster", severity: "info", location: { file: "Pulumi.test.yaml" } },
    ]);
  });

  it("is not elsewhere, nor where the stack says who may enter, nor where it is not ours", () => {
    expect(openTo(aManagedGateway(), false)).toStrictEqual([]);
    expect(openTo({ ...aManagedGateway(), clients }, true)).toStrictEqual([]);
    expect(openTo({ mode: "existing" }, true)).toStrictEqual([]);
  });
});

describe("versions", () => {
  it("outside the ranges are named together with the ranges", () => {
    const problems = checkMesh(aStack({ versions: versions({ istio: "1.32", knative: "0.7" }) }));

    expect(problems).toStrictEqual([
      {
        code: "unsupported-version",
        severity: "error",
        message: 'istio "1.32" is not a version that KFaaS knows how to render for',
        fix: "set versions.istio to the version on the cluster, as major.minor: 1.0 to 1.31",
        services: [],
        location: { file: "Pulumi.test.yaml" },
      },
      {
        code: "unsupported-version",
        severity: "error",
        message: 'knative "0.7" is not a version that KFaaS knows how to render for',
        fix: "set versions.knative to the version on the cluster, as major.minor: 0.8 to 0.26 and 1.0 to 1.23",
        services: [],
        location: { file: "Pulumi.test.yaml" },
      },
    ]);
  });

  it("of today and of the case study have nothing against the case study's service", () => {
    const caseStudy = versions({ kubernetes: "1.16", istio: "1.5", knative: "0.15" });

    expect(checkMesh(aStack({ services: [aService()] }))).toStrictEqual([]);
    expect(checkMesh(aStack({ versions: caseStudy, services: [aService()] }))).toStrictEqual([]);
  });
});

describe("a feature that the stack's Istio lacks", () => {
  const withMatch = (changes: Parameters<typeof aMatch>[1], path?: Parameters<typeof aMatch>[0]): Route =>
    aRoute({ matches: [aMatch(path, changes)] });
  const withAction = (action: RouteAction): Route => aRoute({ action });
  const forward = (changes: Parameters<typeof aForward>[1]): Route => withAction(aForward("a", changes));
  const split = withAction(
    aForward([
      { service: "a", weight: 50 },
      { service: "b", weight: 50 },
    ]),
  );
  const present = { kind: "present" } as const;
  const retryingOn = (...retryOn: string[]) => forward({ retries: { attempts: 1, retryOn } });
  // Short as text, but any character is some fifteen bytes' worth of instructions.
  const large = "/x/.{99}";

  const features: [string, string, string, Route][] = [
    ["ignoreCase", "1.1", "1.2", withMatch({}, { kind: "prefix", value: "/x/", ignoreCase: true })],
    ["a query condition", "1.1", "1.2", withMatch({ queryParams: { a: present } })],
    ["a regex path", "1.3", "1.4", withMatch({}, { kind: "regex", value: "/x/.*" })],
    ["a regex header", "1.3", "1.4", withMatch({ headers: { a: { kind: "regex", value: "x" } } })],
    ["a regex query", "1.3", "1.4", withMatch({ queryParams: { a: { kind: "regex", value: "x" } } })],
    ["a split", "1.11", "1.12", split],
    ["a regex rewrite", "1.18", "1.19", forward({ rewrite: { kind: "regex", match: "a", replace: "b" } })],
    ["header operations", "1.0", "1.1", forward({ headers: { request: { remove: ["x"] } } })],
    ["no retries", "1.1", "1.2", forward({ retries: { attempts: 0 } })],
    ["retry conditions", "1.0", "1.1", forward({ retries: { attempts: 1, retryOn: ["5xx"] } })],
    ["a fault", "1.0", "1.1", forward({ fault: { abort: { percent: 1, status: 503 } } })],
    ["CORS origins", "1.4", "1.5", forward({ cors: { allowOrigins: [{ kind: "exact", value: "x" }] } })],
    ["a redirect's scheme", "1.11", "1.12", withAction({ kind: "redirect", scheme: "https" })],
    ["a redirect's status", "1.2", "1.3", withAction({ kind: "redirect", uri: "/", status: 308 })],
    ["a retry condition", "1.4", "1.5", retryingOn("reset")],
    ["a retry condition of 2020", "1.17", "1.18", retryingOn("envoy-ratelimited")],
    ["a retry condition of 2024", "1.22", "1.23", retryingOn("503", "reset-before-request")],
    ["a retry condition of HTTP/3", "1.22", "1.23", retryingOn("http3-post-connect-failure")],
    ["a query's prefix", "1.17", "1.18", withMatch({ queryParams: { a: { kind: "prefix", value: "x" } } })],
    ["a large regex", "1.12", "1.13", withMatch({}, { kind: "regex", value: large })],
    ["a large rewrite", "1.18", "1.19", forward({ rewrite: { kind: "regex", match: large, replace: "b" } })],
    [
      "a large origin",
      "1.12",
      "1.13",
      forward({ cors: { allowOrigins: [{ kind: "regex", value: large }] } }),
    ],
    ["CORS for any method", "1.22", "1.23", forward({ cors: { allowMethods: ["GET", "*"] } })],
    ["a direct response", "1.14", "1.15", withAction({ kind: "directResponse", status: 200 })],
  ];

  it.each(features)("%s: refused on %s, fine on %s", (_name, before, since, route) => {
    const on = (istio: string) =>
      checkMesh(aStack({ versions: versions({ istio }), services: [aService({ routes: [route] })] }));

    expect(on(before)).toContainEqual(
      expect.objectContaining({
        code: "feature-needs-newer-istio",
        severity: "error",
        environment: "alpha",
        services: ["saas-showroom"],
        location: route.location,
        message: expect.stringContaining(`Istio has since ${since}; this stack runs ${before}`),
        fix: `leave it out, or upgrade Istio to ${since} or newer`,
      }),
    );
    expect(on(since)).toStrictEqual([]);
  });

  it("is no regex of ordinary size, which Istio 1.4 takes", () => {
    const path = { kind: "regex", value: "/faas/api/(orders|invoices)/[^/]+/items/[0-9]+(/.*)?" } as const;
    const service = aService({ routes: [withMatch({}, path)] });
    expect(checkMesh(aStack({ versions: versions({ istio: "1.4" }), services: [service] }))).toEqual([]);
  });

  it.each<[string, Service]>([
    ["a rule's name, which becomes an annotation", aService({ routes: [aRoute({ name: "main" })] })],
    ["a redirect of Istio's status", aServiceWith({ kind: "redirect", uri: "/" })],
    ["an exact header", aService({ routes: [withMatch({ headers: { a: { kind: "exact", value: "x" } } })] })],
    [
      "a split of which one destination is left",
      aServiceWith(
        aForward([
          { service: "a", weight: 100 },
          { service: "b", weight: 0 },
        ]),
      ),
    ],
    [
      "rewrite, timeout and attempts",
      aServiceWith(
        aForward("a", { rewrite: { kind: "uri", uri: "/" }, timeout: "1s", retries: { attempts: 1 } }),
      ),
    ],
  ])("%s is none", (_name, service) => {
    expect(checkMesh(aStack({ versions: versions({ istio: "1.0" }), services: [service] }))).toStrictEqual(
      [],
    );
  });

  it("is counted as a split while another controller may move weight to it", () => {
    const traffic = [
      { service: "a", weight: 100 },
      { service: "b", weight: 0 },
    ];
    const service = aServiceWith(aForward(traffic), { weightsManagedBy: "argo-rollouts" });

    expect(codes(aStack({ versions: versions({ istio: "1.11" }), services: [service] }))).toStrictEqual([
      "feature-needs-newer-istio",
    ]);
  });

  it("is told once per rule and feature, all at once", () => {
    const route = aRoute({
      matches: [aMatch({ kind: "regex", value: "a" }), aMatch({ kind: "regex", value: "b" })],
      action: { kind: "directResponse", status: 200 },
    });
    const stack = aStack({
      versions: versions({ istio: "1.3" }),
      services: [aService({ routes: [route] }), aService({ name: "b", routes: [route] })],
    });

    expect(codes(stack)).toHaveLength(4);
  });
});

describe("a revision", () => {
  const on = (istio: string) => aStack({ versions: versions({ istio, istioRevision: "canary" }) });

  it("needs Istio 1.6", () => {
    expect(checkMesh(on("1.5"))).toStrictEqual([
      expect.objectContaining({
        code: "feature-needs-newer-istio",
        message: expect.stringContaining("revisions of the control plane, which Istio has since 1.6"),
        location: { file: "Pulumi.test.yaml" },
      }),
    ]);
    expect(checkMesh(on("1.6"))).toStrictEqual([]);
  });
});

describe("a managed gateway", () => {
  it.each<[string, Partial<Stack["versions"]>, string[]]>([
    ["Istio 1.9, which injects no gateways", { istio: "1.9" }, ["feature-needs-newer-istio"]],
    ["Kubernetes 1.22, without autoscaling/v2", { kubernetes: "1.22" }, ["feature-needs-newer-kubernetes"]],
    [
      "both",
      { istio: "1.9", kubernetes: "1.22" },
      ["feature-needs-newer-istio", "feature-needs-newer-kubernetes"],
    ],
    ["Istio 1.10 and Kubernetes 1.23", { istio: "1.10", kubernetes: "1.23" }, []],
  ])("on %s", (_name, changed, expected) => {
    const gateways = { ...managedEntry, exit: anExitGateway() };

    expect(codes(aStack({ versions: versions(changed), gateways }))).toStrictEqual(expected);
  });

  it("in place of Knative's own comes with what Knative must be told", () => {
    const gateways = { entry: { mode: "existing" }, clusterLocal: aManagedGateway() } as const;

    expect(checkMesh(aStack({ gateways }))).toStrictEqual([
      expect.objectContaining({
        code: "knative-local-gateway",
        severity: "info",
        message: expect.stringContaining("kfaas-system/cluster-local-gateway"),
        fix: expect.stringContaining("cluster-local-gateway.kfaas-system.svc.cluster.local"),
      }),
    ]);
  });
});

describe("the exit's rules", () => {
  const callers = { kind: "addresses", addresses: ["10.1.0.0/16"] } as const;
  const onIstio = (istio: string, rule: AllowRule) =>
    codes(
      aStack({
        versions: versions({ istio }),
        gateways: { ...managedEntry, exit: anExitGateway({}, { allow: [rule] }) },
      }),
    );

  it("by path need an Istio that can answer ambiguous paths", () => {
    const byPath: AllowRule = { callers, paths: [{ kind: "prefix", value: "/orders/", methods: [] }] };

    expect(onIstio("1.14", byPath)).toStrictEqual(["feature-needs-newer-istio"]);
    expect(onIstio("1.15", byPath)).toStrictEqual([]);
    expect(onIstio("1.14", { callers })).toStrictEqual([]);
  });
});

describe("a mirror", () => {
  const services = [aServiceWith(aForward("saas-showroom", { mirror: { service: "shadow", percent: 10 } }))];

  it("is refused on an existing entry gateway, which would answer it with the original's service", () => {
    const [problem, ...others] = checkMesh(aStack({ services }));

    expect(others).toStrictEqual([]);
    expect(problem).toMatchObject({
      code: "mirror-needs-managed-entry",
      severity: "error",
      environment: "alpha",
      services: ["saas-showroom"],
      location: { file: "stacks/test/alpha/saas-showroom.yaml", line: 2 },
    });
  });

  it("is fine on a managed one", () => {
    expect(checkMesh(aStack({ services, gateways: managedEntry }))).toStrictEqual([]);
  });
});

describe("outlier detection of the entry gateway", () => {
  const checked = (outlierDetection: OutlierDetection, istio = "1.31") =>
    checkMesh(
      aStack({
        versions: versions({ istio }),
        gateways: {
          entry: { ...aManagedGateway(), outlierDetection },
          clusterLocal: { mode: "existing" },
        },
      }),
    );

  it("is fine by failures of connections, which Istio counts apart since 1.11", () => {
    expect(checked({ consecutiveLocalOriginFailures: 5 }, "1.11")).toEqual([]);
    expect(checked({ consecutiveLocalOriginFailures: 5 }, "1.10")).toMatchObject([
      {
        code: "feature-needs-newer-istio",
        message:
          "the entry gateway uses outlier detection by failures of connections, which Istio has since 1.11; this stack runs 1.10",
      },
    ]);
  });

  it("by answers is warned of: one service would take the gateway away from all", () => {
    expect(checked({ consecutiveGatewayErrors: 5, consecutive5xxErrors: 9 })).toMatchObject([
      {
        code: "outlier-detection-shared",
        severity: "warning",
        message: expect.stringContaining("consecutiveGatewayErrors and consecutive5xxErrors"),
        location: { file: "Pulumi.test.yaml" },
      },
    ]);
  });
});
