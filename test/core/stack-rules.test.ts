import { describe, expect, it } from "@jest/globals";
import fc from "fast-check";
import { virtualServiceName } from "../../core/mesh/names.ts";
import { checkPathRoot, checkRenderedNames, checkVersions } from "../../core/stack-rules.ts";

describe("checkPathRoot", () => {
  it.each(["/", "/faas/", "/faas/api/", "/a.b/", "/...a/", "/.well-known/"])("accepts %s", (root) => {
    expect(checkPathRoot(root)).toEqual([]);
  });

  it.each(["", "faas/", "/faas", "//", "/a//b/", "/./", "/a/../b/", "/a b/", "/ä/", "/a?b/"])(
    "refuses %j",
    (root) => {
      expect(checkPathRoot(root)).toHaveLength(1);
    },
  );

  it("says how to write it", () => {
    expect(checkPathRoot("faas/api")[0]?.fix).toBe("write /faas/api/");
  });
});

describe("checkVersions", () => {
  const versions = { kubernetes: "1.36", istio: "1.31", knative: "1.23" };

  it.each([undefined, "1-31-0", "canary"])("accepts revision %s", (istioRevision) => {
    expect(checkVersions(istioRevision === undefined ? versions : { ...versions, istioRevision })).toEqual(
      [],
    );
  });

  it.each(["1.31", "Canary", "", "-a"])(
    "refuses revision %j: it becomes a label and part of names",
    (istioRevision) => {
      expect(checkVersions({ ...versions, istioRevision })).toMatchObject([
        { code: "invalid-name", path: ["istioRevision"] },
      ]);
    },
  );
});

describe("checkRenderedNames", () => {
  const name = fc.stringMatching(/^(a|b|-ns-){1,4}$/);
  const placed = fc.array(fc.tuple(name, name), { maxLength: 8 }).map((pairs) =>
    pairs.map(([namespace, service], index) => ({
      identity: { name: `f${index}`, environment: "alpha", namespace, service, yieldsTo: [] },
      location: { file: `f${index}.yaml` },
    })),
  );

  it("finds a problem for every file but the first that leads to one name", () => {
    fc.assert(
      fc.property(placed, (services) => {
        const names = services.map(({ identity }) => virtualServiceName(identity));
        const later = services.filter((_service, index) => names.indexOf(names[index] ?? "") < index);
        expect(checkRenderedNames(services).map(({ location }) => location?.file)).toEqual(
          later.map(({ location }) => location.file),
        );
      }),
    );
  });
});
