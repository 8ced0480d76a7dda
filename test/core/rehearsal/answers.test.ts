import { describe, expect, it } from "@jest/globals";
import type { HttpRoute, VirtualService } from "../../../core/mesh/istio.ts";
import { answersOf } from "../../../core/rehearsal/answers.ts";

function object(name: string, ...http: HttpRoute[]): VirtualService {
  return {
    apiVersion: "networking.istio.io/v1",
    kind: "VirtualService",
    metadata: { name, namespace: "kfaas-system" },
    spec: { hosts: ["h"], gateways: ["g"], http },
  };
}

const rule = (prefix: string, timeout: string): HttpRoute => ({ match: [{ uri: { prefix } }], timeout });
const request = { method: "GET", path: "/x/y/", query: {}, headers: {} };

describe("what istiod's list answers, all objects of one age", () => {
  // As somebody would write them by hand: whoever comes first takes /x/y/.
  const contending = [object("a", rule("/x/", "1s")), object("a-b", rule("/x/y/", "2s"))];

  it("follows the order of the names, as the istiod of the time compares them", () => {
    expect(answersOf(contending, "separate")(request)).toBe('{"timeout":"1s"}');
    expect(answersOf(contending, "joined")(request)).toBe('{"timeout":"2s"}');
  });

  it("is uncertain where istiod's order is", () => {
    expect(answersOf(contending, "store")(request)).toBe('{"timeout":"1s"} or {"timeout":"2s"}');
  });

  it("is 404 where nothing matches", () => {
    expect(answersOf(contending, "store")({ ...request, path: "/z/" })).toBe("404");
  });

  it("leaves out names, and the host of hop 2, but not what the destinations are told", () => {
    const headers = { request: { set: { Host: "blue" } } };
    const route = [{ destination: { host: "gateway", port: { number: 80 } }, weight: 100, headers }];

    expect(answersOf([object("a", { name: "n", route })], "separate")(request)).toBe(
      '{"route":[{"headers":{"request":{"set":{"Host":"blue"}}},"weight":100}]}',
    );
  });
});
