import { describe, expect, it } from "@jest/globals";
import { renderGateway } from "../../../core/mesh/gateway.ts";
import type { GatewayObjects } from "../../../core/mesh/plan.ts";
import { versionProfile } from "../../../core/mesh/version-profile.ts";
import { aManagedGateway, versions } from "../../support/builders.ts";

function aGateway(scaling = aManagedGateway(), readsSecrets = false): GatewayObjects {
  const hosts = ["kfaas-system/a.b"];
  return renderGateway(
    { name: "kfaas-entry-gateway", component: "entry-gateway", hosts, readsSecrets, scaling },
    versionProfile(versions()),
  );
}

describe("a managed gateway", () => {
  const gateway = aGateway();
  const template = gateway.deployment.spec?.template;
  const pod = template?.spec;
  const [container] = pod?.containers ?? [];

  it("has one name for all its objects, and lives in kfaas-system", () => {
    for (const { metadata } of Object.values(gateway)) {
      expect(metadata).toMatchObject({ name: "kfaas-entry-gateway", namespace: "kfaas-system" });
    }
  });

  it("is recognised by one label, by all who look for its pods", () => {
    const selector = { istio: "kfaas-entry-gateway" };

    expect(template?.metadata?.labels).toMatchObject(selector);
    expect(gateway.deployment.spec?.selector.matchLabels).toStrictEqual(selector);
    expect(gateway.service.spec?.selector).toStrictEqual(selector);
    expect(gateway.gateway.spec.selector).toStrictEqual(selector);
    expect(gateway.disruptionBudget.spec?.selector?.matchLabels).toStrictEqual(selector);
    for (const { labelSelector } of pod?.topologySpreadConstraints ?? []) {
      expect(labelSelector?.matchLabels).toStrictEqual(selector);
    }
  });

  it("is filled in by Istio's injector", () => {
    expect(template?.metadata?.annotations?.["inject.istio.io/templates"]).toBe("gateway");
    expect(template?.metadata?.labels?.["sidecar.istio.io/inject"]).toBe("true");
    expect(container).toMatchObject({ name: "istio-proxy", image: "auto" });
  });

  it("leaves the number of replicas to the autoscaler", () => {
    expect(gateway.deployment.spec).not.toHaveProperty("replicas");
    expect(
      aGateway(aManagedGateway({ minReplicas: 3, maxReplicas: 7, targetCpuPercent: 60 })).autoscaler.spec,
    ).toStrictEqual({
      scaleTargetRef: { apiVersion: "apps/v1", kind: "Deployment", name: "kfaas-entry-gateway" },
      minReplicas: 3,
      maxReplicas: 7,
      metrics: [
        {
          type: "Resource",
          resource: { name: "cpu", target: { type: "Utilization", averageUtilization: 60 } },
        },
      ],
    });
  });

  it("can be measured by the autoscaler: utilisation is of what is requested", () => {
    expect(container?.resources?.requests).toHaveProperty("cpu");
  });

  // https://kubernetes.io/docs/concepts/security/pod-security-standards/#restricted
  it("fulfils Pod Security `restricted` by itself", () => {
    expect(pod?.securityContext).toStrictEqual({
      runAsNonRoot: true,
      seccompProfile: { type: "RuntimeDefault" },
    });
    expect(container?.securityContext).toMatchObject({
      allowPrivilegeEscalation: false,
      capabilities: { drop: ["ALL"] },
      privileged: false,
      runAsNonRoot: true,
    });
    expect(pod).not.toHaveProperty("hostNetwork");
    expect(container?.ports?.filter(({ containerPort }) => containerPort < 1024)).toStrictEqual([]);
  });

  it("can be reached from inside the cluster only, on the port that its Gateway names", () => {
    expect(gateway.service.spec?.type).toBe("ClusterIP");
    expect(gateway.service.spec?.ports).toStrictEqual([
      { name: "status-port", port: 15021, targetPort: 15021, protocol: "TCP" },
      { name: "http2", port: 80, targetPort: 8080, protocol: "TCP" },
    ]);
    expect(gateway.gateway.spec.servers).toStrictEqual([
      { port: { number: 80, name: "http", protocol: "HTTP" }, hosts: ["kfaas-system/a.b"] },
    ]);
  });

  it("lets nodes be drained, even with a single replica", () => {
    expect(aGateway(aManagedGateway({ minReplicas: 1 })).disruptionBudget.spec).toMatchObject({
      maxUnavailable: 1,
    });
  });

  it("may do nothing, or where it shows certificates what istiod asks of it: list the Secrets of its namespace", () => {
    expect(gateway.role).not.toHaveProperty("rules");
    expect(aGateway(aManagedGateway(), true).role.rules).toStrictEqual([
      { apiGroups: [""], resources: ["secrets"], verbs: ["list"] },
    ]);
    expect(gateway.roleBinding.roleRef.name).toBe(gateway.role.metadata.name);
    expect(gateway.roleBinding.subjects).toStrictEqual([
      { kind: "ServiceAccount", name: pod?.serviceAccountName, namespace: "kfaas-system" },
    ]);
  });

  it("carries labels, except on Istio's own kind", () => {
    const { gateway: istioGateway, ...others } = gateway;

    expect(istioGateway.metadata.labels).toBeUndefined();
    for (const { metadata } of Object.values(others)) {
      expect(metadata.labels).toStrictEqual({
        "app.kubernetes.io/name": "kfaas-entry-gateway",
        "app.kubernetes.io/component": "entry-gateway",
        "app.kubernetes.io/part-of": "kfaas",
        "app.kubernetes.io/managed-by": "pulumi",
      });
    }
  });
});
