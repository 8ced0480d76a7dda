import { describe, expect, it } from "@jest/globals";
import { renderDestinationRule } from "../../../core/mesh/destination-rule.ts";
import { versionProfile } from "../../../core/mesh/version-profile.ts";
import { versions } from "../../support/builders.ts";
import { schemaErrors } from "../../support/istio-schema.ts";

const profile = versionProfile(versions());
const hop = { name: "hop", host: "knative-local-gateway.istio-system.svc.cluster.local" };

describe("renderDestinationRule", () => {
  it("says everything that a policy can say, to the gateways of kfaas-system only", () => {
    const rule = renderDestinationRule(
      hop,
      {
        connectionPool: {
          maxConnections: 100,
          connectTimeout: "1s",
          maxPendingRequests: 50,
          maxRequests: 200,
          maxRequestsPerConnection: 1000,
          maxRetries: 10,
          idleTimeout: "5m",
        },
        outlierDetection: {
          consecutive5xxErrors: 9,
          consecutiveGatewayErrors: 7,
          consecutiveLocalOriginFailures: 5,
          interval: "10s",
          baseEjectionTime: "30s",
          maxEjectionPercent: 50,
          minHealthPercent: 20,
        },
        tls: { mode: "SIMPLE", sni: "java.example.com" },
      },
      profile,
    );
    expect(rule).toEqual({
      apiVersion: "networking.istio.io/v1",
      kind: "DestinationRule",
      metadata: { name: "hop", namespace: "kfaas-system" },
      spec: {
        host: hop.host,
        trafficPolicy: {
          connectionPool: {
            tcp: { maxConnections: 100, connectTimeout: "1s" },
            http: {
              http1MaxPendingRequests: 50,
              http2MaxRequests: 200,
              maxRequestsPerConnection: 1000,
              maxRetries: 10,
              idleTimeout: "5m",
            },
          },
          outlierDetection: {
            consecutive5xxErrors: 9,
            consecutiveGatewayErrors: 7,
            consecutiveLocalOriginFailures: 5,
            splitExternalLocalOriginErrors: true,
            interval: "10s",
            baseEjectionTime: "30s",
            maxEjectionPercent: 50,
            minHealthPercent: 20,
          },
          tls: { mode: "SIMPLE", sni: "java.example.com" },
        },
        exportTo: ["."],
      },
    });
    expect(rule && schemaErrors(rule)).toEqual([]);
  });

  it("switches the count of 5xx answers off where it is not asked for: left out, Envoy counts to five", () => {
    const rule = renderDestinationRule(
      hop,
      { outlierDetection: { consecutiveLocalOriginFailures: 3 } },
      profile,
    );
    expect(rule?.spec.trafficPolicy).toEqual({
      outlierDetection: {
        consecutive5xxErrors: 0,
        consecutiveLocalOriginFailures: 3,
        splitExternalLocalOriginErrors: true,
      },
    });
  });

  it("writes only the half of the connection pool that is asked for", () => {
    const poolOf = (connectionPool: object) =>
      renderDestinationRule(hop, { connectionPool }, profile)?.spec.trafficPolicy.connectionPool;
    expect(poolOf({ connectTimeout: "2s" })).toEqual({ tcp: { connectTimeout: "2s" } });
    expect(poolOf({ maxRetries: 2 })).toEqual({ http: { maxRetries: 2 } });
  });

  it.each([
    ["no policy", {}],
    ["an empty connection pool", { connectionPool: {} }],
  ])("is no object for %s, which Istio would refuse", (_, policy) => {
    expect(renderDestinationRule(hop, policy, profile)).toBeUndefined();
  });
});
