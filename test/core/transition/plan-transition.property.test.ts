import fc from "fast-check";
import { describe, expect, it } from "@jest/globals";
import type { VirtualService } from "../../../core/mesh/istio.ts";
import { environmentHost } from "../../../core/mesh/names.ts";
import type { WitnessRequest } from "../../../core/problem.ts";
import { firstMatch, mergeVirtualServices } from "../../../core/route/istio-merge.ts";
import type { Proof } from "../../../core/route/prove.ts";
import { planTransition } from "../../../core/transition/plan-transition.ts";
import type { RouteMatch } from "../../../core/service.ts";
import { arbitraryMatch } from "../route/arbitrary-match.ts";
import { rendered } from "../route/environments.ts";
import { provenEnvironment, requestsFor } from "../route/random-environments.ts";

type Services = RouteMatch[][][];

const arbitraryRules = fc.array(fc.array(arbitraryMatch, { minLength: 1, maxLength: 2 }), {
  minLength: 1,
  maxLength: 2,
});

/** What becomes of a service: a random change of everything, or rules handed round, which is what makes circles. */
const arbitraryChange = fc.record({
  before: fc.array(arbitraryRules, { minLength: 2, maxLength: 5 }),
  fresh: fc.array(arbitraryRules, { minLength: 5, maxLength: 5 }),
  moves: fc.array(fc.constantFrom("keep", "rotate", "rotate", "fresh", "both", "remove"), {
    minLength: 5,
    maxLength: 5,
  }),
  added: fc.option(arbitraryRules, { nil: undefined }),
  choices: fc.array(fc.nat(), { minLength: 40, maxLength: 40 }),
  fallbacks: fc.tuple(fc.option(fc.nat(4), { nil: undefined }), fc.option(fc.nat(4), { nil: undefined })),
  seed: fc.nat(),
});

type Change = typeof arbitraryChange extends fc.Arbitrary<infer Value> ? Value : never;

function servicesAfter({ before, fresh, moves, added }: Change): Services {
  const after = before.flatMap((own, index): Services => {
    const next = before[(index + 1) % before.length] ?? own;
    switch (moves[index] ?? "keep") {
      case "rotate":
        return [next];
      case "fresh":
        return [fresh[index] ?? own];
      case "both":
        return [[...own, ...next]];
      case "remove":
        return [];
      case "keep":
        return [own];
    }
  });
  return [...after, ...(added === undefined ? [] : [added])];
}

/** A cluster that is written to object by object, in which age decides wherever it can. */
class Cluster {
  readonly #objects = new Map<string, { object: VirtualService; created: string }>();
  readonly #random: () => number;

  constructor(random: () => number) {
    this.#random = random;
  }

  get live(): VirtualService[] {
    return [...this.#objects.values()].map(({ object }) => object);
  }

  write(object: VirtualService): void {
    const created =
      this.#objects.get(object.metadata.name)?.created ?? `2026-01-01T00:00:0${this.#random() % 9}Z`;
    this.#objects.set(object.metadata.name, { object, created });
  }

  remove(name: string): void {
    this.#objects.delete(name);
  }

  /** By which rule each request is answered; every rule of a test has a timeout of its own. */
  answers(requests: readonly WitnessRequest[]): string[] {
    const merged = mergeVirtualServices([...this.#objects.values()]);
    return requests.map((request) => {
      const match = firstMatch(merged, request);
      return match === undefined
        ? "nobody"
        : (match.rule.timeout ?? `fallback ${match.object.metadata.name}`);
    });
  }
}

function generator(seed: number): () => number {
  let state = seed >>> 0;
  return () => (state = (Math.imul(state, 1664525) + 1013904223) >>> 0) >>> 8;
}

function shuffled<Item>(items: readonly Item[], random: () => number): Item[] {
  return items
    .map((item) => ({ item, key: random() }))
    .sort((a, b) => a.key - b.key)
    .map(({ item }) => item);
}

function answersOf(objects: readonly VirtualService[], requests: readonly WitnessRequest[]): string[] {
  const cluster = new Cluster(() => 0);
  for (const object of objects) cluster.write(object);
  return cluster.answers(requests);
}

const seen = { changes: 0, circles: 0, moments: 0 };

/** Throws if a request at some moment goes to anybody but its owner of before or of after. */
function checkTransition(change: Change): void {
  const [before, after] = [change.before, servicesAfter(change)];
  if (after.length === 0) return;
  const proofs = [before, after].map((services, index) => {
    const fallback = change.fallbacks[index];
    return provenEnvironment({ services, choices: change.choices, fallback });
  });
  if (proofs[0] === undefined || proofs[1] === undefined) return;
  const [old, planned] = (proofs as [Proof, Proof]).map(rendered) as [VirtualService[], VirtualService[]];
  const all = requestsFor([...before, ...after]);
  const step = Math.max(1, Math.ceil(all.length / 120));
  const requests = all.filter((_, index) => index % step === change.seed % step);
  const [was, willBe] = [answersOf(old, requests), answersOf(planned, requests)];
  const random = generator(change.seed);
  const cluster = new Cluster(random);
  for (const object of old) cluster.write(object);
  const check = (moment: string) => {
    seen.moments += 1;
    cluster.answers(requests).forEach((answer, index) => {
      if (answer === was[index] || answer === willBe[index]) return;
      throw new Error(
        `${moment}: ${JSON.stringify(requests[index])} goes to ${answer}, not to ${was[index]} or ${willBe[index]}`,
      );
    });
  };
  const names = new Set(planned.map(({ metadata }) => metadata.name));
  seen.changes += 1;
  for (let run = 0; ; run += 1) {
    const { waves, unfinished } = planTransition(planned, cluster.live, environmentHost("alpha"));
    const written = waves.flat().map(({ metadata }) => metadata.name);
    expect(new Set(written).size).toBe(written.length);
    expect(written.filter((name) => !unfinished.includes(name)).sort()).toEqual(
      [...names].filter((name) => !unfinished.includes(name)).sort(),
    );
    for (const object of waves.flatMap((wave) => shuffled(wave, random))) {
      cluster.write(object);
      check(`after writing ${object.metadata.name}`);
    }
    for (const { metadata } of shuffled(cluster.live, random)) {
      if (written.includes(metadata.name)) continue;
      cluster.remove(metadata.name);
      check(`after deleting ${metadata.name}`);
    }
    if (unfinished.length === 0) break;
    seen.circles += 1;
    expect(run).toBeLessThan(2);
  }
  expect(answersOf(cluster.live, requests)).toEqual(willBe);
}

describe("a transition", () => {
  it("leaves every request with its old or its new owner at every moment, whatever the order of creation", () => {
    fc.assert(fc.property(arbitraryChange, checkTransition), { numRuns: 400, seed: 20_261_130 });
    // The property is worth something only if changes could be settled, and circles are among them.
    expect(seen.changes).toBeGreaterThan(100);
    expect(seen.circles).toBeGreaterThan(10);
  }, 120_000);
});
