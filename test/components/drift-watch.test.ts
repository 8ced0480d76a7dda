import { describe, expect, it } from "@jest/globals";
import { DriftWatch } from "../../components/drift-watch.ts";
import type { DriftWatchObjects } from "../../core/mesh/plan.ts";
import { planMesh } from "../../core/mesh/plan-mesh.ts";
import { aStack } from "../support/builders.ts";
import { outline, withMocks } from "../support/mocks.ts";

function objectsFor(mode: "cronJob" | "deployment"): DriftWatchObjects {
  const resources = { requests: { cpu: "50m", memory: "192Mi" } };
  const { driftWatch } = planMesh(
    aStack({ driftWatch: { image: "registry.example.com/kfaas:1", mode, schedule: "@hourly", resources } }),
  );
  if (driftWatch === undefined) throw new Error("a drift watch is planned");
  return driftWatch;
}

describe("DriftWatch", () => {
  it.each([
    ["cronJob", "batch/v1:CronJob"],
    ["deployment", "apps/v1:Deployment"],
  ] as const)(
    "is a %s with an account, its rights and its network policy, which come first",
    async (mode, workload) => {
      const registered = await withMocks();
      new DriftWatch("drift-watch", { objects: objectsFor(mode), namespace: "kfaas-system" });
      const resources = await registered();
      const child = "kfaas:mesh:DriftWatch drift-watch > kubernetes:";
      expect(outline(resources).sort()).toEqual(
        [
          "kfaas:mesh:DriftWatch drift-watch",
          `${child}${workload} kfaas-system/kfaas-drift-watch`,
          `${child}core/v1:ServiceAccount kfaas-system/kfaas-drift-watch`,
          `${child}networking.k8s.io/v1:NetworkPolicy kfaas-system/kfaas-drift-watch`,
          `${child}rbac.authorization.k8s.io/v1:ClusterRole kfaas-drift-watch`,
          `${child}rbac.authorization.k8s.io/v1:ClusterRoleBinding kfaas-drift-watch`,
          `${child}rbac.authorization.k8s.io/v1:Role kfaas-system/kfaas-drift-watch`,
          `${child}rbac.authorization.k8s.io/v1:RoleBinding kfaas-system/kfaas-drift-watch`,
        ].sort(),
      );
      const job = resources.find(({ type }) => type === `kubernetes:${workload}`);
      expect(job?.dependencies).toHaveLength(6);
    },
  );
});
