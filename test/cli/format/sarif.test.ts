import { describe, expect, it } from "@jest/globals";
import { Ajv2020 } from "ajv/dist/2020.js";
import { formatSarif } from "../../../cli/format/sarif.ts";
import { checked, clean } from "./checked.ts";

const strict = (properties: Record<string, unknown>, ...required: string[]) => ({
  type: "object",
  additionalProperties: false,
  properties,
  required,
});
const list = (items: unknown) => ({ type: "array", items });
const text = { type: "string", minLength: 1 };
const place = strict(
  {
    artifactLocation: strict({ uri: { type: "string", pattern: "^[A-Za-z0-9._~/%()!*'-]+$" } }, "uri"),
    region: strict(
      { startLine: { type: "integer", minimum: 1 }, startColumn: { type: "integer", minimum: 1 } },
      "startLine",
    ),
  },
  "artifactLocation",
);

/** The standard's words for what this program says, and no others: https://docs.oasis-open.org/sarif/sarif/v2.1.0/ §3.13 and on. */
const schema = strict(
  {
    $schema: text,
    version: { const: "2.1.0" },
    runs: list(
      strict(
        {
          tool: strict(
            {
              driver: strict(
                {
                  name: text,
                  version: text,
                  rules: list(strict({ id: text, help: strict({ text }, "text") }, "id")),
                },
                "name",
              ),
            },
            "driver",
          ),
          automationDetails: strict({ id: text }, "id"),
          columnKind: { enum: ["utf16CodeUnits", "unicodeCodePoints"] },
          results: list(
            strict(
              {
                ruleId: text,
                ruleIndex: { type: "integer", minimum: 0 },
                level: { enum: ["none", "note", "warning", "error"] },
                message: strict({ text }, "text"),
                locations: list(strict({ physicalLocation: place }, "physicalLocation")),
                relatedLocations: list(
                  strict(
                    { id: { type: "integer", minimum: 0 }, physicalLocation: place },
                    "physicalLocation",
                  ),
                ),
                properties: { type: "object" },
              },
              "message",
            ),
          ),
        },
        "tool",
      ),
    ),
  },
  "version",
  "runs",
);

interface Sarif {
  runs: {
    automationDetails: { id: string };
    tool: { driver: { version: string; rules: { id: string }[] } };
    results: {
      ruleId: string;
      ruleIndex: number;
      level: string;
      locations: { physicalLocation: { artifactLocation: { uri: string }; region: object } }[];
    }[];
  }[];
}

describe("check --format sarif", () => {
  const sarif = JSON.parse(formatSarif("1.2.3")([checked, clean])) as Sarif;
  const [first, second] = sarif.runs;

  it("is what the standard asks for", () => {
    const validate = new Ajv2020({ allErrors: true }).compile(schema);
    expect(validate(sarif) ? [] : validate.errors).toEqual([]);
  });

  it("has a run per stack, told apart by its id", () => {
    expect(sarif.runs.map(({ automationDetails }) => automationDetails.id)).toEqual([
      "kfaas/check/test/",
      "kfaas/check/prod/",
    ]);
    expect(second?.results).toEqual([]);
    expect(first?.tool.driver.version).toBe("1.2.3");
  });

  it("has a rule for each code, and each result points to its own", () => {
    expect(first?.tool.driver.rules.map(({ id }) => id)).toEqual([
      "note",
      "partial-overlap",
      "unknown-environment",
    ]);
    for (const { ruleId, ruleIndex } of first?.results ?? []) {
      expect(first?.tool.driver.rules[ruleIndex]?.id).toBe(ruleId);
    }
  });

  it("has levels for severities, and places as URIs", () => {
    expect(first?.results.map(({ level }) => level)).toEqual(["error", "warning", "note"]);
    expect(first?.results[0]?.locations[0]?.physicalLocation).toEqual({
      artifactLocation: { uri: "stacks/test/alpha/a%20b%2Cc%3Ad.yaml" },
      region: { startLine: 7, startColumn: 9 },
    });
    expect(first?.results[2]?.locations).toEqual([]);
  });
});
