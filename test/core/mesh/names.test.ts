import { describe, expect, it } from "@jest/globals";
import {
  destinationAuthority,
  environmentHost,
  environmentHostName,
  javaHost,
  mirrorVirtualServiceName,
  virtualServiceName,
} from "../../../core/mesh/names.ts";

describe("names as in the original", () => {
  it.each([
    [
      virtualServiceName({ namespace: "faas-alpha", service: "saas-showroom" }),
      "faas-alpha-ns-saas-showroom-ksvc-virtualservice",
    ],
    [environmentHostName("alpha"), "faas-alpha-ksvc-gateway"],
    [environmentHost("alpha"), "faas-alpha-ksvc-gateway.kfaas-system.svc.cluster.local"],
    [
      destinationAuthority({ service: "saas-showroom" }, "faas-alpha"),
      "saas-showroom.faas-alpha.svc.cluster.local",
    ],
  ])("%s", (name, expected) => {
    expect(name).toBe(expected);
  });
});

describe("names of our own", () => {
  it.each([
    [
      destinationAuthority({ service: "saas-showroom", tag: "next" }, "faas-alpha"),
      "next-saas-showroom.faas-alpha.svc.cluster.local",
    ],
    [javaHost("alpha"), "java-alpha-gateway.kfaas-system.svc.cluster.local"],
    [
      mirrorVirtualServiceName({ namespace: "faas-alpha", service: "shadow" }),
      "faas-alpha-ns-shadow-ksvc-mirror-virtualservice",
    ],
  ])("%s", (name, expected) => {
    expect(name).toBe(expected);
  });

  it("never meet a service's VirtualService, whatever it is called", () => {
    // A mirror's name ends with -mirror-virtualservice, a service's with -ksvc-virtualservice.
    const service = { namespace: "faas-alpha", service: "shadow-ksvc-mirror" };

    expect(virtualServiceName(service)).not.toBe(
      mirrorVirtualServiceName({ namespace: "faas-alpha", service: "shadow" }),
    );
  });
});
