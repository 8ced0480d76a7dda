import { describe, expect, it } from "@jest/globals";
import { checkMesh } from "../../../core/mesh/check-mesh.ts";
import type { Route } from "../../../core/service.ts";
import { aForward, aMatch, aRoute, aService, aStack, versions } from "../../support/builders.ts";

const large = "/faas/api/[a-zA-Z0-9._-]{0,200}/[a-zA-Z0-9._-]{0,200}";
const regex = (value: string) => ({ kind: "regex", value }) as const;
const on = (istio: string, route: Route) =>
  checkMesh(aStack({ versions: versions({ istio }), services: [aService({ routes: [route] })] }));

describe("a regular expression that the Envoy of an older Istio refuses", () => {
  it.each<[string, Route]>([
    ["as a path", aRoute({ matches: [aMatch(regex(large))] })],
    ["in a header", aRoute({ matches: [aMatch("/x/", { headers: { a: regex(large) } })] })],
    ["in a query", aRoute({ matches: [aMatch("/x/", { queryParams: { a: regex(large) } })] })],
    ["as an origin", aRoute({ action: aForward("a", { cors: { allowOrigins: [regex(large)] } }) })],
  ])("is an error %s before 1.13, and none since", (_name, route) => {
    expect(on("1.12", route)).toStrictEqual([
      {
        code: "regex-too-large",
        severity: "error",
        message: expect.stringMatching(
          /about 2\d{3} instructions: .* before Istio 1\.13, this stack runs 1\.12/,
        ),
        fix: expect.stringContaining("upgrade Istio to 1.13 or newer"),
        environment: "alpha",
        services: ["saas-showroom"],
        location: route.location,
      },
    ]);
    expect(on("1.13", route)).toStrictEqual([]);
  });

  it("is an ordinary one for nobody", () => {
    const route = aRoute({ matches: [aMatch(regex("/faas/api/[0-9]+/(a|b|c)/.*"))] });

    expect(on("1.4", route)).toStrictEqual([]);
  });
});
