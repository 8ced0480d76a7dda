import * as z from "zod";
import type { ConnectionPool, NextHopPolicy, OutlierDetection } from "../core/stack.ts";
import { compact } from "../core/compact.ts";
import { durationPattern } from "../core/duration.ts";

const limit = (description: string) =>
  z.number().optional().meta({ description, type: "integer", minimum: 1, maximum: 2_147_483_647 });

const percentage = (description: string) =>
  z.number().optional().meta({ description, type: "integer", minimum: 1, maximum: 100 });

const duration = (description: string) =>
  z
    .string()
    .optional()
    .meta({ description, pattern: durationPattern.source, examples: ["10s"] });

/** Keys of a gateway about the next hop; core/next-hop-rules.ts says what values mean. */
export const nextHopShape = {
  connectionPool: z
    .strictObject({
      maxConnections: limit("Most connections to the next hop. Default: no limit."),
      connectTimeout: duration("How long a connection may take to come about. Default: 10s."),
      maxPendingRequests: limit("Most requests that wait for a connection. Default: no limit."),
      maxRequests: limit("Most requests under way. Default: no limit."),
      maxRequestsPerConnection: limit(
        "After so many requests a connection is replaced by a new one. Default: never.",
      ),
      maxRetries: limit("Most retries under way. Default: no limit."),
      idleTimeout: duration("After so long without a request a connection is closed. Default: 1h."),
    })
    .optional()
    .meta({
      description:
        "Limits of each pod of the gateway towards the next hop; what is above them is answered with 503 at once.",
      minProperties: 1,
    }),
  outlierDetection: z
    .strictObject({
      consecutiveLocalOriginFailures: limit(
        "Connections in a row that failed, were reset or timed out: what the pod itself is to blame for.",
      ),
      consecutiveGatewayErrors: limit("Answers in a row with status 502, 503 or 504."),
      consecutive5xxErrors: limit("Answers in a row with a status of 500 or more."),
      interval: duration("Time between two looks at the counts. Default: 10s."),
      baseEjectionTime: duration("How long a pod is left out, times how often it was. Default: 30s."),
      maxEjectionPercent: percentage("Most pods that are left out at once, but one always may. Default: 10."),
      minHealthPercent: percentage(
        "Below so many healthy pods all of them get requests again. Default: 0, which is never.",
      ),
    })
    .optional()
    .meta({
      description:
        "Leaves a pod of the next hop out for a while after failures in a row, of any of the three kinds that are named.",
      anyOf: [
        { required: ["consecutiveLocalOriginFailures"] },
        { required: ["consecutiveGatewayErrors"] },
        { required: ["consecutive5xxErrors"] },
      ],
    }),
};

/** What a gateway's config says about its next hop, without keys that are not there. */
export function readNextHop(input: {
  readonly connectionPool?: { [Key in keyof ConnectionPool]?: ConnectionPool[Key] | undefined } | undefined;
  readonly outlierDetection?:
    { [Key in keyof OutlierDetection]?: OutlierDetection[Key] | undefined } | undefined;
}): NextHopPolicy {
  return compact({
    connectionPool: input.connectionPool && compact(input.connectionPool),
    outlierDetection: input.outlierDetection && compact(input.outlierDetection),
  });
}
