import { describe, expect, it } from "@jest/globals";
import type { DriftItem } from "../../../core/drift/find-drift.ts";
import { Cluster, namespace, route } from "./recorded-cluster.ts";

type Edit = (cluster: Cluster) => unknown;
/** Parts of one item that must be among those found. */
type Expected = Partial<Pick<DriftItem, "kind" | "path" | "requests">> & { readonly effect?: RegExp };

const istio = "networking.istio.io/v1";
const entry = "kfaas-entry-gateway";
const host = "faas-alpha-ksvc-gateway.kfaas-system.svc.cluster.local";
const showroom = route("saas-showroom");
const catalog = route("catalog");
const vs = "VirtualService";
const direct = (prefix: string, status = 418) => ({
  match: [{ uri: { prefix } }],
  directResponse: { status },
});
const abort = { abort: { percentage: { value: 50 }, httpStatus: 503 } };
const changed = (path: string | null, requests: DriftItem["requests"], effect?: RegExp): Expected => ({
  kind: "changed",
  path,
  requests,
  ...(effect && { effect }),
});
const foreign = (effect: RegExp): Expected => ({ kind: "foreign", path: null, effect });
const missing = (effect: RegExp, requests: DriftItem["requests"] = "changed"): Expected => ({
  kind: "missing",
  path: null,
  effect,
  requests,
});

