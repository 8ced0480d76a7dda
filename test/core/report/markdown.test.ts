import { describe, expect, it } from "@jest/globals";
import { codeSpan, escapeMarkdown } from "../../../core/report/markdown.ts";

describe("text in Markdown", () => {
  it.each([
    ["HTML", "<img src=x onerror=alert(1)>", String.raw`&lt;img src=x onerror=alert\(1\)&gt;`],
    ["a comment that would hide the rest", "<!-- kfaas-report -->", String.raw`&lt;\!-- kfaas-report --&gt;`],
    ["an entity", "&lt;b&gt;", "&amp;lt;b&amp;gt;"],
    ["a link", "[click](https://evil.example)", String.raw`\[click\]\(https:<!-- -->//evil.example\)`],
    ["an image", "![x](y)", String.raw`\!\[x\]\(y\)`],
    ["emphasis and code", "*a* _b_ ~c~ `d`", "\\*a\\* \\_b\\_ \\~c\\~ \\`d\\`"],
    ["a mention", "ask @company/admins", "ask @<!-- -->company/admins"],
    ["an issue", "closes #1", "closes #<!-- -->1"],
    ["a bare address", "www.evil.example", "www.<!-- -->evil.example"],
    ["a table cell", "a | b", String.raw`a \| b`],
    ["a formula", "$x$", String.raw`\$x\$`],
    ["a backslash before one", String.raw`\<b>`, String.raw`\\&lt;b&gt;`],
    ["a heading on a line of its own", "a\n# b\n- c", "a #<!-- --> b - c"],
    ["what turns the text around", "a\u202Eb\u200Bc", "aU+202EbU+200Bc"],
    ["nothing special", "prefix /faas/api/x/ of a-b", "prefix /faas/api/x/ of a-b"],
  ])("shows %s as it is", (_what, text, markdown) => {
    expect(escapeMarkdown(text)).toBe(markdown);
  });

  it.each([
    ["plain", "/faas/api/x", "`/faas/api/x`"],
    ["HTML, which is none there", "<b>", "`<b>`"],
    ["a backtick", "a`b", "`` a`b ``"],
    ["many backticks", "```\nx", "```` ``` x ````"],
    ["a backtick at the end", "x`", "`` x` ``"],
    ["what is not seen", "a\u0000\u2066b", "`aU+0000U+2066b`"],
  ])("is code: %s", (_what, text, markdown) => {
    expect(codeSpan(text)).toBe(markdown);
  });
});
