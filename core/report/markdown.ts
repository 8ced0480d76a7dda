/**
 * Text of files, URLs and engines as Markdown that shows it and nothing else: no HTML, links, images, mentions or references to issues, and no
 * characters that hide or reverse what stands beside them.
 * https://github.github.com/gfm/#backslash-escapes
 */
export function escapeMarkdown(text: string): string {
  return (
    visible(text)
      .replaceAll("&", "&amp;")
      .replaceAll("<", "&lt;")
      .replaceAll(">", "&gt;")
      .replaceAll(/[\\`*_{}[\]()!|~$]/g, String.raw`\$&`)
      // GitHub looks for these in the text that Markdown leaves; a comment cuts the text in two.
      .replaceAll(/[@#]|(?<=https?|ftp):|(?<=www)\./gi, "$&<!-- -->")
  );
}

/** The same as a code span, fenced by more backticks than it holds. */
export function codeSpan(text: string): string {
  const shown = visible(text);
  const runs = Array.from(shown.matchAll(/`+/g), ([run]) => run.length);
  const fence = "`".repeat(Math.max(0, ...runs) + 1);
  return runs.length === 0 ? `${fence}${shown}${fence}` : `${fence} ${shown} ${fence}`;
}

/** On one line, with everything that has no shape of its own written out. https://trojansource.codes */
function visible(text: string): string {
  return text
    .replaceAll(/\s+/g, " ")
    .replaceAll(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Cs}]/gu, (char) => {
      const hex = (char.codePointAt(0) ?? 0).toString(16);
      return `U+${hex.toUpperCase().padStart(4, "0")}`;
    })
    .trim();
}
