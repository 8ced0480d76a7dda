import { join } from "node:path";
import { afterEach, describe, expect, it, jest } from "@jest/globals";
import * as pulumi from "@pulumi/pulumi";
import { loadStackFromValues } from "../config/load-stack.ts";
import { deployedObjects } from "../core/mesh/deployed-objects.ts";
import { planStack } from "../core/plan-stack.ts";
import program from "../index.ts";
import { certificateAuthority } from "./support/certificates.ts";
import { type Answers, cluster, fakeApiservers, type FakeApiserver } from "./support/fake-apiserver.ts";
import { gatewayChildren } from "./support/gateway-children.ts";
import { type Calls, outline, type Registered, withMocks } from "./support/mocks.ts";
import { serviceFile, temporaryFolders } from "./support/temporary-folder.ts";

const folder = temporaryFolders();
const serve = fakeApiservers();

const config = {
  "pulumi:disable-default-providers": '["kubernetes"]',
  "kfaas:cluster": '{"name":"test","context":"test"}',
  "kfaas:versions": '{"kubernetes":"1.36","istio":"1.31","knative":"1.23"}',
  "kfaas:pathRoot": "/faas/api/",
  "kfaas:services": '["stacks/test"]',
  "kfaas:environments": '{"alpha":{},"beta":{}}',
  "kfaas:gateways":
    '{"entry":{"mode":"managed","minReplicas":2,"maxReplicas":10,"targetCpuPercent":80},"clusterLocal":{"mode":"existing"}}',
};
const files = {
  "stacks/test/alpha/saas-showroom.yaml": serviceFile("saas/showroom"),
  "stacks/test/alpha/render-queue.yaml": serviceFile("render/queue"),
  "stacks/test/beta/saas-showroom.yaml": serviceFile("saas/showroom"),
};
const notDeployed: Calls = {
  "pulumi:pulumi:readStackOutputs": () => ({ outputs: {} }),
  "pulumi:pulumi:readStackResourceOutputs": () => ({ outputs: {} }),
};

interface Given {
  readonly config?: Readonly<Record<string, string>>;
  readonly files?: Readonly<Record<string, string>>;
  readonly answers?: Answers;
  readonly calls?: Calls;
}

interface Run {
  readonly outputs: Record<string, unknown> | undefined;
  readonly error: unknown;
  readonly registered: readonly Registered[];
  readonly apiserver: FakeApiserver;
}

/** Runs the program as Pulumi would, in a folder and against a cluster as given. */
async function run(given: Given = {}): Promise<Run> {
  const apiserver = await serve(given.answers ?? cluster("uid-1"));
  const cwd = folder({ ...(given.files ?? files), kubeconfig: apiserver.kubeconfig("test") });
  jest.spyOn(process, "cwd").mockReturnValue(cwd);
  jest.replaceProperty(process, "env", { ...process.env, KUBECONFIG: join(cwd, "kubeconfig") });
  const registered = await withMocks(given.calls ?? notDeployed);
  pulumi.runtime.setAllConfig({ ...config, ...given.config });
  const [outputs, error] = await program().then(
    (result) => [result, undefined] as const,
    (reason: unknown) => [undefined, reason] as const,
  );
  return { outputs, error, registered: await registered(), apiserver };
}

