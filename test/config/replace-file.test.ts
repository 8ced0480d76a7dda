import { chmodSync, lstatSync, readdirSync, readFileSync, statSync, symlinkSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "@jest/globals";
import { replaceFile } from "../../config/replace-file.ts";
import { UsageError } from "../../config/usage-error.ts";
import { temporaryFolders } from "../support/temporary-folder.ts";

const folder = temporaryFolders();

describe("replaceFile", () => {
  it("replaces the text, keeps the mode and leaves nothing else behind", () => {
    const cwd = folder({ "a.yaml": "old\n" });
    const file = join(cwd, "a.yaml");
    chmodSync(file, 0o640);
    replaceFile(file, "old\n", "new\n");
    expect(readFileSync(file, "utf8")).toBe("new\n");
    expect(statSync(file).mode & 0o777).toBe(0o640);
    expect(readdirSync(cwd)).toEqual(["a.yaml"]);
  });

  it("writes through a link", () => {
    const cwd = folder({ "a.yaml": "old\n" });
    symlinkSync("a.yaml", join(cwd, "b.yaml"));
    replaceFile(join(cwd, "b.yaml"), "old\n", "new\n");
    expect(readFileSync(join(cwd, "a.yaml"), "utf8")).toBe("new\n");
    expect(lstatSync(join(cwd, "b.yaml")).isSymbolicLink()).toBe(true);
  });

  it("does not undo what somebody else wrote meanwhile", () => {
    const cwd = folder({ "a.yaml": "theirs\n" });
    const file = join(cwd, "a.yaml");
    expect(() => {
      replaceFile(file, "old\n", "new\n");
    }).toThrow(UsageError);
    expect(readFileSync(file, "utf8")).toBe("theirs\n");
    expect(readdirSync(cwd)).toEqual(["a.yaml"]);
  });

  it("says why it cannot", () => {
    expect(() => {
      replaceFile(join(folder({}), "gone.yaml"), "", "new\n");
    }).toThrow(/ENOENT/);
  });
});
