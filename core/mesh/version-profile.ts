import type { Versions } from "../stack.ts";
import { gatewayReference, serviceHost } from "./names.ts";

/** What rendering needs to know about a pair of Istio and Knative versions. */
export interface VersionProfile {
  /** Of VirtualService, Gateway and ServiceEntry. */
  readonly networkingApiVersion: string;
  /** Of AuthorizationPolicy; there is none before the feature `authorizationPolicies`. */
  readonly securityApiVersion: string;
  /** What this Istio can do of that which not every version can. */
  readonly features: ReadonlySet<IstioFeature>;
  /** What a rule without `retries` gets, and the conditions of one that names none. */
  readonly defaultRetries: DefaultRetries;
  /** How istiod orders VirtualServices of one host that were created in the same second. */
  readonly tieOrder: TieOrder;
  /** What a sidecar takes the environments' hosts for, which are ExternalName Services. */
  readonly externalName: "alias" | "dns";
  /** Of the istiod that injects the gateways; absent if it is the default one. */
  readonly revision?: string;
  readonly knative: KnativeGateways;
}

export interface DefaultRetries {
  /** 0 is none. */
  readonly attempts: number;
  readonly retryOn: readonly string[];
  /** Whether answers with status 503 are repeated as well. */
  readonly repeats503: boolean;
}

/** `store`: whatever order istiod happens to read them in. `joined` compares `<name>.<namespace>`, `separate` name, then namespace. */
export type TieOrder = "store" | "joined" | "separate";

/** Knative's own gateways, as its manifests install them. */
export interface KnativeGateways {
  /** `<namespace>/<name>` of the Gateway that takes requests from outside the cluster. */
  readonly publicGateway: string;
  /** Where Knative's own VirtualServices are bound by default. */
  readonly localGateway: LocalGateway;
  /** `<namespace>/<name>` of the one that is to replace it, where both are installed. */
  readonly nextLocalGateway?: string;
}

/** The gateway that Knative serves cluster-local hosts on: hop 2. */
export interface LocalGateway {
  /** `<namespace>/<name>` of the Gateway. */
  readonly gateway: string;
  /** Its Service, on port 80. */
  readonly serviceHost: string;
  /** Where its pods run. */
  readonly namespace: string;
  /** What port 80 of the Service leads to; which one depends on how Istio was installed. With both gateways, those of the next too. */
  readonly podPorts: readonly number[];
}

/** Where Knative's manifests put its Gateways. */
const knativeNamespace = "knative-serving";

interface Since {
  readonly since: string;
  /** Completes "… uses …, which Istio has since 1.12". */
  readonly what: string;
}

/**
 * Fields by the release that brought them; read from the history of networking/v1alpha3/virtual_service.proto in
 * https://github.com/istio/api, everything else as said beside it.
 */
