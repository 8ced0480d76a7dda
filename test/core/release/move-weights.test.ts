import { describe, expect, it } from "@jest/globals";
import { moveWeights, nextStep, type ReleaseOrder } from "../../../core/release/move-weights.ts";
import type { Destination, Service } from "../../../core/service.ts";
import { aForward, aRoute, aService, aServiceWith } from "../../support/builders.ts";

const steps = [1, 10, 50, 100];

function shop(splits: Destination[][], changes: Partial<Service> = {}): Service {
  const routes = splits.map((traffic) => aRoute({ action: aForward(traffic) }));
  return aService({ name: "shop", release: { steps }, routes, ...changes });
}

const blueGreen = (blue: number, green: number): Destination[] => [
  { service: "shop", weight: blue },
  { service: "green", weight: green },
];

function weights(service: Service, target: string, order: ReleaseOrder): number[][] | string {
  const result = moveWeights(service, target, order);
  return result.ok
    ? result.move.routes.map(({ to }) => to.map(({ weight }) => weight))
    : `${result.problem.code} ${result.problem.location?.line}`;
}

const next: ReleaseOrder = { kind: "next" };
const rollback: ReleaseOrder = { kind: "rollback" };
const step = (number: number): ReleaseOrder => ({ kind: "step", number });
const weight = (percent: number): ReleaseOrder => ({ kind: "weight", percent });

describe("moveWeights", () => {
  it.each<[string, Destination[][], ReleaseOrder, number[][]]>([
    ["to the first step", [blueGreen(100, 0)], next, [[99, 1]]],
    ["to the next", [blueGreen(90, 10)], next, [[50, 50]]],
    ["from between two steps", [blueGreen(95, 5)], next, [[90, 10]]],
    ["nowhere from the last", [blueGreen(0, 100)], next, [[0, 100]]],
    ["to a step by number", [blueGreen(99, 1)], step(3), [[50, 50]]],
    ["to the step where it is", [blueGreen(50, 50)], step(3), [[50, 50]]],
    ["back a step", [blueGreen(50, 50)], step(1), [[99, 1]]],
    ["to any weight", [blueGreen(99, 1)], weight(33), [[67, 33]]],
    ["back from the end", [blueGreen(0, 100)], rollback, [[100, 0]]],
    ["back from the beginning", [blueGreen(100, 0)], rollback, [[100, 0]]],
    ["nowhere", [blueGreen(70, 30)], { kind: "stay" }, [[70, 30]]],
    [
      "in all routes at once",
      [blueGreen(100, 0), blueGreen(100, 0)],
      next,
      [
        [99, 1],
        [99, 1],
      ],
    ],
    [
      "together by number",
      [blueGreen(99, 1), blueGreen(50, 50)],
      step(2),
      [
        [90, 10],
        [90, 10],
      ],
    ],
    [
      "past routes without the target",
      [[{ service: "shop", weight: 100 }], blueGreen(100, 0)],
      next,
      [[99, 1]],
    ],
  ])("moves %s", (_, splits, order, expected) => {
    expect(weights(shop(splits), "green", order)).toEqual(expected);
  });

  it("lets the others share in proportion, in the order of the file", () => {
    const three = [{ service: "a", weight: 60 }, ...blueGreen(30, 10)];
    expect(weights(shop([three]), "green", next)).toEqual([[33, 17, 50]]);
    expect(weights(shop([three]), "green", rollback)).toEqual([[67, 33, 0]]);
  });

  it("moves a tag, by its name alone or with its service", () => {
    const tags = [
      { service: "shop", tag: "blue", weight: 100 },
      { service: "shop", tag: "green", weight: 0 },
    ];
    for (const target of ["green", "shop@green"])
      expect(weights(shop([tags]), target, next)).toEqual([[99, 1]]);
    expect(weights(shop([tags]), "shop", next)).toBe("release-unknown-target 1");
  });

  it.each<[string, Destination[][], string, ReleaseOrder, string]>([
    ["an unknown target", [blueGreen(100, 0)], "gren", next, "release-unknown-target 1"],
    [
      "a tag that several have",
      [
        [
          { service: "a", tag: "next", weight: 50 },
          { service: "b", tag: "next", weight: 50 },
        ],
      ],
      "next",
      next,
      "release-unknown-target 1",
    ],
    ["a step that is none", [blueGreen(100, 0)], "green", step(5), "release-no-step 1"],
    ["step 0", [blueGreen(100, 0)], "green", step(0), "release-no-step 1"],
    [
      "routes at different weights",
      [blueGreen(99, 1), blueGreen(90, 10)],
      "green",
      next,
      "release-unclear 1",
    ],
    ["a rest for nobody", [[{ service: "green", weight: 100 }]], "green", rollback, "release-unclear 2"],
    [
      "a rest for one of several",
      [[{ service: "a", weight: 0 }, ...blueGreen(0, 100)]],
      "green",
      rollback,
      "release-unclear 2",
    ],
  ])("refuses %s", (_, splits, target, order, refusal) => {
    expect(weights(shop(splits), target, order)).toBe(refusal);
  });

  it("refuses steps without a plan, but knows other ways", () => {
    const planless = aServiceWith(aForward(blueGreen(100, 0)));
    expect(weights(planless, "green", next)).toBe("release-no-step 1");
    expect(weights(planless, "green", step(1))).toBe("release-no-step 1");
    expect(weights(planless, "green", weight(5))).toEqual([[95, 5]]);
  });

  it("leaves weights to whom they belong, even a rollback", () => {
    const managed = shop([blueGreen(50, 50)], { weightsManagedBy: "flagger" });
    expect(weights(managed, "green", rollback)).toBe("release-weights-managed 1");
  });

  it("suggests the target that was meant", () => {
    const result = moveWeights(shop([blueGreen(100, 0)]), "gren", next);
    expect(!result.ok && result.problem.fix).toBe("did you mean green?");
  });

  it("says which weight the target has, unless routes differ", () => {
    const stay = (splits: Destination[][]) => {
      const result = moveWeights(shop(splits), "green", { kind: "stay" });
      return result.ok ? result.move.weight : result.problem.code;
    };
    expect(stay([blueGreen(70, 30)])).toBe(30);
    expect(stay([blueGreen(70, 30), blueGreen(60, 40)])).toBeUndefined();
  });
});

describe("nextStep", () => {
  it.each([
    [0, 1],
    [1, 10],
    [9, 10],
    [50, 100],
    [100, undefined],
  ])("after %i: %s", (from, to) => {
    expect(nextStep(steps, from)).toBe(to);
  });
});
