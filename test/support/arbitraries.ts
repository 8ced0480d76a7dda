import fc from "fast-check";
import type {
  Cors,
  Destination,
  Fault,
  ForwardAction,
  HeaderChanges,
  Mirror,
  PathMatch,
  Retries,
  Rewrite,
  Route,
  RouteAction,
  RouteMatch,
  Service,
  ValueMatch,
} from "../../core/service.ts";
import type { Stack } from "../../core/stack.ts";
import { aManagedGateway, anExitGateway, aStack, versions } from "./builders.ts";

// Everything here is valid input: what config/ lets through, on versions that have every feature.

const serviceNames = ["cart", "orders", "saas-showroom", "shop", "search", "user-profile"] as const;
const environmentNames = ["alpha", "beta", "sit"] as const;

/** Chooses some of the keys of a record, so that every combination of optional fields turns up. */
function optional<T extends object>(model: { [K in keyof T]: fc.Arbitrary<T[K]> }): fc.Arbitrary<Partial<T>> {
  return fc.record(model, { requiredKeys: [] }) as fc.Arbitrary<Partial<T>>;
}

const segment = fc.stringMatching(/^[a-z][a-z0-9-]{0,5}$/);
const path = fc.array(segment, { maxLength: 3 }).map((segments) => `/faas/api/${segments.join("/")}`);
const duration = fc.integer({ min: 1, max: 5000 }).map((milliseconds) => `${milliseconds}ms`);
const percent = fc.integer({ min: 1, max: 100 });
const httpStatus = fc.constantFrom(200, 404, 429, 503);
const headerName = fc.constantFrom("x-tenant", "x-user", "x-a", "x-b", "x-c");
const text = fc.stringMatching(/^[A-Za-z0-9]{1,8}$/);

export const pathMatches: fc.Arbitrary<PathMatch> = fc.oneof(
  fc.record({ kind: fc.constant("exact"), value: path, ignoreCase: fc.boolean() }),
  fc.record({
    kind: fc.constant("prefix"),
    value: path.map((value) => `${value}/`),
    ignoreCase: fc.boolean(),
  }),
  fc.record({ kind: fc.constant("regex"), value: path.map((value) => `${value}/[^/]+`) }),
);

export const valueMatches: fc.Arbitrary<ValueMatch> = fc.oneof(
  fc.record({ kind: fc.constantFrom("exact", "prefix", "regex"), value: text }),
  fc.record({ kind: fc.constant("present") }),
);

const place = fc.constant({ file: "stacks/test/alpha/any.yaml", line: 1 });

export const routeMatches: fc.Arbitrary<RouteMatch> = fc.record({
  path: pathMatches,
  methods: fc.uniqueArray(fc.constantFrom("DELETE", "GET", "POST", "PUT"), { maxLength: 3 }),
  headers: fc.dictionary(headerName, valueMatches, { maxKeys: 3, noNullPrototype: true }),
  queryParams: fc.dictionary(text, valueMatches, { maxKeys: 2, noNullPrototype: true }),
  location: place,
});

/** Whole percentages that add up to 100, zeros among them. */
export const traffic: fc.Arbitrary<Destination[]> = fc
  .tuple(
    fc.uniqueArray(fc.constantFrom(...serviceNames), { minLength: 1, maxLength: 4 }),
    fc.array(fc.integer({ min: 0, max: 100 }), { minLength: 3, maxLength: 3 }),
    fc.option(fc.constantFrom("next", "canary"), { nil: undefined }),
  )
  .map(([services, cuts, tag]) => {
    const steps = [...cuts.slice(0, services.length - 1).sort((a, b) => a - b), 100];
    return services.map((service, index) => ({
      service,
      ...(tag !== undefined && index === 0 && { tag }),
      weight: (steps[index] ?? 0) - (steps[index - 1] ?? 0),
    }));
  });

const headerChanges: fc.Arbitrary<HeaderChanges> = optional<Required<HeaderChanges>>({
  set: fc.dictionary(headerName, text, { maxKeys: 3, noNullPrototype: true }),
  add: fc.dictionary(headerName, text, { maxKeys: 3, noNullPrototype: true }),
  remove: fc.uniqueArray(headerName, { maxLength: 2 }),
});

const rewrites: fc.Arbitrary<Rewrite> = fc.oneof(
  fc.record({ kind: fc.constant("uri"), uri: path }),
  fc.record({
    kind: fc.constant("regex"),
    match: fc.constant("^/faas/api/(.*)$"),
    replace: fc.constant("/\\1"),
  }),
);

