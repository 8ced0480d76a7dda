import { describe, expect, it } from "@jest/globals";
import type { Clause } from "../../../core/route/clause.ts";
import { proveStack } from "../../../core/route/prove.ts";
import { treatmentDifference } from "../../../core/route/treatment.ts";
import type { RouteAction, Service } from "../../../core/service.ts";
import { aForward, aServiceWith, aStack } from "../../support/builders.ts";

function clause(action: RouteAction, service: Partial<Service> = {}): Clause {
  const stack = aStack({ services: [aServiceWith(action, service)] });
  const [found] = proveStack(stack, { today: "2026-11-23" }).environments[0]?.clauses ?? [];
  if (found === undefined) throw new Error("no clause");
  return found;
}

describe("two treatments of a request", () => {
  it.each<[string, RouteAction, RouteAction]>([
    ["the unit of a duration", aForward("a", { timeout: "1m" }), aForward("a", { timeout: "60s" })],
    [
      "the unit of a duration inside",
      aForward("a", { retries: { attempts: 1, perTryTimeout: "1s" } }),
      aForward("a", { retries: { perTryTimeout: "1000ms", attempts: 1 } }),
    ],
    [
      "the order of a split and weights of 0",
      aForward([
        { service: "a", weight: 90 },
        { service: "b", weight: 10 },
      ]),
      aForward([
        { service: "c", weight: 0 },
        { weight: 10, service: "b" },
        { service: "a", weight: 90 },
      ]),
    ],
    ["the default status", { kind: "redirect", uri: "/x" }, { kind: "redirect", uri: "/x", status: 301 }],
  ])("do not differ by %s", (_what, a, b) => {
    expect(treatmentDifference(clause(a), clause(b))).toEqual([]);
  });

  it.each<[string[], RouteAction, RouteAction]>([
    [["timeout"], aForward("a", { timeout: "1m" }), aForward("a", { timeout: "1s" })],
    [["retries", "timeout"], aForward("a", { timeout: "1m" }), aForward("a", { retries: { attempts: 0 } })],
    [["traffic"], aForward("a"), aForward("b")],
    [
      ["headers"],
      aForward("a", { headers: { request: { set: { timeout: "1m" } } } }),
      aForward("a", { headers: { request: { set: { timeout: "60s" } } } }),
    ],
    [["kind", "traffic", "uri", "status"].sort(), aForward("a"), { kind: "redirect", uri: "/x" }],
  ])("differ by %j", (fields, a, b) => {
    expect(treatmentDifference(clause(a), clause(b))).toEqual(fields);
    expect(treatmentDifference(clause(b), clause(a))).toEqual(fields);
  });

  it("differ by the namespace that they lead to", () => {
    const action = aForward("a");
    expect(treatmentDifference(clause(action), clause(action, { namespace: "other" }))).toEqual([
      "namespace",
    ]);
  });
});
