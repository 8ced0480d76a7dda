import { compareProblems, type Location, type Problem } from "../problem.ts";
import type { Service } from "../service.ts";
import type { NextHopPolicy, Stack } from "../stack.ts";
import { decidesByPath } from "./exit-policy.ts";
import { clusterLocalGatewayName, gatewayReference, serviceHost, systemNamespace } from "./names.ts";
import { usedFeatures } from "./used-features.ts";
import {
  isAtLeast,
  isSupportedVersion,
  istioFeatures,
  supportedVersions,
  versionProfile,
  type IstioFeature,
} from "./version-profile.ts";

/** What the stack asks of its versions and gateways that they cannot give. Sorted. Names and values are checked where they are read. */
export function checkMesh(stack: Stack): Problem[] {
  const versions = checkVersions(stack);
  return [
    ...versions,
    ...(versions.length > 0
      ? []
      : [...checkGateways(stack), ...checkExitFeatures(stack), ...checkFeatures(stack)]),
    ...checkMirrors(stack),
  ].sort(compareProblems);
}

function checkVersions(stack: Stack): Problem[] {
  return (["istio", "knative"] as const)
    .filter((product) => !isSupportedVersion(product, stack.versions[product]))
    .map((product) => ({
      code: "unsupported-version",
      severity: "error",
      message: `${product} "${stack.versions[product]}" is not a version that KFaaS knows how to render for`,
      fix: `set versions.${product} to the version on the cluster, as major.minor: ${supportedVersions(product)}`,
      services: [],
      location: stackFile(stack),
    }));
}

function checkGateways(stack: Stack): Problem[] {
  const { entry, clusterLocal, exit } = stack.gateways;
  const { istio, kubernetes, istioRevision } = stack.versions;
  const problem = (rest: Pick<Problem, "code" | "severity" | "message" | "fix">): Problem => ({
    ...rest,
    services: [],
    location: stackFile(stack),
  });
  const problems: Problem[] = [];
  const { revisions, gatewayInjection } = istioFeatures;
  if (istioRevision !== undefined && !isAtLeast(istio, revisions.since)) {
    problems.push(
      problem({
        code: "feature-needs-newer-istio",
        severity: "error",
        message: `istioRevision uses ${revisions.what}, which Istio has since ${revisions.since}; this stack runs ${istio}`,
        fix: `delete istioRevision, or upgrade Istio to ${revisions.since} or newer`,
      }),
    );
  }
  if (entry.mode === "existing" && clusterLocal.mode === "existing" && exit === undefined) return problems;
  const { since, what } = gatewayInjection;
  if (!isAtLeast(istio, since)) {
    problems.push(
      problem({
        code: "feature-needs-newer-istio",
        severity: "error",
        message: `a managed gateway uses ${what}, which Istio has since ${since}; this stack runs ${istio}`,
        fix: `use "mode: existing", or upgrade Istio to ${since} or newer`,
      }),
    );
  }
  problems.push(...checkOutlierDetection(stack).map(problem));
  if (!isAtLeast(kubernetes, "1.23")) {
    problems.push(
      problem({
        code: "feature-needs-newer-kubernetes",
        severity: "error",
        message: `a managed gateway uses autoscaling/v2, which Kubernetes has since 1.23; this stack runs ${kubernetes}`,
        fix: 'use "mode: existing", or upgrade Kubernetes to 1.23 or newer',
      }),
    );
  }
  if (stack.production && entry.mode === "managed" && entry.clients === undefined) {
    problems.push(
      problem({
        code: "entry-open-to-cluster",
        severity: "info",
        message: "every pod of the cluster may call the entry gateway, not only the Java gateway",
        fix: "say in gateways.entry.clients from which addresses the Java gateway comes, and if it can, which certificate it shows",
      }),
    );
  }
  if (clusterLocal.mode === "managed") {
    const gateway = gatewayReference(clusterLocalGatewayName);
    problems.push(
      problem({
        code: "knative-local-gateway",
        severity: "info",
        message: `hop 2 is ${gateway}, so Knative must bind its VirtualServices to it`,
        fix: `name it in Knative's ConfigMap config-istio as local gateway, with service ${serviceHost(clusterLocalGatewayName, systemNamespace)}`,
      }),
    );
  }
  return problems;
}

type Finding = Pick<Problem, "code" | "severity" | "message" | "fix">;

