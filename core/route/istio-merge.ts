import type { HttpMatchRequest, HttpRoute, StringMatch, VirtualService } from "../mesh/istio.ts";
import type { TieOrder } from "../mesh/version-profile.ts";
import { compareText, type WitnessRequest } from "../problem.ts";
import { foldCase } from "./language.ts";
import { compileRegex, type Regex } from "./regex/program.ts";

/** A VirtualService as a cluster holds it, with the age that istiod orders by. */
export interface DatedVirtualService {
  readonly object: VirtualService;
  /** `metadata.creationTimestamp`; it has whole seconds, so a bulk of objects may share one. */
  readonly created: string;
}

/** A rule as it ends up in the proxy's list, and the object it comes from. */
export interface MergedRule {
  readonly rule: HttpRoute;
  readonly match: HttpMatchRequest | undefined;
  readonly object: VirtualService;
}

/**
 * The list of routes that istiod makes of the VirtualServices of one host on one gateway: by creation time, then name, then namespace;
 * each object read up to its first catch-all; catch-alls moved behind all others.
 * https://github.com/istio/istio/blob/1.30.3/pilot/pkg/networking/core/gateway.go buildGatewayHTTPRouteConfig
 * @param ties default: of today's istiod; with `store` those of the same age stay in the order they are given in
 */
export function mergeVirtualServices(
  objects: readonly DatedVirtualService[],
  ties: TieOrder = "separate",
): MergedRule[] {
  const byAge = (a: DatedVirtualService, b: DatedVirtualService) =>
    compareText(a.created, b.created) || compareNames(a, b, ties);
  const merged = [...objects].sort(byAge).flatMap(({ object }) => rulesOf(object));
  return [
    ...merged.filter((each) => !isCatchAllMatch(each.match)),
    ...merged.filter((each) => isCatchAllMatch(each.match)),
  ];
}

function compareNames(
  { object: { metadata: a } }: DatedVirtualService,
  { object: { metadata: b } }: DatedVirtualService,
  ties: TieOrder,
): number {
  switch (ties) {
    case "separate":
      return compareText(a.name, b.name) || compareText(a.namespace, b.namespace);
    case "joined":
      return compareText(`${a.name}.${a.namespace}`, `${b.name}.${b.namespace}`);
    case "store":
      return 0;
  }
}

function rulesOf(object: VirtualService): MergedRule[] {
  const rules: MergedRule[] = [];
  for (const rule of object.spec.http) {
    for (const match of rule.match ?? [undefined]) {
      rules.push({ rule, match, object });
      // route.go, BuildHTTPRoutesForVirtualService: what follows a catch-all in one object is not read.
      if (isCatchAllMatch(match)) return rules;
    }
  }
  return rules;
}

/** route.go, IsCatchAllRoute: a method is a header of Envoy's, so a match with one is not recognised. */
export function isCatchAllMatch(match: HttpMatchRequest | undefined): boolean {
  if (match === undefined) return true;
  const { uri, method, authority, headers, queryParams } = match;
  if (method !== undefined || authority !== undefined || hasKeys(headers) || hasKeys(queryParams))
    return false;
  return (
    uri === undefined || ("prefix" in uri && uri.prefix === "/") || ("regex" in uri && uri.regex === ".*")
  );
}

function hasKeys(record: object | undefined): boolean {
  return record !== undefined && Object.keys(record).length > 0;
}

/** The first rule of the list that matches; the path of the request is normalised. */
export function firstMatch(rules: readonly MergedRule[], request: WitnessRequest): MergedRule | undefined {
  return rules.find(({ match }) => match === undefined || matchesRequest(match, request));
}

function matchesRequest(match: HttpMatchRequest, { method, path, headers, query }: WitnessRequest): boolean {
  const fold = match.ignoreUriCase === true && match.uri !== undefined && !("regex" in match.uri);
  return (
    (match.uri === undefined ||
      matchesText(fold ? folded(match.uri) : match.uri, fold ? foldCase(path) : path)) &&
    (match.method === undefined || matchesText(match.method, method)) &&
    matchesAll(match.headers, headers) &&
    matchesAll(match.queryParams, query)
  );
}

function folded(match: StringMatch): StringMatch {
  return Object.fromEntries(
    Object.entries(match).map(([kind, value]) => [kind, foldCase(value)]),
  ) as StringMatch;
}

function matchesAll(
  matches: Readonly<Record<string, StringMatch>> | undefined,
  values: Readonly<Record<string, string>>,
): boolean {
  return Object.entries(matches ?? {}).every(([name, match]) => {
    const value = Object.hasOwn(values, name) ? values[name] : undefined;
    return value !== undefined && matchesText(match, value);
  });
}

function matchesText(match: StringMatch, text: string): boolean {
  if ("exact" in match) return text === match.exact;
  if ("prefix" in match) return text.startsWith(match.prefix);
  return "regex" in match ? matchesRegex(match.regex, text) : true;
}

const compiled = new Map<string, Regex | undefined>();

/** A regex that does not compile makes the proxy refuse the whole list; here it matches nothing. */
function matchesRegex(pattern: string, text: string): boolean {
  if (!compiled.has(pattern)) {
    const result = compileRegex(pattern);
    compiled.set(pattern, result.ok ? result.regex : undefined);
  }
  return compiled.get(pattern)?.matches(text) ?? false;
}
