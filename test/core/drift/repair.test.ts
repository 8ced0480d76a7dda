import { describe, expect, it } from "@jest/globals";
import { appliedObject, removalOf } from "../../../core/drift/repair.ts";
import { Cluster, namespace, route } from "./recorded-cluster.ts";

const vs = "VirtualService";
const showroom = route("saas-showroom");

function plannedObject(cluster: Cluster, kind: string, name: string): Record<string, unknown> {
  const found = cluster.planned.find((each) => each.kind === kind && each.metadata.name === name);
  if (found === undefined) throw new Error(`no ${kind} ${name} is planned`);
  return found as unknown as Record<string, unknown>;
}

describe("a repair", () => {
  it("removes nothing from an object that is as planned", () => {
    const cluster = new Cluster();
    for (const object of cluster.planned) {
      const live = cluster.object(object.kind, object.metadata.name);
      expect(removalOf(object as unknown as Record<string, unknown>, live)).toBeUndefined();
    }
  });

  it("takes out what was added, entries of lists from the end, only if nobody has written meanwhile", () => {
    const cluster = new Cluster();
    const live = cluster
      .set(vs, showroom, "spec.exportTo", ["."])
      .append(vs, showroom, "spec.http", { redirect: { uri: "/a" } }, { redirect: { uri: "/b" } })
      .set(vs, showroom, ["metadata", "labels", "istio.io/rev"], "canary")
      .set(vs, showroom, "metadata.resourceVersion", "42")
      .object(vs, showroom);
    expect(removalOf(plannedObject(cluster, vs, showroom), live)).toEqual([
      { op: "test", path: "/metadata/resourceVersion", value: "42" },
      { op: "remove", path: "/metadata/labels/istio.io~1rev" },
      { op: "remove", path: "/spec/exportTo" },
      { op: "remove", path: "/spec/http/2" },
      { op: "remove", path: "/spec/http/1" },
    ]);
  });

  it("leaves what applying puts right: changed and removed fields", () => {
    const cluster = new Cluster();
    const live = cluster
      .set(vs, showroom, "spec.http.0.timeout", "1s")
      .set(vs, showroom, "spec.http.0.retries", undefined)
      .object(vs, showroom);
    expect(removalOf(plannedObject(cluster, vs, showroom), live)).toBeUndefined();
  });

  it("applies the planned object with what the provider has noted on it", () => {
    const cluster = new Cluster();
    const live = cluster
      .set(vs, showroom, ["metadata", "annotations", "pulumi.com/other"], "x")
      .set(vs, showroom, ["metadata", "annotations", "example.com/note"], "x")
      .object(vs, showroom);
    const applied = appliedObject(plannedObject(cluster, vs, showroom), live);
    expect(applied["metadata"]).toEqual({
      name: showroom,
      namespace,
      annotations: {
        "pulumi.com/other": "x",
        "pulumi.com/patchFieldManager": "kfaas",
        "pulumi.com/deletionPropagationPolicy": "background",
      },
    });
  });
});
