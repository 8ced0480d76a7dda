import { describe, expect, it } from "@jest/globals";
import fc from "fast-check";
import { shareRest } from "../../../core/release/share-rest.ts";

describe("shareRest", () => {
  it.each([
    [[100], 90, [90]],
    [[0], 100, [100]],
    [[60, 30], 50, [33, 17]],
    [[1, 1, 1], 100, [34, 33, 33]],
    [[50, 0], 99, [99, 0]],
    [[7, 3], 0, [0, 0]],
    [[0, 0], 0, [0, 0]],
    [[], 0, []],
  ])("of %j, to %i: %j", (weights, rest, shares) => {
    expect(shareRest(weights, rest)).toEqual(shares);
  });

  it("does not guess where none of several has anything", () => {
    expect(shareRest([0, 0], 50)).toBeUndefined();
  });

  it("adds up, keeps nobodies at 0, and is off by less than one", () => {
    const weights = fc.array(fc.integer({ min: 0, max: 100 }), { minLength: 2, maxLength: 5 });
    fc.assert(
      fc.property(weights, fc.integer({ min: 0, max: 100 }), (given, rest) => {
        const sum = given.reduce((a, b) => a + b, 0);
        fc.pre(sum > 0);
        const shares = shareRest(given, rest) ?? [];
        expect(shares.reduce((a, b) => a + b, 0)).toBe(rest);
        shares.forEach((share, index) => {
          expect(Math.abs(share - ((given[index] ?? 0) * rest) / sum)).toBeLessThan(1);
          if (given[index] === 0) expect(share).toBe(0);
        });
      }),
    );
  });
});
