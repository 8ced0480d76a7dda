import { describe, expect, it } from "@jest/globals";
import { everyPair, featureRichStacks, richObjects } from "../../support/feature-rich-stack.ts";
import { unknownFields } from "../../support/istio-fields.ts";
import { isIstioKind, schemaErrors } from "../../support/istio-schema.ts";

const services = (istio: string) => featureRichStacks({ istio })[0]?.services.length;

describe("a stack that uses all that its versions have", () => {
  it.each(everyPair)("is rendered for Istio $istio and Knative $knative as that Istio's API has it", (on) => {
    const objects = richObjects(on).filter(isIstioKind);

    expect(objects.flatMap(schemaErrors)).toStrictEqual([]);
    expect(objects.flatMap((object) => unknownFields(object, on.istio))).toStrictEqual([]);
  });

  it("uses the more the newer the Istio is, and today's has everything", () => {
    const counts = ["1.0", "1.1", "1.2", "1.4", "1.5", "1.12", "1.15", "1.19", "1.31"].map(services);

    expect(counts).toStrictEqual([...counts].sort((a = 0, b = 0) => a - b));
    // Each of the first eight brings something.
    expect(new Set(counts.slice(0, 8)).size).toBe(8);
    expect(counts.at(-1)).toBe(26);
  });
});

describe("what an older Istio does not know", () => {
  it("is noticed", () => {
    const answer = {
      apiVersion: "networking.istio.io/v1",
      kind: "VirtualService",
      metadata: { name: "a" },
      spec: { http: [{ name: "n", directResponse: { status: 200 } }] },
    };

    expect(unknownFields(answer, "1.2")).toEqual([
      "networking.istio.io/v1",
      "spec.http[].name",
      "spec.http[].directResponse",
      "spec.http[].directResponse.status",
    ]);
    expect(unknownFields(answer, "1.22")).toEqual([]);
  });
});
