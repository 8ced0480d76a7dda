import { describe, expect, it } from "@jest/globals";
import { parsePreview, readPreview } from "../../config/read-preview.ts";
import { UsageError } from "../../config/usage-error.ts";
import { temporaryFolders } from "../support/temporary-folder.ts";

const folder = temporaryFolders();
const step = { op: "create", urn: "urn:pulumi:test::kfaas::kubernetes:core/v1:Namespace::kfaas-system" };
const preview = JSON.stringify({ config: {}, steps: [step], duration: 1, changeSummary: { create: 1 } });

describe("what pulumi preview --json printed", () => {
  it("is read with the stack that it is of", async () => {
    const cwd = folder({ "p.json": preview });
    const change = { operation: "create", kind: "Namespace", name: "kfaas-system", parents: [] };
    const read = { stack: "test", changes: [change], errors: [] };
    expect(await readPreview(cwd, "p.json")).toEqual(read);
    expect(await readPreview(cwd, "test=p.json")).toEqual(read);
  });

  it("may have no step, if the stack is named", async () => {
    const cwd = folder({ "p.json": JSON.stringify({ steps: null, changeSummary: {} }) });
    expect(await readPreview(cwd, "prod=p.json")).toEqual({ stack: "prod", changes: [], errors: [] });
    await expect(readPreview(cwd, "p.json")).rejects.toThrow(/write <stack>=p\.json/);
  });

  it("has the engine's errors, without its marks for colours", () => {
    const diagnostics = [
      { message: "<{%fg 1%}>no context<{%reset%}>\n", severity: "error" },
      { message: "old", severity: "warning" },
    ];
    const text = JSON.stringify({ steps: [], diagnostics });
    expect(parsePreview(text, { name: "x", stack: "test" }).errors).toEqual(["no context"]);
  });

  it.each([
    ["no JSON", "Previewing update (test)"],
    ["other JSON", '{"version": 3, "deployment": {}}'],
    ["a list", "[]"],
    ["steps without a resource", '{"steps": [{"op": "create"}]}'],
  ])("is refused if it is %s", (_what, text) => {
    expect(() => parsePreview(text, { name: "p.json" })).toThrow(UsageError);
  });

  it("is refused if it is of another stack, or missing", async () => {
    const cwd = folder({ "p.json": preview });
    await expect(readPreview(cwd, "prod=p.json")).rejects.toThrow(/of stack test, not of prod/);
    await expect(readPreview(cwd, "q.json")).rejects.toThrow(UsageError);
  });
});
