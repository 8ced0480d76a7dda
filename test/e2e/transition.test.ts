import { afterAll, beforeAll, describe, expect, it } from "@jest/globals";
import { environmentHost } from "../../core/mesh/names.ts";
import { ConstantLoad, type Tally } from "../support/constant-load.ts";
import { EmbeddedMesh } from "../support/embedded-mesh.ts";
import { Workspace } from "../support/workspace.ts";

const minutes = 60_000;
const root = "/faas/api/e2e/";

type Owners = Readonly<Record<string, readonly string[]>>;

// One story on one mesh: each step starts where the one before it ended. Ages of the objects are as the steps made them.
describe("changes that nobody feels, under constant load", () => {
  let workspace: Workspace;
  let mesh: EmbeddedMesh;

  const write = async (owners: Owners): Promise<void> => {
    for (const [service, paths] of Object.entries(owners)) {
      const routes = paths.map((path) => `  - match: [{ prefix: ${root}${path}/ }]\n`);
      await workspace.write(`stacks/test/alpha/${service}.yaml`, `routes:\n${routes.join("")}`);
    }
  };
  const upOnce = async (): Promise<string> => {
    const result = await mesh.pulumi("up", "--yes", "--skip-preview");
    if (result.exitCode !== 0) throw new Error(`pulumi up failed:\n${result.stdout}${result.stderr}`);
    return result.stdout + result.stderr;
  };
  /** Whom each path is answered by while the change is deployed, and at the end. */
  const during = async (
    paths: readonly string[],
    change: () => Promise<void>,
  ): Promise<Readonly<Record<string, Tally>>> => {
    const full = paths.map((path) => `${root}${path}/`);
    const load = new ConstantLoad(mesh.gateway("entry"), environmentHost("alpha"), full);
    try {
      await change();
    } finally {
      // istiod pushes a moment after the last write; until then the load has to go on.
      await new Promise((resolve) => setTimeout(resolve, 3_000));
    }
    const tallies = await load.stop();
    return Object.fromEntries(paths.map((path) => [path, tallies[`${root}${path}/`] ?? {}]));
  };
  const ownerOf = async (path: string): Promise<string | undefined> =>
    (await mesh.get("alpha", `${root}${path}/`)).body?.service;

  beforeAll(async () => {
    workspace = await Workspace.create("test");
    await write({
      "e2e-blue": ["blue", "moving"],
      "e2e-green": ["green"],
      "e2e-one": ["one"],
      "e2e-two": ["two"],
      "e2e-old-name": ["renamed"],
      "e2e-new-name": ["other"],
    });
    mesh = await EmbeddedMesh.start(workspace, "test");
    await mesh.up();
    for (const path of ["moving", "one", "two", "renamed"])
      await mesh.getUntil("alpha", `${root}${path}/`, ({ status }) => status === 200);
  }, 6 * minutes);

  afterAll(async () => {
    await mesh.stop();
    await workspace.dispose();
  }, minutes);

  it(
    "a path that moves is answered by its old or its new owner all the time",
    async () => {
      await write({ "e2e-blue": ["blue"], "e2e-green": ["green", "moving"] });
      const tallies = await during(["moving", "blue", "green"], async () => {
        expect(await mesh.up()).toMatchObject({ updated: 2 });
        await mesh.getUntil("alpha", `${root}moving/`, ({ body }) => body?.service === "e2e-green");
      });
      expect(Object.keys(tallies["moving"] ?? {}).sort()).toEqual(["e2e-blue", "e2e-green"]);
      expect(Object.keys(tallies["blue"] ?? {})).toEqual(["e2e-blue"]);
      expect(Object.keys(tallies["green"] ?? {})).toEqual(["e2e-green"]);
    },
    2 * minutes,
  );

  it(
    "a service that goes leaves its path to another that has it already",
    async () => {
      await workspace.remove("stacks/test/alpha/e2e-old-name.yaml");
      await write({ "e2e-new-name": ["other", "renamed"] });
      const tallies = await during(["renamed", "other"], async () => {
        expect(await mesh.up()).toMatchObject({ updated: 1, deleted: 1 });
        await mesh.getUntil("alpha", `${root}renamed/`, ({ body }) => body?.service === "e2e-new-name");
      });
      expect(Object.keys(tallies["renamed"] ?? {}).sort()).toEqual(["e2e-new-name", "e2e-old-name"]);
      expect(Object.keys(tallies["other"] ?? {})).toEqual(["e2e-new-name"]);
    },
    2 * minutes,
  );

  it(
    "two services that exchange their paths do so in two runs, of which the first says so",
    async () => {
      await write({ "e2e-one": ["two"], "e2e-two": ["one"] });
      const tallies = await during(["one", "two"], async () => {
        const first = await upOnce();
        expect(first).toMatch(/transition-unfinished/);
        expect(first).toMatch(/run pulumi up once more/);
        const second = await upOnce();
        expect(second).not.toMatch(/transition-unfinished/);
        await mesh.getUntil("alpha", `${root}one/`, ({ body }) => body?.service === "e2e-two");
        await mesh.getUntil("alpha", `${root}two/`, ({ body }) => body?.service === "e2e-one");
      });
      for (const path of ["one", "two"])
        expect(Object.keys(tallies[path] ?? {}).sort()).toEqual(["e2e-one", "e2e-two"]);
      expect([await ownerOf("one"), await ownerOf("two")]).toEqual(["e2e-two", "e2e-one"]);
      expect(Object.keys(await mesh.preview())).toEqual(["same"]);
    },
    3 * minutes,
  );
});
