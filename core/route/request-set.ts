import type { WitnessRequest } from "../problem.ts";
import type { RouteMatch, ValueMatch } from "../service.ts";
import { defaultBudget, findInBoth, findOnlyInFirst, findText, textOf } from "./compare-languages.ts";
import {
  type Language,
  type LanguageResult,
  languageOf,
  type TextPattern,
  wholeUniverse,
} from "./language.ts";
import type { PathNormalisation } from "./normalise.ts";
import type { Search } from "./regex/search.ts";
import { headerUniverse, pathUniverse, queryUniverse } from "./universe.ts";

/**
 * A set of requests: all of its dimensions hold independently of each other. Path and query are as the proxy compares them (the path
 * normalised and without query, the first value of a parameter undecoded), headers as one value each, repeated ones joined by a comma.
 */
export interface RequestSet {
  readonly path: Texts;
  readonly methods: Methods;
  /** By lower-case name. A header that is not mentioned may have any value or be absent. */
  readonly headers: ReadonlyMap<string, Texts>;
  /** By name, as for headers. */
  readonly query: ReadonlyMap<string, Texts>;
}

/** Texts in all of `within` and in none of `without`; and whether the header or parameter may also be absent. */
export interface Texts {
  readonly within: readonly [Language, ...Language[]];
  readonly without: readonly Language[];
  readonly absent: boolean;
}

/** A finite set of methods, or all but a finite set. */
export interface Methods {
  readonly kind: "only" | "except";
  readonly names: readonly string[];
}

export type RequestSetResult =
  { readonly ok: true; readonly set: RequestSet } | { readonly ok: false; readonly reason: string };

/** The requests that a match takes, or why Istio would refuse one of its patterns. */
export function requestSet(match: RouteMatch, normalisation: PathNormalisation = "BASE"): RequestSetResult {
  const path = languageOf(match.path, pathUniverse(normalisation));
  if (!path.ok) return path;
  const headers = conditions(match.headers, (value) => valueLanguage(value, headerUniverse));
  if (!headers.ok) return headers;
  const query = conditions(match.queryParams, (value) => valueLanguage(value, queryUniverse));
  if (!query.ok) return query;
  return {
    ok: true,
    set: {
      path: texts(path.language),
      methods:
        match.methods.length === 0
          ? everyMethod
          : { kind: "only", names: Array.from(new Set(match.methods)) },
      headers: headers.map,
      query: query.map,
    },
  };
}

const everyMethod: Methods = { kind: "except", names: [] };

function texts(language: Language): Texts {
  return { within: [language], without: [], absent: false };
}

type Conditions =
  | { readonly ok: true; readonly map: ReadonlyMap<string, Texts> }
  | { readonly ok: false; readonly reason: string };

function conditions(
  record: Readonly<Record<string, ValueMatch>>,
  language: (value: ValueMatch) => LanguageResult,
): Conditions {
  const map = new Map<string, Texts>();
  for (const [name, value] of Object.entries(record)) {
    const result = language(value);
    if (!result.ok) return { ok: false, reason: `${name}: ${result.reason}` };
    map.set(name, texts(result.language));
  }
  return { ok: true, map };
}

const valueLanguages = new Map<string, LanguageResult>();

/** The same condition stands in many clauses; comparing it with itself should cost nothing. */
function valueLanguage(match: ValueMatch, universe: typeof headerUniverse): LanguageResult {
  if (match.kind === "present") return { ok: true, language: everything(universe) };
  const pattern: TextPattern = match.kind === "regex" ? match : { ...match, ignoreCase: false };
  const key = `${universe.name} ${match.kind} ${match.value}`;
  const known = valueLanguages.get(key) ?? languageOf(pattern, universe);
  if (valueLanguages.size > 10_000) valueLanguages.clear();
  valueLanguages.set(key, known);
  return known;
}

const wholes = new Map<string, Language>();

function everything(universe: typeof headerUniverse): Language {
  const known = wholes.get(universe.name) ?? wholeUniverse(universe);
  wholes.set(universe.name, known);
  return known;
}

