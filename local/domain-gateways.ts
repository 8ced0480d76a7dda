import type { DomainGatewayRole } from "../core/domain.ts";
import type { Stack } from "../core/stack.ts";
import { certificateDefinition } from "./cert-manager.ts";
import { type GatewayProxies, podPortsOfDomains } from "./gateway-proxies.ts";
import { namespaceObject } from "./knative.ts";
import type { KubernetesObject } from "./kubectl.ts";

/**
 * What is on a cluster before KFaaS gives it domains: the Services of the gateways that serve them, and the right to read Secrets
 * beside them, without which istiod gives a gateway no certificate. Namespaces and definitions come first.
 */
export function domainInstallation(stack: Stack, { domains }: GatewayProxies): KubernetesObject[] {
  const roles = Object.entries(domains) as [DomainGatewayRole, NonNullable<typeof domains.business>][];
  const objects = roles.flatMap(([role, { account }]) => gatewayObjects(role, account, stack));
  return [
    ...(stack.domains.some(({ certificate }) => certificate.kind === "certManager")
      ? [certificateDefinition]
      : []),
    ...objects.filter(({ kind }) => kind === "Namespace"),
    ...objects.filter(({ kind }) => kind !== "Namespace"),
  ];
}

function gatewayObjects(role: DomainGatewayRole, account: string, { gateways }: Stack): KubernetesObject[] {
  const gateway = gateways[role];
  if (gateway === undefined) return [];
  const { namespace, selector } = gateway;
  const metadata = { name: `local-${role}-gateway`, namespace };
  return [
    namespaceObject(namespace),
    {
      apiVersion: "v1",
      kind: "Service",
      metadata,
      spec: {
        selector,
        ports: [
          { name: "http2", port: 80, targetPort: podPortsOfDomains.http },
          { name: "https", port: 443, targetPort: podPortsOfDomains.https },
        ],
      },
    },
    {
      apiVersion: "rbac.authorization.k8s.io/v1",
      kind: "Role",
      metadata,
      rules: [{ apiGroups: [""], resources: ["secrets"], verbs: ["get", "list", "watch"] }],
    },
    {
      apiVersion: "rbac.authorization.k8s.io/v1",
      kind: "RoleBinding",
      metadata,
      roleRef: { apiGroup: "rbac.authorization.k8s.io", kind: "Role", name: metadata.name },
      subjects: [{ kind: "ServiceAccount", name: account, namespace }],
    },
  ];
}
