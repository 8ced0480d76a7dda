import type { Domain, SecretCertificate } from "../../core/domain.ts";
import type {
  ImageExitGateway,
  JavaWorkload,
  ManagedExitGateway,
  Upstream,
} from "../../core/exit-gateway.ts";
import { lintLevels } from "../../core/lint/lint-level.ts";
import type {
  Destination,
  ForwardAction,
  PathMatch,
  Route,
  RouteAction,
  RouteMatch,
  Service,
} from "../../core/service.ts";
import type { Autoscaling, DomainGateway, Environment, ManagedGateway, Stack } from "../../core/stack.ts";

// Builders name only what a test is about; everything else is the smallest thing that is valid.

/** Stack `test` on today's versions: environment `alpha`, both gateways existing, no exit, no services. */
export function aStack(changes: Partial<Stack> = {}): Stack {
  return {
    name: "test",
    cluster: { name: "test", context: "test" },
    versions: { kubernetes: "1.36", istio: "1.31", knative: "1.23" },
    production: false,
    pathNormalisation: "BASE",
    pathRoot: "/faas/api/",
    serviceFolders: ["stacks/test"],
    environments: [anEnvironment()],
    domains: [],
    gateways: { entry: { mode: "existing" }, clusterLocal: { mode: "existing" } },
    services: [],
    pathClaims: [],
    accepted: [],
    differences: [],
    lints: lintLevels(changes.production ?? false),
    ...changes,
  };
}

/** Versions of a stack with one of them changed. */
export function versions(changes: Partial<Stack["versions"]> = {}): Stack["versions"] {
  return { kubernetes: "1.36", istio: "1.31", knative: "1.23", ...changes };
}

/** Environment `alpha` without a fallback. */
export function anEnvironment(changes: Partial<Environment> = {}): Environment {
  return { name: "alpha", ...changes };
}

/** Business host `shop.example.com` with a certificate of cert-manager's. */
export function aDomain(changes: Partial<Domain> = {}): Domain {
  return {
    name: "shop.example.com",
    gateway: "business",
    minProtocolVersion: "TLSV1_2",
    httpsRedirect: true,
    certificate: { kind: "certManager", issuer: { name: "letsencrypt", kind: "ClusterIssuer" } },
    location: { file: "Pulumi.test.yaml", line: 20 },
    ...changes,
  };
}

/** From the stack's config, with the key that belongs to it. */
export function aSecretCertificate(changes: Partial<SecretCertificate> = {}): SecretCertificate {
  return {
    kind: "secret",
    name: "shop",
    chain: "-----BEGIN CERTIFICATE-----\n-----END CERTIFICATE-----\n",
    certificates: [],
    keyMatches: true,
    location: { file: "Pulumi.test.yaml", line: 30 },
    ...changes,
  };
}

/** In namespace `gateways`. */
export function aDomainGateway(istio: string): DomainGateway {
  return { mode: "existing", namespace: "gateways", selector: { istio } };
}

/** 2 to 10 replicas at 80 % CPU. */
export function aManagedGateway(changes: Partial<Autoscaling> = {}): ManagedGateway {
  return { mode: "managed", minReplicas: 2, maxReplicas: 10, targetCpuPercent: 80, ...changes };
}

/** 2 to 6 replicas in front of a Service of the cluster. */
export function anExitGateway(
  upstream: Partial<Upstream> = {},
  changes: Partial<Omit<ManagedExitGateway, "upstream">> = {},
): ManagedExitGateway {
  return {
    mode: "managed",
    minReplicas: 2,
    maxReplicas: 6,
    targetCpuPercent: 80,
    mutualTls: false,
    upstream: { host: "java-export-gateway.java.svc.cluster.local", port: 8080, ...upstream },
    ...changes,
  };
}

/** 2 to 6 replicas before as many of image `registry.example.com/java/export-gateway:2.4.1`, which may reach namespace `java`. */
export function anImageExitGateway(java: Partial<JavaWorkload> = {}): ImageExitGateway {
  const { minReplicas, maxReplicas, targetCpuPercent, mutualTls } = anExitGateway();
  return {
    mode: "image",
    ...{ minReplicas, maxReplicas, targetCpuPercent, mutualTls },
    java: {
      image: "registry.example.com/java/export-gateway:2.4.1",
      port: 8080,
      resources: { requests: { cpu: "500m", memory: "1Gi" } },
      env: {},
      secretEnv: {},
      pullSecrets: [],
      egress: [{ namespace: "java" }],
      ...java,
    },
  };
}

/** Service `saas-showroom` of environment `alpha` with the case study's route; file, namespace and Knative service follow the name. */
export function aService(changes: Partial<Service> = {}): Service {
  const name = changes.name ?? "saas-showroom";
  const environment = changes.environment ?? "alpha";
  const file = `stacks/test/${environment}/${name}.yaml`;
  return {
    name,
    environment,
    namespace: `faas-${environment}`,
    service: name,
    yieldsTo: [],
    routes: [aRoute({ action: aForward(changes.service ?? name), location: { file, line: 2 } })],
    location: { file, line: 1 },
    ...changes,
  };
}

/** Prefix `/faas/api/saas/showroom/` to `saas-showroom`. */
export function aRoute(changes: Partial<Route> = {}): Route {
  return {
    matches: [aMatch()],
    action: aForward(),
    location: { file: "stacks/test/alpha/saas-showroom.yaml", line: 2 },
    ...changes,
  };
}

/** One alternative without conditions; a string is a prefix. */
export function aMatch(
  path: PathMatch | string = "/faas/api/saas/showroom/",
  changes: Partial<RouteMatch> = {},
): RouteMatch {
  return {
    path: typeof path === "string" ? { kind: "prefix", value: path, ignoreCase: false } : path,
    methods: [],
    headers: {},
    queryParams: {},
    location: { file: "stacks/test/alpha/saas-showroom.yaml", line: 3 },
    ...changes,
  };
}

/** Everything to one Knative service. */
export function aForward(
  to: string | readonly Destination[] = "saas-showroom",
  changes: Partial<ForwardAction> = {},
): ForwardAction {
  return {
    kind: "forward",
    traffic: typeof to === "string" ? [{ service: to, weight: 100 }] : to,
    ...changes,
  };
}

/** A service whose only route has this action. */
export function aServiceWith(action: RouteAction, changes: Partial<Service> = {}): Service {
  return aService({ ...changes, routes: [aRoute({ action })] });
}
