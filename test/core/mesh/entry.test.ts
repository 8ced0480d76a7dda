import { describe, expect, it } from "@jest/globals";
import { planMesh } from "../../../core/mesh/plan-mesh.ts";
import type { EntryObjects } from "../../../core/mesh/plan.ts";
import { planObjects } from "../../../core/mesh/plan-objects.ts";
import type { ClientCertificate, EntryClients, Stack } from "../../../core/stack.ts";
import {
  aForward,
  aManagedGateway,
  anEnvironment,
  aServiceWith,
  aStack,
  versions,
} from "../../support/builders.ts";
import { schemaErrors } from "../../support/istio-schema.ts";

const addresses = ["10.1.0.0/16", "10.2.0.7"];
const mutual: ClientCertificate = {
  mode: "mutual",
  secret: "entry-tls",
  subjectAltNames: ["java-gateway.example.com"],
  alsoHttp: false,
};
const environmentHosts = ["alpha", "beta"].map(
  (name) => `kfaas-system/faas-${name}-ksvc-gateway.kfaas-system.svc.cluster.local`,
);
const mirroring = aServiceWith(aForward(undefined, { mirror: { service: "shadow", percent: 10 } }));

function stackWith(clients: EntryClients | undefined, changes: Partial<Stack> = {}): Stack {
  return aStack({
    environments: [anEnvironment(), anEnvironment({ name: "beta" })],
    gateways: {
      entry: { ...aManagedGateway(), ...(clients && { clients }) },
      clusterLocal: { mode: "existing" },
    },
    ...changes,
  });
}

function entryOf(clients: EntryClients | undefined, changes: Partial<Stack> = {}): EntryObjects {
  const { entry } = planMesh(stackWith(clients, changes));
  if (entry === undefined) throw new Error("a managed entry gateway is planned");
  return entry;
}

const ports = (entry: EntryObjects) => entry.gateway.spec.servers.map(({ port }) => port.number);

describe("an entry gateway that says nothing about its clients", () => {
  it("listens for the environments' hosts by HTTP and asks nobody who he is", () => {
    const entry = entryOf(undefined);

    expect(entry.gateway.spec.servers).toStrictEqual([
      { port: { number: 80, name: "http", protocol: "HTTP" }, hosts: environmentHosts },
    ]);
    expect(entry).not.toHaveProperty("clients");
    expect(entry.role).not.toHaveProperty("rules");
  });
});

describe("clients by address", () => {
  it("are allowed by who opened the connection, never by X-Forwarded-For; everybody else is refused", () => {
    expect(entryOf({ addresses }).clients).toStrictEqual({
      apiVersion: "security.istio.io/v1",
      kind: "AuthorizationPolicy",
      metadata: { name: "kfaas-entry-clients", namespace: "kfaas-system" },
      spec: {
        selector: { matchLabels: { istio: "kfaas-entry-gateway" } },
        action: "ALLOW",
        rules: [{ from: [{ source: { ipBlocks: addresses } }] }],
      },
    });
  });

  it("come in the API version that the stack's Istio has", () => {
    const older = entryOf({ addresses }, { versions: versions({ istio: "1.21" }) });

    expect(older.clients?.apiVersion).toBe("security.istio.io/v1beta1");
  });

  it("change nothing about how the gateway listens", () => {
    expect(entryOf({ addresses }).gateway).toStrictEqual(entryOf(undefined).gateway);
    expect(entryOf({ addresses }).deployment).toStrictEqual(entryOf(undefined).deployment);
  });

  it("are no more than that for the network: only they reach the pods", () => {
    const { networkPolicies } = planMesh(stackWith({ addresses })).namespace;
    const entry = networkPolicies.find(({ metadata }) => metadata.name === "kfaas-entry-gateway");

    expect(entry?.spec?.ingress).toStrictEqual([
      {
        from: [{ ipBlock: { cidr: "10.1.0.0/16" } }, { ipBlock: { cidr: "10.2.0.7/32" } }],
        ports: [{ protocol: "TCP", port: 8080 }],
      },
    ]);
  });
});

describe("clients in the cluster", () => {
  it("are let through to the gateway by their namespaces as well, and there known by their addresses", () => {
    const plan = planMesh(stackWith({ addresses: ["10.1.0.0/16"], namespaces: ["java"] }));
    const policy = plan.namespace.networkPolicies.find(
      ({ metadata }) => metadata.name === "kfaas-entry-gateway",
    );

    expect(policy?.spec?.ingress?.[0]?.from).toStrictEqual([
      { ipBlock: { cidr: "10.1.0.0/16" } },
      { namespaceSelector: { matchLabels: { "kubernetes.io/metadata.name": "java" } } },
    ]);
    expect(plan.entry?.clients?.spec.rules).toStrictEqual([
      { from: [{ source: { ipBlocks: ["10.1.0.0/16"] } }] },
    ]);
  });
});

