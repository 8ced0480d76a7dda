import fc from "fast-check";
import { describe, expect, it } from "@jest/globals";
import { canonicalText } from "../../../core/audit/plain-value.ts";
import type { HttpRoute, VirtualService } from "../../../core/mesh/istio.ts";
import type { WitnessRequest } from "../../../core/problem.ts";
import {
  type DatedVirtualService,
  firstMatch,
  mergeVirtualServices,
} from "../../../core/route/istio-merge.ts";
import { Cluster, namespace, route } from "./recorded-cluster.ts";

const vs = "VirtualService";
const gateway = `${namespace}/kfaas-entry-gateway`;
const hosts = ["alpha", "beta"].map((name) => `faas-${name}-ksvc-gateway.${namespace}.svc.cluster.local`);
const names = [
  ...["saas-showroom", "catalog", "wide", "queue", "moved", "everything-else"].map((name) => route(name)),
  route("saas-showroom", "beta"),
];

type Edit = (cluster: Cluster) => unknown;

const name = fc.constantFrom(...names);
const position = fc.constantFrom(0, 1);
const uri = fc.oneof(
  fc
    .constantFrom(
      "/",
      "/faas/api/",
      "/faas/api/cat",
      "/faas/api/catalog/",
      "/faas/api/saas/showroom/",
      "/faas/api/queue/",
    )
    .map((prefix) => ({ prefix })),
  fc.constantFrom("/faas/api/catalogue", "/faas/api/queue/").map((exact) => ({ exact })),
  fc.constantFrom("/faas/api/[a-z]+/", ".*", "/faas/api/(queue|moved)/.*").map((regex) => ({ regex })),
);
const conditions = fc.constantFrom(
  {},
  { method: { exact: "POST" } },
  { headers: { "x-tenant": { exact: "acme" } } },
  { headers: { "x-tenant": {} } },
);
const match = fc.tuple(uri, conditions).map(([each, rest]) => ({ uri: each, ...rest }));
const rule = fc
  .tuple(fc.array(match, { minLength: 1, maxLength: 2 }), fc.constantFrom(200, 418))
  .map(([matches, status]) => ({ match: matches, directResponse: { status } }));

/** Edits the rule at a position, or the first where there is none; an object without rules stays as it is. */
const inRule =
  (object: string, index: number, edit: (cluster: Cluster, rule: string) => void): Edit =>
  (cluster) => {
    const rules = cluster.at(vs, object, "spec.http") as unknown[];
    if (rules.length > 0) edit(cluster, `spec.http.${index < rules.length ? index : 0}`);
  };

const field = fc.constantFrom<[string, unknown]>(
  ["timeout", "1s"],
  ["timeout", undefined],
  ["fault", { abort: { httpStatus: 503, percentage: { value: 50 } } }],
  ["retries", { attempts: 5 }],
  ["retries", {}],
  ["rewrite", { authority: "other.faas-alpha.svc.cluster.local" }],
  ["headers", { request: { set: { "x-a": "" } } }],
  ["redirect", { uri: "/" }],
  ["name", "other"],
);

/** What somebody may do to routes, to some purpose or to none. */
const anyEdit: fc.Arbitrary<Edit> = fc.oneof(
  fc.tuple(name, position, field).map(([object, index, [key, value]]) =>
    inRule(object, index, (cluster, place) => {
      cluster.set(vs, object, `${place}.${key}`, value);
    }),
  ),
  fc.tuple(name, position, match).map(([object, index, added]) =>
    inRule(object, index, (cluster, place) => {
      cluster.append(vs, object, `${place}.match`, added);
    }),
  ),
  fc.tuple(name, position, match).map(([object, index, other]) =>
    inRule(object, index, (cluster, place) => {
      cluster.set(vs, object, `${place}.match.0`, other);
    }),
  ),
  fc.tuple(name, rule, fc.boolean()).map(([object, added, first]): Edit => (cluster) => {
    if (first) cluster.prepend(vs, object, "spec.http", added);
    else cluster.append(vs, object, "spec.http", added);
  }),
  name.map((object) =>
    inRule(object, 0, (cluster, place) => {
      cluster.set(vs, object, place, undefined);
    }),
  ),
  name.map((object): Edit => (cluster) => {
    cluster.reverse(vs, object, "spec.http");
  }),
  fc.tuple(name, fc.constantFrom(...hosts)).map(([object, host]): Edit => (cluster) => {
    cluster.set(vs, object, "spec.hosts", [host]);
  }),
  fc
    .tuple(name, fc.constantFrom(["mesh"], [gateway, "mesh"], ["other/gateway"]))
    .map(([object, gateways]): Edit => (cluster) => {
      cluster.set(vs, object, "spec.gateways", gateways);
    }),
  name.map((object): Edit => (cluster) => {
    cluster.set(vs, object, ["metadata", "creationTimestamp"], "2020-01-01T00:00:00Z");
  }),
  fc
    .tuple(fc.constantFrom(...hosts), rule, fc.constantFrom("2020-01-01T00:00:00Z", "2027-01-01T00:00:00Z"))
    .map(([host, added, creationTimestamp]): Edit => (cluster) => {
      cluster.create(
        "networking.istio.io/v1",
        vs,
        { hosts: [host], gateways: [gateway], http: [added] },
        { creationTimestamp, name: `somebodys-${cluster.live.length}` },
      );
    }),
);

