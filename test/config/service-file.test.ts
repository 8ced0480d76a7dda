import { describe, expect, it } from "@jest/globals";
import fc from "fast-check";
import { stringify } from "yaml";
import { readRoute } from "../../config/service-file-route.ts";
import { serviceFileShape } from "../../config/service-file-shape.ts";
import { readServiceFile } from "../../config/service-file.ts";
import { parseYaml } from "../../config/yaml-document.ts";
import { hasErrors } from "../../core/problem.ts";
import type { Route, RouteAction, RouteMatch, ValueMatch } from "../../core/service.ts";
import { routes } from "../support/arbitraries.ts";

const place = { environment: "alpha", name: "self", pathRoot: "/faas/api/", siblings: ["self"] };

function read(text: string) {
  const { document } = parseYaml("self.yaml", text);
  if (document === undefined) throw new Error("not YAML");
  return readServiceFile(document, place);
}

describe("a service file", () => {
  it("means the same in the core as it says", () => {
    const writable = fc
      .array(routes.filter(isWritable), { minLength: 1, maxLength: 3 })
      // Names are unique in a file.
      .map((list) => list.map(withoutPlaces).map((route, index) => (index === 0 ? route : nameless(route))));
    fc.assert(
      fc.property(writable, (expected) => {
        const { service, problems } = read(
          stringify({ routes: expected.map(writtenRoute) }, { aliasDuplicateObjects: false }),
        );
        expect(problems).toEqual([]);
        expect(service?.routes.map(withoutPlaces)).toEqual(expected);
      }),
    );
  });

  it("is not changed by its schema, so that a well-formed one needs no second look at its parts", () => {
    fc.assert(
      fc.property(routes.filter(isWritable), (route) => {
        const raw = structuredClone(writtenRoute(withoutPlaces(route)));
        expect(serviceFileShape.parse({ routes: [raw] })).toEqual({ routes: [raw] });
        const context = { self: "self", pathRoot: "/faas/api/", locate: () => ({ file: "self.yaml" }) };
        expect(readRoute(raw, { ...context, wellFormed: true })).toEqual(
          readRoute(raw, { ...context, wellFormed: false }),
        );
      }),
    );
  });

  it("names methods and headers in any case, and the core in one", () => {
    const { service } = read(
      `routes:
  - match: [{ prefix: /faas/api/x/, method: [get, Post], headers: { X-Tenant: { present: true } } }]
    headers: { request: { set: { X-A: Value }, add: { X-B: b }, remove: [X-C] } }`,
    );
    expect(service?.routes[0]?.matches[0]).toMatchObject({
      methods: ["GET", "POST"],
      headers: { "x-tenant": { kind: "present" } },
    });
    expect(service?.routes[0]?.action).toMatchObject({
      headers: { request: { set: { "x-a": "Value" }, add: { "x-b": "b" }, remove: ["x-c"] } },
    });
  });

  it("may leave out the weight of a single destination and the percentage of a mirror", () => {
    const { service } = read(
      `routes:
  - match: [{ prefix: /faas/api/x/ }]
    traffic: [{ service: other, tag: next }]
    mirror: { service: shadow }`,
    );
    expect(service?.routes[0]?.action).toEqual({
      kind: "forward",
      traffic: [{ service: "other", tag: "next", weight: 100 }],
      mirror: { service: "shadow", percent: 100 },
    });
  });

  it("sends to the service that it names, not to its own name", () => {
    const { service } = read("service: other\nroutes: [{ match: [{ prefix: /faas/api/x/ }] }]");
    expect(service).toMatchObject({ name: "self", service: "other" });
    expect(service?.routes[0]?.action).toMatchObject({ traffic: [{ service: "other", weight: 100 }] });
  });

  it("of a stack whose path root is unknown is checked for everything else", () => {
    const { document } = parseYaml("self.yaml", "routes: [{ match: [{ prefix: /x/ }], timeout: x }]");
    const file = document && readServiceFile(document, { ...place, pathRoot: undefined });
    expect(file?.problems.map(({ code }) => code)).toEqual(["invalid-duration"]);
  });
});

