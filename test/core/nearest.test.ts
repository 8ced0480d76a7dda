import { describe, expect, it } from "@jest/globals";
import { nearest } from "../../core/nearest.ts";

describe("nearest", () => {
  it.each([
    ["prefx", ["exact", "prefix", "regex"], "prefix"],
    ["timeuot", ["timeout", "retries"], "timeout"],
    ["Methods", ["method", "match"], "method"],
    ["PSOT", ["GET", "POST"], "POST"],
    ["kfaas:pathroot", ["kfaas:pathRoot"], "kfaas:pathRoot"],
    ["aplha", ["alpha", "beta"], "alpha"],
  ])("of %s among %j is %s", (text, candidates, meant) => {
    expect(nearest(text, candidates)).toBe(meant);
  });

  it.each([
    ["colour", ["namespace", "team"]],
    ["x", ["ab", "y"]],
    ["", ["a"]],
    ["anything", []],
    ["a".repeat(10_000), ["a".repeat(9_999)]],
  ])("of %s among %j is nothing", (text, candidates) => {
    expect(nearest(text, candidates)).toBeUndefined();
  });
});
