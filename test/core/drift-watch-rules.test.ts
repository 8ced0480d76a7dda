import { describe, expect, it } from "@jest/globals";
import { checkDriftWatch, checkKnownObjects, type DriftWatch } from "../../core/drift-watch-rules.ts";

const watch: DriftWatch = {
  image: "registry.example.com:5000/team/kfaas:1.4.0",
  mode: "cronJob",
  schedule: "*/15 * * * *",
  resources: { requests: { cpu: "50m", memory: "192Mi" }, limits: { memory: "0.5Gi" } },
};

describe("the drift watch", () => {
  it.each<[string, Partial<DriftWatch>]>([
    ["a whole one", {}],
    ["a digest", { image: `kfaas@sha256:${"a".repeat(64)}` }],
    ["a schedule by name", { schedule: "@hourly" }],
    ["lists and ranges", { schedule: "0,30 8-18/2 * * MON-FRI" }],
  ])("takes %s", (_, changes) => {
    expect(checkDriftWatch({ ...watch, ...changes })).toEqual([]);
  });

  it.each<[string, Partial<DriftWatch>, (string | number)[]]>([
    ["an image with a blank", { image: "kf aas" }, ["image"]],
    ["no image", { image: "" }, ["image"]],
    ["four fields", { schedule: "* * * *" }, ["schedule"]],
    ["words", { schedule: "now and then" }, ["schedule"]],
    [
      "a quantity in words",
      { resources: { requests: { cpu: "some", memory: "1Gi" } } },
      ["resources", "requests", "cpu"],
    ],
    [
      "a limit with a wrong unit",
      { resources: { ...watch.resources, limits: { memory: "1GB" } } },
      ["resources", "limits", "memory"],
    ],
  ])("refuses %s", (_, changes, path) => {
    expect(checkDriftWatch({ ...watch, ...changes })).toEqual([
      expect.objectContaining({ code: "invalid-drift-watch", path }),
    ]);
  });
});

describe("known objects", () => {
  it.each(["EnvoyFilter istio-system/stats-filter-*", "VirtualService a/b", "Gateway x/*"])(
    "take %s",
    (known) => {
      expect(checkKnownObjects([known])).toEqual([]);
    },
  );

  it.each(["envoyfilter a/b", "EnvoyFilter b", "* a/b", "EnvoyFilter a/*b"])("refuse %s", (known) => {
    expect(checkKnownObjects(["Gateway a/b", known])).toEqual([
      expect.objectContaining({ code: "invalid-known-object", path: [1] }),
    ]);
  });
});
