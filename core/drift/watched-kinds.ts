import type { KubernetesObject } from "../mesh/plan-objects.ts";
import { systemNamespace } from "../mesh/names.ts";
import { compareText } from "../problem.ts";

/** One kind of object that drift reads, and from where. */
export interface WatchedKind {
  readonly apiVersion: string;
  readonly kind: string;
  /** `virtualservices`, as URLs and RBAC have it. */
  readonly plural: string;
  /** Where objects are listed; `names` reads these objects of no namespace one by one. */
  readonly from: "everywhere" | { readonly namespace: string } | { readonly names: readonly string[] };
  /** False if the cluster may do without: then nobody can have made one. */
  readonly required: boolean;
}

/** What somebody else may create in our namespace that takes part in what our objects do. */
const othersInNamespace = [
  { apiVersion: "v1", kind: "Service" },
  { apiVersion: "v1", kind: "ResourceQuota" },
  { apiVersion: "apps/v1", kind: "Deployment" },
  { apiVersion: "autoscaling/v2", kind: "HorizontalPodAutoscaler" },
  { apiVersion: "networking.k8s.io/v1", kind: "NetworkPolicy" },
  { apiVersion: "policy/v1", kind: "PodDisruptionBudget" },
] as const;

/** What of Istio reaches across namespaces. `networking` and `security` stand for their groups in the version that the stack uses. */
const othersOfIstio = [
  { group: "networking", kind: "VirtualService" },
  { group: "networking", kind: "Gateway" },
  { group: "networking", kind: "ServiceEntry" },
  { group: "networking", kind: "DestinationRule" },
  { apiVersion: "networking.istio.io/v1alpha3", kind: "EnvoyFilter" },
  { group: "security", kind: "AuthorizationPolicy" },
  { group: "security", kind: "RequestAuthentication" },
  { apiVersion: "extensions.istio.io/v1alpha1", kind: "WasmPlugin" },
] as const;

const clusterScoped = new Set(["Namespace", "ClusterRole", "ClusterRoleBinding"]);

/**
 * Every kind to read, sorted: those of the plan, and those by which others can interfere. Secrets are never read: whoever watches for
 * drift is not to know them.
 */
export function watchedKinds(planned: readonly KubernetesObject[]): WatchedKind[] {
  const kinds = new Map<string, WatchedKind>();
  const add = (apiVersion: string, kind: string, required: boolean, namespace = systemNamespace) => {
    const names = planned.filter((each) => each.kind === kind).map(({ metadata }) => metadata.name);
    const from = clusterScoped.has(kind)
      ? { names }
      : apiVersion.includes(".istio.io/")
        ? ("everywhere" as const)
        : { namespace };
    const place = typeof from === "object" && "namespace" in from ? from.namespace : "";
    const key = `${groupOf(apiVersion)} ${kind} ${place}`;
    if (kind === "Secret" || kinds.has(key)) return;
    kinds.set(key, { apiVersion, kind, plural: pluralOf(kind), from, required });
  };
  for (const { apiVersion, kind, metadata } of planned) add(apiVersion, kind, true, metadata.namespace);
  for (const { apiVersion, kind } of othersInNamespace) add(apiVersion, kind, true);
  const networking =
    planned.find(({ kind }) => kind === "VirtualService")?.apiVersion ?? "networking.istio.io/v1";
  for (const other of othersOfIstio) {
    const apiVersion =
      "apiVersion" in other
        ? other.apiVersion
        : other.group === "networking"
          ? networking
          : `security.istio.io/${networking.endsWith("/v1") ? "v1" : "v1beta1"}`;
    add(apiVersion, other.kind, other.kind === "VirtualService" || other.kind === "Gateway");
  }
  return [...kinds.values()].sort(
    (a, b) => compareText(groupOf(a.apiVersion), groupOf(b.apiVersion)) || compareText(a.kind, b.kind),
  );
}

/** `networking.istio.io` of `networking.istio.io/v1`; empty for Kubernetes' own core. */
export function groupOf(apiVersion: string): string {
  return apiVersion.includes("/") ? (apiVersion.split("/")[0] ?? "") : "";
}

/** English as the API conventions have it. */
export function pluralOf(kind: string): string {
  const lower = kind.toLowerCase();
  if (/[^aeiou]y$/.test(lower)) return `${lower.slice(0, -1)}ies`;
  return /(s|x|ch|sh)$/.test(lower) ? `${lower}es` : `${lower}s`;
}
