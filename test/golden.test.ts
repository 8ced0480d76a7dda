import { readdirSync, readFileSync } from "node:fs";
import { basename } from "node:path";
import { describe, expect, it } from "@jest/globals";
import { planMesh } from "../core/mesh/plan-mesh.ts";
import { planObjects } from "../core/mesh/plan-objects.ts";
import { listGoldens, loadGoldenStack, renderGolden } from "./support/goldens.ts";
import { isIstioKind, schemaErrors } from "./support/istio-schema.ts";

const goldens = await listGoldens();

describe.each(goldens)("stack $stackName", (golden) => {
  it("renders what its golden says (npm run golden writes it anew)", async () => {
    expect(await renderGolden(golden)).toBe(readFileSync(golden.file, "utf8"));
  });

  it("renders what Istio's schemas take", async () => {
    const objects = planObjects(planMesh(await loadGoldenStack(golden)));

    expect(objects.filter(isIstioKind).flatMap(schemaErrors)).toStrictEqual([]);
  });
});

it("has no golden of a stack that is gone", () => {
  expect(readdirSync(new URL("golden/", import.meta.url)).sort()).toStrictEqual(
    goldens.map(({ file }) => basename(file)).sort(),
  );
});
