import { describe, expect, it } from "@jest/globals";
import { formatGithub } from "../../../cli/format/github.ts";
import { checked, clean, overlap } from "./checked.ts";

/** What the runner of GitHub Actions makes of a line. */
function parse(line: string) {
  const match = /^::(\w+) ([^:]*)::(.*)$/.exec(line);
  if (match === null) throw new Error(`no annotation: ${line}`);
  const [, command, properties = "", data = ""] = match;
  const decode = (text: string) =>
    text
      .replaceAll("%0D", "\r")
      .replaceAll("%0A", "\n")
      .replaceAll("%3A", ":")
      .replaceAll("%2C", ",")
      .replaceAll("%25", "%");
  return {
    command,
    properties: Object.fromEntries(
      properties.split(",").map((property) => property.split("=").map(decode) as [string, string]),
    ),
    data: decode(data),
  };
}

describe("check --format github", () => {
  const lines = formatGithub([checked]).trimEnd().split("\n").map(parse);

  it("is one annotation per problem, by severity", () => {
    expect(lines.map(({ command }) => command)).toEqual(["error", "warning", "notice"]);
  });

  it("keeps file names and texts as they are, whatever they hold", () => {
    expect(lines[0]?.properties).toEqual({
      file: overlap.location?.file,
      line: "7",
      col: "9",
      title: "partial-overlap",
    });
    expect(lines[0]?.data.startsWith(overlap.message.split("\n")[0] ?? "")).toBe(true);
    expect(lines[0]?.data).toContain("fix: narrow one, or: yield");
  });

  it("says nothing twice where stacks share a folder", () => {
    expect(formatGithub([checked, { ...checked, stack: "other" }])).toBe(formatGithub([checked]));
  });

  it("is empty if there is nothing to say", () => {
    expect(formatGithub([clean])).toBe("");
  });
});
