import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "@jest/globals";
import { loadStack } from "../../config/load-stack.ts";
import { stackFile, temporaryFolders } from "../support/temporary-folder.ts";

const folder = temporaryFolders();
const text = readFileSync(join(import.meta.dirname, "../../docs/forwarding.md"), "utf8");

const routeKeys = Array.from(text.matchAll(/^\| `(\w+: .+?)` +\|/gm), ([, example = ""]) => example);
const nextHop = /```yaml\nkfaas:gateways:\n {2}entry:\n([^]+?)```/.exec(text)?.[1] ?? "";

describe("docs/forwarding.md", () => {
  it("has an example for every key of a route that says what happens to a request", () => {
    expect([...new Set(routeKeys.map((example) => example.split(":")[0]))].sort()).toEqual([
      "cors",
      "directResponse",
      "fault",
      "headers",
      "mirror",
      "redirect",
      "retries",
      "rewrite",
      "timeout",
    ]);
  });

  it.each(routeKeys)("a file may say %s", async (example) => {
    const file = `routes:\n  - match: [{ prefix: /faas/api/a/ }]\n    ${example}\n`;
    const cwd = folder({ "Pulumi.test.yaml": stackFile, "stacks/test/alpha/a.yaml": file });
    expect((await loadStack(cwd, "test")).problems).toEqual([]);
  });

  it("a stack may say what the page shows of the next hop", async () => {
    const entry = `entry:\n${nextHop.replace(/^ {4}/gm, "      ")}`;
    const config = stackFile.replace(/entry: \{.*\}/, entry);
    expect(config).toContain("minHealthPercent");
    const cwd = folder({ "Pulumi.test.yaml": config, "stacks/test/README.md": "" });
    const { stack, problems } = await loadStack(cwd, "test");
    expect(problems).toEqual([]);
    expect(stack?.gateways.entry).toHaveProperty("outlierDetection.consecutiveLocalOriginFailures", 5);
  });
});