/** Whether a request whose path is normalised belongs to the set. */
export function includesRequest(set: RequestSet, request: WitnessRequest): boolean {
  return (
    includesText(set.path, request.path) &&
    includesMethod(set.methods, request.method) &&
    everyEntry(set.headers, (name, value) => includesText(value, own(request.headers, name))) &&
    everyEntry(set.query, (name, value) => includesText(value, own(request.query, name)))
  );
}

function includesText(set: Texts, text: string | undefined): boolean {
  if (text === undefined) return set.absent;
  return (
    set.within.every((language) => language.matches(text)) &&
    !set.without.some((language) => language.matches(text))
  );
}

function includesMethod({ kind, names }: Methods, method: string): boolean {
  return names.includes(method) === (kind === "only");
}

function own(record: Readonly<Record<string, string>>, name: string): string | undefined {
  return Object.hasOwn(record, name) ? record[name] : undefined;
}

function everyEntry<V>(map: ReadonlyMap<string, V>, test: (name: string, value: V) => boolean): boolean {
  for (const [name, value] of map) if (!test(name, value)) return false;
  return true;
}

/** What a question about requests came to. */
export type RequestSearch =
  | { readonly kind: "found"; readonly request: WitnessRequest; readonly states: number }
  | { readonly kind: "none"; readonly states: number }
  | { readonly kind: "undecided"; readonly states: number };

/** A request of the set; `none` proves it empty. */
export function findRequest(set: RequestSet, budget = defaultBudget): RequestSearch {
  const method = anyMethod(set.methods);
  if (method === undefined) return { kind: "none", states: 0 };
  const path = findIn(set.path, budget);
  let request: WitnessRequest = {
    method,
    path: path.kind === "found" ? path.text : "",
    headers: {},
    query: {},
  };
  let states = path.states;
  let undecided = path.kind === "undecided";
  if (path.kind === "none") return { kind: "none", states };
  for (const place of ["headers", "query"] as const) {
    for (const [name, condition] of set[place]) {
      if (condition.absent) continue;
      const search = findIn(condition, budget);
      states += search.states;
      if (search.kind === "none") return { kind: "none", states };
      if (search.kind === "undecided") undecided = true;
      else request = withValue(request, place, name, search.text);
    }
  }
  return undecided ? { kind: "undecided", states } : { kind: "found", request, states };
}

/** True only if it is proven that no request belongs to the set. */
export function isEmpty(set: RequestSet, budget = defaultBudget): boolean {
  return findRequest(set, budget).kind === "none";
}

/** A method of the set, preferably one that does no harm. */
function anyMethod({ kind, names }: Methods): string | undefined {
  const common = ["GET", "POST", "PUT", "DELETE", "PATCH", "HEAD", "OPTIONS", "TRACE", "PURGE"];
  if (kind === "only") return common.find((each) => names.includes(each)) ?? names[0];
  return common.find((each) => !names.includes(each)) ?? `${names.join("")}X`;
}

function findIn(set: Texts, budget: number): Search {
  if (set.within.length > 1 || set.without.length > 0) return findText(set.within, set.without, budget);
  const text = textOf(set.within[0]);
  return text === undefined ? { kind: "none", states: 0 } : { kind: "found", text, states: 0 };
}

function withValue(
  request: WitnessRequest,
  place: "headers" | "query",
  name: string,
  value: string | undefined,
): WitnessRequest {
  const others = Object.entries(request[place]).filter(([other]) => other !== name);
  const own = value === undefined ? [] : [[name, value] as const];
  return { ...request, [place]: Object.fromEntries([...others, ...own]) };
}

/** The requests in both sets. */
export function intersection(a: RequestSet, b: RequestSet): RequestSet {
  return {
    path: intersectTexts(a.path, b.path),
    methods: intersectMethods(a.methods, b.methods),
    headers: intersectMaps(a.headers, b.headers),
    query: intersectMaps(a.query, b.query),
  };
}

