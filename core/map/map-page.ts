import type { RouteMap } from "./route-map.ts";

/** What the page is made of, beside its data. */
export interface MapPageAssets {
  /** The body's markup. */
  readonly body: string;
  readonly style: HashedText;
  /** An ES module without imports. */
  readonly script: HashedText;
}

/** Text of the program's own, with its hash for the page's content security policy. */
export interface HashedText {
  readonly text: string;
  /** Base64. */
  readonly sha256: string;
}

/**
 * The page as one HTML document that loads nothing. Its policy lets just this style and this script run, so even markup that slipped
 * through from a service file could do nothing; and none does, since the data is inert JSON that the script shows as text only.
 */
export function mapPage({ body, style, script }: MapPageAssets, map: RouteMap): string {
  const policy = [
    "default-src 'none'",
    `script-src 'sha256-${script.sha256}'`,
    `style-src 'sha256-${style.sha256}'`,
    "base-uri 'none'",
    "form-action 'none'",
  ].join("; ");
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="${policy}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<meta name="referrer" content="no-referrer">
<title>Routes of ${escapeHtml(map.stack)}</title>
<style>${style.text}</style>
</head>
<body>
${body}
<script type="application/json" id="route-map">${inertJson(map)}</script>
<script type="module">${script.text}</script>
</body>
</html>
`;
}

/** JSON that cannot end the script element it stands in: `<` is written as an escape, which no tag, comment or CDATA can do without. */
function inertJson(value: unknown): string {
  return JSON.stringify(value).replaceAll("<", "\\u003c");
}

function escapeHtml(text: string): string {
  return text.replace(/[&<>"']/g, (char) => `&#${char.charCodeAt(0)};`);
}
