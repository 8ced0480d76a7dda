import { describe, expect, it } from "@jest/globals";
import type { DriftWatch } from "../../../core/drift-watch-rules.ts";
import { watchedKinds } from "../../../core/drift/watched-kinds.ts";
import { planMesh } from "../../../core/mesh/plan-mesh.ts";
import { planObjects } from "../../../core/mesh/plan-objects.ts";
import type { DriftWatchObjects } from "../../../core/mesh/plan.ts";
import { aManagedGateway, anExitGateway, aService, aStack } from "../../support/builders.ts";

const watch: DriftWatch = {
  image: "registry.example.com/kfaas:1",
  mode: "cronJob",
  schedule: "@hourly",
  resources: { requests: { cpu: "50m", memory: "192Mi" } },
};

function plannedWith(changes: Partial<DriftWatch> = {}, managed = true) {
  const existing = { mode: "existing" } as const;
  const gateways = managed
    ? {
        entry: aManagedGateway(),
        clusterLocal: aManagedGateway(),
        exit: anExitGateway({ host: "java.example.com" }),
      }
    : { entry: existing, clusterLocal: existing };
  return planMesh(aStack({ gateways, services: [aService()], driftWatch: { ...watch, ...changes } }));
}

function watchOf(changes: Partial<DriftWatch> = {}, managed = true): DriftWatchObjects {
  const { driftWatch } = plannedWith(changes, managed);
  if (driftWatch === undefined) throw new Error("a drift watch is planned");
  return driftWatch;
}

describe("the drift watch", () => {
  it("is not there unless the stack asks for it", () => {
    expect(planMesh(aStack()).driftWatch).toBeUndefined();
  });

  it.each([true, false])(
    "may read exactly what is compared, and write nothing (managed gateways: %s)",
    (managed) => {
      const { clusterRole, role } = watchOf({}, managed);
      const rules = [...(clusterRole.rules ?? []), ...(role.rules ?? [])];
      const readable = rules.flatMap(({ resources }) => resources ?? []).sort();
      const record = { apiVersion: "v1", kind: "ConfigMap", metadata: { name: "kfaas-cluster" } };
      const compared = watchedKinds([...planObjects(plannedWith({}, managed)), record]);
      expect(readable).toEqual(compared.map(({ plural }) => plural).sort());
      expect(new Set(rules.flatMap(({ verbs }) => verbs))).toEqual(new Set(["get", "list"]));
      expect(readable).not.toContain("secrets");
      expect(JSON.stringify(rules)).not.toContain("*");
    },
  );

  it("may read of what belongs to no namespace only single objects", () => {
    const named = watchOf().clusterRole.rules?.filter(({ resourceNames }) => resourceNames !== undefined);
    expect(named).toEqual([
      {
        apiGroups: [""],
        resources: ["namespaces"],
        resourceNames: ["kfaas-system", "kube-system"],
        verbs: ["get"],
      },
      ...["clusterroles", "clusterrolebindings"]
        .sort()
        .reverse()
        .map((plural) => ({
          apiGroups: ["rbac.authorization.k8s.io"],
          resources: [plural],
          resourceNames: ["kfaas-drift-watch"],
          verbs: ["get"],
        })),
    ]);
  });

  it.each(["cronJob", "deployment"] as const)(
    "as %s has pods that fit Pod Security restricted and ask for what the quota counts",
    (mode) => {
      const { cronJob, deployment } = watchOf({ mode });
      const [workload, ...others] = [cronJob, deployment].filter((each) => each !== undefined);
      expect(others).toEqual([]);
      const template = {
        metadata: { labels: { "sidecar.istio.io/inject": "false" } },
        spec: {
          securityContext: { runAsNonRoot: true, seccompProfile: { type: "RuntimeDefault" } },
          containers: [
            {
              args: expect.arrayContaining(["drift", "--stack", "test", "--in-cluster"]),
              resources: { requests: { cpu: "50m", memory: "192Mi" } },
              securityContext: {
                allowPrivilegeEscalation: false,
                capabilities: { drop: ["ALL"] },
                readOnlyRootFilesystem: true,
              },
            },
          ],
        },
      };
      expect(workload?.spec).toMatchObject(
        mode === "cronJob" ? { jobTemplate: { spec: { template } } } : { template },
      );
    },
  );

  it("answers on a port only where it serves metrics", () => {
    expect(watchOf({ mode: "cronJob" }).networkPolicy.spec?.ingress).toBeUndefined();
    expect(watchOf({ mode: "deployment" }).networkPolicy.spec?.ingress).toHaveLength(1);
  });
});