describe("the program", () => {
  afterEach(() => {
    jest.restoreAllMocks();
  });

  it("deploys exactly the stack's objects, each with the one provider", async () => {
    const { registered, error } = await run();
    expect(error).toBeUndefined();
    const inNamespace = "kfaas:mesh:KfaasNamespace kfaas-system > kubernetes:";
    const route = "kubernetes:networking.istio.io/v1:VirtualService kfaas-system/faas";
    expect(outline(registered).filter((line) => !line.includes("NetworkPolicy"))).toEqual([
      "kfaas:mesh:EntryGateway entry",
      "kfaas:mesh:EnvironmentHost alpha",
      "kfaas:mesh:EnvironmentHost beta",
      "kfaas:mesh:KfaasNamespace kfaas-system",
      "kfaas:routing:ServiceRoutes alpha",
      "kfaas:routing:ServiceRoutes beta",
      ...sortedByChild([
        ...gatewayChildren("kfaas:mesh:EntryGateway entry", "kfaas-entry-gateway"),
        `${inNamespace}core/v1:ConfigMap kfaas-system/kfaas-cluster`,
        `${inNamespace}core/v1:Namespace kfaas-system`,
        `${inNamespace}core/v1:ResourceQuota kfaas-system/kfaas-system`,
        "kfaas:mesh:EnvironmentHost alpha > kubernetes:core/v1:Service kfaas-system/faas-alpha-ksvc-gateway",
        "kfaas:mesh:EnvironmentHost beta > kubernetes:core/v1:Service kfaas-system/faas-beta-ksvc-gateway",
        `kfaas:routing:ServiceRoutes alpha > ${route}-alpha-ns-render-queue-ksvc-virtualservice`,
        `kfaas:routing:ServiceRoutes alpha > ${route}-alpha-ns-saas-showroom-ksvc-virtualservice`,
        `kfaas:routing:ServiceRoutes beta > ${route}-beta-ns-saas-showroom-ksvc-virtualservice`,
      ]),
      "pulumi:providers:kubernetes test",
    ]);
    const objects = registered.filter(({ type }) => type.startsWith("kubernetes:"));
    expect(new Set(objects.map(({ provider }) => provider))).toEqual(new Set(["test"]));
  });

  it("writes every object as field manager kfaas", async () => {
    const { registered } = await run();
    const objects = registered.filter(({ type }) => type.startsWith("kubernetes:"));
    expect(objects.length).toBeGreaterThan(0);
    for (const { inputs } of objects) {
      expect(inputs["metadata"]).toMatchObject({ annotations: { "pulumi.com/patchFieldManager": "kfaas" } });
    }
  });

  it("gives the provider exactly the objects that drift would restore", async () => {
    const { registered } = await run({
      config: {
        "kfaas:driftWatch": '{"image":"registry.example.com/kfaas:1"}',
        "kfaas:gateways":
          '{"entry":{"mode":"managed"},"clusterLocal":{"mode":"managed"},"exit":{"mode":"managed","upstream":{"host":"java.example.com","port":80}}}',
      },
    });
    const { stack } = await loadStackFromValues(process.cwd(), "test", pulumi.runtime.allConfig());
    const plan = stack && planStack(stack, { today: "2026-11-30" }).plan;
    if (plan === undefined) throw new Error("the stack is planned");
    const ofKind = ({ type, name, inputs }: Registered) => ({
      kind: type.split(":").at(-1) ?? "",
      name: name.split("/").at(-1) ?? "",
      annotations: (inputs["metadata"] as { annotations?: unknown } | undefined)?.annotations,
    });
    const key = ({ kind, name }: { kind: string; name: string }) => `${kind} ${name}`;
    const given = registered.filter(({ type }) => type.startsWith("kubernetes:")).map(ofKind);
    const restored = deployedObjects(plan).map(({ kind, metadata: { name, annotations } }) => ({
      kind,
      name,
      annotations,
    }));
    const record = {
      kind: "ConfigMap",
      name: "kfaas-cluster",
      annotations: { "pulumi.com/patchFieldManager": "kfaas" },
    };
    expect(sortedBy(given, key)).toEqual(sortedBy([...restored, record], key));
  });

  it("ties the provider to the stack's cluster and context, and keeps the machine's kubeconfig out of the state", async () => {
    const { registered } = await run();
    expect(registered.find(({ type }) => type === "pulumi:providers:kubernetes")?.inputs).toMatchObject({
      clusterIdentifier: "test",
      context: "test",
      kubeconfig: "",
      enableServerSideApply: "true",
    });
  });

  it("puts everything into the namespace after the record of the cluster", async () => {
    const { registered } = await run();
    const outside = registered.filter(
      ({ parent }) => parent?.startsWith("kfaas:mesh:KfaasNamespace") === false,
    );
    expect(outside.length).toBeGreaterThan(0);
    for (const { dependencies } of outside) {
      expect(dependencies).toContain("kubernetes:core/v1:ConfigMap kfaas-system/kfaas-cluster");
    }
  });

  it("gives out the cluster's identity and the hosts that the Java side sends", async () => {
    const { outputs } = await run();
    expect(outputs).toEqual({
      cluster: { name: "test", uid: "uid-1" },
      hosts: {
        alpha: "faas-alpha-ksvc-gateway.kfaas-system.svc.cluster.local",
        beta: "faas-beta-ksvc-gateway.kfaas-system.svc.cluster.local",
      },
    });
  });

  it("deploys no gateway of its own where all of them exist, and the others where they are managed", async () => {
    const gateways = {
      entry: { mode: "existing" },
      clusterLocal: { mode: "managed", minReplicas: 1, maxReplicas: 2, targetCpuPercent: 80 },
      exit: {
        mode: "managed",
        minReplicas: 1,
        maxReplicas: 2,
        targetCpuPercent: 80,
        upstream: { host: "java-export-gateway.java.svc.cluster.local", port: 8080 },
      },
    };
    const notes = jest.spyOn(console, "log").mockReturnValue();
    const { registered } = await run({ config: { "kfaas:gateways": JSON.stringify(gateways) } });
    const components = registered.filter(({ type }) => type.endsWith("Gateway") && type.startsWith("kfaas:"));
    expect(outline(components)).toEqual([
      "kfaas:mesh:ClusterLocalGateway cluster-local",
      "kfaas:mesh:ExitGateway exit",
    ]);
    expect(notes).toHaveBeenCalledWith(
      expect.stringContaining("Pulumi.test.yaml  info  knative-local-gateway"),
    );
  });
});

