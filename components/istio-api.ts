import { networking, security } from "@pulumi/kubernetes-istio-crds";

/** Classes of the Istio objects of one API version; all of them take over each other's state. */
export type IstioApi = Pick<
  typeof networking.v1,
  "DestinationRule" | "Gateway" | "ServiceEntry" | "VirtualService"
>;

/**
 * The classes for an object's `apiVersion`, which depends on the stack's Istio.
 * @throws RangeError for a version that Istio never had: the version profile names only these.
 */
export function istioApi({ apiVersion }: { readonly apiVersion: string }): IstioApi {
  switch (apiVersion) {
    case "networking.istio.io/v1":
      return networking.v1;
    case "networking.istio.io/v1beta1":
      return networking.v1beta1;
    case "networking.istio.io/v1alpha3":
      return networking.v1alpha3;
    default:
      throw new RangeError(`no Istio API ${apiVersion}`);
  }
}

/** Like `istioApi`, for the kinds that decide who may call. */
export function istioSecurityApi({
  apiVersion,
}: {
  readonly apiVersion: string;
}): Pick<typeof security.v1, "AuthorizationPolicy"> {
  switch (apiVersion) {
    case "security.istio.io/v1":
      return security.v1;
    case "security.istio.io/v1beta1":
      return security.v1beta1;
    default:
      throw new RangeError(`no Istio API ${apiVersion}`);
  }
}
