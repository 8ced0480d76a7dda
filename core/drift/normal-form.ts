import { isRecord, listAt, type PlainRecord, recordAt, textAt } from "../audit/plain-value.ts";
import { kindOf, nameOf } from "./live-object.ts";

/**
 * The content of an object that can drift. Left out: status and what the server keeps about an object, annotations of tools about
 * themselves, labels that nothing selects by, and values that mean the same as their absence.
 */
export function normalForm(object: PlainRecord): PlainRecord {
  const { metadata, ...rest } = object;
  const content = Object.fromEntries(
    Object.entries(rest).filter(([key]) => !["apiVersion", "kind", "status"].includes(key)),
  );
  const own = withoutEmpty({ metadata: normalMetadata(isRecord(metadata) ? metadata : {}) }, true);
  const body = isIstio(object)
    ? withoutEmpty(istioContent(content), false)
    : withoutEmpty(ownContent[kindOf(object)]?.(content, object) ?? content, true);
  return { ...(own as PlainRecord), ...(body as PlainRecord) };
}

export function isIstio(object: PlainRecord): boolean {
  return /^[a-z]+\.istio\.io\//.test(textAt(object, "apiVersion") ?? "");
}

function normalMetadata(metadata: PlainRecord): PlainRecord {
  const { labels, annotations, finalizers, ownerReferences, deletionTimestamp } = metadata;
  return {
    labels,
    annotations: filtered(annotations, (key) => !isNoteOfTool(key)),
    finalizers,
    ownerReferences,
    deletionTimestamp,
  };
}

function filtered(record: unknown, keep: (key: string) => boolean): unknown {
  if (!isRecord(record)) return record;
  return Object.fromEntries(Object.entries(record).filter(([key]) => keep(key)));
}

/** What tools write about their own work: it changes nothing about the object. */
function isNoteOfTool(annotation: string): boolean {
  return (
    annotation.startsWith("pulumi.com/") ||
    annotation === "kubectl.kubernetes.io/last-applied-configuration" ||
    // `kubectl rollout restart`: the pods are replaced by the same.
    annotation === "kubectl.kubernetes.io/restartedAt" ||
    annotation === "deployment.kubernetes.io/revision"
  );
}

/**
 * Whether a label or annotation that nobody planned does anything. Pods and namespaces are selected by any label; everything else only
 * by those of Istio, Kubernetes and of tools that take objects over.
 */
export function hasMeaning(kind: string, key: string, onPods: boolean, field: string): boolean {
  if (field === "annotations" && isNoteOfTool(key)) return false;
  if (field === "labels" && (onPods || kind === "Namespace")) return true;
  const [domain = ""] = key.split("/");
  if (!key.includes("/")) return key === "istio" || key.startsWith("istio-");
  return /(^|\.)(istio\.io|kubernetes\.io|k8s\.io|knative\.dev|cert-manager\.io|argoproj\.io|fluxcd\.io|helm\.sh)$/.test(
    domain,
  );
}

type Content = (content: PlainRecord, object: PlainRecord) => PlainRecord;

/** Fields that the server or a controller fills in, by kind. */
const ownContent: Readonly<Record<string, Content>> = {
  Service: (content) => {
    const spec = recordAt(content, "spec");
    const assigned = new Set(["clusterIPs", "ipFamilies", "ipFamilyPolicy", "healthCheckNodePort"]);
    // Any address is the server's; that there is none is somebody's wish.
    if (spec["clusterIP"] !== "None") assigned.add("clusterIP");
    return { ...content, spec: filtered(spec, (key) => !assigned.has(key)) };
  },
  Deployment: (content) => {
    const spec = recordAt(content, "spec");
    // The autoscaler's; but it does not touch a Deployment that was scaled to nothing.
    return { ...content, spec: filtered(spec, (key) => key !== "replicas" || spec[key] === 0) };
  },
  ServiceAccount: (content, object) => {
    // Before Kubernetes 1.24, and on OpenShift, a controller adds its tokens.
    const isToken = (each: unknown) =>
      (textAt(each, "name") ?? "").startsWith(`${nameOf(object)}-token-`) ||
      (textAt(each, "name") ?? "").startsWith(`${nameOf(object)}-dockercfg-`);
    const keep = (key: string) => listAt(content, key).filter((each) => !isToken(each));
    return { ...content, secrets: keep("secrets"), imagePullSecrets: keep("imagePullSecrets") };
  },
};

/** @param mappings also without the empty mappings that mean nothing in Kubernetes' own objects */
function withoutEmpty(value: unknown, mappings: boolean): unknown {
  if (Array.isArray(value)) return value.map((each) => withoutEmpty(each, mappings));
  if (!isRecord(value)) return value;
  const entries = Object.entries(value)
    .map(([key, inner]) => [key, withoutEmpty(inner, mappings)] as const)
    .filter(([key, inner]) => !isAbsent(inner) && !(mappings && isOptional(key) && isEmptyMapping(inner)));
  return Object.fromEntries(entries);
}

function isAbsent(value: unknown): boolean {
  return value === undefined || value === null || (Array.isArray(value) && value.length === 0);
}

function isEmptyMapping(value: unknown): boolean {
  return isRecord(value) && Object.keys(value).length === 0;
}

function isOptional(key: string): boolean {
  return ["metadata", "labels", "annotations", "resources", "securityContext"].includes(key);
}

function istioContent(content: PlainRecord): PlainRecord {
  return { ...content, spec: istioMessage(recordAt(content, "spec"), "spec") };
}

/** Mappings from names that somebody chose; their empty values are values. */
const maps = new Set(["queryParams", "withoutHeaders", "set", "add", "selector", "labels", "sourceLabels"]);
/** Messages and maps that mean nothing when they are empty. */
const emptyMeansNothing = new Set([...maps, "headers", "request", "response"]);
/** Alternatives of which one is chosen: there an empty text is not the absence of a text. */
const alternatives = new Set(["exact", "prefix", "regex", "string", "httpStatus"]);

/** Protocol buffers cannot tell an empty value from an absent one, so neither may we. */
function istioMessage(message: PlainRecord, place: string): PlainRecord {
  const entries = Object.entries(message).flatMap(([key, value]) => {
    const normal = istioField(value, key, place);
    if (emptyMeansNothing.has(key) && isEmptyMapping(normal)) return [];
    const isZero = normal === 0 || normal === false || normal === "";
    return isZero && !alternatives.has(key) ? [] : [[key, normal] as const];
  });
  return Object.fromEntries(entries);
}

function istioField(value: unknown, key: string, place: string): unknown {
  if (Array.isArray(value)) {
    return value.map((each: unknown): unknown => {
      const normal = isRecord(each) ? istioMessage(each, key) : each;
      // A single destination gets everything, whatever its weight.
      const free = key === "route" && value.length === 1;
      return free ? filtered(normal, (field) => field !== "weight") : normal;
    });
  }
  if (!isRecord(value)) return value;
  if (maps.has(key) || (key === "headers" && place === "match")) {
    return Object.fromEntries(
      Object.entries(value).map(([name, inner]) => [
        name,
        isRecord(inner) ? istioMessage(inner, key) : inner,
      ]),
    );
  }
  return istioMessage(value, key);
}
