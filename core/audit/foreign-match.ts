import type { HttpMatchRequest, StringMatch } from "../mesh/istio.ts";
import { findRequest, requestSet, type RequestSet } from "../route/request-set.ts";
import type { PathMatch, ValueMatch } from "../service.ts";
import { canonicalText, isRecord, listAt, numberAt, type PlainRecord, textsAt } from "./plain-value.ts";

/**
 * One alternative of somebody's rule. Method, authority and scheme stand among the headers under the names that they have in HTTP/2
 * (`:method`, …), as in Envoy: so every kind of pattern on them is one more text to compare.
 */
export interface ForeignMatch {
  readonly match: HttpMatchRequest;
  readonly requests: RequestSet;
  /** The same for alternatives that match the same requests by the same words. */
  readonly key: string;
  /** As written; empty for all gateways of the object. */
  readonly gateways: readonly string[];
  /** The only port of the gateway that it is for. */
  readonly port: number | undefined;
}

export type ForeignMatchResult =
  { readonly ok: true; readonly match: ForeignMatch } | { readonly ok: false; readonly reason: string };

/** Fields that restrict nothing, or that are read elsewhere in this file. */
const knownFields = new Set([
  "name",
  "statPrefix",
  "uri",
  "ignoreUriCase",
  "method",
  "authority",
  "scheme",
  "headers",
  "queryParams",
  "gateways",
  "port",
]);

/** Reads one element of `http[].match`, or says why it cannot be judged. Undefined stands for a rule without matches. */
export function readForeignMatch(value: unknown): ForeignMatchResult {
  if (value !== undefined && !isRecord(value)) return refuse("it is not a mapping");
  const written = value ?? {};
  const reason = unknownCondition(written);
  if (reason !== undefined) return refuse(reason);
  try {
    return understood(written);
  } catch (error) {
    if (error instanceof NotUnderstood) return refuse(error.message);
    throw error;
  }
}

function refuse(reason: string): ForeignMatchResult {
  return { ok: false, reason };
}

/** Thrown and caught in this file only. */
class NotUnderstood extends Error {}

function unknownCondition(match: PlainRecord): string | undefined {
  const bound = listAt(match, "gateways").length > 0;
  const unknown = Object.keys(match).filter((field) => {
    const isEmpty = ["{}", "[]", '""', "null"].includes(canonicalText(match[field]));
    if (knownFields.has(field) || isEmpty) return false;
    // route.go, sourceMatchHTTP: where a match names gateways, its source is not looked at.
    return !(bound && (field === "sourceLabels" || field === "sourceNamespace"));
  });
  return unknown.length === 0 ? undefined : `it depends on ${unknown.join(", ")}`;
}

function understood(written: PlainRecord): ForeignMatchResult {
  const uri = readStringMatch(written["uri"], "uri");
  const headers = readHeaders(written);
  const queryParams = readConditions(written["queryParams"], "queryParams");
  const ignoreUriCase = written["ignoreUriCase"] === true && uri !== undefined;
  const match: HttpMatchRequest = {
    ...(uri === undefined ? {} : { uri }),
    ...(ignoreUriCase ? { ignoreUriCase } : {}),
    ...(Object.keys(headers).length === 0 ? {} : { headers }),
    ...(Object.keys(queryParams).length === 0 ? {} : { queryParams }),
  };
  const set = requestSet({
    path: pathOf(uri, ignoreUriCase),
    methods: [],
    headers: valuesOf(headers),
    queryParams: valuesOf(queryParams),
    location: { file: "" },
  });
  if (!set.ok) return refuse(`Istio would refuse it: ${set.reason}`);
  if (findRequest(set.set).kind === "none") {
    return refuse("no request can meet it: paths are normalised, and compared without their query");
  }
  const port = numberAt(written, "port");
  return {
    ok: true,
    match: {
      match,
      requests: set.set,
      key: canonicalText(match),
      gateways: textsAt(written, "gateways"),
      // 0 is the absent number of Istio's API.
      port: port === 0 ? undefined : port,
    },
  };
}

function pathOf(uri: StringMatch | undefined, ignoreCase: boolean): PathMatch {
  if (uri === undefined) return { kind: "prefix", value: "/", ignoreCase: false };
  const value = valueOf(uri);
  if (value.kind === "present") return { kind: "prefix", value: "/", ignoreCase: false };
  return value.kind === "regex" ? value : { ...value, ignoreCase };
}

