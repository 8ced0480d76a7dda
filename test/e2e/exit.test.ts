import { Agent } from "node:http";
import { afterAll, beforeAll, describe, expect, it } from "@jest/globals";
import { javaHost } from "../../core/mesh/names.ts";
import { waitFor } from "../../local/processes.ts";
import { type Answer, type Outgoing, send } from "../../local/send.ts";
import { type Issued, issue } from "../support/certificates.ts";
import { EmbeddedMesh } from "../support/embedded-mesh.ts";
import { type JavaAnswer, JavaServer } from "../support/java-server.ts";
import { Workspace } from "../support/workspace.ts";

const minutes = 60_000;

// The loopback network stands for the callers' addresses.
const orders = "127.0.0.2";
const reports = "127.0.0.3";
const stranger = "127.0.0.9";

const imageExit = `
      mode: image
      image: registry.example.com/java/export-gateway:2.4.1
      port: 8080
      minReplicas: 1
      maxReplicas: 2
      env: { JAVA_TOOL_OPTIONS: -XX:MaxRAMPercentage=75 }
      secretEnv: { REGISTRY_PASSWORD: { secret: java-registry, key: password } }
      healthPath: /health
      egress: [{ namespace: java }]
      allow:
        - addresses: [${orders}]
          environments: [alpha]
          paths: [{ prefix: /orders/ }, { exact: /prices, method: [GET] }]
        - addresses: [${reports}/32]`;

const serverHost = "export.java.example.com";
const serverExit = (port: number): string => `
      mode: managed
      minReplicas: 1
      maxReplicas: 2
      timeout: 3s
      retries: { attempts: 2, retryOn: [5xx] }
      upstream:
        host: ${serverHost}
        port: ${String(port)}
        addresses: [127.0.0.1]
        tls: { mode: mutual, credentialName: java-tls }`;

const meshExit = `
      mode: managed
      mutualTls: true
      connectionPool: { maxConnections: 100 }
      upstream:
        host: ${serverHost}
        port: 8443
        tls: { mode: simple, caCertificates: /etc/ssl/certs/ca-certificates.crt }
      allow: [{ namespaces: [faas-alpha], environments: [alpha], paths: [{ prefix: /orders/ }] }]`;

