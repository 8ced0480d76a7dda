import type { Violation } from "./violation.ts";

/** A workload of the stack's own that compares the cluster with the plan and changes nothing. */
export interface DriftWatch {
  /** Holds this program with the stack's files: operations/drift/Dockerfile. */
  readonly image: string;
  /** A Job now and then, which fails if there is drift; or a Deployment that serves metrics. */
  readonly mode: "cronJob" | "deployment";
  /** When the Job runs, as crontab has it. */
  readonly schedule: string;
  /** What the pod asks for and may take. */
  readonly resources: Resources;
}

/** Kubernetes quantities such as `100m` and `256Mi`. */
export interface Resources {
  readonly requests: { readonly cpu: string; readonly memory: string };
  readonly limits?: { readonly cpu?: string; readonly memory?: string };
}

/** Kubernetes quantities, as far as CPU and memory need them. */
export const quantityPattern = /^[0-9]+(\.[0-9]+)?(m|k|M|G|Ki|Mi|Gi)?$/;

/** `EnvoyFilter istio-system/stats-filter-*` */
export const knownObjectPattern = /^[A-Z][A-Za-z0-9]* [a-z0-9.-]+\/[a-z0-9.-]*\*?$/;

/** https://github.com/distribution/reference/blob/main/regexp.go, as far as a typing error goes. */
const imagePattern =
  /^[a-z0-9][a-zA-Z0-9.-]*(:[0-9]+)?(\/[a-z0-9._-]+)*(:[\w][\w.-]{0,127})?(@sha256:[a-f0-9]{64})?$/;

const cronField = String.raw`(\*|[0-9A-Za-z]+(-[0-9A-Za-z]+)?)(\/[0-9]+)?`;
/** https://kubernetes.io/docs/concepts/workloads/controllers/cron-jobs/#schedule-syntax */
const cronPattern = new RegExp(
  `^(@(yearly|annually|monthly|weekly|daily|midnight|hourly)|${Array.from({ length: 5 }, () => `${cronField}(,${cronField})*`).join(" ")})$`,
);

export function checkDriftWatch({ image, schedule, resources }: DriftWatch): Violation[] {
  return [
    ...(imagePattern.test(image)
      ? []
      : [
          violation(
            ["image"],
            `${JSON.stringify(image)} is no image`,
            "write registry/name:tag, or registry/name@sha256:…",
          ),
        ]),
    ...(cronPattern.test(schedule)
      ? []
      : [
          violation(
            ["schedule"],
            `${JSON.stringify(schedule)} is no schedule`,
            'write minute, hour, day, month and weekday, for example "*/15 * * * *"',
          ),
        ]),
    ...(["requests", "limits"] as const).flatMap((part) =>
      Object.entries(resources[part] ?? {}).flatMap(([name, value]: [string, string]) =>
        quantityPattern.test(value)
          ? []
          : [
              violation(
                ["resources", part, name],
                `${JSON.stringify(value)} is no quantity`,
                'write for example "100m" or "256Mi"',
              ),
            ],
      ),
    ),
  ];
}

export function checkKnownObjects(known: readonly string[]): Violation[] {
  return known.flatMap((each, index) =>
    knownObjectPattern.test(each)
      ? []
      : [
          {
            code: "invalid-known-object",
            path: [index],
            message: `${JSON.stringify(each)} names no object`,
            fix: "write Kind namespace/name, for example EnvoyFilter istio-system/stats-filter-*",
          },
        ],
  );
}

function violation(path: (string | number)[], message: string, fix: string): Violation {
  return { code: "invalid-drift-watch", path, message, fix };
}
