import * as k8s from "@pulumi/kubernetes";
import { ClusterLocalGateway } from "./components/cluster-local-gateway.ts";
import { DomainCertificate } from "./components/domain-certificate.ts";
import { DriftWatch } from "./components/drift-watch.ts";
import { EntryGateway } from "./components/entry-gateway.ts";
import { EnvironmentHost } from "./components/environment-host.ts";
import { ExitGateway } from "./components/exit-gateway.ts";
import { KfaasNamespace } from "./components/kfaas-namespace.ts";
import { preflight } from "./components/preflight.ts";
import { privateKeyOf } from "./components/private-key.ts";
import { ServiceRoutes } from "./components/service-routes.ts";
import { environmentHost, systemNamespace } from "./core/mesh/names.ts";

/** The Pulumi program: one stack is one cluster with all its environments. Nothing happens at import. */
export default async function program() {
  const { stack, plan, record, transitions, shared } = await preflight();

  const provider = new k8s.Provider(stack.cluster.name, {
    clusterIdentifier: stack.cluster.name,
    context: stack.cluster.context,
    // Empty means KUBECONFIG as it is at the time. Left out, the SDK writes its value into the state: a path that is another for
    // everybody, and no path at all where KUBECONFIG lists several files.
    kubeconfig: "",
    enableServerSideApply: true,
    // The server's own fairness limits us well enough: https://kubernetes.io/docs/concepts/cluster-administration/flow-control/
    kubeClientSettings: { qps: 500, burst: 1000 },
  });
  const opts = { provider };

  const { namespaceName: namespace } = new KfaasNamespace(
    systemNamespace,
    { objects: plan.namespace, record },
    opts,
  );
  if (plan.entry) new EntryGateway("entry", { objects: plan.entry, namespace }, opts);
  if (plan.clusterLocal)
    new ClusterLocalGateway("cluster-local", { objects: plan.clusterLocal, namespace }, opts);
  if (plan.exit) new ExitGateway("exit", { objects: plan.exit, namespace }, opts);
  if (plan.driftWatch) new DriftWatch("drift-watch", { objects: plan.driftWatch, namespace }, opts);
  for (const objects of plan.environments)
    new EnvironmentHost(objects.environment, { objects, namespace }, opts);
  for (const objects of plan.domains) {
    const certificate = stack.domains.find(({ name }) => name === objects.environment)?.certificate;
    const key = certificate?.kind === "secret" ? { privateKey: privateKeyOf(certificate.name) } : {};
    new DomainCertificate(objects.environment, { objects, namespace, ...key }, opts);
  }
  const routes = Array.from(
    transitions,
    ([name, { waves }]) => new ServiceRoutes(name, { waves, shared, namespace }, opts),
  );
  await Promise.all(routes.map(({ registered }) => registered));

  const unfinished = [...transitions.values()].flatMap((each) => each.unfinished);
  return {
    // Names of VirtualServices that another `up` has to finish; see docs/adr/0018.
    ...(unfinished.length === 0 ? {} : { unfinished }),
    cluster: record,
    hosts: Object.fromEntries(stack.environments.map(({ name }) => [name, environmentHost(name)])),
  };
}