export const istioFeatures = {
  headerOperations: { since: "1.1", what: "header operations" },
  faultPercentage: { since: "1.1", what: "faults for a percentage of the requests" },
  retryOn: { since: "1.1", what: "retry conditions" },
  ignoreCase: { since: "1.2", what: "matches that ignore case" },
  queryParams: { since: "1.2", what: "query parameter conditions" },
  // Before, validation asked for at least one attempt: pkg/config/validation/validation.go, validateHTTPRetry.
  noRetries: { since: "1.2", what: "retries switched off" },
  ruleNames: { since: "1.3", what: "names of rules" },
  redirectStatus: { since: "1.3", what: "redirects with a status of their own" },
  // Before, Envoy read them as ECMAScript, and no proof about RE2 would hold.
  regex: { since: "1.4", what: "regular expressions in RE2's syntax" },
  // https://github.com/istio/api/blob/master/security/v1beta1/authorization_policy.proto; before, there was ClusterRbacConfig.
  authorizationPolicies: { since: "1.4", what: "authorization policies" },
  // https://github.com/istio/istio/pull/18537
  retryOnReset: { since: "1.5", what: "retries on reset" },
  corsOrigins: { since: "1.5", what: "CORS origins by match" },
  mirrorPercentage: { since: "1.5", what: "mirroring a percentage of the requests" },
  // https://istio.io/latest/news/releases/1.6.x/announcing-1.6/
  revisions: { since: "1.6", what: "revisions of the control plane" },
  // https://github.com/istio/istio/issues/31542
  gatewayInjection: { since: "1.10", what: "gateways from the injected template" },
  // networking/v1alpha3/destination_rule.proto, consecutive_local_origin_failures.
  localOriginFailures: { since: "1.11", what: "outlier detection by failures of connections" },
  // Since https://github.com/istio/istio/commit/ba9125fa931 a field of Envoy's weighted clusters; before, a header that
  // worked on some versions and was refused on 1.10.0 (https://github.com/istio/istio/issues/33226).
  destinationHost: { since: "1.12", what: "a Host for each destination of a split" },
  // https://github.com/istio/istio/pull/34825; before, a status without the condition was taken and silently never retried.
  retryStatuses: { since: "1.12", what: "retries on a status alone" },
  redirectScheme: { since: "1.12", what: "redirects to another scheme" },
  // The program's size was limited, and a larger one made the proxy refuse all routes; since then only the text is.
  largeRegex: { since: "1.13", what: "regular expressions of more than about 1024 instructions" },
  directResponse: { since: "1.15", what: "direct responses" },
  // https://github.com/istio/istio/issues/43710; before, a prefix was silently taken for any value.
  queryPrefix: { since: "1.18", what: "query parameter conditions by prefix" },
  // Not in validation's list of 1.8 (https://github.com/istio/istio/issues/30225), and 1.18 is the oldest that was seen to have them.
  retryOnHeaders: { since: "1.18", what: "retries on retriable-headers and envoy-ratelimited" },
  regexRewrite: { since: "1.19", what: "rewrites by regular expression" },
  mirrorList: { since: "1.19", what: "several mirrors" },
  // https://github.com/istio/istio/issues/51704
  retryOnResetBeforeRequest: { since: "1.23", what: "retries on reset-before-request" },
  // Both not in the lists of 1.17 and 1.18 (https://github.com/istio/istio/issues/45605), and 1.23 is the oldest that was seen to have them.
  retryOnHttp3: { since: "1.23", what: "retries on http3-post-connect-failure" },
  corsAnyMethod: { since: "1.23", what: "CORS for any method (*)" },
} as const satisfies Record<string, Since>;

export type IstioFeature = keyof typeof istioFeatures;

interface Version {
  readonly major: number;
  readonly minor: number;
}

/** Oldest and newest release of each series that the tables here were checked against. */
const series = {
  istio: [{ major: 1, oldest: 0, newest: 31 }],
  // Knative went from 0.26 to 1.0.
  knative: [
    { major: 0, oldest: 8, newest: 26 },
    { major: 1, oldest: 0, newest: 23 },
  ],
} as const;

/** The versions that can be rendered for, as people write them: `0.8 to 0.26 and 1.0 to 1.23`. */
export function supportedVersions(product: keyof typeof series): string {
  return series[product]
    .map(({ major, oldest, newest }) => `${major}.${oldest} to ${major}.${newest}`)
    .join(" and ");
}

/** Whether `major.minor` is one of the versions that can be rendered for. */
export function isSupportedVersion(product: keyof typeof series, version: string): boolean {
  const parsed = parseVersion(version);
  return (
    parsed !== undefined &&
    series[product].some(
      ({ major, oldest, newest }) =>
        parsed.major === major && parsed.minor >= oldest && parsed.minor <= newest,
    )
  );
}

/** Whether `version` (`major.minor`) is `since` or newer; false if either is no version. */
export function isAtLeast(version: string, since: string): boolean {
  const [a, b] = [parseVersion(version), parseVersion(since)];
  if (a === undefined || b === undefined) return false;
  return a.major === b.major ? a.minor >= b.minor : a.major > b.major;
}

/**
 * What these versions of Istio and Knative mean for rendering.
 * @throws RangeError for versions outside the supported ranges: `checkMesh` reports them before anything is rendered.
 */
