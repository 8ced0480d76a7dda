import { describe, expect, it } from "@jest/globals";
import fc from "fast-check";
import { mapOf } from "../../../core/map/map-of.ts";
import { lookUpPath, typedPath } from "../../../core/map/path-lookup.ts";
import { ownerOf } from "../../../core/route/owner.ts";
import { aMatch } from "../../support/builders.ts";
import { arbitraryEnvironment, prove, provenEnvironment, requestsFor } from "../route/random-environments.ts";

const environmentOf = (proof: ReturnType<typeof prove>) => {
  const [environment] = mapOf(proof, proof.problems).environments;
  if (environment === undefined) throw new Error("no environment");
  return environment;
};

describe("the owner of a path on the map", () => {
  it("is the proof's owner of every request with it, or one of those named as exceptions", () => {
    fc.assert(
      fc.property(arbitraryEnvironment, (sketch) => {
        const proof = provenEnvironment(sketch);
        const [proven] = proof?.environments ?? [];
        if (proof === undefined || proven === undefined) return;
        const environment = environmentOf(proof);
        for (const request of requestsFor(sketch.services)) {
          const { owner, unless, contested } = lookUpPath(environment, request.path);
          const truth = ownerOf(proven, request)?.owner.position;
          const named = [owner?.id, ...unless.map(({ id }) => id)];
          // Thrown rather than expected: there are thousands.
          if (contested || !named.includes(truth))
            throw new Error(`${request.path}: ${String(truth)} is none of ${named.join(", ")}`);
        }
      }),
      { numRuns: 60 },
    );
  });

  it("is the longest prefix's, but for what has conditions", () => {
    const environment = environmentOf(
      prove({
        wide: { rules: [[aMatch("/x/")]] },
        deep: { rules: [[aMatch("/x/y/")]] },
        post: { rules: [[aMatch("/x/y/z/", { methods: ["POST"] })]] },
        pattern: { rules: [[aMatch({ kind: "regex", value: "/x/[0-9]+" })]] },
      }),
    );
    const look = (path: string) => {
      const { owner, unless } = lookUpPath(environment, path);
      return [owner?.service, unless.map(({ service }) => service)];
    };
    expect(look("/x/")).toEqual(["wide", []]);
    expect(look("/x/12")).toEqual(["pattern", []]);
    expect(look("/x/12a")).toEqual(["wide", []]);
    expect(look("/x/y/z/1")).toEqual(["deep", ["post"]]);
    expect(look("/elsewhere")).toEqual([undefined, []]);
  });

  it("is called contested where the files settle nothing", () => {
    const overlap = prove({
      a: { rules: [[aMatch({ kind: "regex", value: "/x/.*a.*" })]] },
      b: { rules: [[aMatch({ kind: "regex", value: "/x/.*b.*" })]] },
    });
    expect(lookUpPath(environmentOf(overlap), "/x/ab").contested).toBe(true);
    expect(lookUpPath(environmentOf(overlap), "/x/a")).toMatchObject({
      owner: { service: "a" },
      contested: false,
    });
  });
});

describe("the path in what somebody types", () => {
  it.each([
    ["/faas/api/x?y=1#z", "/faas/api/x"],
    ["https://example.com:8443/faas/api/x?y", "/faas/api/x"],
    ["  /x ", "/x "],
    ["showroom", undefined],
    ["https://example.com", undefined],
    ["stacks/test/alpha/a.yaml", undefined],
  ])("%s", (text, path) => {
    expect(typedPath(text)).toBe(path?.trim());
  });
});