function readHeaders(written: PlainRecord): Record<string, StringMatch> {
  const headers = lowerCased(readConditions(written["headers"], "headers"));
  for (const name of Object.keys(headers)) {
    if (name === ":method" || name === ":authority" || name === ":scheme") continue;
    // `:path` would see the query; Envoy keeps the host elsewhere; `@request.auth.…` looks into tokens.
    if (/^[:@]/.test(name) || name === "host") throw new NotUnderstood(`it depends on header ${name}`);
  }
  for (const field of ["method", "authority", "scheme"]) {
    const condition = readStringMatch(written[field], field);
    if (condition === undefined) continue;
    if (`:${field}` in headers) throw new NotUnderstood(`it has two conditions on ${field}`);
    headers[`:${field}`] = condition;
  }
  return headers;
}

function lowerCased(headers: Readonly<Record<string, StringMatch>>): Record<string, StringMatch> {
  const entries = Object.entries(headers).map(([name, value]) => [name.toLowerCase(), value] as const);
  const lower = Object.fromEntries(entries);
  if (Object.keys(lower).length < entries.length)
    throw new NotUnderstood("it names a header twice, in different case");
  return lower;
}

function readConditions(value: unknown, field: string): Record<string, StringMatch> {
  if (value === undefined || value === null) return {};
  if (!isRecord(value)) throw new NotUnderstood(`${field} is not a mapping`);
  return Object.fromEntries(
    Object.entries(value).map(([name, condition]) => [name, presence(condition, `${field}.${name}`)]),
  );
}

/**
 * `{}`, null and the regex `*`, which is none, ask for presence only.
 * https://github.com/istio/istio/blob/1.30.3/pilot/pkg/networking/core/route/route.go canBeConvertedToPresentMatch
 */
function presence(condition: unknown, field: string): StringMatch {
  const match = readStringMatch(condition, field) ?? {};
  return "regex" in match && match.regex === "*" ? {} : match;
}

function readStringMatch(value: unknown, field: string): StringMatch | undefined {
  if (value === undefined || value === null) return undefined;
  if (!isRecord(value)) throw new NotUnderstood(`${field} is not one of exact, prefix, regex`);
  const kinds = Object.keys(value);
  const [kind] = kinds;
  if (kind === undefined) return undefined;
  const text = value[kind];
  if (kinds.length > 1 || !["exact", "prefix", "regex"].includes(kind)) {
    throw new NotUnderstood(`${field} has ${kinds.join(" and ")} instead of one of exact, prefix, regex`);
  }
  if (typeof text !== "string") throw new NotUnderstood(`${field}.${kind} is not text`);
  return { [kind]: text } as unknown as StringMatch;
}

function valuesOf(conditions: Readonly<Record<string, StringMatch>>): Record<string, ValueMatch> {
  return Object.fromEntries(Object.entries(conditions).map(([name, match]) => [name, valueOf(match)]));
}

function valueOf(match: StringMatch): ValueMatch {
  if ("exact" in match) return { kind: "exact", value: match.exact };
  if ("prefix" in match) return { kind: "prefix", value: match.prefix };
  return "regex" in match ? { kind: "regex", value: match.regex } : { kind: "present" };
}

/** A match in few words: `prefix /x/, header x-tenant`. */
export function describeForeignMatch({ match }: Pick<ForeignMatch, "match">): string {
  const [kind = "prefix", path = "/"] = Object.entries(match.uri ?? { prefix: "/" })[0] ?? [];
  const conditions = [
    ...Object.entries(match.headers ?? {}).map(([name, value]) =>
      name.startsWith(":") ? `${name.slice(1)} ${Object.values(value).join()}` : `header ${name}`,
    ),
    ...Object.keys(match.queryParams ?? {}).map((name) => `query ${name}`),
  ];
  const fold = match.ignoreUriCase === true ? " (ignoring case)" : "";
  return [`${kind} ${path}${fold}`, ...conditions].join(", ");
}

/** The name under which an object refers to a gateway, in full: `mesh` or `<namespace>/<name>`. */
export function gatewayName(written: string, namespace: string): string {
  if (written === "mesh") return written;
  const [before = "", after] = written.split("/");
  if (after !== undefined) return `${before === "." ? namespace : before}/${after}`;
  // virtualservice.go, resolveGatewayName: the old form is `name.namespace.svc.…`
  const [name = "", ofGateway] = written.split(".");
  return `${ofGateway ?? namespace}/${name}`;
}

/** Where one object's rule is, for notes. */
export function matchPlace(rule: number, match: number | undefined): string {
  return match === undefined ? `spec.http[${rule}]` : `spec.http[${rule}].match[${match}]`;
}
