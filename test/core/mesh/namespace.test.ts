import { describe, expect, it } from "@jest/globals";
import { planMesh } from "../../../core/mesh/plan-mesh.ts";
import type { Stack } from "../../../core/stack.ts";
import {
  aManagedGateway,
  anExitGateway,
  anImageExitGateway,
  aService,
  aStack,
  versions,
} from "../../support/builders.ts";

const existing: Stack["gateways"] = { entry: { mode: "existing" }, clusterLocal: { mode: "existing" } };

describe("the namespace", () => {
  it("has sidecar injection and the strictest Pod Security, and warns of what would break it", () => {
    const { namespace } = planMesh(aStack()).namespace;

    expect(namespace.metadata.name).toBe("kfaas-system");
    expect(namespace.metadata.labels).toMatchObject({
      "istio-injection": "enabled",
      "pod-security.kubernetes.io/audit": "restricted",
      "pod-security.kubernetes.io/enforce": "restricted",
      "pod-security.kubernetes.io/warn": "restricted",
    });
  });
});

describe("a revision of the control plane", () => {
  const stack = aStack({
    versions: versions({ istioRevision: "1-31" }),
    gateways: { ...existing, entry: aManagedGateway() },
  });
  const plan = planMesh(stack);

  it("takes the place of the injection label, which would beat it", () => {
    expect(plan.namespace.namespace.metadata.labels).toMatchObject({ "istio.io/rev": "1-31" });
    expect(plan.namespace.namespace.metadata.labels).not.toHaveProperty("istio-injection");
  });

  it("is on the gateways' pods too, so that a new one starts them anew, and in no selector", () => {
    const spec = plan.entry?.deployment.spec;
    expect(spec?.template.metadata?.labels).toMatchObject({ "istio.io/rev": "1-31" });
    expect(JSON.stringify([spec?.selector, plan.entry?.service.spec?.selector])).not.toContain("1-31");
  });

  it("is on no VirtualService: every istiod is to see them", () => {
    const { environments } = planMesh({ ...stack, services: [aService()] });
    expect(JSON.stringify(environments)).not.toContain("istio.io/rev");
  });
});

describe("the quota", () => {
  const hard = (gateways: Stack["gateways"]) => planMesh(aStack({ gateways })).namespace.quota.spec?.hard;

  it("refuses every way in from outside the intranet", () => {
    expect(hard(existing)).toMatchObject({ "services.loadbalancers": "0", "services.nodeports": "0" });
  });

  it.each<[string, Stack["gateways"], Record<string, string>]>([
    ["ten pods of others", existing, { pods: "10", "requests.cpu": "1", "requests.memory": "1280Mi" }],
    [
      "and a Java export gateway's pods by what they request",
      { ...existing, exit: anImageExitGateway() },
      { pods: "34", "requests.cpu": "8200m", "requests.memory": "15104Mi" },
    ],
    [
      "and every gateway twice at its largest",
      { ...existing, entry: aManagedGateway({ maxReplicas: 10 }), exit: anExitGateway() },
      { pods: "42", "requests.cpu": "4200m", "requests.memory": "5376Mi" },
    ],
    [
      "in quantities as the apiserver writes them",
      { ...existing, entry: aManagedGateway({ maxReplicas: 35 }) },
      { pods: "80", "requests.cpu": "8", "requests.memory": "10Gi" },
    ],
  ])("has room for %s", (_name, gateways, expected) => {
    expect(hard(gateways)).toMatchObject(expected);
  });
});
