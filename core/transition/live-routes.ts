import { isRecord, listAt, recordAt, textAt } from "../audit/plain-value.ts";
import { ruleNamesAnnotation } from "../mesh/names.ts";
import type { VirtualService } from "../mesh/istio.ts";

/**
 * The VirtualServices that `manager` wrote, cut down to what it would write again. What others have put into the namespace is not
 * ours to keep, move or delete.
 * @param objects as the API server lists them
 */
export function liveRoutes(objects: readonly unknown[], manager: string): VirtualService[] {
  return objects.flatMap((object) => {
    const metadata = recordAt(object, "metadata");
    const [apiVersion, name, namespace] = [
      textAt(object, "apiVersion"),
      textAt(metadata, "name"),
      textAt(metadata, "namespace"),
    ];
    const isOurs = listAt(metadata, "managedFields").some((entry) => textAt(entry, "manager") === manager);
    if (!isOurs || apiVersion === undefined || name === undefined || namespace === undefined) return [];
    const ruleNames = textAt(recordAt(metadata, "annotations"), ruleNamesAnnotation);
    const spec = recordAt(object, "spec");
    const live = {
      apiVersion,
      kind: "VirtualService" as const,
      metadata: {
        name,
        namespace,
        ...(ruleNames === undefined ? {} : { annotations: { [ruleNamesAnnotation]: ruleNames } }),
      },
      spec: { ...spec, http: listAt(spec, "http").filter(isRecord) },
    };
    return [live as unknown as VirtualService];
  });
}
