import { checkDuration } from "./duration.ts";
import type { ConnectionPool, NextHopPolicy, OutlierDetection } from "./stack.ts";
import { below, type Violation } from "./violation.ts";

/** Envoy's counters of connections and requests, as Istio's API has them, are of this size. */
const mostInt32 = 2_147_483_647;

/** The kinds of failures that outlier detection counts. */
export const outlierThresholds = [
  "consecutiveLocalOriginFailures",
  "consecutiveGatewayErrors",
  "consecutive5xxErrors",
] as const satisfies readonly (keyof OutlierDetection)[];

/** The rules of Istio's webhook for a DestinationRule (pkg/config/validation/validation.go); 0 would silently mean "no limit". */
export function checkNextHop({ connectionPool, outlierDetection }: NextHopPolicy): Violation[] {
  return [
    ...(connectionPool === undefined ? [] : below(["connectionPool"], checkConnectionPool(connectionPool))),
    ...(outlierDetection === undefined
      ? []
      : below(["outlierDetection"], checkOutlierDetection(outlierDetection))),
  ];
}

function checkConnectionPool(pool: ConnectionPool): Violation[] {
  const { connectTimeout, idleTimeout, ...limits } = pool;
  const violations = [
    ...checkWholeNumbers(limits, mostInt32),
    ...checkDurations({ connectTimeout, idleTimeout }),
  ];
  if (Object.keys(pool).length > 0) return violations;
  return [
    {
      code: "at-least-one",
      path: [],
      message: "limits nothing",
      fix: "write at least one limit, for example maxPendingRequests, or delete connectionPool",
    },
  ];
}

function checkOutlierDetection(detection: OutlierDetection): Violation[] {
  const { interval, baseEjectionTime, maxEjectionPercent, minHealthPercent, ...thresholds } = detection;
  const violations = [
    ...checkWholeNumbers(thresholds, mostInt32),
    ...checkWholeNumbers({ maxEjectionPercent, minHealthPercent }, 100),
    ...checkDurations({ interval, baseEjectionTime }),
  ];
  if (outlierThresholds.some((threshold) => detection[threshold] !== undefined)) return violations;
  return [
    ...violations,
    {
      code: "at-least-one",
      path: [],
      message: "no kind of failure is counted",
      fix: `write at least one of ${outlierThresholds.join(", ")}`,
    },
  ];
}

function checkWholeNumbers(
  values: Readonly<Record<string, number | undefined>>,
  maximum: number,
): Violation[] {
  return Object.entries(values).flatMap(([key, value]) =>
    value === undefined || (Number.isInteger(value) && value >= 1 && value <= maximum)
      ? []
      : [
          {
            code: "invalid-limit",
            path: [key],
            message: `${key} cannot be ${String(value)}`,
            fix: `write a whole number from 1 to ${String(maximum)}, or leave ${key} out`,
          },
        ],
  );
}

function checkDurations(values: Readonly<Record<string, string | undefined>>): Violation[] {
  return Object.entries(values).flatMap(([key, value]) =>
    value === undefined ? [] : below([key], checkDuration(value)),
  );
}
