import { describe, expect, it } from "@jest/globals";
import { compileRegex } from "../../../../core/route/regex/program.ts";
import { programSize } from "../../../../core/route/regex/program-size.ts";

function sizeOf(pattern: string): number {
  const compiled = compileRegex(pattern);
  if (!compiled.ok) throw new Error(compiled.reason);
  return programSize(compiled.regex.program);
}

describe("the size of a program", () => {
  // What Envoy said: https://github.com/projectcontour/contour/issues/2043, https://github.com/kumahq/kuma/pull/2139
  it.each([
    [".*foo.*", 35],
    [".*Chrome.*", 38],
    ["foo.*[abcd]+ooo.*", 43],
    ["a.*b.*c.*d.*e.*f.*g.*", 109],
    ["x-envoy-(a|b|c)", 15],
    ["x-envoy-(a|b|c)-[grep]{3}", 28],
    ["/static/[a-zA-Z0-9._-]{0,200}/[a-zA-Z0-9._-]{0,200}", 2013],
  ])("of %s is about what Envoy finds: %i", (pattern, size) => {
    expect(sizeOf(pattern) / size).toBeGreaterThan(0.9);
    expect(sizeOf(pattern) / size).toBeLessThan(1.25);
  });
});
