import { RE2JS } from "re2js";
import type { PathMatch, Rewrite } from "../service.ts";

/**
 * The path (a rewrite by regex may add a query) that a request goes on with. `uri` takes the place of what was matched: of the prefix,
 * otherwise of the whole path (https://istio.io/latest/docs/reference/config/networking/virtual-service/#HTTPRewrite).
 * @param match as rendered, since a catch-all is rendered as prefix `/`
 */
export function rewrittenPath(rewrite: Rewrite | undefined, match: PathMatch, path: string): string {
  if (rewrite === undefined) return path;
  if (rewrite.kind === "regex") return replaceAll(rewrite.match, rewrite.replace, path);
  return match.kind === "prefix" ? rewrite.uri + path.slice(match.value.length) : rewrite.uri;
}

/**
 * Envoy replaces every match, as RE2::GlobalReplace does (https://github.com/google/re2/blob/main/re2/re2.cc): `\0` to `\9` are groups, and
 * where a match ends no empty one follows.
 */
function replaceAll(pattern: string, replacement: string, text: string): string {
  let end = -1;
  return RE2JS.compile(pattern)
    .matcher(text)
    .replaceAll((...found: unknown[]) => {
      const whole = textOf(found[0]);
      // The groups, then the offset; a pattern with named groups adds more behind it.
      const offset = found.findIndex((each) => typeof each === "number");
      const start = Number(found[offset]);
      if (whole === "" && start === end) return "";
      end = start + whole.length;
      return replacement.replace(/\\([0-9\\])/g, (_, name: string) =>
        name === "\\" ? name : textOf(found.slice(0, offset)[Number(name)]),
      );
    });
}

function textOf(group: unknown): string {
  return typeof group === "string" ? group : "";
}
