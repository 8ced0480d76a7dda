import { describe, expect, it } from "@jest/globals";
import fc from "fast-check";
import { diffProofs } from "../../../core/route/diff.ts";
import { normalisePath } from "../../../core/route/normalise.ts";
import { ownerOf } from "../../../core/route/owner.ts";
import { type Proof, proveStack } from "../../../core/route/prove.ts";
import type { RouteAction } from "../../../core/service.ts";
import type { Stack } from "../../../core/stack.ts";
import { aForward, anEnvironment } from "../../support/builders.ts";
import { allConditions, allPaths, arbitraryMatch, match, prefix, regex } from "./arbitrary-match.ts";
import { type ServiceSketch, stackOf } from "./environments.ts";

/** Every rule of a service does the same here, unless told otherwise: the sketches' own timeouts would differ every time. */
function prove(
  sketches: Record<string, ServiceSketch>,
  action = (name: string): RouteAction => aForward(name),
  changes: Partial<Stack> = {},
): Proof {
  const stack = stackOf(sketches, changes);
  const services = stack.services.map((service) => ({
    ...service,
    routes: service.routes.map((route) => ({ ...route, action: action(service.name) })),
  }));
  return proveStack({ ...stack, services }, { today: "2026-11-23" });
}

function changes(from: Proof, to: Proof): string[] {
  return diffProofs(from, to).map(
    (change) => `${change.kind} ${change.from ?? "-"} ${change.to ?? "-"} ${change.witness.path}`,
  );
}

const a = { rules: [[match(prefix("/x/"))]] };
const b = { rules: [[match(prefix("/y/"))]] };

describe("two states of the files", () => {
  it("that say the same in other words differ in nothing", () => {
    expect(changes(prove({ a }), prove({ a }))).toEqual([]);
    expect(changes(prove({ a }), prove({ a: { rules: [[match(regex("/x/.*"))]] } }))).toEqual([]);
    expect(
      changes(
        prove({ a: { rules: [[match(prefix("/x/")), match(prefix("/z/"))]] } }),
        prove({ a: { rules: [[match(prefix("/z/"))], [match(prefix("/x/"))]] } }),
      ),
    ).toEqual([]);
    const green = { service: "green", weight: 0 };
    const split = () => aForward([green, { service: "a", weight: 100 }]);
    expect(changes(prove({ a }), prove({ a }, split))).toEqual([]);
  });

  it("differ by what moves, appears, vanishes and is treated differently", () => {
    expect(changes(prove({ a, b }), prove({ a: b, b: a }))).toEqual(["moved a b /x/", "moved b a /y/"]);
    expect(changes(prove({ a }), prove({ a, b }))).toEqual(["added - b /y/"]);
    expect(changes(prove({ a, b }), prove({ b }))).toEqual(["removed a - /x/"]);
    expect(
      changes(
        prove({ a }),
        prove({ a }, (name) => aForward(name, { timeout: "7s" })),
      ),
    ).toEqual(["policy a a /x/"]);
    const inner = { rules: [[match(prefix("/x/y/"))]] };
    expect(changes(prove({ a }), prove({ a, inner }))).toEqual(["moved a inner /x/y/"]);
    expect(changes(prove({ a, inner }), prove({ a }))).toEqual(["moved inner a /x/y/"]);
    expect(
      changes(prove({ a }), prove({ a: { rules: [[match(prefix("/x/"), { methods: ["GET"] })]] } })),
    ).toEqual(["removed a - /x/"]);
  });

  it("differ by environments and fallbacks", () => {
    const withFallback = { environments: [anEnvironment({ fallback: "a" })] };
    expect(changes(prove({ a }), prove({ a }, undefined, { environments: [] }))).toEqual(["removed a - /x/"]);
    expect(changes(prove({ a }), prove({ a }, undefined, withFallback))).toEqual(["added - a /"]);
    expect(changes(prove({ a }, undefined, withFallback), prove({ a, b }, undefined, withFallback))).toEqual([
      "moved a b /y/",
    ]);
  });

  it("that are one state differ in nothing, whatever is in it", () => {
    const rules = fc.array(fc.array(arbitraryMatch, { minLength: 1, maxLength: 3 }), { maxLength: 4 });
    fc.assert(
      fc.property(rules, (services) => {
        const state = () =>
          prove(Object.fromEntries(services.map((rule, i) => [`s${i}`, { rules: [rule] }])));
        expect(changes(state(), state())).toEqual([]);
      }),
      { numRuns: 60 },
    );
  });

  it("agree with all short requests", () => {
    const services = fc.array(fc.array(arbitraryMatch, { minLength: 1, maxLength: 2 }), {
      minLength: 1,
      maxLength: 3,
    });
    const sketch = (rules: (typeof a)["rules"]) =>
      Object.fromEntries(rules.map((matches, index) => [`s${index}`, { rules: [matches] }]));
    fc.assert(
      fc.property(services, services, (before, after) => {
        const [from, to] = [prove(sketch(before)), prove(sketch([...after, ...before.slice(after.length)]))];
        // An error of its own, in which not even the fixed preferences agree on an owner.
        fc.pre(![from, to].some(({ problems }) => problems.some(({ code }) => code === "precedence-circle")));
        const found = diffProofs(from, to);
        const [left, right] = [from.environments[0], to.environments[0]];
        if (left === undefined || right === undefined) throw new Error("no environment");
        for (const path of allPaths.slice(0, 85).filter((each) => normalisePath(each).ok)) {
          for (const rest of allConditions.slice(0, 8)) {
            const [x, y] = [left, right].map(
              (side) => ownerOf(side, { ...rest, path })?.owner.owner.name ?? null,
            );
            const known = x === y || found.some((change) => change.from === x && change.to === y);
            if (!known) throw new Error(`${path} goes from ${x} to ${y} unnoticed`);
          }
        }
        for (const { witness, from: x, to: y } of found) {
          expect([left, right].map((side) => ownerOf(side, witness)?.owner.owner.name ?? null)).toEqual([
            x,
            y,
          ]);
          expect(x).not.toBe(y);
        }
      }),
      { numRuns: process.env["KFAAS_LONG"] === "1" ? 5000 : 60 },
    );
  });
});
