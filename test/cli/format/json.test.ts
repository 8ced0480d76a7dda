import { describe, expect, it } from "@jest/globals";
import { formatJson, formatJsonArray } from "../../../cli/format/json.ts";
import { checked, clean } from "./checked.ts";

describe("check --format json", () => {
  it("is one object for one stack, with every key in every problem", () => {
    expect(JSON.parse(formatJson([checked]))).toEqual({
      stack: "test",
      problems: [
        {
          code: "partial-overlap",
          severity: "error",
          environment: "alpha",
          services: ["a", "b"],
          message: 'a & b: <both> say "yes", 100%\nsecond line \u0007',
          fix: "narrow one, or: yield",
          witness: {
            shared: { method: "GET", path: "/p/shop/v1", query: { q: "1" }, headers: { "x-a": "b" } },
            onlyFirst: { method: "GET", path: "/p/x/v1", query: {}, headers: {} },
            onlySecond: null,
          },
          file: "stacks/test/alpha/a b,c:d.yaml",
          line: 7,
          column: 9,
          related: [{ file: "stacks/test/alpha/b.yaml", line: 3 }],
        },
        {
          code: "unknown-environment",
          severity: "warning",
          environment: null,
          services: [],
          message: "not read",
          fix: null,
          witness: null,
          file: "stacks/test/aplha",
          line: 1,
          column: 1,
          related: [],
        },
        expect.objectContaining({ code: "note", file: null, line: null, column: null }),
      ],
      stats: { services: 2, clauses: 3, seconds: 0.1234 },
    });
  });

  it("is an array over all stacks, even over one", () => {
    const stacks = (text: string) => (JSON.parse(text) as { stack: string }[]).map(({ stack }) => stack);
    expect(stacks(formatJsonArray([checked, clean]))).toEqual(["test", "prod"]);
    expect(stacks(formatJsonArray([clean]))).toEqual(["prod"]);
  });
});
