import { describe, expect, it } from "@jest/globals";
import { formatText } from "../../../cli/format/text.ts";
import { plainStyle } from "../../../core/problem-text.ts";
import { checked, clean } from "./checked.ts";

describe("check --format text", () => {
  const text = formatText(plainStyle)([checked, clean]);

  it("says per stack how many there are", () => {
    expect(text).toContain("\ntest: 1 error, 1 warning, 1 info in 2 services with 3 clauses (0.12 s)\n");
    expect(text).toContain("\nprod: no problems in 1 service with 1 clause (0.00 s)\n");
  });

  it("gives each problem its place, its witnesses and the way out", () => {
    expect(text).toContain("stacks/test/alpha/a b,c:d.yaml:7:9  error  partial-overlap\n");
    expect(text).toContain("  both match: GET /p/shop/v1?q=1 (x-a: b)\n");
    expect(text).toContain("  fix: narrow one, or: yield\n");
  });
});
