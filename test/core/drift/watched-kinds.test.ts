import { describe, expect, it } from "@jest/globals";
import { pluralOf, watchedKinds } from "../../../core/drift/watched-kinds.ts";

describe("the kinds that drift reads", () => {
  it("are those of the plan and those that interfere, Istio's everywhere and the others where the gateways are", () => {
    const kinds = watchedKinds([
      { apiVersion: "v1", kind: "Namespace", metadata: { name: "kfaas-system" } },
      { apiVersion: "v1", kind: "Secret", metadata: { name: "s", namespace: "kfaas-system" } },
      { apiVersion: "networking.istio.io/v1alpha3", kind: "VirtualService", metadata: { name: "v" } },
    ]);
    expect(kinds.map(({ apiVersion, plural, from }) => [apiVersion, plural, from])).toEqual([
      ["v1", "namespaces", { names: ["kfaas-system"] }],
      ["v1", "resourcequotas", { namespace: "kfaas-system" }],
      ["v1", "services", { namespace: "kfaas-system" }],
      ["apps/v1", "deployments", { namespace: "kfaas-system" }],
      ["autoscaling/v2", "horizontalpodautoscalers", { namespace: "kfaas-system" }],
      ["extensions.istio.io/v1alpha1", "wasmplugins", "everywhere"],
      ["networking.istio.io/v1alpha3", "destinationrules", "everywhere"],
      ["networking.istio.io/v1alpha3", "envoyfilters", "everywhere"],
      ["networking.istio.io/v1alpha3", "gateways", "everywhere"],
      ["networking.istio.io/v1alpha3", "serviceentries", "everywhere"],
      ["networking.istio.io/v1alpha3", "virtualservices", "everywhere"],
      ["networking.k8s.io/v1", "networkpolicies", { namespace: "kfaas-system" }],
      ["policy/v1", "poddisruptionbudgets", { namespace: "kfaas-system" }],
      ["security.istio.io/v1beta1", "authorizationpolicies", "everywhere"],
      ["security.istio.io/v1beta1", "requestauthentications", "everywhere"],
    ]);
  });

  it.each([
    ["Gateway", "gateways"],
    ["NetworkPolicy", "networkpolicies"],
    ["ServiceEntry", "serviceentries"],
    ["Ingress", "ingresses"],
  ])("%s is %s in URLs", (kind, plural) => {
    expect(pluralOf(kind)).toBe(plural);
  });
});