const retries: fc.Arbitrary<Retries> = fc.oneof(
  fc.constant({ attempts: 0 }),
  fc.record(
    {
      attempts: fc.integer({ min: 1, max: 5 }),
      perTryTimeout: duration,
      retryOn: fc.uniqueArray(fc.constantFrom("5xx", "connect-failure", "503"), { minLength: 1 }),
    },
    { requiredKeys: ["attempts"] },
  ),
);

const faults: fc.Arbitrary<Fault> = optional<Required<Fault>>({
  delay: fc.record({ percent, duration }),
  abort: fc.record({ percent, status: httpStatus }),
});

const cors: fc.Arbitrary<Cors> = optional<Required<Cors>>({
  allowOrigins: fc.array(valueMatches, { minLength: 1, maxLength: 2 }),
  allowMethods: fc.uniqueArray(fc.constantFrom("GET", "POST"), { minLength: 1 }),
  allowHeaders: fc.uniqueArray(headerName, { minLength: 1 }),
  exposeHeaders: fc.uniqueArray(headerName, { minLength: 1 }),
  maxAge: fc.constantFrom("60s", "24h"),
  allowCredentials: fc.boolean(),
});

const mirrors: fc.Arbitrary<Mirror> = fc.record({ service: fc.constantFrom("shadow", "tap"), percent });

export const forwards: fc.Arbitrary<ForwardAction> = fc
  .tuple(
    traffic,
    optional<Required<Omit<ForwardAction, "kind" | "traffic" | "preview">>>({
      rewrite: rewrites,
      timeout: duration,
      retries,
      fault: faults,
      cors,
      headers: optional({ request: headerChanges, response: headerChanges }),
      mirror: mirrors,
    }),
  )
  .map(([destinations, rest]) => ({ kind: "forward", traffic: destinations, ...rest }));

export const routeActions: fc.Arbitrary<RouteAction> = fc.oneof(
  { arbitrary: forwards, weight: 6 },
  fc.record(
    {
      kind: fc.constant("redirect"),
      uri: path,
      authority: fc.constant("www.example.com"),
      scheme: fc.constantFrom("http", "https"),
      status: fc.constantFrom(301, 302, 303, 307, 308),
    },
    { requiredKeys: ["kind", "uri"] },
  ),
  fc.record(
    { kind: fc.constant("directResponse"), status: httpStatus, body: text },
    { requiredKeys: ["kind", "status"] },
  ),
);

export const routes: fc.Arbitrary<Route> = fc.record(
  {
    name: segment,
    matches: fc.array(routeMatches, { minLength: 1, maxLength: 3 }),
    action: routeActions,
    location: place,
  },
  { requiredKeys: ["matches", "action", "location"] },
);

/** Services of distinct names in one environment, sorted by name. */
export function servicesOf(environment: string): fc.Arbitrary<Service[]> {
  return fc
    .uniqueArray(
      fc.record({
        name: fc.constantFrom(...serviceNames),
        routes: fc.array(routes, { minLength: 1, maxLength: 3 }),
        managed: fc.boolean(),
      }),
      { selector: ({ name }) => name, maxLength: 4 },
    )
    .map((services) =>
      services
        .sort((a, b) => (a.name < b.name ? -1 : 1))
        .map(({ name, routes, managed }) => ({
          name,
          environment,
          namespace: `faas-${environment}`,
          service: name,
          yieldsTo: [],
          ...(managed && { weightsManagedBy: "argo-rollouts" }),
          routes,
          location: { file: `stacks/test/${environment}/${name}.yaml`, line: 1 },
        })),
    );
}

/** Stacks with a managed entry, so that every feature is allowed; everything else varies. */
export const stacks: fc.Arbitrary<Stack> = fc
  .subarray([...environmentNames], { minLength: 1 })
  .chain((names) =>
    fc.record({
      istio: fc.integer({ min: 19, max: 31 }).map((minor) => `1.${minor}`),
      clusterLocal: fc.constantFrom({ mode: "existing" } as const, aManagedGateway()),
      exit: fc.option(
        fc.constantFrom(anExitGateway(), anExitGateway({ host: "java.example.com", port: 8443 })),
      ),
      environments: fc.tuple(
        ...names.map((name) =>
          fc.tuple(servicesOf(name), fc.boolean()).map(([services, withFallback]) => ({
            name,
            services,
            fallback: withFallback && services[0]?.name,
          })),
        ),
      ),
    }),
  )
  .map(({ istio, clusterLocal, exit, environments }) =>
    aStack({
      versions: versions({ istio }),
      gateways: { entry: aManagedGateway(), clusterLocal, ...(exit && { exit }) },
      environments: environments.map(({ name, fallback }) => ({ name, ...(fallback && { fallback }) })),
      services: environments.flatMap(({ services }) => services),
    }),
  );
