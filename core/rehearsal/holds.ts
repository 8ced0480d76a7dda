import { isAtLeast, versionProfile } from "../mesh/version-profile.ts";
import type { Stack, Versions } from "../stack.ts";
import type { ObjectChange } from "./object-changes.ts";

/** Objects that must wait for something, or requests fail in between. */
export interface Hold {
  /** Such as `VirtualService kfaas-system/a`. */
  readonly objects: readonly string[];
  /** Completes "must not change before". */
  readonly before: string;
}

/** What has to come before the changes of an upgrade, in this order. */
export function holdsOf(stack: Stack, to: Versions, changes: readonly ObjectChange[]): Hold[] {
  return [
    ...servedVersion(stack.versions, to, changes),
    ...localGateway(stack, to, changes),
    ...networkPolicies(stack.versions, to, changes),
  ].filter(({ objects }) => objects.length > 0);
}

/** An API version that the cluster does not serve is refused; older ones are served by every Istio to this day. */
function servedVersion(from: Versions, to: Versions, changes: readonly ObjectChange[]): Hold[] {
  const { networkingApiVersion } = versionProfile(to);
  if (isAtLeast(from.istio, to.istio) || networkingApiVersion === versionProfile(from).networkingApiVersion)
    return [];
  return [
    {
      objects: objectsWith(changes, (field) => field === "apiVersion"),
      before: `the CustomResourceDefinitions of Istio ${to.istio} are on the cluster: only they serve the new API versions`,
    },
  ];
}

/** Knative's own VirtualServices must be on the new gateway before any request is sent to it. */
function localGateway({ versions, gateways }: Stack, to: Versions, changes: readonly ObjectChange[]): Hold[] {
  const [before, after] = [versionProfile(versions).knative, versionProfile(to).knative];
  const { gateway, serviceHost } = after.localGateway;
  if (gateway === before.localGateway.gateway) return [];
  if (gateways.entry.mode === "managed" && gateways.clusterLocal.mode === "managed") return [];
  const areBothThere =
    before.nextLocalGateway === gateway || after.nextLocalGateway === before.localGateway.gateway;
  return [
    {
      objects: objectsWith(changes, leadsElsewhere),
      before: areBothThere
        ? `config-istio names both local gateways, and Knative's VirtualServices are bound to ${gateway} (${serviceHost}) too`
        : `Knative 0.19 ran, which has both local gateways: rehearse --knative 0.19 first; there is no way from ${before.localGateway.gateway} to ${gateway} without a moment that has neither`,
    },
  ];
}

/** A policy names the ports of hop 2: whatever opens comes first, whatever closes last. */
function networkPolicies(from: Versions, to: Versions, changes: readonly ObjectChange[]): Hold[] {
  const policies = changes
    .map(({ object }) => object)
    .filter((object) => object.startsWith("NetworkPolicy "));
  if (policies.length === 0) return [];
  const [before, after] = [from, to].map(
    (versions) => versionProfile(versions).knative.localGateway.podPorts,
  );
  const opens = after?.some((port) => !before?.includes(port));
  const closes = before?.some((port) => !after?.includes(port));
  if (closes === true && opens === false) {
    return [
      {
        objects: policies,
        before:
          "the VirtualServices lead the new way: pulumi up --target '**:VirtualService::**', then pulumi up",
      },
    ];
  }
  if (opens !== true || closes === true) return [];
  return [
    {
      objects: objectsWith(changes, (field) => field.endsWith("destination.host")),
      before: "the NetworkPolicies open the way: pulumi up --target '**:NetworkPolicy::**', then pulumi up",
    },
  ];
}

function leadsElsewhere(field: string): boolean {
  return field.endsWith("destination.host") || field === "spec.externalName" || field === "spec.gateways[]";
}

function objectsWith(changes: readonly ObjectChange[], isMeant: (field: string) => boolean): string[] {
  return changes.filter(({ fields }) => fields.some(isMeant)).map(({ object }) => object);
}
