import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "@jest/globals";

const repository = join(import.meta.dirname, "..");
const documented = new Set(
  Array.from(readFileSync(join(repository, "docs/findings.md"), "utf8").matchAll(/^### .+$/gm)).flatMap(
    ([heading]) => Array.from(heading.matchAll(/`([a-z0-9-]+)`/g), ([, code = ""]) => code),
  ),
);

const sources = ["core", "config"].flatMap((folder) =>
  readdirSync(join(repository, folder), { recursive: true, encoding: "utf8" })
    .filter((file) => file.endsWith(".ts"))
    .map((file) => readFileSync(join(repository, folder, file), "utf8")),
);

/** Where a code is given: `code: "…"`, `violation("…"`, `violate("…"`, `add(…, "…"`. */
const given =
  /(?:\bcode: |\bviolat(?:ion|e)\(\s*|\.add\(\s*(?:"(?:error|warning|info)",\s*|[^"()]+(?:\([^()]*\)[^"()]*)?,\s*))"([a-z0-9]+(?:-[a-z0-9]+)+)"/g;
const used = new Set(sources.flatMap((text) => Array.from(text.matchAll(given), ([, code = ""]) => code)));

describe("docs/findings.md", () => {
  it("explains every code that check can print", () => {
    expect(used.size).toBeGreaterThan(80);
    expect([...used].filter((code) => !documented.has(code))).toEqual([]);
  });

  it("explains none that does not exist", () => {
    expect([...documented].filter((code) => !sources.some((text) => text.includes(`"${code}"`)))).toEqual([]);
  });
});
