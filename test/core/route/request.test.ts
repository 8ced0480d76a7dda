import { describe, expect, it } from "@jest/globals";
import { parseRequest } from "../../../core/route/request.ts";

function parsed(text: string, headers: string[] = []) {
  const result = parseRequest(text, headers);
  if (!result.ok) throw new Error(result.reason);
  return result.parsed;
}

describe("a request as written down", () => {
  it("is a URL, a method and a URL, or a path", () => {
    expect(parsed("http://Faas-alpha.example:8080/a/../b?x=1&x=2&y#top")).toEqual({
      host: "faas-alpha.example",
      rawPath: "/a/../b",
      request: { method: "GET", path: "/b", query: { x: "1", y: "" }, headers: {} },
    });
    expect(parsed("POST https://h/x").request).toMatchObject({ method: "POST", path: "/x" });
    expect(parsed("/x%2Fy").request.path).toBe("/x%2Fy");
    expect(parsed("http://h").request.path).toBe("/");
    expect(parsed("DELETE /x").host).toBeUndefined();
  });

  it("keeps parameters as they are sent", () => {
    expect(parsed("/x?a=%41=b&&c").request.query).toEqual({ a: "%41=b", c: "" });
  });

  it("takes the host of a Host header, as a server does", () => {
    const { host, request } = parsed("http://127.0.0.1:8080/x", ["HOST: Faas.Example:80", "x-a: 1"]);
    expect([host, request.headers]).toEqual(["faas.example", { "x-a": "1" }]);
  });

  it("tells what the proxy refuses from what is no request", () => {
    expect(parseRequest("POST http://H:1/%00")).toMatchObject({
      ok: false,
      refused: { host: "h", method: "POST", rawPath: "/%00" },
    });
    const unreadable = parseRequest("x");
    expect(unreadable.ok || unreadable.refused !== undefined).toBe(false);
  });

  it("joins repeated headers and lower-cases their names", () => {
    expect(parsed("/x", ["X-A: 1", "x-a:2 ", "y:"]).request.headers).toEqual({ "x-a": "1,2", y: "" });
  });

  it.each([
    ["", []],
    ["ftp://h/x", []],
    ["x/y", []],
    ["get /x", []],
    ["/a b", []],
    ["/ä", []],
    ["/x", ["no colon"]],
    ["/x", [": value"]],
  ])("but not %j with %j", (text, headers) => {
    expect(parseRequest(text, headers)).toMatchObject({ ok: false });
  });
});
