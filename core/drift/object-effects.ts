import type { Difference } from "./compare-values.ts";
import { fieldPathText } from "./field-path.ts";

/** Whether requests are answered differently than planned, as far as can be told from objects. */
export type OnRequests = "changed" | "unchanged" | "unknown";

export interface Effect {
  readonly text: string;
  readonly requests: OnRequests;
}

type Rule = readonly [path: RegExp, requests: OnRequests, text: string];

const anyMetadata: readonly Rule[] = [
  [/^metadata\.deletionTimestamp/, "changed", "it is being deleted: what it does ends with it"],
  [/^metadata\.finalizers/, "unchanged", "it cannot be deleted before somebody removes the finalizer"],
  [/^metadata\.ownerReferences/, "unknown", "it is deleted together with its new owner"],
  [
    /^metadata\.labels\["istio\.io\/rev"\]/,
    "changed",
    "an istiod of another revision does not read it any more: as if it were not there",
  ],
];

const podFields: readonly Rule[] = [
  [
    /^spec\.replicas/,
    "changed",
    "no pod is left and the autoscaler does nothing: every request to this gateway fails",
  ],
  [/^spec\.paused/, "unchanged", "changes no longer reach the pods"],
  [
    /metadata\.labels/,
    "changed",
    "its pods are selected by others than planned: Gateway, Service and policies",
  ],
  [/^spec\.strategy/, "unknown", "the next rollout may leave too few pods"],
  [/^spec/, "unknown", "the pods were replaced by ones that run differently"],
];

const byKind: Readonly<Record<string, readonly Rule[]>> = {
  Namespace: [
    [
      /istio-injection|istio\.io\/rev/,
      "changed",
      "new gateway pods get their proxy from another istiod, or none",
    ],
    [/pod-security/, "unknown", "other pods than planned are admitted"],
    [/labels/, "unknown", "policies that select namespaces by this label apply or no longer apply"],
  ],
  ResourceQuota: [[/^spec/, "unknown", "gateways may not find the room to scale"]],
  NetworkPolicy: [
    [/^spec/, "changed", "other connections than planned are allowed to the gateways and from them"],
  ],
  Role: [[/^rules/, "unknown", "the gateway's rights are not those planned"]],
  RoleBinding: [[/^(roleRef|subjects)/, "unknown", "the gateway's rights are given to others than planned"]],
  ClusterRole: [[/^rules/, "unchanged", "what the drift watch may read is not what is planned"]],
  ClusterRoleBinding: [
    [/^(roleRef|subjects)/, "unchanged", "the drift watch's rights are given to others than planned"],
  ],
  Service: [
    [/^spec\.externalName/, "changed", "the host leads somewhere else for everybody who resolves it"],
    [/^spec\.selector/, "changed", "requests go to other pods than the gateway's, or to none"],
    [/^spec\.ports/, "changed", "the gateway is reached on other ports than planned, or not at all"],
    [
      /^spec\.(type|externalIPs|loadBalancer)/,
      "changed",
      "the gateway is reached from other networks than planned",
    ],
    [/^spec/, "unknown", "connections are spread differently over the pods"],
    [/^metadata/, "unknown", "controllers treat the Service differently"],
  ],
  Deployment: podFields,
  CronJob: [[/^spec/, "unchanged", "drift is looked for differently than planned, or not at all"]],
  HorizontalPodAutoscaler: [
    [/^spec/, "unknown", "the gateway scales differently: there may be too few pods under load"],
  ],
  PodDisruptionBudget: [
    [/^spec/, "unknown", "more or fewer pods than planned may be down while nodes are drained"],
  ],
  Gateway: [
    [/^spec\.selector/, "changed", "other pods serve these hosts: requests to the planned ones get 404"],
    [/hosts/, "changed", "other hosts than planned are served; requests to a host that is missing get 404"],
    [/^spec/, "changed", "the gateway listens differently than planned"],
  ],
  ServiceEntry: [[/^spec/, "changed", "requests to this host are led elsewhere, or not at all"]],
  AuthorizationPolicy: [
    [/^spec/, "changed", "requests pass that should be refused, or are refused that should pass"],
  ],
  DestinationRule: [[/^spec/, "changed", "requests are sent on to the next hop differently than planned"]],
  ConfigMap: [
    [/^data/, "unchanged", "the next pulumi up compares itself with a wrong record and may refuse to run"],
  ],
  VirtualService: [
    [/^spec\.gateways/, "unknown", "the rules apply on other gateways than planned"],
    [/^spec\.exportTo/, "unknown", "the rules are seen by other proxies than planned"],
    [/^spec\.(tls|tcp)/, "unknown", "connections that are no HTTP are routed as well"],
  ],
};

/** What a difference does, by the kind of the object and the place of the field. */
export function effectOfField(kind: string, { path }: Pick<Difference, "path">): Effect {
  const text = fieldPathText(path);
  const rule = [...anyMetadata, ...(byKind[kind] ?? [])].find(([pattern]) => pattern.test(text));
  if (rule !== undefined) return { requests: rule[1], text: rule[2] };
  return text.startsWith("metadata")
    ? { requests: "unchanged", text: "no request is answered differently" }
    : { requests: "unknown", text: "what it does to requests is not known" };
}

const whenMissing: Readonly<Record<string, Effect>> = {
  AuthorizationPolicy: { requests: "changed", text: "requests pass that should be refused" },
  DestinationRule: { requests: "changed", text: "requests are sent on to the next hop by Istio's defaults" },
  Namespace: { requests: "changed", text: "nothing of the stack can be there" },
  Deployment: { requests: "changed", text: "the gateway has no pods: every request to it fails" },
  Service: { requests: "changed", text: "its name leads nowhere: requests to it fail" },
  Gateway: { requests: "changed", text: "the gateway's pods do not listen: every request to it fails" },
  ServiceEntry: { requests: "changed", text: "the mesh does not know the host: requests to it fail" },
  ServiceAccount: { requests: "unknown", text: "new pods of the gateway cannot start" },
  HorizontalPodAutoscaler: {
    requests: "unknown",
    text: "the gateway keeps the pods it has, whatever the load",
  },
  NetworkPolicy: {
    requests: "changed",
    text: "other connections than planned are allowed to the gateways and from them",
  },
  ConfigMap: { requests: "unchanged", text: "another stack could be deployed to this cluster by mistake" },
};

export function effectOfMissing(kind: string): Effect {
  return whenMissing[kind] ?? { requests: "unknown", text: "what it was planned for does not happen" };
}
