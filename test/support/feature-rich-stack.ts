import type { ManagedExitGateway } from "../../core/exit-gateway.ts";
import { checkMesh } from "../../core/mesh/check-mesh.ts";
import { planObjects, type KubernetesObject } from "../../core/mesh/plan-objects.ts";
import { planStack } from "../../core/plan-stack.ts";
import type { ForwardAction, RouteAction, RouteMatch, Service } from "../../core/service.ts";
import type { NextHopPolicy, Stack, Versions } from "../../core/stack.ts";
import {
  aForward,
  aManagedGateway,
  aMatch,
  anEnvironment,
  anExitGateway,
  anImageExitGateway,
  aRoute,
  aService,
  aStack,
  versions,
} from "./builders.ts";

const value = (kind: "exact" | "prefix" | "regex", text: string) => ({ kind, value: text });

/** One service for each thing that a file can say. */
const matches: Readonly<Record<string, Partial<RouteMatch>>> = {
  plain: {},
  methods: { methods: ["GET", "POST"] },
  headers: {
    headers: { "x-a": value("exact", "a"), "x-b": value("prefix", "b"), "x-c": { kind: "present" } },
  },
  "header-regex": { headers: { "x-a": value("regex", "a+") } },
  query: { queryParams: { a: value("exact", "1"), b: { kind: "present" } } },
  "ignore-case": { path: { ...value("prefix", "/faas/api/ignore-case/"), kind: "prefix", ignoreCase: true } },
  exact: { path: { ...value("exact", "/faas/api/exact"), kind: "exact", ignoreCase: false } },
  "regex-path": { path: { kind: "regex", value: "/faas/api/regex-path/[0-9]+/.*" } },
};

const forwards: Readonly<Record<string, Partial<ForwardAction>>> = {
  rewrite: { rewrite: { kind: "uri", uri: "/v1/" } },
  "regex-rewrite": { rewrite: { kind: "regex", match: "^/faas/api/(.*)$", replace: "/\\1" } },
  policy: { timeout: "10s", retries: { attempts: 3, perTryTimeout: "2s" } },
  "retry-on": { retries: { attempts: 1, retryOn: ["connect-failure", "503"] } },
  "no-retries": { retries: { attempts: 0 } },
  fault: { fault: { delay: { percent: 5, duration: "300ms" }, abort: { percent: 1.5, status: 503 } } },
  cors: {
    cors: {
      allowOrigins: [value("exact", "https://a.example.com"), value("regex", "https://.*")],
      allowMethods: ["GET"],
      allowHeaders: ["x-a"],
      exposeHeaders: ["etag"],
      maxAge: "24h",
      allowCredentials: true,
    },
  },
  "header-changes": {
    headers: {
      request: { set: { "x-a": "1" }, add: { "x-b": "2" }, remove: ["x-c"] },
      response: { set: { "x-d": "3" }, remove: ["server"] },
    },
  },
  mirror: { mirror: { service: "shadow", percent: 12.5 } },
  tag: { traffic: [{ service: "plain", tag: "next", weight: 100 }] },
  split: {
    traffic: [
      { service: "split", weight: 90 },
      { service: "split", tag: "next", weight: 10 },
    ],
  },
  preview: {
    traffic: [
      { service: "preview", weight: 90 },
      { service: "preview", tag: "next", weight: 10 },
    ],
    preview: {
      to: { service: "preview", tag: "next" },
      mark: { kind: "cookie", name: "version", value: "next" },
    },
  },
};

const others: Readonly<Record<string, RouteAction>> = {
  redirect: { kind: "redirect", uri: "/elsewhere" },
  "redirect-status": { kind: "redirect", authority: "www.example.com", status: 308 },
  "redirect-scheme": { kind: "redirect", scheme: "https" },
  answer: { kind: "directResponse", status: 200, body: "here" },
};

