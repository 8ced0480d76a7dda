import { join } from "node:path";
import { describe, expect, it } from "@jest/globals";
import { listStacks } from "../../config/list-stacks.ts";
import { UsageError } from "../../config/usage-error.ts";
import { stackFile, temporaryFolders } from "../support/temporary-folder.ts";

const folder = temporaryFolders();

describe("listStacks", () => {
  it("finds the stacks of this repository", async () => {
    expect(await listStacks(join(import.meta.dirname, "../.."))).toEqual([
      "prerelease",
      "prod",
      "prod-eu",
      "prod-sg",
      "prod-us",
      "test",
    ]);
  });

  it("sorts, and leaves out what is no stack of KFaaS", async () => {
    const cwd = folder({
      "Pulumi.yaml": "name: kfaas",
      "Pulumi.z.yaml": stackFile,
      "Pulumi.a.b-c_1.yaml": stackFile,
      "Pulumi.other.yaml": "config: { aws:region: x }",
      "Pulumi.empty.yaml": "",
      "Pulumi.comment.yaml": "# see kfaas: the manual",
      "Pulumi.old.yaml.bak": stackFile,
      "Pulumi.json.json": "{}",
      "pulumi.lower.yaml": stackFile,
    });
    expect(await listStacks(cwd)).toEqual(["a.b-c_1", "z"]);
  });

  it("keeps those that cannot be read, so that somebody notices", async () => {
    const cwd = folder({
      "Pulumi.big.yaml": "x".repeat(300_000),
      "Pulumi.binary.yaml": Uint8Array.of(0xff, 0xfe),
      "Pulumi.broken.yaml": "config: { kfaas:cluster: {",
    });
    expect(await listStacks(cwd)).toEqual(["big", "binary", "broken"]);
  });

  it("of a folder without any is empty", async () => {
    expect(await listStacks(folder({}))).toEqual([]);
  });

  it("of a folder that does not exist is wrong usage", async () => {
    await expect(listStacks("/does/not/exist")).rejects.toThrow(UsageError);
  });
});
