import { describe, expect, it } from "@jest/globals";
import { renderEnvironmentHost } from "../../../core/mesh/environment-host.ts";

describe("an environment's host", () => {
  it("is another name for the entry gateway's Service", () => {
    const { metadata, spec } = renderEnvironmentHost(
      "alpha",
      "kfaas-entry-gateway.kfaas-system.svc.cluster.local",
    );

    expect(metadata).toMatchObject({ name: "faas-alpha-ksvc-gateway", namespace: "kfaas-system" });
    expect(spec).toStrictEqual({
      type: "ExternalName",
      externalName: "kfaas-entry-gateway.kfaas-system.svc.cluster.local",
      ports: [{ name: "http2", port: 80, targetPort: 80, protocol: "TCP" }],
    });
  });
});
