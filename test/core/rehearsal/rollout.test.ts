import { describe, expect, it } from "@jest/globals";
import { mixedUses, rolloutOrder } from "../../../core/rehearsal/rollout.ts";
import type { Stack } from "../../../core/stack.ts";
import {
  aManagedGateway,
  anEnvironment,
  aRoute,
  aService,
  aServiceWith,
  aStack,
  versions,
} from "../../support/builders.ts";

const production = (name: string, maxReplicas: number, changes: Partial<Stack> = {}): Stack =>
  aStack({
    name,
    production: true,
    gateways: { entry: aManagedGateway({ maxReplicas }), clusterLocal: { mode: "existing" } },
    ...changes,
  });

describe("the order in which clusters are moved", () => {
  it("is test before production: the newest and richest test first, the smallest production first", () => {
    const environments = ["alpha", "beta"].map((name) => anEnvironment({ name }));
    const stacks = [
      production("prod-home", 40),
      production("prod-b", 10),
      production("prod-a", 10),
      aStack({ name: "a-prerelease", versions: versions({ istio: "1.30" }) }),
      aStack({ name: "b-prerelease", versions: versions({ istio: "1.30", knative: "1.9" }) }),
      aStack({ name: "c-prerelease", versions: versions({ istio: "1.30" }), environments }),
      aStack({ name: "test" }),
    ];

    expect(rolloutOrder(stacks).map(({ name }) => name)).toEqual([
      "test",
      "c-prerelease",
      "a-prerelease",
      "b-prerelease",
      "prod-a",
      "prod-b",
      "prod-home",
    ]);
  });
});

describe("what only some clusters can serve", () => {
  const answer = aServiceWith({ kind: "directResponse", status: 200 }, { name: "answer" });

  it("is named with the clusters that lack it and where it is written", () => {
    const stacks = [
      aStack({ services: [aService(), answer] }),
      production("prod-a", 1, { versions: versions({ istio: "1.14" }) }),
      production("prod-b", 2, { versions: versions({ istio: "1.15" }) }),
    ];

    expect(mixedUses(stacks)).toEqual([
      {
        stack: "test",
        environment: "alpha",
        service: "answer",
        what: "direct responses",
        since: "1.15",
        lacking: ["prod-a"],
        location: aRoute().location,
      },
    ]);
  });

  it("is nothing where all have it", () => {
    expect(mixedUses([aStack({ services: [answer] }), production("prod", 1)])).toEqual([]);
  });
});
