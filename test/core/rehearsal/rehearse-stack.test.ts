import { describe, expect, it } from "@jest/globals";
import type { Route, Service } from "../../../core/service.ts";
import { proveStack } from "../../../core/route/prove.ts";
import type { Stack, Versions } from "../../../core/stack.ts";
import { hasDifferences, rehearseStack } from "../../../core/rehearsal/rehearse-stack.ts";
import {
  aForward,
  aManagedGateway,
  anEnvironment,
  anExitGateway,
  aRoute,
  aService,
  aServiceWith,
  aStack,
  versions,
} from "../../support/builders.ts";

function rehearse(
  from: Partial<Versions>,
  to: Partial<Versions>,
  services: readonly Service[] = [aService()],
  changes: Partial<Stack> = {},
) {
  const stack = aStack({ services, versions: versions(from), ...changes });
  const proof = proveStack(stack, { today: "2026-11-23" });
  expect(proof.problems.filter(({ severity }) => severity === "error")).toEqual([]);
  return rehearseStack(proof, to);
}

const managed = {
  entry: { ...aManagedGateway(), connectionPool: { maxConnections: 10 } },
  clusterLocal: { mode: "existing" },
  exit: anExitGateway({ host: "java.example.com" }),
} as const;
const fields = ({ experience }: ReturnType<typeof rehearse>) => experience.map(({ field }) => field);

describe("a rehearsal", () => {
  it("of the versions that a stack runs finds nothing", () => {
    const same = rehearse({}, { istio: "1.31", knative: "1.23" });

    expect(same).toMatchObject({ refused: [], experience: [], objects: [], holds: [] });
    expect(hasDifferences(same)).toBe(false);
  });

  it("keeps the versions that were not asked for", () => {
    expect(rehearse({ istio: "1.30" }, { istio: "1.31" }).to).toEqual(versions());
  });

  it("from Istio 1.30 to 1.31 finds nothing: neither requests nor objects know the difference", () => {
    expect(hasDifferences(rehearse({ istio: "1.30" }, { istio: "1.31" }))).toBe(false);
  });

  it("refuses, with all problems, versions that lack what a file uses, and then compares nothing", () => {
    const answer = aServiceWith({ kind: "directResponse", status: 200 });
    const refused = rehearse({}, { istio: "1.14" }, [answer]);

    expect(refused).toMatchObject({
      refused: [{ code: "feature-needs-newer-istio", services: ["saas-showroom"] }],
      experience: [],
      objects: [],
    });
    expect(refused.refused[0]?.message).toContain("this stack runs 1.14");
    expect(hasDifferences(refused)).toBe(true);
  });
});

describe("what requests experience", () => {
  const withRetries = (name: string, path: string, retries?: { attempts: number }): Service => {
    const route: Route = aRoute({ action: aForward(name, retries && { retries }) });
    const [match] = route.matches;
    return aService({
      name,
      routes: [
        {
          ...route,
          matches: match ? [{ ...match, path: { kind: "prefix", value: path, ignoreCase: false } }] : [],
        },
      ],
    });
  };

  it("is other default retries, for those only whose files leave them to Istio", () => {
    const services = [
      withRetries("default", "/faas/api/a/"),
      withRetries("none", "/faas/api/b/", { attempts: 0 }),
      withRetries("own", "/faas/api/c/", { attempts: 3 }),
    ];
    const retries = rehearse({ istio: "1.23" }, { istio: "1.24" }, services).experience;

    expect(retries).toEqual([
      {
        field: "retries",
        from: expect.stringMatching(/^2 on connect-failure, .*; answers with status 503 too$/),
        to: expect.stringMatching(/^2 on connect-failure, [^;]*$/),
        environments: ["alpha"],
        services: ["alpha/default"],
        witness: { method: "GET", path: "/faas/api/a/", query: {}, headers: {} },
      },
      expect.objectContaining({ field: "retries", services: ["alpha/own"] }),
    ]);
  });

  it("is no retries at all on Istio 1.0", () => {
    expect(rehearse({ istio: "1.0" }, { istio: "1.1" }).experience).toContainEqual(
      expect.objectContaining({ field: "retries", from: "none", to: expect.stringMatching(/^2 on /) }),
    );
  });

  it("is told once for all environments that experience the same", () => {
    const services = ["alpha", "beta"].map((environment) => aService({ environment }));
    const environments = ["alpha", "beta"].map((name) => anEnvironment({ name }));
    const { experience } = rehearse({ istio: "1.20" }, { istio: "1.21" }, services, { environments });

    expect(experience).toEqual([
      {
        field: "sidecars take the host for",
        from: expect.stringContaining("DNS"),
        to: expect.stringContaining("another name"),
        environments: ["alpha", "beta"],
        services: [],
        witness: null,
      },
    ]);
  });

  it("is Knative's other local gateway: where requests enter, where they go, and what its own rules do", () => {
    const both = rehearse({ knative: "0.14" }, { knative: "1.23" });

    expect(fields(both)).toEqual([
      "the host is another name of",
      "entry gateways",
      "destination",
      "hop 2",
      "hop 2's timeout",
      "hop 2's retries",
    ]);
    expect(both.experience).toContainEqual(
      expect.objectContaining({ field: "hop 2's timeout", from: "10m", to: "none" }),
    );
  });

  it("says what is unknown, instead of nothing", () => {
    expect(rehearse({ knative: "0.18" }, { knative: "1.0" }).experience).toContainEqual(
      expect.objectContaining({ field: "hop 2's retries", from: "unknown", to: "none" }),
    );
  });

  it("is never another answer: no order of objects decides, on no Istio", () => {
    const narrow = (name: string, path: string) => withRetries(name, path);
    // By `joined` a-b stands before a, by `separate` behind it: without carve-outs each would answer for the other.
    const services = [narrow("a", "/faas/api/x/"), narrow("a-b", "/faas/api/x/y/")];
    for (const [from, to] of [
      ["1.1", "1.2"],
      ["1.22", "1.23"],
    ] as const) {
      const rehearsal = rehearse({ istio: from }, { istio: to }, services);
      expect(fields(rehearsal)).toEqual(["objects of the same age go by"]);
    }
  });

  it("is the same mirror, whatever Istio calls the field", () => {
    const mirrored = aServiceWith(aForward("saas-showroom", { mirror: { service: "shadow", percent: 10 } }));
    const rehearsal = rehearse({ istio: "1.18" }, { istio: "1.19" }, [mirrored], { gateways: managed });

    expect(rehearsal.experience).toEqual([]);
    expect(rehearsal.objects).toEqual([
      {
        kind: "update",
        object: "VirtualService kfaas-system/faas-alpha-ns-saas-showroom-ksvc-virtualservice",
        fields: ["spec.http[].mirror", "spec.http[].mirrorPercentage", "spec.http[].mirrors"],
      },
    ]);
  });
});