/** What `pulumi refresh` sees nothing of, and what it does: every kind of field, added, changed, removed and reordered. */
const edits: [name: string, edit: Edit, expected: Expected][] = [
  // VirtualServices: fields that were never set
  [
    "a fault is added",
    (c) => c.set(vs, showroom, "spec.http.0.fault", abort),
    changed(
      "spec.http[0].fault",
      "changed",
      /GET \/faas\/api\/saas\/showroom\/ on faas-alpha-\S+ now answers 503 for 50 %/,
    ),
  ],
  [
    "a delay is added",
    (c) =>
      c.set(vs, showroom, "spec.http.0.fault", { delay: { fixedDelay: "5s", percentage: { value: 10 } } }),
    changed("spec.http[0].fault", "changed", /now waits 5s for 10 %/),
  ],
  [
    "a fault without a percentage is added, which is for all",
    (c) => c.set(vs, showroom, "spec.http.0.fault", { abort: { httpStatus: 500 } }),
    changed("spec.http[0].fault", "changed", /answers 500 for 100 %/),
  ],
  [
    "a mirror is added",
    (c) => c.set(vs, showroom, "spec.http.0.mirrors", [{ destination: { host: "spy.elsewhere" } }]),
    changed("spec.http[0].mirrors", "changed", /also sent to a mirror/),
  ],
  [
    "CORS rules are added",
    (c) => c.set(vs, showroom, "spec.http.0.corsPolicy", { allowOrigins: [{ regex: ".*" }] }),
    changed("spec.http[0].corsPolicy", "changed", /other CORS rules/),
  ],
  [
    "header operations are added",
    (c) => c.set(vs, showroom, "spec.http.0.headers", { response: { remove: ["x-powered-by"] } }),
    changed("spec.http[0].headers", "changed", /other headers/),
  ],
  [
    "a rewrite of the path is added",
    (c) => c.set(vs, showroom, "spec.http.0.rewrite.uri", "/"),
    changed("spec.http[0].rewrite.uri", "changed", /goes to saas-showroom\.faas-alpha as \//),
  ],
  [
    "a timeout is added",
    (c) => c.set(vs, catalog, "spec.http.1.timeout", "1s"),
    changed("spec.http[1].timeout", "changed", /given up after 1s/),
  ],
  [
    "retries are added",
    (c) => c.set(vs, catalog, "spec.http.1.retries", { attempts: 7 }),
    changed("spec.http[1].retries", "changed", /retried 7 times/),
  ],
  [
    "retries are switched off by an empty mapping",
    (c) => c.set(vs, catalog, "spec.http.1.retries", {}),
    changed("spec.http[1].retries", "changed"),
  ],
  [
    "exportTo hides the object from the gateways",
    (c) => c.set(vs, showroom, "spec.exportTo", ["elsewhere"]),
    changed("spec.exportTo", "changed", /now gets 404|fallback|goes to/),
  ],
  [
    "TLS routes are added",
    (c) => c.set(vs, showroom, "spec.tls", [{ match: [{ sniHosts: ["*"] }] }]),
    changed("spec.tls", "unknown"),
  ],
  // appended to lists
  [
    "a destination is appended",
    (c) =>
      c.append(vs, showroom, "spec.http.0.route", { destination: { host: "canary.elsewhere" }, weight: 50 }),
    changed("spec.http[0].route[1]", "changed", /50 % to/),
  ],
  [
    "a match is appended",
    (c) => c.append(vs, showroom, "spec.http.0.match", { uri: { prefix: "/faas/api/grabbed/" } }),
    changed(
      "spec.http[0].match[1]",
      "changed",
      /\/faas\/api\/grabbed\/ on \S+ now goes to saas-showroom\.faas-alpha \(planned: it goes to everything-else/,
    ),
  ],
  [
    "a match that takes no further request is appended",
    (c) => c.append(vs, showroom, "spec.http.0.match", { uri: { prefix: "/faas/api/saas/showroom/x/" } }),
    changed("spec.http[0].match[1]", "unchanged", /no request is answered differently/),
  ],
  [
    "a rule is appended",
    (c) => c.append(vs, showroom, "spec.http", direct("/faas/api/new/")),
    changed(
      "spec.http[1]",
      "changed",
      /\/faas\/api\/new\/ on \S+ now is answered with 418 by the gateway itself/,
    ),
  ],
  [
    "a rule is inserted before the others",
    (c) => c.prepend(vs, showroom, "spec.http", direct("/faas/api/saas/showroom/")),
    changed("spec.http[0]", "changed", /answered with 418/),
  ],
  [
    "a rule that nothing reaches is appended",
    (c) => c.append(vs, showroom, "spec.http", direct("/faas/api/saas/showroom/")),
    changed("spec.http[1]", "unchanged"),
  ],
  [
    "another environment's host is appended",
    (c) => c.append(vs, showroom, "spec.hosts", host.replace("alpha", "beta")),
    changed(
      "spec.hosts[1]",
      "changed",
      /on faas-beta-\S+ now goes to saas-showroom\.faas-alpha \(planned: it goes to saas-showroom\.faas-beta\)/,
    ),
  ],
  [
    "a host is appended that no gateway serves",
    (c) => c.append(vs, showroom, "spec.hosts", "www.example.com"),
    changed("spec.hosts[1]", "unchanged"),
  ],
  [
    "sidecars are appended to the gateways",
    (c) => c.append(vs, showroom, "spec.gateways", "mesh"),
    changed("spec.gateways[1]", "unknown"),
  ],
  [
    "a header condition is added to a match",
    (c) => c.set(vs, showroom, "spec.http.0.match.0.headers", { "x-beta": { exact: "1" } }),
    changed("spec.http[0].match[0].headers", "changed", /goes to everything-else|404/),
  ],
  [
    "the presence of a query parameter is asked for",
    (c) => c.set(vs, showroom, "spec.http.0.match.0.queryParams", { q: {} }),
    changed("spec.http[0].match[0].queryParams", "changed"),
  ],
  [
    "an origin is appended",
    (c) =>
      c.append(vs, catalog, "spec.http.1.corsPolicy.allowOrigins", { exact: "https://evil.example.com" }),
    changed("spec.http[1].corsPolicy.allowOrigins[1]", "changed", /CORS/),
  ],
  // changed
  [
    "a timeout is changed",
    (c) => c.set(vs, showroom, "spec.http.0.timeout", "1s"),
    changed("spec.http[0].timeout", "changed", /given up after 1s instead of 10s/),
  ],
  [
    "a prefix is changed",
    (c) => c.set(vs, showroom, "spec.http.0.match.0.uri.prefix", "/faas/api/saas/"),
    changed("spec.http[0].match[0].uri.prefix", "changed"),
  ],
  [
    "a prefix becomes a regular expression",
    (c) => c.set(vs, showroom, "spec.http.0.match.0.uri", { regex: "/faas/api/saas/show.*" }),
    changed("spec.http[0].match[0].uri.prefix", "changed"),
  ],
  [
    "a path is compared without case",
    (c) => c.set(vs, showroom, "spec.http.0.match.0.ignoreUriCase", true),
    changed("spec.http[0].match[0].ignoreUriCase", "changed"),
  ],
  [
    "a prefix becomes empty",
    (c) => c.set(vs, showroom, "spec.http.0.match.0.uri.prefix", ""),
    changed("spec.http[0].match[0].uri.prefix", "changed"),
  ],
  [
    "a method is changed",
    (c) => c.set(vs, catalog, "spec.http.0.match.0.method.exact", "DELETE"),
    changed("spec.http[0].match[0].method.exact", "changed"),
  ],
  [
    "the value of a header condition is changed",
    (c) => c.set(vs, catalog, "spec.http.0.match.0.headers.x-tenant.exact", "other"),
    changed("spec.http[0].match[0].headers.x-tenant.exact", "changed"),
  ],
  [
    "an authority is changed",
    (c) => c.set(vs, showroom, "spec.http.0.rewrite.authority", "queue.faas-alpha.svc.cluster.local"),
    changed(
      "spec.http[0].rewrite.authority",
      "changed",
      /now goes to queue\.faas-alpha \(planned: it goes to saas-showroom\.faas-alpha\)/,
    ),
  ],
  [
    "a destination is changed",
    (c) => c.set(vs, showroom, "spec.http.0.route.0.destination.host", "other.elsewhere"),
    changed(
      "spec.http[0].route[0].destination.host",
      "changed",
      /by way of other\.elsewhere \(planned: .* by way of knative-local-gateway/,
    ),
  ],
  [
    "the destination's port is changed",
    (c) => c.set(vs, showroom, "spec.http.0.route.0.destination.port.number", 8080),
    changed("spec.http[0].route[0].destination.port.number", "changed", /sent on differently/),
  ],
  [
    "attempts are changed",
    (c) => c.set(vs, showroom, "spec.http.0.retries.attempts", 9),
    changed("spec.http[0].retries.attempts", "changed", /retried 9 times/),
  ],
  [
    "retry conditions are changed",
    (c) => c.set(vs, showroom, "spec.http.0.retries.retryOn", "5xx"),
    changed("spec.http[0].retries.retryOn", "changed"),
  ],
  [
    "a header that is set is changed",
    (c) => c.set(vs, catalog, "spec.http.0.headers.request.set.x-mode", "read"),
    changed("spec.http[0].headers.request.set.x-mode", "changed"),
  ],
  [
    "a header is set to nothing",
    (c) => c.set(vs, catalog, "spec.http.0.headers.request.set.x-mode", ""),
    changed("spec.http[0].headers.request.set.x-mode", "changed"),
  ],
  [
    "the target of a redirect is changed",
    (c) => c.set(vs, route("moved"), "spec.http.0.redirect.uri", "/elsewhere/"),
    changed("spec.http[0].redirect.uri", "changed", /redirected \(302\) to \/elsewhere\//),
  ],
  [
    "the status of a redirect is changed",
    (c) => c.set(vs, route("moved"), "spec.http.0.redirect.redirectCode", 301),
    changed("spec.http[0].redirect.redirectCode", "changed"),
  ],
  [
    "the share of a mirror is changed",
    (c) => c.set(vs, route("queue"), "spec.http.0.mirrors.0.percentage.value", 100),
    changed("spec.http[0].mirrors[0].percentage.value", "changed"),
  ],
  [
    "the host is changed",
    (c) => c.set(vs, showroom, "spec.hosts", ["www.example.com"]),
    changed("spec.hosts[0]", "changed", /now goes to everything-else/),
  ],
  [
    "the gateway is changed",
    (c) => c.set(vs, showroom, "spec.gateways", ["kfaas-system/kfaas-exit-gateway"]),
    changed("spec.gateways[0]", "changed"),
  ],
  [
    "the name of a rule is changed",
    (c) => c.set(vs, catalog, "spec.http.0.name", "other"),
    changed("spec.http[0].name", "unchanged"),
  ],
  [
    "where Java is reached is changed",
    (c) => c.set(vs, "java-gateway-virtualservice", "spec.http.0.rewrite.authority", "other.example.com"),
    changed(
      "spec.http[0].rewrite.authority",
      "changed",
      /java-\w+-gateway\S+ now goes to other\.example\.com/,
    ),
  ],
  [
    "a weight is shifted in an object whose weights are ours",
    (c) =>
      c.set(vs, catalog, "spec.http.1.route", [
        { destination: { host: "a.elsewhere" }, weight: 90 },
        { destination: { host: "b.elsewhere" }, weight: 10 },
      ]),
    { kind: "changed", requests: "changed", effect: /90 % to/ },
  ],
  [
    "another field of an object whose weights are somebody's is changed",
    (c) => c.set(vs, route("released"), "spec.http.0.timeout", "1s"),
    changed("spec.http[0].timeout", "changed"),
  ],
  // removed
  [
    "a timeout is removed",
    (c) => c.set(vs, showroom, "spec.http.0.timeout", undefined),
    changed("spec.http[0].timeout", "changed", /without the limit of 10s/),
  ],
  [
    "the retries are removed",
    (c) => c.set(vs, showroom, "spec.http.0.retries", undefined),
    changed("spec.http[0].retries", "changed", /Istio's defaults/),
  ],
  [
    "a condition is removed",
    (c) => c.set(vs, catalog, "spec.http.0.match.0.headers", undefined),
    changed("spec.http[0].match[0].headers", "changed"),
  ],
  [
    "a match is removed that another object holds as a carve-out",
    (c) => c.set(vs, catalog, "spec.http.1.match.1", undefined),
    changed("spec.http[1].match[1]", "unchanged", /no request is answered differently/),
  ],
  [
    "a rule is removed",
    (c) => c.set(vs, catalog, "spec.http.0", undefined),
    changed("spec.http[0]", "changed", /POST/),
  ],
  [
    "the rewrite is removed",
    (c) => c.set(vs, showroom, "spec.http.0.rewrite", undefined),
    changed("spec.http[0].rewrite", "changed"),
  ],
  [
    "a carve-out is removed from the object that holds it",
    (c) =>
      c.set(vs, route("wide"), "spec.http", (c.at(vs, route("wide"), "spec.http") as unknown[]).slice(-1)),
    { kind: "changed" },
  ],
  // reordered
  [
    "two rules that meet are reordered",
    (c) => {
      c.reverse(vs, catalog, "spec.http");
    },
    changed("spec.http", "changed", /carries other headers|CORS/),
  ],
  // metadata
  [
    "a revision takes the object away from istiod",
    (c) => c.set(vs, showroom, ["metadata", "labels", "istio.io/rev"], "canary"),
    changed('metadata.labels["istio.io/rev"]', "changed", /another revision/),
  ],
  [
    "a finalizer keeps it from being deleted",
    (c) => c.set(vs, showroom, "metadata.finalizers", ["example.com/keep"]),
    changed("metadata.finalizers", "unchanged"),
  ],
  [
    "it is being deleted",
    (c) => c.set(vs, showroom, "metadata.deletionTimestamp", "2026-11-30T12:00:00Z"),
    changed("metadata.deletionTimestamp", "changed"),
  ],
  [
    "it gets an owner with which it dies",
    (c) => c.set(vs, showroom, "metadata.ownerReferences", [{ kind: "ConfigMap", name: "x" }]),
    changed("metadata.ownerReferences", "unknown"),
  ],
  [
    "another tool takes it over",
    (c) => c.set(vs, showroom, ["metadata", "labels", "argocd.argoproj.io/instance"], "other"),
    changed('metadata.labels["argocd.argoproj.io/instance"]', "unchanged"),
  ],
  [
    "a planned label is removed",
    (c) => c.set("Service", entry, ["metadata", "labels", "app.kubernetes.io/part-of"], undefined),
    changed('metadata.labels["app.kubernetes.io/part-of"]', "unknown"),
  ],
  // Gateways and ServiceEntries
  [
    "a host is appended to a Gateway",
    (c) => c.append("Gateway", entry, "spec.servers.0.hosts", "*/www.example.com"),
    { kind: "changed", requests: "changed", effect: /other hosts/ },
  ],
  [
    "a host is removed from a Gateway",
    (c) => c.set("Gateway", entry, "spec.servers.0.hosts.0", undefined),
    { kind: "changed", requests: "changed", effect: /other hosts/ },
  ],
  [
    "a server is appended to a Gateway",
    (c) =>
      c.append("Gateway", entry, "spec.servers", {
        port: { number: 81, name: "x", protocol: "HTTP" },
        hosts: ["*"],
      }),
    { kind: "changed", requests: "changed", effect: /listens differently/ },
  ],
  [
    "a Gateway selects other pods",
    (c) => c.set("Gateway", entry, "spec.selector.istio", "ingressgateway"),
    changed("spec.selector.istio", "changed", /other pods/),
  ],
  [
    "a Gateway redirects to HTTPS",
    (c) => c.set("Gateway", entry, "spec.servers.0.tls", { httpsRedirect: true }),
    changed("spec.servers[0].tls", "changed"),
  ],
  [
    "a ServiceEntry leads elsewhere",
    (c) => c.set("ServiceEntry", "java-export-gateway", "spec.endpoints", [{ address: "192.0.2.1" }]),
    changed("spec.endpoints", "changed", /led elsewhere/),
  ],
  [
    "a ServiceEntry is exported to all",
    (c) => c.set("ServiceEntry", "java-export-gateway", "spec.exportTo", ["*"]),
    changed("spec.exportTo[0]", "changed"),
  ],
  // Kubernetes' own kinds
  [
    "an environment's host leads elsewhere",
    (c) => c.set("Service", "faas-alpha-ksvc-gateway", "spec.externalName", "www.example.com"),
    changed("spec.externalName", "changed", /leads somewhere else/),
  ],
  [
    "a Service selects other pods",
    (c) => c.set("Service", entry, "spec.selector.version", "v2"),
    changed("spec.selector.version", "changed", /other pods/),
  ],
  [
    "a Service is exposed",
    (c) => c.set("Service", entry, "spec.type", "LoadBalancer"),
    changed("spec.type", "changed", /other networks/),
  ],
  [
    "a Service loses its address",
    (c) => c.set("Service", entry, "spec.clusterIP", "None"),
    changed("spec.clusterIP", "unknown"),
  ],
  [
    "a Service keeps traffic on its node",
    (c) => c.set("Service", entry, "spec.internalTrafficPolicy", "Local"),
    changed("spec.internalTrafficPolicy", "unknown"),
  ],
  [
    "a Service's port leads elsewhere",
    (c) => c.set("Service", entry, "spec.ports.1.targetPort", 9999),
    changed("spec.ports[1].targetPort", "changed", /other ports/),
  ],
  [
    "a Service's annotation for controllers is added",
    (c) =>
      c.set("Service", entry, ["metadata", "annotations", "service.kubernetes.io/topology-mode"], "Auto"),
    changed('metadata.annotations["service.kubernetes.io/topology-mode"]', "unknown"),
  ],
  [
    "a Deployment is scaled to nothing, which no autoscaler undoes",
    (c) => c.set("Deployment", entry, "spec.replicas", 0),
    changed("spec.replicas", "changed", /no pod is left/),
  ],
  [
    "a Deployment is paused",
    (c) => c.set("Deployment", entry, "spec.paused", true),
    changed("spec.paused", "unchanged"),
  ],
  [
    "pods get a label",
    (c) => c.set("Deployment", entry, "spec.template.metadata.labels.version", "v2"),
    changed("spec.template.metadata.labels.version", "changed"),
  ],
  [
    "pods get an environment variable",
    (c) => c.set("Deployment", entry, "spec.template.spec.containers.0.env", [{ name: "X", value: "1" }]),
    changed("spec.template.spec.containers[0].env", "unknown"),
  ],
  [
    "pods get a second container",
    (c) => c.append("Deployment", entry, "spec.template.spec.containers", { name: "x", image: "x" }),
    changed("spec.template.spec.containers[1]", "unknown"),
  ],
  [
    "pods get another memory limit",
    (c) => c.set("Deployment", entry, "spec.template.spec.containers.0.resources.limits.memory", "2Gi"),
    changed("spec.template.spec.containers[0].resources.limits.memory", "unknown"),
  ],
  [
    "a rollout may take pods away",
    (c) => c.set("Deployment", entry, "spec.strategy.rollingUpdate.maxUnavailable", "100%"),
    changed("spec.strategy.rollingUpdate.maxUnavailable", "unknown"),
  ],
  [
    "pods end at once",
    (c) => c.set("Deployment", entry, "spec.template.spec.terminationGracePeriodSeconds", 0),
    changed("spec.template.spec.terminationGracePeriodSeconds", "unknown"),
  ],
  [
    "an autoscaler may add fewer pods",
    (c) => c.set("HorizontalPodAutoscaler", entry, "spec.maxReplicas", 2),
    changed("spec.maxReplicas", "unknown", /too few pods/),
  ],
  [
    "an autoscaler is forbidden to add pods",
    (c) =>
      c.set("HorizontalPodAutoscaler", entry, "spec.behavior", { scaleUp: { selectPolicy: "Disabled" } }),
    changed("spec.behavior", "unknown"),
  ],
  [
    "a disruption budget is changed",
    (c) => c.set("PodDisruptionBudget", entry, "spec.maxUnavailable", "100%"),
    changed("spec.maxUnavailable", "unknown"),
  ],
  [
    "a quota is tightened",
    (c) => c.set("ResourceQuota", namespace, "spec.hard.pods", "1"),
    changed("spec.hard.pods", "unknown", /room to scale/),
  ],
  [
    "a network policy allows the internet",
    (c) => c.set("NetworkPolicy", "default-deny", "spec.egress", [{}]),
    changed("spec.egress", "changed", /other connections/),
  ],
  [
    "a network policy loses a port",
    (c) => c.set("NetworkPolicy", entry, "spec.ingress.0.ports", undefined),
    changed("spec.ingress[0].ports", "changed"),
  ],
  [
    "a gateway may read more",
    (c) => c.append("Role", entry, "rules", { apiGroups: ["*"], resources: ["*"], verbs: ["*"] }),
    changed("rules", "unknown"),
  ],
  [
    "a gateway's rights go to somebody else as well",
    (c) => c.append("RoleBinding", entry, "subjects", { kind: "Group", name: "system:authenticated" }),
    changed("subjects[1]", "unknown"),
  ],
  [
    "the namespace admits privileged pods",
    (c) =>
      c.set(
        "Namespace",
        namespace,
        ["metadata", "labels", "pod-security.kubernetes.io/enforce"],
        "privileged",
      ),
    changed('metadata.labels["pod-security.kubernetes.io/enforce"]', "unknown"),
  ],
  [
    "the namespace is no longer injected",
    (c) => c.set("Namespace", namespace, ["metadata", "labels", "istio-injection"], "disabled"),
    changed("metadata.labels.istio-injection", "changed"),
  ],
  [
    "the namespace gets a label that policies may select",
    (c) => c.set("Namespace", namespace, "metadata.labels.team", "x"),
    changed("metadata.labels.team", "unknown"),
  ],
  [
    "the drift watch's rights are widened",
    (c) =>
      c.append("ClusterRole", "kfaas-drift-watch", "rules", {
        apiGroups: [""],
        resources: ["secrets"],
        verbs: ["get"],
      }),
    { kind: "changed", requests: "unchanged" },
  ],
  // missing
  [
    "a VirtualService is deleted",
    (c) => c.delete(vs, showroom),
    missing(/showroom\/ on \S+ now goes to everything-else/),
  ],
  ["the fallback is deleted", (c) => c.delete(vs, route("everything-else")), missing(/now gets 404/)],
  ["a Gateway is deleted", (c) => c.delete("Gateway", entry), missing(/do not listen/)],
  ["a Deployment is deleted", (c) => c.delete("Deployment", entry), missing(/no pods/)],
  [
    "an environment's host is deleted",
    (c) => c.delete("Service", "faas-alpha-ksvc-gateway"),
    missing(/leads nowhere/),
  ],
  [
    "an autoscaler is deleted",
    (c) => c.delete("HorizontalPodAutoscaler", entry),
    missing(/whatever the load/, "unknown"),
  ],
  ["default-deny is deleted", (c) => c.delete("NetworkPolicy", "default-deny"), missing(/other connections/)],
  [
    "a ServiceEntry is deleted",
    (c) => c.delete("ServiceEntry", "java-export-gateway"),
    missing(/does not know/),
  ],
  // foreign
  [
    "somebody routes a path on our host",
    (c) =>
      c.create(istio, vs, {
        hosts: [host],
        gateways: [`${namespace}/${entry}`],
        http: [direct("/faas/api/foreign/")],
      }),
    foreign(
      /routes faas-alpha\S+ on kfaas-system\/kfaas-entry-gateway; GET \/faas\/api\/foreign\/ on .* answered with 418/,
    ),
  ],
  [
    "somebody older takes a path of ours",
    (c) =>
      c.create(
        istio,
        vs,
        { hosts: [host], gateways: [entry], http: [direct("/faas/api/saas/showroom/")] },
        { creationTimestamp: "2020-01-01T00:00:00Z" },
      ),
    foreign(/showroom\/ on \S+ now is answered with 418 .*planned: it goes to saas-showroom/),
  ],
  [
    "somebody from elsewhere binds to our gateway, which does not serve them",
    (c) =>
      c.create(
        "networking.istio.io/v1alpha3",
        vs,
        { hosts: [host], gateways: [`${namespace}/${entry}`], http: [direct("/")] },
        { namespace: "elsewhere" },
      ),
    foreign(/routes faas-alpha\S+.*no request is answered differently/),
  ],
  [
    "somebody routes our host in sidecars",
    (c) => c.create(istio, vs, { hosts: [host], http: [direct("/")] }, { namespace: "elsewhere" }),
    foreign(/on sidecars/),
  ],
  [
    "somebody's hosts are bound to our gateway",
    (c) =>
      c.create(
        istio,
        vs,
        { hosts: ["x.example.com"], gateways: ["kfaas-system/kfaas-exit-gateway"] },
        { namespace: "x" },
      ),
    foreign(/binds routes to kfaas-system\/kfaas-exit-gateway/),
  ],
  [
    "somebody opens a listener on our pods",
    (c) =>
      c.create(
        istio,
        "Gateway",
        {
          selector: { istio: entry },
          servers: [{ port: { number: 81, name: "x", protocol: "HTTP" }, hosts: ["*"] }],
        },
        { namespace: "elsewhere" },
      ),
    foreign(/opens listeners/),
  ],
  [
    "somebody says where our next hop leads",
    (c) =>
      c.create(
        istio,
        "ServiceEntry",
        {
          hosts: ["knative-local-gateway.istio-system.svc.cluster.local"],
          endpoints: [{ address: "192.0.2.1" }],
        },
        { namespace: "elsewhere" },
      ),
    foreign(/says where knative-local-gateway\S+ leads/),
  ],
  [
    "somebody decides how our next hop is reached, by a pattern",
    (c) =>
      c.create(
        istio,
        "DestinationRule",
        { host: "*.istio-system.svc.cluster.local" },
        { namespace: "istio-system" },
      ),
    foreign(/decides how requests are sent on/),
  ],
  [
    "a filter for all gateways",
    (c) =>
      c.create(
        "networking.istio.io/v1alpha3",
        "EnvoyFilter",
        { configPatches: [{ applyTo: "HTTP_FILTER", match: { context: "GATEWAY" } }] },
        { namespace: "istio-system" },
      ),
    foreign(/changes the configuration/),
  ],
  [
    "a policy refuses requests at our gateways",
    (c) => c.create("security.istio.io/v1", "AuthorizationPolicy", { action: "DENY", rules: [{}] }),
    foreign(/refuse/),
  ],
  [
    "a policy for the whole mesh",
    (c) => c.create("security.istio.io/v1", "RequestAuthentication", {}, { namespace: "istio-system" }),
    foreign(/refuse/),
  ],
  [
    "code runs in our proxies",
    (c) =>
      c.create("extensions.istio.io/v1alpha1", "WasmPlugin", { selector: { matchLabels: { istio: entry } } }),
    foreign(/code of its own/),
  ],
  [
    "another network policy for our pods",
    (c) => c.create("networking.k8s.io/v1", "NetworkPolicy", { podSelector: {}, egress: [{}] }),
    foreign(/further connections/),
  ],
  [
    "another Service leads to our pods",
    (c) => c.create("v1", "Service", { type: "LoadBalancer", selector: { istio: entry } }),
    foreign(/leads to the gateways' pods as well/),
  ],
  [
    "other pods take a share of our requests",
    (c) => c.create("apps/v1", "Deployment", { template: { metadata: { labels: { istio: entry } } } }),
    foreign(/take a share/),
  ],
  [
    "a second autoscaler",
    (c) =>
      c.create("autoscaling/v2", "HorizontalPodAutoscaler", {
        scaleTargetRef: { kind: "Deployment", name: entry },
      }),
    foreign(/scales a gateway/),
  ],
  [
    "a second quota",
    (c) => c.create("v1", "ResourceQuota", { hard: { pods: "0" } }),
    foreign(/limits what may run/),
  ],
];

const harmless: [name: string, edit: Edit][] = [
  ["status is written", (c) => c.set(vs, showroom, "status", { conditions: [{ type: "Reconciled" }] })],
  ["hosts are reordered", (c) => c.reverse("Gateway", entry, "spec.servers.0.hosts")],
  ["matches of one rule are reordered", (c) => c.reverse(vs, catalog, "spec.http.1.match")],
  ["destinations are reordered", (c) => c.reverse(vs, route("released"), "spec.http.0.route")],
  ["ports of a Service are reordered", (c) => c.reverse("Service", entry, "spec.ports")],
  ["policy types are reordered", (c) => c.reverse("NetworkPolicy", entry, "spec.policyTypes")],
  ["verbs are reordered", (c) => c.reverse("Role", "kfaas-drift-watch", "rules.0.verbs")],
  [
    "rules that no request meets both are reordered",
    (c) => c.reverse(vs, "java-gateway-virtualservice", "spec.http"),
  ],
  [
    "retry conditions are reordered",
    (c) => c.set(vs, showroom, "spec.http.0.retries.retryOn", "refused-stream,connect-failure"),
  ],
  ["a duration is written in another unit", (c) => c.set(vs, showroom, "spec.http.0.timeout", "10000ms")],
  ["a default is written out", (c) => c.set(vs, showroom, "spec.http.0.match.0.ignoreUriCase", false)],
  ["an empty list is written out", (c) => c.set(vs, showroom, "spec.exportTo", [])],
  ["empty conditions are written out", (c) => c.set(vs, showroom, "spec.http.0.match.0.headers", {})],
  [
    "empty header operations are written out",
    (c) => c.set(vs, showroom, "spec.http.0.headers", { request: {} }),
  ],
  [
    "the weight of the only destination is left out",
    (c) => c.set(vs, showroom, "spec.http.0.route.0.weight", undefined),
  ],
  [
    "the owner of the weights shifts them",
    (c) => {
      c.set(vs, route("released"), "spec.http.0.route.0.weight", 50);
      c.set(vs, route("released"), "spec.http.0.route.1.weight", 50);
    },
  ],
  [
    "a label that nothing selects is added to a route",
    (c) => c.set(vs, showroom, "metadata.labels.note", "x"),
  ],
  [
    "an annotation is added",
    (c) => c.set(vs, showroom, ["metadata", "annotations", "example.com/note"], "x"),
  ],
  ["Pulumi's annotations are gone", (c) => c.set(vs, showroom, "metadata.annotations", undefined)],
  [
    "kubectl apply leaves its note",
    (c) =>
      c.set(
        vs,
        showroom,
        ["metadata", "annotations", "kubectl.kubernetes.io/last-applied-configuration"],
        "{}",
      ),
  ],
  [
    "kubectl rollout restart leaves its note",
    (c) =>
      c.set(
        "Deployment",
        entry,
        ["spec", "template", "metadata", "annotations", "kubectl.kubernetes.io/restartedAt"],
        "now",
      ),
  ],
  ["the autoscaler scales", (c) => c.set("Deployment", entry, "spec.replicas", 7)],
  ["the object is written again", (c) => c.set(vs, showroom, "metadata.generation", 99)],
  [
    "a controller adds a token to an account",
    (c) => c.set("ServiceAccount", entry, "secrets", [{ name: `${entry}-token-x1` }]),
  ],
  [
    "another version of the API is read",
    (c) => c.set(vs, showroom, "apiVersion", "networking.istio.io/v1beta1"),
  ],
  [
    "a quantity is written otherwise",
    (c) => c.set("Deployment", entry, "spec.template.spec.containers.0.resources.limits.cpu", "2000m"),
  ],
  [
    "Knative routes its own hosts on its own gateway",
    (c) =>
      c.create(
        istio,
        vs,
        {
          hosts: ["x.faas-alpha.svc.cluster.local"],
          gateways: ["knative-serving/knative-local-gateway"],
          http: [direct("/")],
        },
        { namespace: "faas-alpha" },
      ),
  ],
  [
    "a filter for sidecars only",
    (c) =>
      c.create(
        "networking.istio.io/v1alpha3",
        "EnvoyFilter",
        { configPatches: [{ match: { context: "SIDECAR_INBOUND" } }] },
        { namespace: "istio-system" },
      ),
  ],
  [
    "a policy for other pods",
    (c) =>
      c.create(
        "security.istio.io/v1",
        "AuthorizationPolicy",
        { selector: { matchLabels: { app: "other" } } },
        { namespace: "istio-system" },
      ),
  ],
  [
    "a policy in another namespace",
    (c) => c.create("security.istio.io/v1", "AuthorizationPolicy", {}, { namespace: "elsewhere" }),
  ],
  [
    "a ServiceEntry that our namespace does not see",
    (c) =>
      c.create(
        istio,
        "ServiceEntry",
        { hosts: ["knative-local-gateway.istio-system.svc.cluster.local"], exportTo: ["."] },
        { namespace: "elsewhere" },
      ),
  ],
  [
    "a solver of a certificate authority's challenges, with its policy",
    (c) => {
      c.create("v1", "Service", { selector: { "acme.cert-manager.io/http01-solver": "true" } });
      c.create("networking.k8s.io/v1", "NetworkPolicy", { podSelector: { matchLabels: { app: "solver" } } });
    },
  ],
];

function edited(edit: Edit): readonly DriftItem[] {
  const cluster = new Cluster();
  edit(cluster);
  return cluster.drift();
}

describe("drift", () => {
  it("finds nothing in what the API server made of a plan", () => {
    expect(edited(() => undefined)).toEqual([]);
  });

  it.each(edits)("is found: %s", (_, edit, { effect, ...expected }) => {
    const items = edited(edit);
    expect(items).toContainEqual(
      expect.objectContaining({ ...expected, ...(effect && { effect: expect.stringMatching(effect) }) }),
    );
  });

  it.each(harmless)("is none: %s", (_, edit) => {
    expect(edited(edit)).toEqual([]);
  });

  it("is told from what was tried by at least 80 edits", () => {
    expect(edits.length + harmless.length).toBeGreaterThanOrEqual(80);
  });

  it("leaves out what the stack knows", () => {
    const cluster = new Cluster();
    cluster.create(
      "networking.istio.io/v1alpha3",
      "EnvoyFilter",
      { configPatches: [{}] },
      { namespace: "istio-system" },
    );
    expect(cluster.drift()).toHaveLength(1);
    expect(cluster.drift(["EnvoyFilter istio-system/some*"])).toEqual([]);
    expect(cluster.drift(["EnvoyFilter istio-system/other"])).toHaveLength(1);
  });
});