/** What changes nothing for anybody. */
const harmlessEdit: fc.Arbitrary<Edit> = fc.oneof(
  fc
    .tuple(name, fc.constantFrom("hosts", "gateways", "http.0.match", "http.0.route"))
    .map(([object, list]): Edit => (cluster) => {
      const entries = cluster.at(vs, object, `spec.${list}`) as unknown[] | undefined;
      const hasCatchAll = JSON.stringify(entries ?? []).includes('{"prefix":"/"}');
      if (entries !== undefined && !hasCatchAll) cluster.reverse(vs, object, `spec.${list}`);
    }),
  fc
    .tuple(name, fc.constantFrom("ignoreUriCase", "port", "gateways", "headers", "statPrefix"))
    .map(([object, key]): Edit => (cluster) => {
      const empty = { ignoreUriCase: false, port: 0, gateways: [], headers: {}, statPrefix: "" }[key];
      const path = `spec.http.0.match.0.${key}`;
      if (cluster.at(vs, object, path) === undefined) cluster.set(vs, object, path, empty);
    }),
  fc.tuple(name, fc.integer({ min: 0, max: 100 })).map(([object, weight]): Edit => (cluster) => {
    const routes = cluster.at(vs, object, "spec.http.0.route") as unknown[] | undefined;
    if (routes?.length === 1) cluster.set(vs, object, "spec.http.0.route.0.weight", weight);
  }),
  fc.integer({ min: 0, max: 100 }).map((weight): Edit => (cluster) => {
    cluster.set(vs, route("released"), "spec.http.0.route.0.weight", weight);
    cluster.set(vs, route("released"), "spec.http.0.route.1.weight", 100 - weight);
  }),
  fc
    .tuple(name, fc.constantFrom("1970-01-01T00:00:00Z", "2027-01-01T00:00:00Z"))
    .map(([object, age]): Edit => (cluster) => {
      cluster.set(vs, object, "metadata.creationTimestamp", age);
    }),
  name.map((object): Edit => (cluster) => {
    cluster.set(vs, object, "status", { observedGeneration: 7 });
  }),
  fc.tuple(name, fc.constantFrom("team", "example.com/note")).map(([object, key]): Edit => (cluster) => {
    cluster.set(vs, object, ["metadata", "labels", key], "x");
  }),
  fc.integer({ min: 1, max: 10 }).map((replicas): Edit => (cluster) => {
    cluster.set("Deployment", "kfaas-entry-gateway", "spec.replicas", replicas);
  }),
);

const paths = [
  ...[
    "/",
    "/other",
    "/faas/api/",
    "/faas/api/x/",
    "/faas/api/cat",
    "/faas/api/catalog/",
    "/faas/api/catalog/1",
  ],
  ...["/faas/api/catalogue", "/faas/api/saas/showroom/", "/faas/api/saas/showroom/1", "/faas/api/queue/"],
  ...["/faas/api/queue/1", "/faas/api/moved/", "/faas/api/else/", "/faas/api/released/"],
];
const requests: WitnessRequest[] = paths.flatMap((path) =>
  ["GET", "POST"].flatMap((method) =>
    [{}, { "x-tenant": "acme" }, { "x-tenant": "other" }].map((headers) => ({
      method,
      path,
      headers,
      query: {},
    })),
  ),
);

/** What every request experiences, by the route model alone: nothing of drift's own. */
function experiences(objects: readonly unknown[]): string[] {
  return hosts.flatMap((host) => {
    const routes = (objects as readonly { kind: string }[]).filter(({ kind }) => kind === vs);
    const here = (routes as VirtualService[]).filter(
      ({ spec }) => spec.hosts.includes(host) && spec.gateways.includes(gateway),
    );
    const list = mergeVirtualServices(here.map(dated));
    return requests.map((request) => experience(firstMatch(list, request)?.rule));
  });
}

function dated(object: VirtualService): DatedVirtualService {
  const { creationTimestamp } = object.metadata as { readonly creationTimestamp?: string };
  return { object, created: creationTimestamp ?? "" };
}

function experience(written: HttpRoute | undefined): string {
  if (written === undefined) return "404";
  const { route: destinations } = written;
  const [only] = destinations ?? [];
  const route = destinations?.length === 1 && only !== undefined ? [{ ...only, weight: 100 }] : destinations;
  return canonicalText({ ...written, name: undefined, match: undefined, route });
}

describe("drift, of random edits", () => {
  it("is found whenever some request is answered differently, and says so", () => {
    let harmful = 0;
    const planned = experiences(new Cluster().planned);
    fc.assert(
      fc.property(fc.array(anyEdit, { minLength: 1, maxLength: 3 }), (edits) => {
        const cluster = new Cluster();
        for (const edit of edits) edit(cluster);
        const live = experiences(cluster.live);
        if (live.every((each, index) => each === planned[index])) return;
        harmful += 1;
        const items = cluster.drift();
        expect(items.some(({ requests: effect }) => effect !== "unchanged")).toBe(true);
      }),
      { numRuns: 150, seed: 20_261_130 },
    );
    // The property is worth something only if most edits are of that kind.
    expect(harmful).toBeGreaterThan(75);
  }, 120_000);

  it("is not found where no edit means anything", () => {
    const planned = experiences(new Cluster().planned);
    fc.assert(
      fc.property(fc.array(harmlessEdit, { minLength: 1, maxLength: 5 }), (edits) => {
        const cluster = new Cluster();
        for (const edit of edits) edit(cluster);
        expect(cluster.drift()).toEqual([]);
        // Weights of the one object whose weights are somebody's are free to differ.
        cluster.set(
          vs,
          route("released"),
          "spec",
          (cluster.planned as unknown as VirtualService[]).find(
            ({ metadata }) => metadata.name === route("released"),
          )?.spec,
        );
        expect(experiences(cluster.live)).toEqual(planned);
      }),
      { numRuns: 150, seed: 20_261_130 },
    );
  }, 120_000);
});
