import { describe, expect, it } from "@jest/globals";
import { compact } from "../../../core/compact.ts";
import { keepForeignWeights } from "../../../core/mesh/foreign-weights.ts";
import type { HttpRoute, VirtualService } from "../../../core/mesh/istio.ts";
import { planMesh } from "../../../core/mesh/plan-mesh.ts";
import type { Route, Service } from "../../../core/service.ts";
import { aForward, aMatch, aRoute, aService, aStack } from "../../support/builders.ts";

const blue = { service: "shop", weight: 100 };
const green = { service: "green", weight: 0 };
const main = aRoute({ matches: [aMatch("/faas/api/shop/")], action: aForward([blue, green]) });

function plan(routes: Route[], changes: Partial<Service> = {}) {
  const service = aService({ name: "shop", weightsManagedBy: "argo-rollouts", routes, ...changes });
  const [environment] = planMesh(aStack({ services: [service] })).environments;
  const [object] = environment?.virtualServices ?? [];
  if (environment === undefined || object === undefined) throw new Error("one service is planned");
  return { object, foreignWeights: environment.foreignWeights };
}

function withWeights(object: VirtualService, ...weights: (number | undefined)[][]): VirtualService {
  const http = object.spec.http.map((rule, index) => ({
    ...rule,
    route: rule.route?.map((destination, position) => {
      return compact({ ...destination, weight: weights[index]?.[position] });
    }),
  }));
  return { ...object, spec: { ...object.spec, http: http as HttpRoute[] } };
}

/** Of a plan with one object whose rules at `rules` have foreign weights. */
function withLiveWeights(planned: VirtualService, rules: number[], live: VirtualService | undefined) {
  const { name } = planned.metadata;
  const { virtualServices, shared } = keepForeignWeights(
    {
      virtualServices: [planned],
      foreignWeights: [{ virtualService: name, manager: "argo-rollouts", rules }],
    },
    live === undefined ? [] : [live],
  );
  return { object: virtualServices[0] ?? planned, settled: shared.get(name) };
}

const weightsOf = ({ spec }: VirtualService) =>
  spec.http.map(({ route }) => route?.map(({ weight }) => weight));

describe("foreignWeights of a plan", () => {
  it("names the splits of services that have another owner, and nothing else", () => {
    const { object, foreignWeights } = plan([aRoute({ matches: [aMatch("/faas/api/x/")] }), main]);
    expect(foreignWeights).toEqual([
      { virtualService: object.metadata.name, manager: "argo-rollouts", rules: [1] },
    ]);
    expect(plan([aRoute()]).foreignWeights).toEqual([]);
    const own = aService({ name: "shop", routes: [main] });
    expect(planMesh(aStack({ services: [own] })).environments[0]?.foreignWeights).toEqual([]);
  });

  it("counts the rules of previews", () => {
    const preview = {
      to: { service: "green" },
      mark: { kind: "header", name: "x-preview", value: "1" },
    } as const;
    const action = aForward([blue, green], { preview });
    expect(plan([aRoute({ action })]).foreignWeights).toMatchObject([{ rules: [1] }]);
  });
});

describe("keepForeignWeights", () => {
  const { object: planned } = plan([main]);

  it("keeps the file's weights where nothing is live", () => {
    expect(withLiveWeights(planned, [0], undefined)).toEqual({ object: planned, settled: false });
  });

  it("takes the live ones, by destination, and is settled if nothing else differs", () => {
    const live = withWeights(planned, [30, 70]);
    expect(withLiveWeights(planned, [0], live)).toEqual({ object: live, settled: true });
  });

  it("reads a weight that is not there as 0, as Go writes it", () => {
    const { object, settled } = withLiveWeights(planned, [0], withWeights(planned, [undefined, 100]));
    expect([weightsOf(object), settled]).toEqual([[[0, 100]], true]);
  });

  it("is not settled if anything else differs, and keeps the live weights all the same", () => {
    const changed = plan([{ ...main, action: aForward([green, blue], { timeout: "3s" }) }]).object;
    const { object, settled } = withLiveWeights(changed, [0], withWeights(planned, [30, 70]));
    expect([weightsOf(object), settled]).toEqual([[[70, 30]], false]);
    expect(object.spec.http[0]?.timeout).toBe("3s");
  });

  it("begins with the file's where the destinations are others", () => {
    const live = withWeights(
      plan([{ ...main, action: aForward([blue, { ...green, service: "red" }]) }]).object,
      [30, 70],
    );
    const { object, settled } = withLiveWeights(planned, [0], live);
    expect([weightsOf(object), settled]).toEqual([[[100, 0]], false]);
  });

  it("finds the counterpart by name, else by matches, else by order", () => {
    const route = (path: string, name?: string): Route => ({
      ...main,
      matches: [aMatch(path)],
      ...(name !== undefined && { name }),
    });
    const before = plan([route("/a/", "one"), route("/b/"), route("/c/")]).object;
    const live = withWeights(before, [1, 99], [2, 98], [3, 97]);
    const after = plan([route("/b/"), route("/d/", "one"), route("/e/")]).object;
    const { object } = withLiveWeights(after, [0, 1, 2], live);
    expect(weightsOf(object)).toEqual([
      [2, 98],
      [1, 99],
      [3, 97],
    ]);
  });

  it("gives a rule no counterpart that is another rule's", () => {
    const route = (path: string): Route => ({ ...main, matches: [aMatch(path)] });
    const live = withWeights(plan([route("/b/"), route("/a/")]).object, [2, 98], [1, 99]);
    const { object } = withLiveWeights(plan([route("/new/"), route("/b/")]).object, [0, 1], live);
    expect(weightsOf(object)).toEqual([
      [1, 99],
      [2, 98],
    ]);
  });

  it("leaves weights alone that are ours", () => {
    const both = plan([main, { ...main, matches: [aMatch("/faas/api/y/")] }]).object;
    const live = withWeights(both, [30, 70], [40, 60]);
    const { object, settled } = withLiveWeights(both, [0], live);
    expect([weightsOf(object), settled]).toEqual([
      [
        [30, 70],
        [100, 0],
      ],
      false,
    ]);
  });

  it("is the plan itself where all weights are ours", () => {
    const { virtualServices, shared } = keepForeignWeights(
      { virtualServices: [planned], foreignWeights: [] },
      [withWeights(planned, [30, 70])],
    );
    expect([virtualServices, shared.size]).toEqual([[planned], 0]);
  });
});
