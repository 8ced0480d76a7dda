import { describe, expect, it } from "@jest/globals";
import fc from "fast-check";
import { checkDuration, parseDuration } from "../../core/duration.ts";

const codes = (text: string, step?: "ms" | "s") => checkDuration(text, step).map(({ code }) => code);

describe("parseDuration", () => {
  it.each([
    ["10s", 10_000_000_000n],
    ["300ms", 300_000_000n],
    ["1m30s", 90_000_000_000n],
    ["1.5s", 1_500_000_000n],
    ["0.25h", 900_000_000_000n],
    ["1h1m1s1ms1us1ns", 3_661_001_001_001n],
    ["1µs", 1000n],
    ["0s", 0n],
  ])("reads %s", (text, nanoseconds) => {
    expect(parseDuration(text)).toBe(nanoseconds);
  });

  it.each([
    "",
    "10",
    "s",
    "10 s",
    " 10s",
    "10s ",
    "-1s",
    "+1s",
    "1.s",
    ".5s",
    "1d",
    "10S",
    "1e3s",
    "1s,2s",
    "1".repeat(100) + "s",
  ])("refuses %j", (text) => {
    expect(parseDuration(text)).toBeUndefined();
  });

  it("adds up units in any order and number", () => {
    const units = {
      ns: 1n,
      us: 1000n,
      ms: 1_000_000n,
      s: 1_000_000_000n,
      m: 60_000_000_000n,
      h: 3_600_000_000_000n,
    };
    const part = fc.tuple(
      fc.nat(100_000),
      fc.constantFrom(...(Object.keys(units) as (keyof typeof units)[])),
    );
    fc.assert(
      fc.property(fc.array(part, { minLength: 1, maxLength: 6 }), (parts) => {
        const text = parts.map(([count, unit]) => `${count}${unit}`).join("");
        expect(parseDuration(text)).toBe(
          parts.reduce((sum, [count, unit]) => sum + BigInt(count) * units[unit], 0n),
        );
      }),
    );
  });
});

describe("checkDuration", () => {
  it.each(["1ms", "10s", "1m30s", "1.5s", "1000us", "1000000ns", "24h", "2562047h"])("accepts %s", (text) => {
    expect(codes(text)).toEqual([]);
  });

  it.each(["0s", "999us", "1500us", "0.5ms", "2562048h", "99999999999999h", "ten seconds"])(
    "refuses %s",
    (text) => {
      expect(codes(text)).toEqual(["invalid-duration"]);
    },
  );

  it("takes whole seconds only where Istio does", () => {
    expect(codes("1500ms", "s")).toEqual(["invalid-duration"]);
    expect(codes("2000ms", "s")).toEqual([]);
  });
});