describe("a service file of any content", () => {
  const known = fc.constantFrom(
    ...[
      "routes",
      "match",
      "exact",
      "prefix",
      "regex",
      "headers",
      "queryParams",
      "method",
      "traffic",
      "weight",
    ],
    ...[
      "service",
      "tag",
      "rewrite",
      "uri",
      "retries",
      "attempts",
      "retryOn",
      "fault",
      "abort",
      "cors",
      "redirect",
    ],
    ...["timeout", "mirror", "percent", "status", "directResponse", "yieldsTo", "release", "steps", "name"],
    ...["constructor", "toString", "hasOwnProperty", "x-a", "X-A", "namespace", "team"],
  );
  const scalar = fc.oneof(
    fc.constantFrom(
      null,
      true,
      0,
      -1,
      1.5,
      100,
      "",
      "/faas/api/",
      "(",
      "10s",
      "\\1",
      "%",
      "\uFFFF",
      "a".repeat(2000),
    ),
    fc.string({ unit: "grapheme" }),
    fc.integer(),
  );
  const { file } = fc.letrec<{ value: unknown; route: unknown; file: unknown }>((tie) => ({
    value: fc.oneof(
      { maxDepth: 5, withCrossShrink: true },
      scalar,
      fc.array(tie("value"), { maxLength: 3 }),
      fc.dictionary(fc.oneof(known, known, fc.string()), tie("value"), { maxKeys: 4, noNullPrototype: true }),
    ),
    // Half of what is tried looks like a route, so that the rules are reached as well.
    route: fc.record(
      {
        match: fc.array(
          fc.record(
            {
              prefix: fc.constantFrom("/faas/api/a/", "/x", "{"),
              headers: tie("value"),
              method: tie("value"),
            },
            { requiredKeys: ["prefix"] },
          ),
          { maxLength: 2 },
        ),
        ...Object.fromEntries(
          ["traffic", "rewrite", "retries", "fault", "cors", "redirect", "timeout", "mirror", "headers"].map(
            (key) => [key, tie("value")],
          ),
        ),
      },
      { requiredKeys: ["match"] },
    ),
    file: fc.oneof(
      fc.dictionary(known, tie("value"), { noNullPrototype: true }),
      fc.record({ routes: fc.array(tie("route"), { maxLength: 3 }) }),
    ),
  }));

  it("is a service or has errors, each with a line and a fix, and never both or neither", () => {
    fc.assert(
      fc.property(file, (content) => {
        const text = stringify(content, { aliasDuplicateObjects: false });
        const { document } = parseYaml("self.yaml", text);
        fc.pre(document !== undefined);
        const { service, problems } = readServiceFile(document, place);
        expect(service === undefined).toBe(hasErrors(problems));
        for (const { location, fix, message } of problems) {
          expect(location?.line).toBeGreaterThan(0);
          expect(fix).not.toBe("");
          expect(message).not.toMatch(/undefined|\[object/);
        }
      }),
      { numRuns: 2000 },
    );
  });

  it("of random bytes never throws", () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => {
        const { document, problems } = parseYaml("self.yaml", new TextDecoder().decode(bytes));
        if (document !== undefined) readServiceFile(document, place);
        else expect(problems).not.toEqual([]);
      }),
    );
  });
});

type PlacelessRoute = Omit<Route, "location" | "matches"> & { matches: Omit<RouteMatch, "location">[] };

function withoutPlaces({ matches, ...route }: Route | PlacelessRoute): PlacelessRoute {
  return omit({ ...route, matches: matches.map((match) => omit(match, "location")) }, "location");
}

function nameless(route: PlacelessRoute): PlacelessRoute {
  return omit(route, "name");
}

function omit<T extends object, Key extends string>(value: T, key: Key): Omit<T, Key> {
  return Object.fromEntries(Object.entries(value).filter(([name]) => name !== key)) as Omit<T, Key>;
}

/** What the arbitrary makes but a file cannot say: a fault without a fault, CORS for any origin at all, a name that ends with a hyphen. */
function isWritable({ name, action }: Route): boolean {
  if (name?.endsWith("-") === true) return false;
  if (action.kind !== "forward") return true;
  const anyOrigin = action.cors?.allowOrigins?.some(({ kind }) => kind === "present") === true;
  return !anyOrigin && (action.fault === undefined || Object.keys(action.fault).length > 0);
}

/** A route the way a file says it. */
function writtenRoute({ name, matches, action }: PlacelessRoute): unknown {
  return {
    name,
    match: matches.map(({ path, methods, headers, queryParams }) => ({
      [path.kind]: path.value,
      ...("ignoreCase" in path ? { ignoreCase: path.ignoreCase } : {}),
      ...(methods.length === 0 ? {} : { method: methods }),
      headers: writtenValues(headers),
      queryParams: writtenValues(queryParams),
    })),
    ...writtenAction(action),
  };
}

function writtenAction(action: RouteAction): object {
  if (action.kind === "redirect") {
    const { kind, ...redirect } = action;
    return { [kind]: redirect };
  }
  if (action.kind === "directResponse") {
    const { kind, ...response } = action;
    return { [kind]: response };
  }
  const { rewrite, cors, ...forward } = omit(action, "kind");
  return {
    ...forward,
    ...(rewrite?.kind === "uri" ? { rewrite: { uri: rewrite.uri } } : {}),
    ...(rewrite?.kind === "regex"
      ? { rewrite: { regex: { match: rewrite.match, replace: rewrite.replace } } }
      : {}),
    ...(cors === undefined
      ? {}
      : {
          cors: { ...cors, ...(cors.allowOrigins && { allowOrigins: cors.allowOrigins.map(writtenValue) }) },
        }),
  };
}

function writtenValues(values: Readonly<Record<string, ValueMatch>>): object {
  return Object.fromEntries(Object.entries(values).map(([name, value]) => [name, writtenValue(value)]));
}

function writtenValue(value: ValueMatch): object {
  return value.kind === "present" ? { present: true } : { [value.kind]: value.value };
}