function intersectTexts(a: Texts, b: Texts): Texts {
  return {
    within: [...a.within, ...b.within.filter((language) => !a.within.includes(language))] as [
      Language,
      ...Language[],
    ],
    without: [...a.without, ...b.without],
    absent: a.absent && b.absent,
  };
}

function intersectMethods(a: Methods, b: Methods): Methods {
  if (a.kind === "only") return { kind: "only", names: a.names.filter((name) => includesMethod(b, name)) };
  if (b.kind === "only") return intersectMethods(b, a);
  return { kind: "except", names: Array.from(new Set([...a.names, ...b.names])) };
}

function intersectMaps(
  a: ReadonlyMap<string, Texts>,
  b: ReadonlyMap<string, Texts>,
): ReadonlyMap<string, Texts> {
  const map = new Map(a);
  for (const [name, value] of b) {
    const known = map.get(name);
    map.set(name, known === undefined ? value : intersectTexts(known, value));
  }
  return map;
}

/** The requests of `a` that are not in `b`, as disjoint sets; some of them may be empty. `b` is the set of one match. */
export function difference(a: RequestSet, b: RequestSet): RequestSet[] {
  const pieces: RequestSet[] = [{ ...a, path: outsideTexts(a.path, b.path) }];
  let rest: RequestSet = { ...a, path: intersectTexts(a.path, b.path) };
  pieces.push({ ...rest, methods: intersectMethods(rest.methods, complement(b.methods)) });
  rest = { ...rest, methods: intersectMethods(rest.methods, b.methods) };
  for (const place of ["headers", "query"] as const) {
    for (const [name, condition] of b[place]) {
      const own = rest[place].get(name) ?? unconstrained(condition);
      pieces.push({ ...rest, [place]: new Map(rest[place]).set(name, outsideTexts(own, condition)) });
      rest = { ...rest, [place]: new Map(rest[place]).set(name, intersectTexts(own, condition)) };
    }
  }
  return pieces;
}

/** `b` stands for a single language here, as the set of one match does. */
function outsideTexts(a: Texts, b: Texts): Texts {
  return { within: a.within, without: [...a.without, b.within[0]], absent: a.absent && !b.absent };
}

function unconstrained({ within }: Texts): Texts {
  return { within: [everything(within[0].universe)], without: [], absent: true };
}

function complement({ kind, names }: Methods): Methods {
  return { kind: kind === "only" ? "except" : "only", names };
}

/** How two sets lie to each other; every request given is proof of what is said. */
export type Relation =
  | { readonly kind: "disjoint" }
  | { readonly kind: "equal"; readonly shared: WitnessRequest }
  /** The first lies inside the second. */
  | { readonly kind: "inside"; readonly shared: WitnessRequest; readonly onlySecond: WitnessRequest }
  /** The second lies inside the first. */
  | { readonly kind: "contains"; readonly shared: WitnessRequest; readonly onlyFirst: WitnessRequest }
  | {
      readonly kind: "overlap";
      readonly shared: WitnessRequest;
      readonly onlyFirst: WitnessRequest;
      readonly onlySecond: WitnessRequest;
    }
  | {
      readonly kind: "undecided";
      /** Null where not even that could be decided, or is not so. */
      readonly shared: WitnessRequest | null;
      readonly onlyFirst: WitnessRequest | null;
      readonly onlySecond: WitnessRequest | null;
      /** States spent. */
      readonly states: number;
    };