export function versionProfile(versions: Versions): VersionProfile {
  for (const product of ["istio", "knative"] as const) {
    if (isSupportedVersion(product, versions[product])) continue;
    throw new RangeError(
      `${product} ${versions[product]} is not one of ${supportedVersions(product)}; checkMesh comes first`,
    );
  }
  return {
    networkingApiVersion: `networking.istio.io/${networkingVersion(versions.istio)}`,
    // v1 was there a little earlier, but is the ordinary choice from the release that has it for all kinds.
    securityApiVersion: `security.istio.io/${isAtLeast(versions.istio, "1.22") ? "v1" : "v1beta1"}`,
    features: new Set(
      (Object.keys(istioFeatures) as IstioFeature[]).filter((feature) =>
        isAtLeast(versions.istio, istioFeatures[feature].since),
      ),
    ),
    defaultRetries: defaultRetries(versions.istio),
    tieOrder: tieOrder(versions.istio),
    // ENABLE_EXTERNAL_NAME_ALIAS, on by default since 1.21; before, a cluster that asks DNS, with nothing known of the Service behind.
    externalName: isAtLeast(versions.istio, "1.21") ? "alias" : "dns",
    ...(versions.istioRevision !== undefined && { revision: versions.istioRevision }),
    knative: knativeGateways(versions.knative),
  };
}

/**
 * 1.0 repeats nothing by itself (https://github.com/istio/istio/issues/8081); 1.1 brought a default
 * (https://github.com/istio/istio/pull/10566), 1.6 left resource-exhausted out (https://github.com/istio/istio/pull/21946), 1.24 the
 * status 503. Today: pilot/pkg/networking/core/route/retry/retry.go in https://github.com/istio/istio.
 */
function defaultRetries(istio: string): DefaultRetries {
  if (!isAtLeast(istio, "1.1"))
    return { attempts: 0, retryOn: ["5xx", "connect-failure", "refused-stream"], repeats503: false };
  const resourceExhausted = isAtLeast(istio, "1.6") ? [] : ["resource-exhausted"];
  return {
    attempts: 2,
    retryOn: [
      ...["connect-failure", "refused-stream", "unavailable", "cancelled"],
      ...resourceExhausted,
      "retriable-status-codes",
    ],
    repeats503: !isAtLeast(istio, "1.24"),
  };
}

/** sortConfigByCreationTime in pilot/pkg/model/config.go: ties by name and namespace since 1.1.7, as two keys since 1.23. */
function tieOrder(istio: string): TieOrder {
  if (isAtLeast(istio, "1.23")) return "separate";
  return isAtLeast(istio, "1.2") ? "joined" : "store";
}

/**
 * v1alpha3 is served by every Istio to this day, v1beta1 since 1.5, v1 since 1.22
 * (manifests/charts/base/files/crd-all.gen.yaml of each release). Each is used from where it is the ordinary choice:
 * 1.5 still gets v1alpha3, because a mesh on its way from 1.4 to 1.5 has both, as the original's clusters had, and because
 * its manifests for 1.5 say so.
 */
function networkingVersion(istio: string): string {
  if (isAtLeast(istio, "1.22")) return "v1";
  return isAtLeast(istio, "1.6") ? "v1beta1" : "v1alpha3";
}

/**
 * cluster-local-gateway is a Deployment of its own and Knative's local gateway to 0.19; knative-local-gateway is one more port of
 * istio-ingressgateway, installed beside it in 0.18 and 0.19 and alone since 0.20
 * (https://github.com/knative-extensions/net-istio/blob/main/config/203-local-gateway.yaml).
 */
function knativeGateways(knative: string): KnativeGateways {
  const [old, next] = ["cluster-local-gateway", "knative-local-gateway"] as const;
  const name = isAtLeast(knative, "0.20") ? next : old;
  const hasBoth = name === old && isAtLeast(knative, "0.18");
  return {
    publicGateway: gatewayReference("knative-ingress-gateway", knativeNamespace),
    localGateway: {
      gateway: gatewayReference(name, knativeNamespace),
      serviceHost: serviceHost(name, "istio-system"),
      namespace: "istio-system",
      podPorts: [...(name === old ? [80, 8080] : []), ...(name === next || hasBoth ? [8081] : [])],
    },
    ...(hasBoth && { nextLocalGateway: gatewayReference(next, knativeNamespace) }),
  };
}

function parseVersion(text: string): Version | undefined {
  const match = /^(\d+)\.(\d+)$/.exec(text);
  return match === null ? undefined : { major: Number(match[1]), minor: Number(match[2]) };
}
