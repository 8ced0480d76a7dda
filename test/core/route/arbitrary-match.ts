import fc from "fast-check";
import type { WitnessRequest } from "../../../core/problem.ts";
import type { PathMatch, RouteMatch, ValueMatch } from "../../../core/service.ts";

const location = { file: "test" };

/** A match as a service file gives it, with the defaults filled in. */
export function match(path: PathMatch, conditions: Partial<RouteMatch> = {}): RouteMatch {
  return { path, methods: [], headers: {}, queryParams: {}, location, ...conditions };
}

export function exact(value: string, ignoreCase = false): PathMatch {
  return { kind: "exact", value, ignoreCase };
}

export function prefix(value: string, ignoreCase = false): PathMatch {
  return { kind: "prefix", value, ignoreCase };
}

export function regex(value: string): PathMatch {
  return { kind: "regex", value };
}

const literal = fc
  .array(fc.constantFrom("a", "b", "/", "A"), { maxLength: 3 })
  .map((chars) => `/${chars.join("")}`);

const pathRegex = fc
  .array(
    fc.constantFrom("a", "b", "/", "[ab]", "[^/]+", ".*", "(a|b/)?", "(?i:a)", "a{1,2}", "(a|b)*", "[^b]"),
    { maxLength: 4 },
  )
  .map((parts) => `/${parts.join("")}`);

export const arbitraryPath: fc.Arbitrary<PathMatch> = fc.oneof(
  { weight: 3, arbitrary: fc.tuple(literal, fc.boolean()).map(([value, fold]) => prefix(value, fold)) },
  { weight: 2, arbitrary: fc.tuple(literal, fc.boolean()).map(([value, fold]) => exact(value, fold)) },
  { weight: 3, arbitrary: pathRegex.map(regex) },
);

const arbitraryValue: fc.Arbitrary<ValueMatch> = fc.oneof(
  fc.constantFrom("a", "ab", "b").map((value) => ({ kind: "exact" as const, value })),
  fc.constantFrom("a", "ab").map((value) => ({ kind: "prefix" as const, value })),
  fc.constantFrom("a.*", "[ab]", ".*", "(?i)ab", "a|b").map((value) => ({ kind: "regex" as const, value })),
  fc.constant({ kind: "present" as const }),
);

const arbitraryConditions = (name: string) =>
  fc.oneof(
    { weight: 4, arbitrary: fc.constant({}) },
    { weight: 1, arbitrary: arbitraryValue.map((value) => ({ [name]: value })) },
  );

export const arbitraryMatch: fc.Arbitrary<RouteMatch> = fc
  .record({
    path: arbitraryPath,
    methods: fc.oneof(
      { weight: 4, arbitrary: fc.constant([]) },
      { weight: 1, arbitrary: fc.constantFrom(["GET"], ["POST"], ["GET", "POST"]) },
    ),
    headers: arbitraryConditions("x"),
    queryParams: arbitraryConditions("q"),
  })
  .map((parts) => ({ ...parts, location }));

function product<T>(alphabet: readonly T[], length: number): T[][] {
  if (length === 0) return [[]];
  return product(alphabet, length - 1).flatMap((rest) => alphabet.map((each) => [...rest, each]));
}

/** All paths over a small alphabet with up to four characters behind the slash. */
export const allPaths: readonly string[] = [0, 1, 2, 3, 4].flatMap((length) =>
  product(["a", "b", "/", "A"], length).map((chars) => `/${chars.join("")}`),
);

const values = [undefined, "", "a", "b", "ab", "AB"];

/** Every combination of what the conditions above can tell apart, to go with any path. */
export const allConditions: readonly Omit<WitnessRequest, "path">[] = ["GET", "POST", "PUT"].flatMap(
  (method) =>
    values.flatMap((header) =>
      values.map((parameter) => ({
        method,
        headers: header === undefined ? {} : { x: header },
        query: parameter === undefined ? {} : { q: parameter },
      })),
    ),
);