function services(): Service[] {
  const service = (name: string, match: Partial<RouteMatch>, action: RouteAction): Service =>
    aService({
      name,
      routes: [aRoute({ matches: [aMatch(`/faas/api/${name}/`, match)], action })],
    });
  return [
    ...Object.entries(matches).map(([name, match]) => service(name, match, aForward(name))),
    ...Object.entries(forwards).map(([name, changes]) => service(name, {}, aForward(name, changes))),
    ...Object.entries(others).map(([name, action]) => service(name, {}, action)),
    aService({
      ...service("foreign", {}, aForward("foreign", forwards["split"])),
      weightsManagedBy: "argo-rollouts",
    }),
    // A part of another's paths, so that a copy of its rule stands in the other's object, with names.
    aService({
      name: "carved-out",
      routes: [
        aRoute({ name: "main", matches: [aMatch("/faas/api/plain/deep/")], action: aForward("carved-out") }),
      ],
    }),
  ];
}

const allow: ManagedExitGateway["allow"] = [
  {
    callers: { kind: "namespaces", namespaces: ["faas-alpha"] },
    environments: ["alpha"],
    paths: [{ kind: "prefix", value: "/orders/", methods: ["GET"] }],
  },
];

const nextHop: NextHopPolicy = {
  connectionPool: { maxConnections: 100, connectTimeout: "2s", maxRetries: 3, idleTimeout: "1h" },
  outlierDetection: { consecutive5xxErrors: 5, consecutiveLocalOriginFailures: 3, interval: "10s" },
};

/** All that can be said about gateways; where these cannot be, Knative's own are used. */
const managed: Readonly<Record<string, Stack["gateways"]>> = {
  elsewhere: {
    entry: {
      ...aManagedGateway(),
      ...nextHop,
      clients: {
        addresses: ["10.1.0.0/16"],
        certificate: {
          mode: "mutual",
          secret: "entry-certificate",
          subjectAltNames: ["java.example.com"],
          alsoHttp: true,
        },
      },
    },
    clusterLocal: { mode: "existing" },
    exit: anExitGateway(
      {
        host: "java.example.com",
        port: 443,
        addresses: ["10.2.0.1"],
        tls: { mode: "simple", trust: { credentialName: "java-authority" } },
      },
      { ...nextHop, timeout: "30s", retries: { attempts: 1 }, mutualTls: true, allow },
    ),
  },
  image: { entry: aManagedGateway(), clusterLocal: aManagedGateway(), exit: anImageExitGateway() },
};
const existing = aStack().gateways;

/** Stacks that use all that their versions have: what these lack is left out. */
export function featureRichStacks(on: Partial<Versions>): Stack[] {
  return Object.values(managed).map((gateways) => {
    const stack = aStack({
      versions: versions(on),
      environments: [anEnvironment({ fallback: "plain" })],
      gateways,
    });
    const usable = hasErrors(stack) ? { ...stack, gateways: existing } : stack;
    return {
      ...usable,
      services: services().filter((service) => !hasErrors({ ...usable, services: [service] })),
    };
  });
}

function hasErrors(stack: Stack): boolean {
  return checkMesh(stack).some(({ severity }) => severity === "error");
}

/** Every Istio, with one Knative for each form of its gateways. */
export const everyPair: readonly Pick<Versions, "istio" | "knative">[] = Array.from(
  { length: 32 },
  (_, minor) => `1.${minor}`,
).flatMap((istio) => ["0.15", "0.19", "1.23"].map((knative) => ({ istio, knative })));

/** What is rendered for a pair of versions, each different object once. @throws Error if a stack has problems that are errors */
export function richObjects(on: Partial<Versions>): KubernetesObject[] {
  const objects = featureRichStacks(on).flatMap((stack) => {
    const { plan, problems } = planStack(stack, { today: "2026-11-23" });
    if (plan === undefined) throw new Error(JSON.stringify(problems, null, 2));
    return planObjects(plan);
  });
  return Array.from(new Map(objects.map((object) => [JSON.stringify(object), object])).values());
}
