import { describe, expect, it } from "@jest/globals";
import { previewedChanges, stackOfSteps } from "../../../core/report/previewed-stack.ts";

const urn = (types: string, name: string) => `urn:pulumi:prod::kfaas::${types}::${name}`;
const route = urn("kfaas:routing:ServiceRoutes$kubernetes:networking.istio.io/v1:VirtualService", "ns/a");

describe("previewedChanges", () => {
  it("are those of Kubernetes objects, sorted, each once, with the gravest of its steps", () => {
    const changes = previewedChanges([
      { op: "create", urn: urn("pulumi:pulumi:Stack", "kfaas-prod") },
      { op: "update", urn: urn("pulumi:providers:kubernetes", "prod") },
      { op: "delete", urn: urn("kfaas:mesh:EntryGateway", "entry") },
      { op: "create-replacement", urn: route },
      { op: "replace", urn: route },
      { op: "delete-replaced", urn: route },
      { op: "same", urn: urn("kubernetes:core/v1:Namespace", "ns") },
      { op: "read", urn: urn("kubernetes:core/v1:Secret", "ns/s") },
      { op: "toString", urn: urn("kubernetes:core/v1:Secret", "ns/t") },
      { op: "delete", urn: urn("kfaas:mesh:EntryGateway$kubernetes:apps/v1:Deployment", "ns/a::b") },
      { op: "import", urn: urn("kubernetes:core/v1:ConfigMap", "ns/c") },
    ]);
    expect(changes).toEqual([
      { operation: "create", kind: "ConfigMap", name: "ns/c", parents: [] },
      { operation: "delete", kind: "Deployment", name: "ns/a::b", parents: ["kfaas:mesh:EntryGateway"] },
      {
        operation: "replace",
        kind: "VirtualService",
        name: "ns/a",
        parents: ["kfaas:routing:ServiceRoutes"],
      },
    ]);
  });

  it("belong to the stack that the steps name", () => {
    expect(stackOfSteps([{ op: "same", urn: route }])).toBe("prod");
    expect(stackOfSteps([])).toBeUndefined();
  });
});