describe("objects", () => {
  it("of a new API version are updated, and nothing is replaced", () => {
    const { objects, holds } = rehearse({ istio: "1.20" }, { istio: "1.31" }, [aService()], {
      gateways: managed,
    });

    expect(objects).toEqual(
      [
        "Gateway kfaas-system/kfaas-entry-gateway",
        "Gateway kfaas-system/kfaas-exit-gateway",
        "ServiceEntry kfaas-system/java-export-gateway",
        "DestinationRule kfaas-system/cluster-local-gateway-destinationrule",
        "VirtualService kfaas-system/faas-alpha-ns-saas-showroom-ksvc-virtualservice",
        "VirtualService kfaas-system/java-gateway-virtualservice",
      ].map((object) => ({ kind: "update", object, fields: ["apiVersion"] })),
    );
    expect(holds).toEqual([
      {
        objects: objects.map(({ object }) => object),
        before: expect.stringContaining("CustomResourceDefinitions of Istio 1.31"),
      },
    ]);
  });

  it("wait for nothing on the way back: every Istio serves the older API versions", () => {
    expect(rehearse({ istio: "1.31" }, { istio: "1.20" }).holds).toEqual([]);
  });

  it("are never replaced, from any version to any other", () => {
    const istios = ["1.10", "1.15", "1.20", "1.31"];
    const knatives = ["0.17", "0.19", "0.20", "1.23"];
    for (const from of istios)
      for (const to of istios)
        for (const before of knatives)
          for (const after of knatives) {
            const { objects } = rehearse(
              { istio: from, knative: before },
              { istio: to, knative: after },
              [aService()],
              { gateways: managed },
            );
            expect(objects.filter(({ kind }) => kind !== "update")).toEqual([]);
          }
  });
});

describe("what must wait", () => {
  const before = (from: string, to: string, gateways: Stack["gateways"] = managed) =>
    rehearse({ knative: from }, { knative: to }, [aService()], { gateways }).holds.map((hold) => [
      new Set(hold.objects.map((object) => object.split(" ")[0])),
      hold.before,
    ]);

  it("on the way to both gateways is nothing: the policies only open", () => {
    expect(before("0.17", "0.19")).toEqual([]);
  });

  it("on the way to the new one alone are first the VirtualServices, then the policy that closes the old way", () => {
    expect(before("0.19", "0.20")).toEqual([
      [new Set(["VirtualService"]), expect.stringContaining("config-istio names both local gateways")],
      [new Set(["NetworkPolicy"]), expect.stringContaining("--target '**:VirtualService::**'")],
    ]);
  });

  it("on the way back are the VirtualServices, until the policies are open", () => {
    expect(before("0.20", "0.19")).toEqual([
      [new Set(["VirtualService"]), expect.stringContaining("config-istio names both local gateways")],
      [new Set(["VirtualService"]), expect.stringContaining("--target '**:NetworkPolicy::**'")],
    ]);
  });

  it("is told where one step has neither gateway in common", () => {
    expect(before("0.17", "0.20")).toEqual([
      [new Set(["VirtualService"]), expect.stringContaining("rehearse --knative 0.19 first")],
    ]);
  });

  it("are the environments' hosts too, where Knative's gateway is the entry", () => {
    const existing = { entry: { mode: "existing" }, clusterLocal: { mode: "existing" } } as const;
    expect(before("0.19", "0.20", existing)[0]?.[0]).toEqual(new Set(["Service", "VirtualService"]));
  });

  it("is nothing where both gateways are ours", () => {
    const ours = { entry: aManagedGateway(), clusterLocal: aManagedGateway() };
    expect(before("0.17", "0.20", ours)).toEqual([]);
  });
});
