import { describe, expect, it } from "@jest/globals";
import { KubeConfig } from "@kubernetes/client-node";
import { ClusterError } from "../../cluster/cluster-error.ts";
import { compareIdentity, readLiveCluster } from "../../cluster/identity.ts";
import { aStack } from "../support/builders.ts";
import {
  cluster,
  fakeApiservers,
  kubeconfigText,
  kubeSystemPath,
  recordPath,
} from "../support/fake-apiserver.ts";

const serve = fakeApiservers();

function kubeconfigOf(text: string): KubeConfig {
  const kubeconfig = new KubeConfig();
  kubeconfig.loadFromString(text);
  return kubeconfig;
}

async function errorOf(reading: Promise<unknown>): Promise<string> {
  return reading.then(
    () => "no error",
    (error: unknown) => {
      if (error instanceof ClusterError) return error.message;
      throw error;
    },
  );
}

describe("readLiveCluster", () => {
  it("finds a cluster that no stack was deployed to", async () => {
    const server = await serve(cluster("uid-1"));
    expect(await readLiveCluster(kubeconfigOf(server.kubeconfig("test")))).toEqual({ uid: "uid-1" });
  });

  it("finds the record of the stack that was", async () => {
    const server = await serve(cluster("uid-1", { name: "test", uid: "uid-1" }));
    expect(await readLiveCluster(kubeconfigOf(server.kubeconfig("test")))).toEqual({
      uid: "uid-1",
      record: { name: "test", uid: "uid-1" },
    });
  });

  it("asks for two objects and nothing else", async () => {
    const server = await serve(cluster("uid-1"));
    await readLiveCluster(kubeconfigOf(server.kubeconfig("test")));
    expect([...server.asked].sort()).toEqual([recordPath, kubeSystemPath].sort());
  });

  it.each([
    [401, /^cluster of context "test" \(\S+\) does not know you \(401\): renew your credentials$/],
    [403, /^cluster of context "test" \(\S+\) does not let you get namespace kube-system \(403\): /],
    [500, /^cluster of context "test" \(\S+\) answers 500 to get namespace kube-system$/],
  ])("says in one line what a %d means", async (status, message) => {
    const server = await serve({ [kubeSystemPath]: { status } });
    const error = await errorOf(readLiveCluster(kubeconfigOf(server.kubeconfig("test"))));
    expect(error).toMatch(message);
    expect(error).not.toContain("\n");
  });

  it("says in one line that nobody listens", async () => {
    // Port 1 is reserved and never listens.
    const kubeconfig = kubeconfigOf(kubeconfigText("http://127.0.0.1:1", "test"));
    expect(await errorOf(readLiveCluster(kubeconfig))).toBe(
      'cluster of context "test" (http://127.0.0.1:1) cannot be reached: connect ECONNREFUSED 127.0.0.1:1; ' +
        "preview and up need it",
    );
  });

  it("gives up on a cluster that does not answer", async () => {
    const server = await serve({ [kubeSystemPath]: "hang" });
    expect(await errorOf(readLiveCluster(kubeconfigOf(server.kubeconfig("test")), 50))).toMatch(
      /cannot be reached: no answer in time; preview and up need it$/,
    );
  });

  it("refuses what answers but is no cluster", async () => {
    const server = await serve({});
    expect(await errorOf(readLiveCluster(kubeconfigOf(server.kubeconfig("test"))))).toMatch(
      /has no namespace kube-system$/,
    );
  });
});

describe("compareIdentity", () => {
  const stack = aStack({ name: "test", cluster: { name: "test", context: "ctx" } });
  const here = { name: "test", uid: "uid-1" };

  it.each([
    ["neither the cluster nor the stack knows of a deployment", { uid: "uid-1" }, undefined],
    ["both know of the same", { uid: "uid-1", record: here }, here],
    [
      "the stack's state is new, but the cluster knows the stack's cluster",
      { uid: "uid-1", record: here },
      undefined,
    ],
  ])("has nothing to say if %s", (_, live, deployed) => {
    expect(compareIdentity(stack, live, deployed)).toEqual([]);
  });

  it.each([
    [
      "the cluster is another stack's",
      { uid: "uid-2", record: { name: "prod", uid: "uid-2" } },
      undefined,
      'stack "test" is for cluster "test", but context "ctx" leads to cluster "prod"',
    ],
    [
      "the cluster is another stack's and the stack was deployed elsewhere",
      { uid: "uid-2", record: { name: "prod", uid: "uid-2" } },
      here,
      'stack "test" is for cluster "test", but context "ctx" leads to cluster "prod"',
    ],
    [
      "the cluster has no name, but the stack was deployed elsewhere",
      { uid: "uid-2" },
      here,
      'stack "test" was deployed to cluster "test" (uid-1), but context "ctx" leads to a cluster without a name (uid-2)',
    ],
    [
      "the cluster has the right name, but is another than the one the stack was deployed to",
      { uid: "uid-2", record: { name: "test", uid: "uid-2" } },
      here,
      'stack "test" was deployed to cluster "test" (uid-1), but context "ctx" leads to another cluster "test" (uid-2)',
    ],
    [
      "the record was copied from another cluster",
      { uid: "uid-2", record: here },
      undefined,
      'context "ctx" leads to a cluster (uid-2) with the record of cluster "test" (uid-1): a copy, for example from a backup',
    ],
    [
      "the stack's file calls its cluster by another name than before",
      { uid: "uid-1" },
      { name: "old", uid: "uid-1" },
      'stack "test" was deployed to cluster "old", which Pulumi.test.yaml now calls "test"',
    ],
  ])("refuses if %s, with a way out", (_, live, deployed, message) => {
    const problems = compareIdentity(stack, live, deployed);
    expect(problems).toMatchObject([
      { code: "cluster-mismatch", severity: "error", message, location: { file: "Pulumi.test.yaml" } },
    ]);
    expect(problems[0]?.fix).toBeDefined();
  });

  it("only warns if the record was deleted on the stack's own cluster", () => {
    expect(compareIdentity(stack, { uid: "uid-1" }, here)).toMatchObject([
      { code: "cluster-record-lost", severity: "warning", fix: "write it again: pulumi up --refresh" },
    ]);
  });
});
