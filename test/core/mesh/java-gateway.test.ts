import { describe, expect, it } from "@jest/globals";
import type { JavaWorkload } from "../../../core/exit-gateway.ts";
import { renderJavaGateway } from "../../../core/mesh/java-gateway.ts";
import { anImageExitGateway } from "../../support/builders.ts";

const name = "kfaas-java-export-gateway";
const workload = (java: Partial<JavaWorkload> = {}) => renderJavaGateway(anImageExitGateway(java));
const podOf = (java: Partial<JavaWorkload> = {}) => workload(java).deployment.spec?.template.spec;
const containerOf = (java: Partial<JavaWorkload> = {}) => podOf(java)?.containers[0];

describe("the Java export gateway's own Deployment", () => {
  it("runs the image as Pod Security `restricted` wants it, and writes to /tmp only", () => {
    expect(podOf()).toMatchObject({
      serviceAccountName: name,
      automountServiceAccountToken: false,
      securityContext: { runAsNonRoot: true, seccompProfile: { type: "RuntimeDefault" } },
      volumes: [{ name: "tmp", emptyDir: {} }],
    });
    expect(containerOf()).toMatchObject({
      image: "registry.example.com/java/export-gateway:2.4.1",
      ports: [{ name: "http", containerPort: 8080, protocol: "TCP" }],
      resources: { requests: { cpu: "500m", memory: "1Gi" } },
      securityContext: {
        allowPrivilegeEscalation: false,
        capabilities: { drop: ["ALL"] },
        privileged: false,
        readOnlyRootFilesystem: true,
        runAsNonRoot: true,
      },
      volumeMounts: [{ name: "tmp", mountPath: "/tmp" }],
    });
  });

  it("gets no sidecar, which Pod Security would refuse, and no label by which gateways' policies know their pods", () => {
    expect(workload().deployment.spec?.template.metadata?.labels).toStrictEqual({
      "app.kubernetes.io/name": name,
      "sidecar.istio.io/inject": "false",
    });
  });

  it("is scaled, spread and protected as the gateway before it, and has no number of replicas", () => {
    const { deployment, autoscaler, disruptionBudget } = workload();

    expect(autoscaler.spec).toMatchObject({
      scaleTargetRef: { kind: "Deployment", name },
      minReplicas: 2,
      maxReplicas: 6,
    });
    expect(disruptionBudget.spec).toMatchObject({
      maxUnavailable: 1,
      selector: { matchLabels: { "app.kubernetes.io/name": name } },
    });
    expect(podOf()?.topologySpreadConstraints?.map(({ topologyKey }) => topologyKey)).toStrictEqual([
      "topology.kubernetes.io/zone",
      "kubernetes.io/hostname",
    ]);
    expect(deployment.spec).not.toHaveProperty("replicas");
  });

  it("stands behind a Service on port 80", () => {
    expect(workload({ port: 9090 }).service.spec).toStrictEqual({
      type: "ClusterIP",
      selector: { "app.kubernetes.io/name": name },
      ports: [{ name: "http", port: 80, targetPort: 9090, protocol: "TCP" }],
    });
  });

  it("is ready when its port is open, or when its path says so", () => {
    expect(containerOf()?.readinessProbe).toMatchObject({ tcpSocket: { port: 8080 } });
    expect(containerOf({ healthPath: "/health" })?.readinessProbe).toMatchObject({
      httpGet: { path: "/health", port: 8080 },
    });
  });

  it("gets variables, sorted, and those that are secret by reference only", () => {
    const env = { B: "2", A: "1" };
    const secretEnv = { AB: { secret: "java", key: "password" } };

    expect(containerOf({ env, secretEnv })?.env).toStrictEqual([
      { name: "A", value: "1" },
      { name: "AB", valueFrom: { secretKeyRef: { name: "java", key: "password" } } },
      { name: "B", value: "2" },
    ]);
  });

  it("may have a user by number, Secrets for the registry, and limits, written as the apiserver does", () => {
    const resources = { requests: { cpu: "1000m", memory: "1024Mi" }, limits: { cpu: "2", memory: "2Gi" } };

    expect(podOf({ runAsUser: 1000, pullSecrets: ["registry"] })).toMatchObject({
      securityContext: { runAsUser: 1000 },
      imagePullSecrets: [{ name: "registry" }],
    });
    expect(containerOf({ resources })?.resources).toStrictEqual({
      requests: { cpu: "1", memory: "1Gi" },
      limits: { cpu: "2", memory: "2Gi" },
    });
  });
});
