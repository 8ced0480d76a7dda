import { isRecord, listAt, type PlainRecord, recordAt, textAt } from "../audit/plain-value.ts";
import { kindOf, nameOf } from "./live-object.ts";

/**
 * A planned object with what the API server adds to it by itself, so that it can be compared with a live one. Custom resources have no
 * defaults of Istio's. The tables are those of https://github.com/kubernetes/kubernetes/tree/v1.36.0/pkg/apis, <group>/v*\/defaults.go,
 * for the kinds and fields that KFaaS renders; the end-to-end test compares them with the real server.
 */
export function withApiDefaults(planned: PlainRecord): PlainRecord {
  const change = defaults[kindOf(planned)];
  return change === undefined ? planned : change(planned);
}

type Change = (object: PlainRecord) => PlainRecord;

const defaults: Readonly<Record<string, Change>> = {
  Namespace: (object) => ({
    ...object,
    metadata: withLabels(recordAt(object, "metadata"), { "kubernetes.io/metadata.name": nameOf(object) }),
    spec: { finalizers: ["kubernetes"], ...recordAt(object, "spec") },
  }),
  NetworkPolicy: inSpec((spec) => ({
    ...spec,
    ...mapped(spec, "ingress", inPorts),
    ...mapped(spec, "egress", inPorts),
  })),
  Service: inSpec((spec) => ({
    sessionAffinity: "None",
    type: "ClusterIP",
    ...(spec["type"] === "ExternalName" ? {} : { internalTrafficPolicy: "Cluster" }),
    ...spec,
    ...mapped(spec, "ports", (port) => ({ protocol: "TCP", targetPort: port["port"], ...port })),
  })),
  Deployment: inSpec((spec) => ({
    progressDeadlineSeconds: 600,
    revisionHistoryLimit: 10,
    ...spec,
    template: podTemplate(recordAt(spec, "template"), "Always"),
  })),
  CronJob: inSpec((spec) => {
    const job = recordAt(spec, "jobTemplate");
    const jobSpec = recordAt(job, "spec");
    return {
      concurrencyPolicy: "Allow",
      suspend: false,
      successfulJobsHistoryLimit: 3,
      failedJobsHistoryLimit: 1,
      ...spec,
      jobTemplate: {
        ...job,
        spec: { ...jobSpec, template: podTemplate(recordAt(jobSpec, "template"), "Never") },
      },
    };
  }),
};

function inSpec(change: Change): Change {
  return (object) => ({ ...object, spec: change(recordAt(object, "spec")) });
}

function withLabels(metadata: PlainRecord, labels: PlainRecord): PlainRecord {
  return { ...metadata, labels: { ...labels, ...recordAt(metadata, "labels") } };
}

/** The list at a key with every entry changed; nothing if there is none. */
function mapped(record: PlainRecord, key: string, change: Change): PlainRecord {
  if (!Array.isArray(record[key])) return {};
  return { [key]: listAt(record, key).map((each) => (isRecord(each) ? change(each) : each)) };
}

function inPorts(rule: PlainRecord): PlainRecord {
  return { ...rule, ...mapped(rule, "ports", (port) => ({ protocol: "TCP", ...port })) };
}

function podTemplate(template: PlainRecord, restartPolicy: string): PlainRecord {
  const spec = recordAt(template, "spec");
  const account = textAt(spec, "serviceAccountName");
  return {
    ...template,
    spec: {
      dnsPolicy: "ClusterFirst",
      restartPolicy,
      schedulerName: "default-scheduler",
      terminationGracePeriodSeconds: 30,
      securityContext: {},
      ...(account === undefined ? {} : { serviceAccount: account }),
      ...spec,
      ...mapped(spec, "containers", container),
    },
  };
}

function container(written: PlainRecord): PlainRecord {
  const image = textAt(written, "image") ?? "";
  const tag = /:([^:/@]+)$/.exec(image)?.[1];
  const isMoving = !image.includes("@") && (tag === undefined || tag === "latest");
  return {
    imagePullPolicy: isMoving ? "Always" : "IfNotPresent",
    terminationMessagePath: "/dev/termination-log",
    terminationMessagePolicy: "File",
    resources: {},
    ...written,
    ...mapped(written, "ports", (port) => ({ protocol: "TCP", ...port })),
    ...inKeys(written, ["livenessProbe", "readinessProbe", "startupProbe"], probe),
  };
}

function probe(written: PlainRecord): PlainRecord {
  return {
    timeoutSeconds: 1,
    periodSeconds: 10,
    successThreshold: 1,
    failureThreshold: 3,
    ...written,
    ...inKeys(written, ["httpGet"], (get) => ({ scheme: "HTTP", path: "/", ...get })),
  };
}

/** The mappings at these keys changed, as far as they are there. */
function inKeys(record: PlainRecord, keys: readonly string[], change: Change): PlainRecord {
  return Object.fromEntries(
    keys.flatMap((key) => {
      const value = record[key];
      return isRecord(value) ? [[key, change(value)] as const] : [];
    }),
  );
}
