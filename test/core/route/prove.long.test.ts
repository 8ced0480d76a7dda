import { describe, expect, it } from "@jest/globals";
import fc from "fast-check";
import { arbitraryEnvironment, checkAgeIsNoticed, checkOneOwner } from "./random-environments.ts";

/** `KFAAS_LONG=1` (npm run test:long). Fewer requests per environment than in the short run, and many more environments. */
const describeLong = process.env["KFAAS_LONG"] === "1" ? describe : describe.skip;

describeLong("a hundred thousand environments", () => {
  it("have one owner per request, whatever the order of creation", () => {
    let proven = 0;
    fc.assert(
      fc.property(arbitraryEnvironment, (sketch) => {
        if (checkOneOwner(sketch, 60)) proven++;
      }),
      { numRuns: 100_000 },
    );
    expect(proven).toBeGreaterThan(30_000);
  });

  it("depend on age only where a finding says so", () => {
    fc.assert(fc.property(arbitraryEnvironment, checkAgeIsNoticed), { numRuns: 20_000 });
  });
});