describe("the program, with a domain", () => {
  afterEach(() => {
    jest.restoreAllMocks();
  });

  const host = "shop.example.com";
  const { certificate, privateKey } = certificateAuthority().chainFor({ commonName: host, dnsNames: [host] });
  const domains = {
    "kfaas:gateways": JSON.stringify({
      entry: { mode: "existing" },
      clusterLocal: { mode: "existing" },
      business: { mode: "existing", namespace: "gateways", selector: { istio: "business" } },
    }),
    "kfaas:domains": JSON.stringify({ [host]: { gateway: "business", certificate: { secret: "shop" } } }),
  };
  const withKey = (key: string) => ({
    ...domains,
    "kfaas:certificates": JSON.stringify({ shop: { certificateChain: certificate, privateKey: key } }),
  });

  it("gives its key to the Secret beside the gateway's pods", async () => {
    const { error, registered } = await run({
      config: withKey(privateKey),
      files: { ...files, [`stacks/test/${host}/front.yaml`]: `namespace: faas-alpha\n${serviceFile("x")}` },
    });
    expect(error).toBeUndefined();
    expect(outline(registered).filter((line) => line.includes(host) || line.includes("example"))).toEqual([
      `kfaas:mesh:DomainCertificate ${host}`,
      `kfaas:routing:ServiceRoutes ${host}`,
      `kfaas:mesh:DomainCertificate ${host} > kubernetes:core/v1:Secret gateways/domain-shop-example-com`,
      `kfaas:mesh:DomainCertificate ${host} > kubernetes:networking.istio.io/v1:Gateway kfaas-system/domain-shop-example-com`,
      `kfaas:routing:ServiceRoutes ${host} > kubernetes:networking.istio.io/v1:VirtualService kfaas-system/faas-alpha-ns-front-ksvc-${host}-virtualservice`,
    ]);
    const secret = registered.find(({ type }) => type.endsWith(":Secret"));
    expect(JSON.stringify(secret?.inputs["data"])).toContain(Buffer.from(privateKey).toString("base64"));
  });

  it("refuses a key of another certificate, without showing it", async () => {
    const { privateKey: other } = certificateAuthority().root;
    const { error, registered } = await run({ config: withKey(other), calls: {} });
    expect(messageOf(error)).toMatch(/the private key of certificate shop belongs to another certificate/);
    expect(messageOf(error)).not.toContain(other.split("\n")[2]);
    expect(registered).toEqual([]);
  });
});

