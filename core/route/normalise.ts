/**
 * What the proxy makes of a path before it looks for a route: the mesh's `pathNormalization`
 * (https://istio.io/latest/docs/reference/config/istio.mesh.v1alpha1/#MeshConfig-ProxyPathNormalization).
 * BASE is Istio's default: dot segments, `\` and needless percent-encoding go, double slashes stay.
 */
export type PathNormalisation = "NONE" | "BASE" | "MERGE_SLASHES" | "DECODE_AND_MERGE_SLASHES";

/** Encoded by the proxy before it matches, so no pattern ever sees them in a path. */
const encodedChars = '{}"<>^|`';

/** Refused by the proxy with 400, encoded or not. */
const refusedEncoding = "00";

export type NormalisedPath =
  { readonly ok: true; readonly path: string } | { readonly ok: false; readonly reason: string };

/** The path (without its query) that routes are compared with, or why the proxy refuses it. */
export function normalisePath(path: string, mode: PathNormalisation = "BASE"): NormalisedPath {
  if (!path.startsWith("/")) return { ok: false, reason: "a path begins with /" };
  if (/[^\x21-\x7e]|[?#]/.test(path)) {
    return {
      ok: false,
      reason: "control characters, spaces, # and non-ASCII characters are refused by the proxy",
    };
  }
  // Nearly all paths have nothing to normalise, and this is asked for every text that is tried.
  if (mode === "NONE" || !/[.%\\{}"<>^|`]|\/\//.test(path)) return { ok: true, path };
  const unescaped =
    mode === "DECODE_AND_MERGE_SLASHES" ? path.replace(/%2f/gi, "/").replace(/%5c/gi, "\\") : path;
  if (unescaped.includes(`%${refusedEncoding}`)) return { ok: false, reason: "%00 is refused by the proxy" };
  const canonical = withoutDotSegments(
    decodeUnreserved(withoutDotParameters(unescaped).replaceAll("\\", "/")).replace(/[{}"<>^|`]/g, encoded),
  );
  const merges = mode === "MERGE_SLASHES" || mode === "DECODE_AND_MERGE_SLASHES";
  return { ok: true, path: merges ? canonical.replace(/\/{2,}/g, "/") : canonical };
}

function encoded(char: string): string {
  return `%${char.charCodeAt(0).toString(16).toUpperCase()}`;
}

/** Decodes what https://www.rfc-editor.org/rfc/rfc3986#section-2.3 calls unreserved, until nothing is left to decode. */
function decodeUnreserved(path: string): string {
  const decoded = path.replace(/%([0-9a-f]{2})/gi, (escape: string, digits: string) => {
    const char = String.fromCharCode(parseInt(digits, 16));
    return isUnreserved(char) ? char : escape;
  });
  return decoded === path ? path : decodeUnreserved(decoded);
}

/** Unreserved characters are decoded before matching, so their encoding never occurs in a path. */
export function isUnreserved(char: string): boolean {
  return /^[A-Za-z0-9._~-]$/.test(char);
}

/**
 * `..;x` is a dot segment as well, since Envoy 1.39 (`strip_dotdot_segments_with_parameters`), but only where the dots are written as
 * such: `%2e%2e;x` is left as `..;x`.
 */
function withoutDotParameters(path: string): string {
  return path.replace(/(?<=\/)(\.{1,2});[^/]*/g, "$1");
}

/** https://www.rfc-editor.org/rfc/rfc3986#section-5.2.4; an empty segment is a segment like any other. */
function withoutDotSegments(path: string): string {
  const kept: string[] = [];
  const segments = path.slice(1).split("/");
  segments.forEach((segment, index) => {
    const last = index === segments.length - 1;
    if (segment === "..") kept.pop();
    if (segment === "." || segment === "..") {
      if (last) kept.push("");
    } else kept.push(segment);
  });
  return `/${kept.join("/")}`;
}

export { encodedChars, refusedEncoding };
