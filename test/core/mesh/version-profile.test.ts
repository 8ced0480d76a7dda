import { describe, expect, it } from "@jest/globals";
import {
  isAtLeast,
  isSupportedVersion,
  istioFeatures,
  supportedVersions,
  versionProfile,
  type IstioFeature,
} from "../../../core/mesh/version-profile.ts";
import { versions } from "../../support/builders.ts";

describe("the networking API", () => {
  it.each([
    ["1.0", "v1alpha3"],
    ["1.4", "v1alpha3"],
    ["1.5", "v1alpha3"],
    ["1.6", "v1beta1"],
    ["1.9", "v1beta1"],
    ["1.21", "v1beta1"],
    ["1.22", "v1"],
    ["1.31", "v1"],
  ])("of Istio %s is %s", (istio, version) => {
    expect(versionProfile(versions({ istio })).networkingApiVersion).toBe(`networking.istio.io/${version}`);
  });
});

describe("the security API", () => {
  it.each([
    ["1.4", "v1beta1"],
    ["1.21", "v1beta1"],
    ["1.22", "v1"],
    ["1.31", "v1"],
  ])("of Istio %s is %s", (istio, version) => {
    expect(versionProfile(versions({ istio })).securityApiVersion).toBe(`security.istio.io/${version}`);
  });
});

describe("Knative's gateways", () => {
  it.each([
    ["0.8", "cluster-local-gateway"],
    ["0.15", "cluster-local-gateway"],
    ["0.19", "cluster-local-gateway"],
    ["0.20", "knative-local-gateway"],
    ["0.26", "knative-local-gateway"],
    ["1.0", "knative-local-gateway"],
    ["1.23", "knative-local-gateway"],
  ])("of Knative %s: %s and knative-ingress-gateway", (knative, name) => {
    const { publicGateway, localGateway } = versionProfile(versions({ knative })).knative;

    expect(publicGateway).toBe("knative-serving/knative-ingress-gateway");
    expect(localGateway.gateway).toBe(`knative-serving/${name}`);
    expect(localGateway.serviceHost).toBe(`${name}.istio-system.svc.cluster.local`);
  });

  it.each([
    ["0.17", undefined],
    ["0.18", "knative-serving/knative-local-gateway"],
    ["0.19", "knative-serving/knative-local-gateway"],
    ["0.20", undefined],
  ])("of Knative %s have the next local gateway beside today's: %s", (knative, next) => {
    expect(versionProfile(versions({ knative })).knative.nextLocalGateway).toBe(next);
  });

  it.each([
    ["0.17", [80, 8080]],
    ["0.19", [80, 8080, 8081]],
    ["0.20", [8081]],
    ["1.23", [8081]],
  ])(
    "of Knative %s know where the Service's port leads, which a NetworkPolicy must name: %j",
    (knative, ports) => {
      expect(versionProfile(versions({ knative })).knative.localGateway.podPorts).toStrictEqual(ports);
    },
  );
});

describe("what a rule without retries gets", () => {
  const common = ["connect-failure", "refused-stream", "unavailable", "cancelled"];

  it.each([
    ["1.0", 0, ["5xx", "connect-failure", "refused-stream"], false],
    ["1.1", 2, [...common, "resource-exhausted", "retriable-status-codes"], true],
    ["1.5", 2, [...common, "resource-exhausted", "retriable-status-codes"], true],
    ["1.6", 2, [...common, "retriable-status-codes"], true],
    ["1.23", 2, [...common, "retriable-status-codes"], true],
    ["1.24", 2, [...common, "retriable-status-codes"], false],
    ["1.31", 2, [...common, "retriable-status-codes"], false],
  ])("on Istio %s: %i attempts on %j, 503: %s", (istio, attempts, retryOn, repeats503) => {
    expect(versionProfile(versions({ istio })).defaultRetries).toStrictEqual({
      attempts,
      retryOn,
      repeats503,
    });
  });
});

describe("what istiod and sidecars do, by version", () => {
  it.each([
    ["1.0", "store", "dns"],
    ["1.1", "store", "dns"],
    ["1.2", "joined", "dns"],
    ["1.20", "joined", "dns"],
    ["1.21", "joined", "alias"],
    ["1.22", "joined", "alias"],
    ["1.23", "separate", "alias"],
    ["1.31", "separate", "alias"],
  ])("Istio %s orders objects of one second by %s, and takes an ExternalName for %s", (istio, ties, name) => {
    expect(versionProfile(versions({ istio }))).toMatchObject({ tieOrder: ties, externalName: name });
  });
});

describe("a feature", () => {
  const features = Object.entries(istioFeatures).map(([feature, { since }]) => [feature, since] as const);

  it.each(features)("%s is there from Istio %s and not one release before", (feature, since) => {
    const minor = Number(since.split(".")[1]);
    const at = (istio: string) => versionProfile(versions({ istio })).features.has(feature as IstioFeature);

    expect(at(since)).toBe(true);
    expect(at(`1.${minor - 1}`)).toBe(false);
    expect(at("1.31")).toBe(true);
  });
});

describe("a version", () => {
  it.each([
    ["istio", "1.0"],
    ["istio", "1.31"],
    ["knative", "0.8"],
    ["knative", "0.26"],
    ["knative", "1.0"],
    ["knative", "1.23"],
  ] as const)("%s %s is supported", (product, version) => {
    expect(isSupportedVersion(product, version)).toBe(true);
    expect(() => versionProfile(versions({ [product]: version }))).not.toThrow();
  });

  it.each([
    ["istio", "0.8"],
    ["istio", "1.32"],
    ["istio", "2.0"],
    ["istio", "1.31.0"],
    ["istio", "v1.31"],
    ["istio", ""],
    ["knative", "0.7"],
    ["knative", "0.27"],
    ["knative", "1.24"],
  ] as const)("%s %j is not", (product, version) => {
    expect(isSupportedVersion(product, version)).toBe(false);
    expect(() => versionProfile(versions({ [product]: version }))).toThrow(RangeError);
  });

  it("is compared as numbers, not as text", () => {
    expect(isAtLeast("1.10", "1.9")).toBe(true);
    expect(isAtLeast("1.9", "1.10")).toBe(false);
    expect(isAtLeast("1.10", "1.10")).toBe(true);
    expect(isAtLeast("2.0", "1.31")).toBe(true);
    expect(isAtLeast("1", "1.0")).toBe(false);
  });

  it("comes in ranges that people can read", () => {
    expect(supportedVersions("istio")).toBe("1.0 to 1.31");
    expect(supportedVersions("knative")).toBe("0.8 to 0.26 and 1.0 to 1.23");
  });
});