describe("the program, warning", () => {
  afterEach(() => {
    jest.restoreAllMocks();
  });

  it("goes on where only the record is lost", async () => {
    const warnings = jest.spyOn(console, "warn").mockReturnValue();
    const { error, registered } = await run({
      calls: {
        "pulumi:pulumi:readStackOutputs": () => ({ outputs: { cluster: { name: "test", uid: "uid-1" } } }),
      },
    });
    expect(error).toBeUndefined();
    expect(registered.length).toBeGreaterThan(0);
    expect(warnings).toHaveBeenCalledWith(expect.stringContaining("warning  cluster-record-lost"));
  });
});

describe("the program, refusing", () => {
  afterEach(() => {
    jest.restoreAllMocks();
  });

  it.each<[string, Given, RegExp[]]>([
    [
      "all problems of its files at once",
      {
        config: { "kfaas:pathRot": "/faas/api/" },
        files: {
          ...files,
          "stacks/test/alpha/bad.yaml": "routes:\n  - match: [{ prefx: /faas/api/x/ }]\n",
          "stacks/test/beta/worse.yaml": "routes: [\n",
        },
      },
      [
        /there is no key "kfaas:pathRot"/,
        /bad\.yaml:2:\d+ {2}error/,
        /worse\.yaml:\d+:\d+ {2}error/,
        /nothing is deployed/,
      ],
    ],
    [
      "what its versions cannot do",
      {
        config: { "kfaas:versions": '{"kubernetes":"1.36","istio":"1.9","knative":"1.23"}' },
      },
      [/Istio has since 1\.10/i],
    ],
    ["a folder that does not exist", { config: { "kfaas:services": '["stacks/tset"]' } }, [/stacks\/tset/]],
  ])("says %s, without asking the cluster", async (_, given, messages) => {
    const { error, registered, apiserver } = await run({ ...given, calls: {} });
    for (const message of messages) expect(messageOf(error)).toMatch(message);
    expect(registered).toEqual([]);
    expect(apiserver.asked).toEqual([]);
  });

  it.each<[string, Given, RegExp]>([
    [
      "another stack's cluster",
      { answers: cluster("uid-2", { name: "prod", uid: "uid-2" }) },
      /stack "test" is for cluster "test", but context "test" leads to cluster "prod"/,
    ],
    [
      "a cluster without a name, after it was deployed to another",
      {
        answers: cluster("uid-2"),
        calls: {
          "pulumi:pulumi:readStackOutputs": () => ({ outputs: { cluster: { name: "test", uid: "uid-1" } } }),
        },
      },
      /was deployed to cluster "test" \(uid-1\), but context "test" leads to a cluster without a name \(uid-2\)/,
    ],
    [
      "a context that does not exist",
      { config: { "kfaas:cluster": '{"name":"test","context":"prod"}' } },
      /^no context "prod" in .*, only "test"/,
    ],
    [
      "a cluster that does not know the user",
      { answers: { "/api/v1/namespaces/kube-system": { status: 401 } } },
      /401/,
    ],
  ])("does not touch %s", async (_, given, message) => {
    const { error, registered } = await run(given);
    expect(messageOf(error)).toMatch(message);
    expect(registered).toEqual([]);
  });

  it("leaves no stack that Pulumi would have to format", async () => {
    const { error } = await run({ config: { "kfaas:pathRot": "" }, calls: {} });
    expect(pulumi.RunError.isInstance(error)).toBe(true);
    expect((error as Error).stack).toBe("");
  });
});

function sortedBy<Item>(items: readonly Item[], key: (item: Item) => string): Item[] {
  return [...items].sort((a, b) => (key(a) < key(b) ? -1 : 1));
}

/** As the registrations are sorted: by the child, whoever its parent is. */
function sortedByChild(lines: readonly string[]): string[] {
  const child = (line: string): string => line.split(" > ")[1] ?? "";
  return [...lines].sort((a, b) => (child(a) < child(b) ? -1 : 1));
}

function messageOf(error: unknown): string {
  if (!pulumi.RunError.isInstance(error))
    throw new Error(`not a refusal: ${String(error)}`, { cause: error });
  return error.message;
}
