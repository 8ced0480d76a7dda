import type { KubernetesObject } from "./kubectl.ts";

const group = "cert-manager.io";

/**
 * Lets the API server take cert-manager's Certificates, whatever is in them. Nobody issues one here: whoever wants HTTPS makes the
 * Secret that a Certificate names.
 */
export const certificateDefinition: KubernetesObject = {
  apiVersion: "apiextensions.k8s.io/v1",
  kind: "CustomResourceDefinition",
  metadata: { name: `certificates.${group}` },
  spec: {
    group,
    scope: "Namespaced",
    names: { kind: "Certificate", plural: "certificates", singular: "certificate" },
    versions: [
      {
        name: "v1",
        served: true,
        storage: true,
        schema: { openAPIV3Schema: { type: "object", "x-kubernetes-preserve-unknown-fields": true } },
      },
    ],
  },
};