// One story on one mesh: each step stands on the ones before it.
describe("the exit gateway, on the real engine, API server, istiod and Envoy", () => {
  const authority = issue({ commonName: "Java", isAuthority: true });
  const serverCertificate = issue({ commonName: "server", dnsNames: [serverHost] }, authority);
  const clientCertificate = issue({ commonName: "kfaas" }, authority);
  let workspace: Workspace;
  let mesh: EmbeddedMesh;
  let server: JavaServer;

  /** Puts another exit gateway into the stack's config. */
  const configure = async (exit: string): Promise<void> => {
    const config = await workspace.read("Pulumi.test.yaml");
    const changed = config.replace(/(\n {4}exit:).*?(?=\n\S|$)/s, `$1${exit}`);
    if (!changed.includes(exit)) throw new Error("Pulumi.test.yaml has no exit gateway to replace.");
    await workspace.write("Pulumi.test.yaml", changed);
  };

  const ask = async (path: string, outgoing: Partial<Outgoing> & { from?: string } = {}): Promise<Answer> => {
    const { from, ...rest } = outgoing;
    const agent = from === undefined ? {} : { agent: new Agent({ localAddress: from }) };
    return send(mesh.gateway("exit"), { host: javaHost("alpha"), path, ...agent, ...rest });
  };

  /** Asks until the answer is as wanted, because istiod pushes a moment after a change; returns the last answer. */
  const askUntil = async (
    wanted: (answer: Answer) => boolean,
    ...[path, outgoing]: Parameters<typeof ask>
  ): Promise<Answer | undefined> => {
    let last: Answer | undefined;
    await waitFor(async () => {
      // On a busy machine an answer may take longer than `send` waits.
      last = await ask(path, outgoing).catch(() => undefined);
      return last !== undefined && wanted(last);
    }, 40_000);
    return last;
  };

  const isStatus =
    (status: number) =>
    (answer: Answer): boolean =>
      answer.status === status;

  beforeAll(async () => {
    server = await JavaServer.start(serverCertificate, authority);
    workspace = await Workspace.create("test");
    await configure(imageExit);
    mesh = await EmbeddedMesh.start(workspace, "test");
  }, 5 * minutes);

  afterAll(async () => {
    await mesh.stop();
    await workspace.dispose();
    await server.stop();
  }, minutes);

  describe("before a Java export gateway of KFaaS's own", () => {
    it(
      "is deployed with it: both Deployments become ready",
      async () => {
        expect(Object.keys(await mesh.up())).toEqual(["created"]);
        const ready = await mesh.kubectl.run([
          ...["get", "deployments", "kfaas-exit-gateway", "kfaas-java-export-gateway"],
          ...["--namespace", "kfaas-system", "--output", "jsonpath={.items[*].status.readyReplicas}"],
        ]);
        expect(ready).toBe("1 1");
      },
      3 * minutes,
    );

    it(
      "leads from the environment's host to its Service, for whom the rules allow",
      async () => {
        const answer = await askUntil(isStatus(200), "/orders/1?full=1", { from: orders });
        expect(answer?.body).toMatchObject({
          service: "java-export-gateway",
          host: "kfaas-java-export-gateway.kfaas-system.svc.cluster.local",
          path: "/orders/1?full=1",
        });
        expect(answer?.body?.headers["x-kfaas-environment"]).toBe("alpha");
      },
      minutes,
    );

    it.each<[string, number, string, Parameters<typeof ask>[1]]>([
      ["a path below an allowed prefix", 200, "/orders/1", { from: orders }],
      ["the host with a port", 200, "/orders/1", { from: orders, host: `${javaHost("alpha")}:80` }],
      ["an allowed path with its method", 200, "/prices", { from: orders }],
      ["the same with another method", 403, "/prices", { from: orders, method: "POST" }],
      ["a path below an exact one", 403, "/prices/1", { from: orders }],
      ["a path of nobody's", 403, "/admin", { from: orders }],
      ["the prefix without its slash", 403, "/orders", { from: orders }],
      ["the prefix in another case", 403, "/ORDERS/1", { from: orders }],
      ["dot segments that leave the prefix", 403, "/orders/../admin", { from: orders }],
      ["encoded dot segments", 403, "/orders/%2e%2e/admin", { from: orders }],
      ["a path parameter", 400, "/orders/1;x=1", { from: orders }],
      ["an encoded slash", 400, "/orders/..%2fadmin", { from: orders }],
      ["an encoded backslash", 400, "/orders/..%5Cadmin", { from: orders }],
      ["dots encoded twice", 400, "/orders/%252e%252e/admin", { from: orders }],
      ["another environment's host", 403, "/orders/1", { from: orders, host: javaHost("beta") }],
      ["a caller that may call all", 200, "/admin", { from: reports }],
      ["the same by another host", 200, "/admin", { from: reports, host: javaHost("beta") }],
      ["the same by a host of nobody's", 404, "/admin", { from: reports, host: "java.example.com" }],
      ["a caller of whom no rule speaks", 403, "/orders/1", { from: stranger }],
      [
        "the same with the address of another in a header",
        403,
        "/orders/1",
        { from: stranger, headers: { "x-forwarded-for": orders } },
      ],
    ])("%s gets %i", async (_, status, path, outgoing) => {
      const answer = await ask(path, outgoing);
      expect(answer.status).toBe(status);
      expect(answer.body === undefined).toBe(status !== 200);
    });

    it("dot segments with a path parameter, which newer Envoys resolve and older do not, reach nobody", async () => {
      const answer = await ask("/orders/..;/admin", { from: orders });
      expect([400, 403]).toContain(answer.status);
    });
  });

  describe("before one on a machine of its own, by address and mutual TLS", () => {
    const applySecret = async (trusted: Issued): Promise<void> => {
      const encoded = (text: string): string => Buffer.from(text).toString("base64");
      await mesh.kubectl.apply([
        {
          apiVersion: "v1",
          kind: "Secret",
          metadata: { name: "java-tls", namespace: "kfaas-system" },
          type: "kubernetes.io/tls",
          data: {
            "tls.crt": encoded(clientCertificate.certificate),
            "tls.key": encoded(clientCertificate.privateKey),
            "ca.crt": encoded(trusted.certificate),
          },
        },
      ]);
    };

    it(
      "takes over in one run",
      async () => {
        await applySecret(authority);
        await configure(serverExit(server.port));
        await mesh.sync();
        expect(await mesh.up()).toHaveProperty("deleted");
        const byTls = (answer: Answer): boolean => answer.body !== undefined && "sni" in answer.body;
        const answer = await askUntil(byTls, "/orders/1", { from: stranger });
        expect(answer?.body as unknown as JavaAnswer).toEqual({
          host: serverHost,
          environment: "alpha",
          sni: serverHost,
          client: "kfaas",
        });
      },
      3 * minutes,
    );

    it(
      "tries again as often as it says, and gives the last answer",
      async () => {
        // Of several requests, because on a busy machine the tries of one may exceed the timeout.
        let counted = 0;
        let number = 0;
        await waitFor(async () => {
          const path = `/unready/${String((number += 1))}`;
          const answer = await ask(path).catch(() => undefined);
          counted = server.count(path);
          return answer?.status === 503 && counted === 3;
        }, 40_000);
        expect(counted).toBe(3);
      },
      minutes,
    );

    it(
      "gives up after its timeout, and not on what answers",
      async () => {
        expect((await askUntil(isStatus(504), "/stuck/1"))?.status).toBe(504);
        expect((await askUntil(isStatus(200), "/orders/1"))?.status).toBe(200);
      },
      2 * minutes,
    );

    it(
      "refuses a server that shows another's certificate, though the authority issued it",
      async () => {
        const other = issue({ commonName: "other", dnsNames: ["other.java.example.com"] }, authority);
        server.show(other, authority);
        expect((await askUntil(isStatus(503), "/orders/2"))?.status).toBe(503);
        expect(server.count("/orders/2")).toBe(0);
        server.show(serverCertificate, authority);
        expect((await askUntil(isStatus(200), "/orders/3"))?.status).toBe(200);
      },
      2 * minutes,
    );

    it(
      "refuses a server whose certificate an authority issued that it does not trust",
      async () => {
        await applySecret(issue({ commonName: "Another", isAuthority: true }));
        expect((await askUntil(isStatus(503), "/orders/4"))?.status).toBe(503);
        await applySecret(authority);
        expect((await askUntil(isStatus(200), "/orders/5"))?.status).toBe(200);
      },
      2 * minutes,
    );
  });

  it(
    "takes mutual TLS of its callers, as far as a mesh without sidecars can show it: all objects are admitted",
    async () => {
      await configure(meshExit);
      await mesh.sync();
      await mesh.up();
      const read = async (kind: string, field: string): Promise<string> =>
        mesh.kubectl.run(["get", kind, "--namespace", "kfaas-system", "--output", `jsonpath={${field}}`]);
      expect(await read("gateway/kfaas-exit-gateway", ".spec.servers[*].tls.mode")).toBe("ISTIO_MUTUAL");
      expect(await read("service/java-alpha-gateway", ".spec.type")).toBe("ClusterIP");
      expect(await read("destinationrule/java-alpha-gateway", ".spec.trafficPolicy.tls.mode")).toBe(
        "ISTIO_MUTUAL",
      );
      expect(await read("destinationrule/java-export-gateway", ".spec.trafficPolicy.tls.mode")).toBe(
        "SIMPLE",
      );
      const rule = await read("authorizationpolicy/kfaas-exit-gateway", ".spec.rules[0].from[0].source");
      expect(JSON.parse(rule)).toEqual({ namespaces: ["faas-alpha"] });
    },
    2 * minutes,
  );
});
