import type { WitnessRequest } from "../problem.ts";
import { normalisePath, type PathNormalisation } from "./normalise.ts";

/** A request as somebody writes it down, and as the proxy compares it. */
export interface ParsedRequest {
  /** Of a Host header, or else of the URL; lower-case, without port; undefined if only a path was given. */
  readonly host: string | undefined;
  /** As given, without query. */
  readonly rawPath: string;
  /** What is compared: normalised path, first values of parameters undecoded, repeated headers joined (proxies since Envoy 1.39 look at each). */
  readonly request: WitnessRequest;
}

export type ParseResult =
  | { readonly ok: true; readonly parsed: ParsedRequest }
  | { readonly ok: false; readonly reason: string; readonly refused?: undefined }
  /** It is a request, but one that the proxy answers with 400 before it looks for a route. */
  | { readonly ok: false; readonly reason: string; readonly refused: RefusedRequest };

export type RefusedRequest = Pick<ParsedRequest, "host" | "rawPath"> & { readonly method: string };

/**
 * Reads `URL`, `METHOD URL` or a path alone. It is not parsed by `URL`, which would normalise the path by rules of its own.
 * @param headers `name: value` each; repeated names are joined by a comma, as the proxy does
 */
export function parseRequest(
  text: string,
  headers: readonly string[] = [],
  normalisation: PathNormalisation = "BASE",
): ParseResult {
  const target = readTarget(text);
  if (target === undefined)
    return { ok: false, reason: `${JSON.stringify(text)} is neither a URL nor a path that begins with /` };
  const { method, authority, rawPath, query } = target;
  const values = readHeaders(headers);
  if (typeof values === "string") return { ok: false, reason: values };
  // A Host header of its own counts, as it does for whoever sends the request.
  const { host = authority, ...others } = values;
  const asked = { host: host === undefined ? undefined : hostOf(host), rawPath };
  const normalised = normalisePath(rawPath, normalisation);
  if (!normalised.ok) {
    const reason = `the proxy would refuse ${rawPath}: ${normalised.reason}`;
    return { ok: false, reason, refused: { ...asked, method } };
  }
  const request = { method, path: normalised.path, query: readQuery(query), headers: others };
  return { ok: true, parsed: { ...asked, request } };
}

function readTarget(text: string) {
  const parts = /^(?:([A-Z]+)\s+)?(?:https?:\/\/([^/?#\s]+))?(\/[^?#]*)?(?:\?([^#]*))?(?:#.*)?$/.exec(
    text.trim(),
  );
  const [, method = "GET", authority, path, query = ""] = parts ?? [];
  if (authority === undefined && path === undefined) return undefined;
  return { method, authority, rawPath: path ?? "/", query };
}

function hostOf(authority: string): string {
  return authority.replace(/^.*@/, "").replace(/:\d*$/, "").toLowerCase();
}

/** The first value of each parameter counts, and nothing is decoded. */
function readQuery(query: string): Record<string, string> {
  const values = new Map<string, string>();
  for (const part of query.split("&").filter((each) => each !== "")) {
    const [name = "", ...rest] = part.split("=");
    if (!values.has(name)) values.set(name, rest.join("="));
  }
  return Object.fromEntries(values);
}

/** The values by lower-case name, or what is wrong with a line. */
function readHeaders(lines: readonly string[]): Record<string, string> | string {
  const values = new Map<string, string>();
  for (const line of lines) {
    const [, name, value = ""] = /^([^\s:]+):\s*(.*?)\s*$/.exec(line) ?? [];
    if (name === undefined) return `${JSON.stringify(line)} is not a header: write 'name: value'`;
    const key = name.toLowerCase();
    const known = values.get(key);
    values.set(key, known === undefined ? value : `${known},${value}`);
  }
  return Object.fromEntries(values);
}
