import { writeFile } from "node:fs/promises";
import type { Stack } from "../core/stack.ts";
import type { ControlPlaneTools } from "../tools/toolchain.ts";
import { instancePath, kubeconfigOf } from "./instance.ts";
import type { Instance } from "./instance.ts";
import type { Kubectl, KubernetesObject } from "./kubectl.ts";
import { answersOk, ensureProcess, waitFor } from "./processes.ts";

export const istioPorts = ["istiodXds", "istiodHttp", "istiodWebhook", "istiodMonitoring"] as const;
/** istiod's own namespace; what stands here applies to the whole mesh. */
export const istioNamespace = "istio-system";

const webhookName = "istio-validator-istio-system";
/** What `istio` in istio-system's ConfigMap would say. */
function meshConfig({ pathNormalisation }: Stack): object {
  return {
    accessLogFile: "",
    // It would make Envoy wait for certificates that only Istio's agent provides.
    enableAutoMtls: false,
    pathNormalization: { normalization: pathNormalisation },
  };
}

/**
 * Installs Istio's CRDs, then starts istiod with its validating webhook and waits until that refuses what is wrong.
 * @param identityRule which tokens prove who a proxy is; see gateway-identity.ts
 */
export async function ensureIstio(
  instance: Instance,
  tools: ControlPlaneTools,
  kubectl: Kubectl,
  stack: Stack,
  ports: Readonly<Record<string, number>>,
  identityRule: string,
): Promise<void> {
  await kubectl.applyFile(tools.istioCrds);
  await kubectl.waitFor("customresourcedefinitions", "condition=Established");
  await kubectl.apply([{ apiVersion: "v1", kind: "Namespace", metadata: { name: istioNamespace } }]);
  if (!(await webhookRefuses(kubectl))) await kubectl.apply([validatingWebhook(ports)]);
  await startIstiod(instance, tools, { mesh: JSON.stringify(meshConfig(stack)), identityRule }, ports);
  if (await waitFor(() => webhookRefuses(kubectl), 30_000)) return;
  throw new Error(
    `istiod did not take over ${webhookName}; see ${instancePath(instance, "logs", "istiod.log")}`,
  );
}

async function startIstiod(
  instance: Instance,
  tools: ControlPlaneTools,
  { mesh, identityRule }: { readonly mesh: string; readonly identityRule: string },
  ports: Readonly<Record<string, number>>,
): Promise<void> {
  const meshFile = instancePath(instance, "mesh.json");
  await writeFile(meshFile, mesh);
  const address = (name: (typeof istioPorts)[number]): string => `127.0.0.1:${ports[name] ?? 0}`;
  await ensureProcess(instance, {
    name: "istiod",
    command: tools.pilotDiscovery,
    args: [
      ["discovery", "--kubeconfig", kubeconfigOf(instance), "--namespace", istioNamespace],
      ["--domain", "cluster.local", "--clusterID", "Kubernetes", "--registries", "Kubernetes"],
      ["--meshConfig", meshFile, "--ctrlz_port", "0"],
      ["--grpcAddr", address("istiodXds"), "--secureGRPCAddr", "", "--httpAddr", address("istiodHttp")],
      ["--httpsAddr", address("istiodWebhook"), "--monitoringAddr", address("istiodMonitoring")],
    ].flat(),
    env: {
      POD_NAMESPACE: istioNamespace,
      POD_NAME: "istiod-local",
      REVISION: "default",
      // The webhook's certificate must name the host that the API server calls.
      ISTIOD_CUSTOM_HOST: "localhost",
      INJECT_ENABLED: "false",
      INJECTION_WEBHOOK_CONFIG_NAME: "",
      PILOT_ENABLE_GATEWAY_API: "false",
      // Filters of Istio's own build of Envoy, which the stock one does not know.
      PILOT_ENABLE_METADATA_EXCHANGE: "false",
      PILOT_ENABLE_ALPN_FILTER: "false",
      // Proxies come by the plain port, and say who they are all the same.
      XDS_AUTH_PLAINTEXT: "true",
      JWT_RULE: identityRule,
    },
    configuration: mesh,
    isReady: () => answersOk(`http://${address("istiodHttp")}/ready`),
  });
}

/** istiod writes its certificate into the configuration and lets it fail closed once it can answer. */
async function webhookRefuses(kubectl: Kubectl): Promise<boolean> {
  const policy = await kubectl.run([
    ...["get", "validatingwebhookconfigurations", webhookName, "--ignore-not-found"],
    ...["--output", "jsonpath={.webhooks[0].failurePolicy}"],
  ]);
  return policy === "Fail";
}

// As Istio's chart makes it, but reached by URL: no pod runs istiod here.
// https://github.com/istio/istio/blob/master/manifests/charts/istio-control/istio-discovery/templates/validatingwebhookconfiguration.yaml
function validatingWebhook(ports: Readonly<Record<string, number>>): KubernetesObject {
  return {
    apiVersion: "admissionregistration.k8s.io/v1",
    kind: "ValidatingWebhookConfiguration",
    metadata: { name: webhookName, labels: { app: "istiod", istio: "istiod", "istio.io/rev": "default" } },
    webhooks: [
      {
        name: "rev.validation.istio.io",
        clientConfig: { url: `https://localhost:${ports["istiodWebhook"] ?? 0}/validate` },
        rules: [
          {
            operations: ["CREATE", "UPDATE"],
            apiGroups: [
              "security.istio.io",
              "networking.istio.io",
              "telemetry.istio.io",
              "extensions.istio.io",
            ],
            apiVersions: ["*"],
            resources: ["*"],
          },
        ],
        failurePolicy: "Ignore",
        sideEffects: "None",
        admissionReviewVersions: ["v1"],
      },
    ],
  };
}
