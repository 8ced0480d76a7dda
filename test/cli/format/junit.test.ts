import { describe, expect, it } from "@jest/globals";
import { formatJunit } from "../../../cli/format/junit.ts";
import { checked, clean } from "./checked.ts";

const text = formatJunit([checked, clean]);

describe("check --format junit", () => {
  it("is a suite per stack with a case per file, and counts files that fail", () => {
    expect(text).toContain(
      '<testsuite name="test" tests="4" failures="1" errors="0" skipped="0" time="0.123">',
    );
    expect(text).toContain(
      '<testsuite name="prod" tests="1" failures="0" errors="0" skipped="0" time="0.000">',
    );
    expect(text.match(/<testcase /g)).toHaveLength(5);
  });

  it("has a failure for an error, and output for the rest", () => {
    expect(text.match(/<failure /g)).toHaveLength(1);
    expect(text.match(/<system-out>/g)).toHaveLength(2);
    expect(text).toContain(
      '<failure type="partial-overlap" message="a &amp; b: &lt;both&gt; say &quot;yes&quot;, 100%\nsecond line ">',
    );
  });

  it("is well-formed: every element that begins ends, and no character is one that XML lacks", () => {
    const open: string[] = [];
    for (const [, end, name = "", empty] of text.matchAll(/<(\/?)([a-z-]+)(?: [^<>]*?)?(\/?)>/g)) {
      if (end === "/") expect(open.pop()).toBe(name);
      else if (empty !== "/") open.push(name);
    }
    expect(open).toEqual([]);
    expect(text).not.toMatch(/[^\t\n\r -\uFFFD]/);
    expect(text).not.toMatch(/&(?!amp;|lt;|gt;|quot;|#13;)/);
  });
});
