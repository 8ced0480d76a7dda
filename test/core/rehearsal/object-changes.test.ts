import { describe, expect, it } from "@jest/globals";
import { compareObjects } from "../../../core/rehearsal/object-changes.ts";

const object = (kind: string, more: object = {}, apiVersion = "apps/v1") => ({
  apiVersion,
  kind,
  metadata: { name: "a", namespace: "n" },
  ...more,
});

describe("two lists of objects", () => {
  it("are compared by group, kind, namespace and name, whatever the version of the API", () => {
    const before = [object("Gateway", {}, "networking.istio.io/v1beta1"), object("Service", {}, "v1")];
    const after = [object("Gateway", {}, "networking.istio.io/v1"), object("Gateway", {}, "example.com/v1")];

    expect(compareObjects(before, after)).toEqual([
      { kind: "update", object: "Gateway n/a", fields: ["apiVersion"] },
      { kind: "delete", object: "Service n/a", fields: [] },
      { kind: "create", object: "Gateway n/a", fields: [] },
    ]);
  });

  it("name each field that differs once, whatever its position in lists", () => {
    const before = object("Service", { spec: { ports: [{ port: 1 }, { port: 2 }], a: null } });
    const after = object("Service", { spec: { ports: [{ port: 3 }, { port: 4 }, { port: 5 }], a: {} } });

    expect(compareObjects([before], [after])[0]?.fields).toEqual([
      "spec.ports[].port",
      "spec.ports[]",
      "spec.a",
    ]);
  });

  it.each([
    [
      "Deployment",
      { spec: { selector: { matchLabels: { a: "1" } } } },
      { spec: { selector: { matchLabels: { a: "2" } } } },
    ],
    ["RoleBinding", { roleRef: { name: "a" } }, { roleRef: { name: "b" } }],
  ])("know what Kubernetes lets nobody change: %s", (kind, before, after) => {
    expect(compareObjects([object(kind, before)], [object(kind, after)])).toMatchObject([
      { kind: "replace" },
    ]);
  });

  it("call the rest of a Deployment an update", () => {
    const of = (replicas: number) =>
      object("Deployment", { spec: { selector: {}, minReadySeconds: replicas } });

    expect(compareObjects([of(1)], [of(2)])).toMatchObject([{ kind: "update" }]);
  });
});
