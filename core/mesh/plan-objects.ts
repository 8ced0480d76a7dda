import { compareText } from "../problem.ts";
import type {
  DomainObjects,
  DriftWatchObjects,
  EnvironmentObjects,
  ExitObjects,
  GatewayObjects,
  MeshPlan,
  WorkloadObjects,
} from "./plan.ts";

/** Any rendered object, as far as every object has it in common. */
export interface KubernetesObject {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: {
    readonly name: string;
    readonly namespace?: string;
    readonly annotations?: Readonly<Record<string, string>>;
  };
}

/** Whoever applies them in this order meets nothing before what it needs. */
const kinds = [
  "Namespace",
  "ResourceQuota",
  "NetworkPolicy",
  "ServiceAccount",
  "Role",
  "RoleBinding",
  "ClusterRole",
  "ClusterRoleBinding",
  "Service",
  "Deployment",
  "CronJob",
  "HorizontalPodAutoscaler",
  "PodDisruptionBudget",
  "Secret",
  "Certificate",
  "Gateway",
  "ServiceEntry",
  "AuthorizationPolicy",
  "DestinationRule",
  "VirtualService",
];

/** All objects of a plan: by kind in the order `kubectl apply` needs, then namespace, then name. */
export function planObjects(plan: MeshPlan): KubernetesObject[] {
  return inOrder([
    plan.namespace.namespace,
    plan.namespace.quota,
    ...plan.namespace.networkPolicies,
    ...gatewayObjects(plan.entry),
    ...(plan.entry?.mirrors ?? []),
    ...(plan.entry?.nextHop ? [plan.entry.nextHop] : []),
    ...(plan.entry?.clients ? [plan.entry.clients] : []),
    ...gatewayObjects(plan.clusterLocal),
    ...gatewayObjects(plan.exit),
    ...exitObjects(plan.exit),
    ...driftWatchObjects(plan.driftWatch),
    ...plan.environments.flatMap(environmentObjects),
    ...plan.domains.flatMap(domainObjects),
  ]);
}

/** The objects that belong to one environment alone, in the same order. */
export function environmentObjects({ host, virtualServices }: EnvironmentObjects): KubernetesObject[] {
  return inOrder([host, ...virtualServices]);
}

/** The same of one domain. */
export function domainObjects({ certificate, gateway, virtualServices }: DomainObjects): KubernetesObject[] {
  return inOrder([certificate, gateway, ...virtualServices]);
}

function inOrder(objects: KubernetesObject[]): KubernetesObject[] {
  return objects.sort(
    (a, b) =>
      kinds.indexOf(a.kind) - kinds.indexOf(b.kind) ||
      compareText(a.metadata.namespace ?? "", b.metadata.namespace ?? "") ||
      compareText(a.metadata.name, b.metadata.name),
  );
}

function workloadObjects(workload: WorkloadObjects | undefined): KubernetesObject[] {
  if (workload === undefined) return [];
  const { serviceAccount, deployment, service, autoscaler, disruptionBudget } = workload;
  return [serviceAccount, deployment, service, autoscaler, disruptionBudget];
}

function gatewayObjects(gateway: GatewayObjects | undefined): KubernetesObject[] {
  if (gateway === undefined) return [];
  return [...workloadObjects(gateway), gateway.role, gateway.roleBinding, gateway.gateway];
}

function exitObjects(exit: ExitObjects | undefined): KubernetesObject[] {
  if (exit === undefined) return [];
  const { hosts, java, serviceEntry, destinationRules, virtualService, policy } = exit;
  return [
    ...hosts,
    ...workloadObjects(java),
    ...destinationRules,
    virtualService,
    ...(serviceEntry ? [serviceEntry] : []),
    ...(policy ? [policy] : []),
  ];
}

function driftWatchObjects(watch: DriftWatchObjects | undefined): KubernetesObject[] {
  if (watch === undefined) return [];
  const { serviceAccount, clusterRole, clusterRoleBinding, role, roleBinding, networkPolicy } = watch;
  return [
    ...[serviceAccount, clusterRole, clusterRoleBinding, role, roleBinding, networkPolicy],
    ...(watch.cronJob ? [watch.cronJob] : []),
    ...(watch.deployment ? [watch.deployment] : []),
  ];
}