function checkOutlierDetection({ gateways: { entry, exit }, versions: { istio } }: Stack): Finding[] {
  return [
    ...(entry.mode === "managed"
      ? [...checkLocalOriginFailures("entry", entry, istio), ...checkSharedNextHop(entry)]
      : []),
    ...(exit === undefined ? [] : checkLocalOriginFailures("exit", exit, istio)),
  ];
}

function checkLocalOriginFailures(
  gateway: string,
  { outlierDetection }: NextHopPolicy,
  istio: string,
): Finding[] {
  const { since, what } = istioFeatures.localOriginFailures;
  if (outlierDetection?.consecutiveLocalOriginFailures === undefined || isAtLeast(istio, since)) return [];
  return [
    {
      code: "feature-needs-newer-istio",
      severity: "error",
      message: `the ${gateway} gateway uses ${what}, which Istio has since ${since}; this stack runs ${istio}`,
      fix: `leave consecutiveLocalOriginFailures out, or upgrade Istio to ${since} or newer`,
    },
  ];
}

/** The entry gateway's next hop stands for every Knative service, so what one of them answers must not be held against it. */
function checkSharedNextHop({ outlierDetection: detection }: NextHopPolicy): Finding[] {
  if (detection === undefined) return [];
  const answers = (["consecutiveGatewayErrors", "consecutive5xxErrors"] as const).filter(
    (threshold) => detection[threshold] !== undefined,
  );
  if (answers.length === 0) return [];
  return [
    {
      code: "outlier-detection-shared",
      severity: "warning",
      message:
        `the entry gateway's outlierDetection counts ${answers.join(" and ")}: errors of one Knative service would take ` +
        "pods of the cluster-local gateway away from all of them",
      fix: "count consecutiveLocalOriginFailures only, which are the pods' own",
    },
  ];
}

/** Paths that decide who may call need a rule that answers ambiguous ones. */
function checkExitFeatures(stack: Stack): Problem[] {
  const { since, what } = istioFeatures.directResponse;
  const rules = stack.gateways.exit?.allow ?? [];
  if (!decidesByPath(rules) || isAtLeast(stack.versions.istio, since)) return [];
  return [
    {
      code: "feature-needs-newer-istio",
      severity: "error",
      message: `paths in the exit's rules need ${what}, which Istio has since ${since}; this stack runs ${stack.versions.istio}`,
      fix: `allow callers without paths, or upgrade Istio to ${since} or newer`,
      services: [],
      location: stackFile(stack),
    },
  ];
}

function checkFeatures(stack: Stack): Problem[] {
  const { features } = versionProfile(stack.versions);
  // A current Istio has them all.
  if (Object.keys(istioFeatures).every((feature) => features.has(feature as IstioFeature))) return [];
  return stack.services.flatMap((service) =>
    service.routes.flatMap((route) =>
      [...usedFeatures(route, service)]
        .filter((feature) => !features.has(feature))
        .map((feature) => missingFeature(feature, service, route.location, stack)),
    ),
  );
}

function missingFeature(feature: IstioFeature, service: Service, location: Location, stack: Stack): Problem {
  const { since, what } = istioFeatures[feature];
  return {
    code: "feature-needs-newer-istio",
    severity: "error",
    message: `${service.name} uses ${what}, which Istio has since ${since}; this stack runs ${stack.versions.istio}`,
    fix: `leave it out, or upgrade Istio to ${since} or newer`,
    environment: service.environment,
    services: [service.name],
    location,
  };
}

/** Mirrored requests pass the entry gateway a second time (see mirror.ts), on hosts that an existing gateway serves otherwise. */
function checkMirrors(stack: Stack): Problem[] {
  if (stack.gateways.entry.mode === "managed") return [];
  return stack.services.flatMap((service) =>
    service.routes
      .filter(({ action }) => action.kind === "forward" && action.mirror !== undefined)
      .map(({ location }) => ({
        code: "mirror-needs-managed-entry",
        severity: "error" as const,
        message: `${service.name} mirrors requests, and a mirrored request keeps the Host of the original: Knative's gateway would give it to ${service.name} again`,
        fix: 'leave the mirror out, or set gateways.entry to "mode: managed"',
        environment: service.environment,
        services: [service.name],
        location,
      })),
  );
}

function stackFile({ name }: Stack): Location {
  return { file: `Pulumi.${name}.yaml` };
}
