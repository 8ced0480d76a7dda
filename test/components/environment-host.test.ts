import { describe, expect, it } from "@jest/globals";
import { EnvironmentHost } from "../../components/environment-host.ts";
import { planMesh } from "../../core/mesh/plan-mesh.ts";
import { aStack } from "../support/builders.ts";
import { outline, withMocks } from "../support/mocks.ts";

describe("EnvironmentHost", () => {
  it("is one ExternalName Service as planned", async () => {
    const [objects] = planMesh(aStack()).environments;
    if (objects === undefined) throw new Error("environment alpha is planned");
    const registered = await withMocks();
    new EnvironmentHost("alpha", { objects, namespace: "kfaas-system" });
    const all = await registered();
    expect(outline(all)).toEqual([
      "kfaas:mesh:EnvironmentHost alpha",
      "kfaas:mesh:EnvironmentHost alpha > kubernetes:core/v1:Service kfaas-system/faas-alpha-ksvc-gateway",
    ]);
    expect(all[1]?.inputs["spec"]).toEqual(objects.host.spec);
  });
});