describe("clients by certificate", () => {
  it("must show one of the authority in the Secret, with one of the names, and HTTP is closed", () => {
    const entry = entryOf({ addresses, certificate: mutual });

    expect(entry.gateway.spec.servers).toStrictEqual([
      {
        port: { number: 443, name: "https", protocol: "HTTPS" },
        hosts: environmentHosts,
        tls: {
          mode: "MUTUAL",
          credentialName: "entry-tls",
          subjectAltNames: ["java-gateway.example.com"],
        },
      },
    ]);
    expect(entry.service.spec?.ports).toContainEqual({
      name: "https",
      port: 443,
      targetPort: 8443,
      protocol: "TCP",
    });
  });

  it("let istiod send the gateway its certificate, and no other gateway", () => {
    const plan = planMesh(stackWith({ addresses, certificate: mutual }));

    expect(plan.entry?.role.rules).toStrictEqual([
      { apiGroups: [""], resources: ["secrets"], verbs: ["list"] },
    ]);
  });

  it("of the mesh need no Secret, and so no right to read one", () => {
    const name = "spiffe://cluster.local/ns/java/sa/java-gateway";
    const entry = entryOf({
      addresses,
      certificate: { mode: "istio-mutual", subjectAltNames: [name], alsoHttp: false },
    });

    expect(entry.gateway.spec.servers[0]?.tls).toStrictEqual({
      mode: "ISTIO_MUTUAL",
      subjectAltNames: [name],
    });
    expect(entry.role).not.toHaveProperty("rules");
  });

  it("change over without a gap: both ports first, then one", () => {
    const steps = [
      { addresses },
      { addresses, certificate: { ...mutual, alsoHttp: true } },
      { addresses, certificate: mutual },
    ];

    expect(steps.map((clients) => ports(entryOf(clients)))).toStrictEqual([[80], [80, 443], [443]]);
    const open = steps.map((clients) => {
      const { networkPolicies } = planMesh(stackWith(clients)).namespace;
      const entry = networkPolicies.find(({ metadata }) => metadata.name === "kfaas-entry-gateway");
      return entry?.spec?.ingress?.[0]?.ports?.map(({ port }) => port);
    });
    expect(open).toStrictEqual([[8080], [8080, 8443], [8443]]);
    // The address is asked for all the while.
    expect(new Set(steps.map((clients) => JSON.stringify(entryOf(clients).clients))).size).toBe(1);
  });
});

describe("mirrored requests", () => {
  it("come in at a port of their own, so that nobody else can pass for one", () => {
    const entry = entryOf(undefined, { services: [mirroring] });
    const [http, mirror] = entry.gateway.spec.servers;

    expect(http?.hosts).toStrictEqual(environmentHosts);
    expect(mirror).toStrictEqual({
      port: { number: 8081, name: "http-mirror", protocol: "HTTP" },
      hosts: [
        "kfaas-system/saas-showroom.faas-alpha.svc.cluster.local",
        "kfaas-system/saas-showroom.faas-alpha.svc.cluster.local-shadow",
      ],
    });
  });

  it("reach the gateway from its own pods, whatever their addresses are", () => {
    const { entry } = planMesh(stackWith({ addresses }, { services: [mirroring] }));

    expect(entry?.clients?.spec.rules).toStrictEqual([
      { from: [{ source: { ipBlocks: addresses } }] },
      {
        to: [
          {
            operation: {
              hosts: [
                "saas-showroom.faas-alpha.svc.cluster.local",
                "saas-showroom.faas-alpha.svc.cluster.local-shadow",
              ],
            },
          },
        ],
      },
    ]);
  });
});

describe("the schema of Istio's CustomResourceDefinitions", () => {
  it.each(["1.10", "1.21", "1.22", "1.31"])("of Istio %s has nothing against it", (istio) => {
    const stack = stackWith(
      { addresses, certificate: mutual },
      { services: [mirroring], versions: versions({ istio }) },
    );
    const objects = planObjects(planMesh(stack)).filter(({ kind }) =>
      ["AuthorizationPolicy", "Gateway"].includes(kind),
    );

    expect(objects.map(({ kind }) => kind)).toStrictEqual(["Gateway", "AuthorizationPolicy"]);
    expect(objects.flatMap(schemaErrors)).toStrictEqual([]);
  });
});
