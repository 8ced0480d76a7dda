import type { Service } from "kubernetes-types/core/v1.js";
import { labels } from "./labels.ts";
import { environmentHostName, systemNamespace } from "./names.ts";
import type { Rendered } from "./plan.ts";

/** The Service whose name the Java gateway sends as Host for an environment: another name for the entry gateway's. */
export function renderEnvironmentHost(environment: string, entryServiceHost: string): Rendered<Service> {
  return renderHost(environmentHostName(environment), "environment-host", entryServiceHost);
}

/** An ExternalName Service on port 80. */
export function renderHost(name: string, component: string, externalName: string): Rendered<Service> {
  return {
    apiVersion: "v1",
    kind: "Service",
    metadata: { name, namespace: systemNamespace, labels: { ...labels(name, component) } },
    spec: {
      type: "ExternalName",
      externalName,
      // The name tells sidecars the protocol; without one they take an ExternalName for plain TCP (istioctl: IST0150).
      ports: [{ name: "http2", port: 80, targetPort: 80, protocol: "TCP" }],
    },
  };
}
