import type { ForeignVirtualService } from "./foreign-objects.ts";

/**
 * In which of three lists a proxy's namespace finds an object; the lists are read one after the other, and age counts only inside
 * each. Undefined if it does not see the object.
 * https://github.com/istio/istio/blob/1.30.3/pilot/pkg/model/push_context.go VirtualServicesForGateway, initVirtualServices
 */
export function exportGroup(
  { exportTo, namespace }: Pick<ForeignVirtualService, "exportTo" | "namespace">,
  proxyNamespace: string,
): 0 | 1 | 2 | undefined {
  if (exportTo.length === 0 || exportTo.includes("*")) return 2;
  const own = exportTo.includes(".") || exportTo.includes(namespace);
  if (own && namespace === proxyNamespace) return 0;
  return exportTo.includes(proxyNamespace) ? 1 : undefined;
}