/** Compares two sets, each of one match and not empty. `budget` counts the states of each search for itself. */
export function relationOf(a: RequestSet, b: RequestSet, budget = defaultBudget): Relation {
  const shared = findShared(a, b, budget);
  if (shared.kind === "none") return { kind: "disjoint" };
  const sample = shared.kind === "found" ? shared.request : undefined;
  const first = findOutside(a, b, sample, budget);
  const second = findOutside(b, a, sample, budget);
  if (shared.kind === "undecided" || first.kind === "undecided" || second.kind === "undecided") {
    const request = (search: RequestSearch) => (search.kind === "found" ? search.request : null);
    return {
      kind: "undecided",
      shared: request(shared),
      onlyFirst: request(first),
      onlySecond: request(second),
      states: shared.states + first.states + second.states,
    };
  }
  const proof = { shared: shared.request };
  if (first.kind === "none") {
    return second.kind === "none"
      ? { kind: "equal", ...proof }
      : { kind: "inside", ...proof, onlySecond: second.request };
  }
  return second.kind === "none"
    ? { kind: "contains", ...proof, onlyFirst: first.request }
    : { kind: "overlap", ...proof, onlyFirst: first.request, onlySecond: second.request };
}

/** True if `b` holds every request of `a`, false if not, undefined if the budget did not suffice. */
export function contains(b: RequestSet, a: RequestSet, budget = defaultBudget): boolean | undefined {
  const outside = findOutside(a, b, undefined, budget);
  return outside.kind === "undecided" ? undefined : outside.kind === "none";
}

function findShared(a: RequestSet, b: RequestSet, budget: number): RequestSearch {
  const method = anyMethod(intersectMethods(a.methods, b.methods));
  if (method === undefined) return { kind: "none", states: 0 };
  const path = findInBoth(a.path.within[0], b.path.within[0], budget);
  if (path.kind === "none") return path;
  let request: WitnessRequest = {
    method,
    path: path.kind === "found" ? path.text : "",
    headers: {},
    query: {},
  };
  let states = path.states;
  let undecided = path.kind === "undecided";
  for (const place of ["headers", "query"] as const) {
    for (const [name, condition] of intersectMaps(a[place], b[place])) {
      const search = findIn(condition, budget);
      states += search.states;
      if (search.kind === "none") return search;
      if (search.kind === "undecided") undecided = true;
      else request = withValue(request, place, name, search.text);
    }
  }
  return undecided ? { kind: "undecided", states } : { kind: "found", request, states };
}

/**
 * A request of `a` outside `b`: since `a` is not empty and the dimensions are independent, one dimension in which `a` reaches beyond
 * `b` is enough, and if there is none `a` lies inside. The rest of the request is that of `sample`, which lies in both.
 */
function findOutside(
  a: RequestSet,
  b: RequestSet,
  sample: WitnessRequest | undefined,
  budget: number,
): RequestSearch {
  const base = sample ?? findRequest(a, budget);
  const from = "kind" in base ? (base.kind === "found" ? base.request : undefined) : base;
  let states = 0;
  let undecided = from === undefined;
  for (const reach of beyond(a, b, budget)) {
    states += reach.search.states;
    if (reach.search.kind === "undecided") undecided = true;
    if (reach.search.kind !== "found" || from === undefined) continue;
    return { kind: "found", request: reach.apply(from, reach.search.text), states };
  }
  return { kind: undecided ? "undecided" : "none", states };
}

interface Reach {
  readonly search: Search;
  readonly apply: (request: WitnessRequest, text: string) => WitnessRequest;
}

/** Cheap dimensions first: a header that only `b` asks for settles the matter without an automaton. */
function* beyond(a: RequestSet, b: RequestSet, budget: number): Generator<Reach> {
  const method = anyMethod(intersectMethods(a.methods, complement(b.methods)));
  if (method !== undefined) {
    yield {
      search: { kind: "found", text: method, states: 0 },
      apply: (request, text) => ({ ...request, method: text }),
    };
  }
  for (const place of ["headers", "query"] as const) {
    for (const [name, condition] of b[place]) {
      const own = a[place].get(name);
      yield own === undefined
        ? {
            search: { kind: "found", text: "", states: 0 },
            apply: (request) => withValue(request, place, name, undefined),
          }
        : {
            search: findOnlyInFirst(own.within[0], condition.within[0], budget),
            apply: (request, text) => withValue(request, place, name, text),
          };
    }
  }
  yield {
    search: findOnlyInFirst(a.path.within[0], b.path.within[0], budget),
    apply: (request, text) => ({ ...request, path: text }),
  };
}
