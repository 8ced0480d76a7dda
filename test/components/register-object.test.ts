import { describe, expect, it } from "@jest/globals";
import * as k8s from "@pulumi/kubernetes";
import { registerObject } from "../../components/register-object.ts";
import { withMocks } from "../support/mocks.ts";

describe("registerObject", () => {
  it("adds the field manager to the annotations that are there, and changes nothing else", async () => {
    const object = {
      metadata: { name: "a", namespace: "n", labels: { app: "a" }, annotations: { "example.com/b": "c" } },
      data: { key: "value" },
    };
    const registered = await withMocks();
    registerObject(k8s.core.v1.ConfigMap, object, {});
    const [configMap] = await registered();
    expect(configMap?.inputs).toEqual({
      apiVersion: "v1",
      kind: "ConfigMap",
      metadata: {
        name: "a",
        namespace: "n",
        labels: { app: "a" },
        annotations: { "example.com/b": "c", "pulumi.com/patchFieldManager": "kfaas" },
      },
      data: { key: "value" },
    });
    expect(object.metadata.annotations).toEqual({ "example.com/b": "c" });
  });

  it("names an object of a namespace after both, and one without after itself", async () => {
    const registered = await withMocks();
    registerObject(k8s.core.v1.ConfigMap, { metadata: { name: "a", namespace: "n" } }, {});
    registerObject(k8s.core.v1.Namespace, { metadata: { name: "n" } }, {});
    expect((await registered()).map(({ name }) => name)).toEqual(["n/a", "n"]);
  });
});
