import { describe, expect, it } from "@jest/globals";
import { rewrittenPath } from "../../../core/route/rewritten-path.ts";
import type { Rewrite } from "../../../core/service.ts";
import { exact, prefix, regex } from "./arbitrary-match.ts";

function uri(text: string): Rewrite {
  return { kind: "uri", uri: text };
}

function byRegex(match: string, replace: string): Rewrite {
  return { kind: "regex", match, replace };
}

describe("a rewritten path", () => {
  it.each([
    ["nothing", undefined, prefix("/a/"), "/a/x", "/a/x"],
    ["the prefix", uri("/"), prefix("/a/"), "/a/x/y", "/x/y"],
    ["a prefix without slash, which doubles it", uri("/v1/"), prefix("/a"), "/a/x", "/v1//x"],
    ["the prefix in any case", uri("/b/"), prefix("/a/", true), "/A/x", "/b/x"],
    ["all of an exact path", uri("/b"), exact("/a/x"), "/a/x", "/b"],
    ["all that a regex matched", uri("/b"), regex("/a/.*"), "/a/x", "/b"],
    ["groups", byRegex("^/a/([0-9]+)/(.*)$", "/t/\\2?id=\\1"), prefix("/a/"), "/a/7/x", "/t/x?id=7"],
    ["named groups by number", byRegex("^/a/(?P<id>.*)$", "/\\1"), prefix("/a/"), "/a/7", "/7"],
    ["a group that took no part", byRegex("^/a(b)?", "/[\\1]"), prefix("/a"), "/ac", "/[]c"],
    ["the whole match and a backslash", byRegex("/a", "\\0\\\\"), prefix("/a"), "/a", "/a\\"],
    ["every match, as it stands", byRegex("a", "$1&"), prefix("/a"), "/aa", "/$1&$1&"],
    ["no empty match where one ends", byRegex(".*", "/b"), prefix("/a"), "/abc", "/b"],
    ["empty matches elsewhere", byRegex("b*", "X"), prefix("/a"), "/abc", "X/XaXcX"],
    ["what does not match", byRegex("^/z", "/y"), prefix("/a"), "/a", "/a"],
  ])("replaces %s", (_what, rewrite, match, path, result) => {
    expect(rewrittenPath(rewrite, match, path)).toBe(result);
  });
});
