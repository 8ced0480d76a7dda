import { describe, expect, it } from "@jest/globals";
import { EnvironmentHost } from "../../components/environment-host.ts";
import { KfaasNamespace } from "../../components/kfaas-namespace.ts";
import { planMesh } from "../../core/mesh/plan-mesh.ts";
import { aManagedGateway, aStack } from "../support/builders.ts";
import { outline, withMocks } from "../support/mocks.ts";

const plan = planMesh(aStack({ gateways: { entry: aManagedGateway(), clusterLocal: { mode: "existing" } } }));
const args = { objects: plan.namespace, record: { name: "test", uid: "90efdf3b" } };
const recordLabel = "kubernetes:core/v1:ConfigMap kfaas-system/kfaas-cluster";

describe("KfaasNamespace", () => {
  it("is the namespace, its quota, its network policies and the record of the cluster, and nothing else", async () => {
    const registered = await withMocks();
    new KfaasNamespace("kfaas-system", args);
    const child = "kfaas:mesh:KfaasNamespace kfaas-system > kubernetes:";
    expect(plan.namespace.networkPolicies.length).toBeGreaterThan(0);
    expect(outline(await registered())).toEqual([
      "kfaas:mesh:KfaasNamespace kfaas-system",
      `${child}core/v1:ConfigMap kfaas-system/kfaas-cluster`,
      `${child}core/v1:Namespace kfaas-system`,
      `${child}core/v1:ResourceQuota kfaas-system/kfaas-system`,
      ...plan.namespace.networkPolicies.map(
        ({ metadata }) => `${child}networking.k8s.io/v1:NetworkPolicy kfaas-system/${metadata.name}`,
      ),
    ]);
  });

  it("records whose cluster it is", async () => {
    const registered = await withMocks();
    new KfaasNamespace("kfaas-system", args);
    const configMap = (await registered()).find(({ type }) => type === "kubernetes:core/v1:ConfigMap");
    expect(configMap?.inputs["data"]).toEqual({ name: "test", uid: "90efdf3b" });
  });

  it("creates the namespace before anything in it", async () => {
    const registered = await withMocks();
    new KfaasNamespace("kfaas-system", args);
    const inside = (await registered()).filter(({ name }) => name.startsWith("kfaas-system/"));
    expect(inside.map(({ dependencies }) => dependencies)).toEqual(
      inside.map(() => ["kubernetes:core/v1:Namespace kfaas-system"]),
    );
  });

  it("lets others in only after the record is written, and costs each of them a single dependency", async () => {
    const registered = await withMocks();
    const { namespaceName } = new KfaasNamespace("kfaas-system", args);
    for (const objects of plan.environments) {
      new EnvironmentHost(objects.environment, { objects, namespace: namespaceName });
    }
    const host = (await registered()).find(({ type }) => type === "kubernetes:core/v1:Service");
    expect(host?.dependencies).toEqual([recordLabel]);
    expect(host?.inputs["metadata"]).toMatchObject({ namespace: "kfaas-system" });
  });

  it("keeps the plan out of its own inputs, where the state would hold it a second time", async () => {
    const registered = await withMocks();
    new KfaasNamespace("kfaas-system", args);
    const component = (await registered()).find(({ type }) => type === KfaasNamespace.type);
    expect(component?.inputs).toEqual({});
  });
});
