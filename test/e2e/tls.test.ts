import { readFile } from "node:fs/promises";
import path from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "@jest/globals";
import { execa } from "execa";
import { type Document, parseDocument } from "yaml";
import { domainObjectName } from "../../core/mesh/names.ts";
import { waitFor } from "../../local/processes.ts";
import { send } from "../../local/send.ts";
import { certificateAuthority, type Issued } from "../support/certificates.ts";
import { EmbeddedMesh } from "../support/embedded-mesh.ts";
import { type SecureAnswer, type SecureRequest, sendSecurely } from "../support/https.ts";
import { Workspace } from "../support/workspace.ts";

const minutes = 60_000;
const shop = "shop.example.com";
const strict = "strict.example.com";
const wiki = "wiki.intranet.example.com";

const encrypted = { secure: "not yet" };
const config = {
  "kfaas:domains": {
    [shop]: { gateway: "business", certificate: { secret: "shop" } },
    [strict]: { gateway: "business", certificate: { secret: "strict" }, minProtocolVersion: "TLSV1_3" },
    [wiki]: {
      gateway: "intranet",
      certificate: { certManager: { issuer: { name: "intranet-ca", kind: "ClusterIssuer" } } },
    },
  },
  "kfaas:certificates": { shop: { privateKey: encrypted }, strict: { privateKey: encrypted } },
};

function gateway(name: string): object {
  return { mode: "existing", namespace: "gateways", selector: { istio: name } };
}

function serviceFile(prefix: string): string {
  return `namespace: faas-alpha\nroutes:\n  - match:\n      - prefix: ${prefix}\n`;
}

/** Texts by which a private key would be recognised, wherever it turned up: PEM and base64 of PEM, whole lines and pieces. */
function tracesOf({ privateKey }: Issued): string[] {
  const lines = privateKey.split("\n").filter((line) => /^[A-Za-z0-9+/=]{64}$/.test(line));
  const encoded = Buffer.from(privateKey).toString("base64");
  return [...lines, encoded.slice(100, 164), encoded.slice(-200, -136)];
}

// One story on one mesh: each step stands on the ones before it.
describe("domains, on the real engine, istiod and Envoy", () => {
  const authority = certificateAuthority();
  const { certificate: ca } = authority.root;
  const first = authority.chainFor({ commonName: shop, dnsNames: [shop] });
  const second = authority.chainFor({ commonName: shop, dnsNames: [shop, "*.shop.example.com"] });
  const strictly = authority.chainFor({ commonName: strict, dnsNames: [strict] });
  const internal = authority.chainFor({ commonName: wiki, dnsNames: [wiki] });
  const keys = [first, second, strictly];
  let workspace: Workspace;
  let mesh: EmbeddedMesh;
  /** Everything that a program printed. */
  const printed: string[] = [];

  async function pulumi(...args: readonly string[]): Promise<string> {
    const result = await mesh.pulumi(...args);
    const output = `${result.stdout}\n${result.stderr}`;
    printed.push(output);
    if (result.exitCode !== 0) throw new Error(`pulumi ${args[0] ?? ""} failed:\n${output}`);
    return output;
  }

  async function editStackFile(edit: (document: Document) => void): Promise<void> {
    const document = parseDocument(await workspace.read("Pulumi.test.yaml"));
    edit(document);
    await workspace.write("Pulumi.test.yaml", String(document));
  }

  async function writeChain(name: string, { certificate }: Issued): Promise<void> {
    await editStackFile((document) => {
      document.setIn(["config", "kfaas:certificates", name, "certificateChain"], certificate);
    });
  }

  async function storeKey(name: string, privateKey: string): Promise<void> {
    const result = await execa(
      "pulumi",
      ["config", "set", "--secret", "--path", `kfaas:certificates.${name}.privateKey`, "--stack", "test"],
      { cwd: workspace.folder, env: mesh.environment, input: privateKey, reject: false, all: true },
    );
    printed.push(result.all);
    if (result.failed) throw new Error(result.all);
  }

  async function ask(role: string, asked: Omit<SecureRequest, "ca">): Promise<SecureAnswer> {
    return sendSecurely(mesh.gateway(role), { ca, ...asked });
  }

  /** What the server does in the end: istiod pushes a moment after a change. */
  async function askUntil(
    role: string,
    asked: Omit<SecureRequest, "ca">,
    wanted: (answer: SecureAnswer) => boolean,
  ): Promise<SecureAnswer | undefined> {
    let last: SecureAnswer | undefined;
    await waitFor(
      async () => {
        last = await ask(role, asked).catch(() => undefined);
        return last !== undefined && wanted(last);
      },
      60_000,
      250,
    );
    return last;
  }

  beforeAll(async () => {
    workspace = await Workspace.create("test");
    await editStackFile((document) => {
      for (const [key, value] of Object.entries(config))
        document.setIn(["config", key], document.createNode(value, { aliasDuplicateObjects: false }));
      for (const role of ["business", "intranet"])
        document.setIn(["config", "kfaas:gateways", role], document.createNode(gateway(`${role}-gateway`)));
    });
    await writeChain("shop", first);
    await writeChain("strict", strictly);
    await workspace.write(`stacks/test/${shop}/shop-front.yaml`, serviceFile("/"));
    await workspace.write(`stacks/test/${shop}/shop-cart.yaml`, serviceFile("/cart/"));
    await workspace.write(`stacks/test/${strict}/vault.yaml`, serviceFile("/"));
    await workspace.write(`stacks/test/${wiki}/wiki.yaml`, serviceFile("/"));
    mesh = await EmbeddedMesh.start(workspace, "test");
    await storeKey("shop", first.privateKey);
    await storeKey("strict", strictly.privateKey);
  }, 5 * minutes);

  afterAll(async () => {
    await mesh.stop();
    await workspace.dispose();
  }, minutes);

  it(
    "refuses a key of another certificate before anything is deployed, and does not show it",
    async () => {
      await storeKey("shop", second.privateKey);
      const { exitCode, stdout, stderr } = await mesh.pulumi("preview");
      printed.push(stdout, stderr);
      expect(exitCode).not.toBe(0);
      expect(stdout + stderr).toContain("the private key of certificate shop belongs to another certificate");
      await storeKey("shop", first.privateKey.slice(0, 600));
      const broken = await mesh.pulumi("preview");
      printed.push(broken.stdout, broken.stderr);
      expect(broken.stdout + broken.stderr).toContain("is not a key in PEM");
      await storeKey("shop", first.privateKey);
    },
    2 * minutes,
  );

  it(
    "shows a host's certificate with its chain, and answers from its services",
    async () => {
      await pulumi("preview", "--json");
      await pulumi("preview", "--diff");
      await pulumi("up", "--yes", "--skip-preview");
      const answer = await askUntil("business", { host: shop }, ({ status }) => status === 200);
      expect(answer).toMatchObject({
        status: 200,
        body: {
          service: "shop-front",
          namespace: "faas-alpha",
          host: "shop-front.faas-alpha.svc.cluster.local",
          path: "/",
        },
      });
      // The most specific prefix wins here as everywhere.
      expect((await ask("business", { host: shop, path: "/cart/1" })).body?.service).toBe("shop-cart");
    },
    4 * minutes,
  );

  it("shows no certificate to clients that ask for another name", async () => {
    await expect(ask("business", { host: shop, serverName: "other.example.com" })).rejects.toThrow();
    // A connection made for one host does not lead to another.
    const answer = await ask("business", { host: strict, serverName: shop });
    expect(answer).toMatchObject({ status: 404, body: undefined });
  });

  it("sends clients of plain HTTP to HTTPS", async () => {
    const answer = await send(mesh.gateway("business-http"), { host: shop, path: "/cart/?a=1" });
    expect(answer.status).toBe(301);
    expect(answer.headers.location).toBe(`https://${shop}/cart/?a=1`);
  });

  it("speaks no older TLS than it should", async () => {
    expect((await ask("business", { host: shop, maxVersion: "TLSv1.2" })).protocol).toBe("TLSv1.2");
    await expect(ask("business", { host: shop, maxVersion: "TLSv1.1" })).rejects.toThrow(/alert|version/i);
    const answer = await askUntil("business", { host: strict }, ({ status }) => status === 200);
    expect(answer?.protocol).toBe("TLSv1.3");
    await expect(ask("business", { host: strict, maxVersion: "TLSv1.2" })).rejects.toThrow(/alert|version/i);
  });

  it(
    "shows an intranet host at the intranet gateway only, with the certificate that cert-manager would make",
    async () => {
      const name = domainObjectName(wiki);
      const certificate = JSON.parse(
        await mesh.kubectl.run([
          ...["get", "certificates.cert-manager.io", name, "--namespace", "gateways", "--output", "json"],
        ]),
      ) as { spec: unknown };
      expect(certificate.spec).toMatchObject({ secretName: name, dnsNames: [wiki] });
      await mesh.kubectl.apply([
        {
          apiVersion: "v1",
          kind: "Secret",
          metadata: { name, namespace: "gateways" },
          type: "kubernetes.io/tls",
          stringData: { "tls.crt": internal.certificate, "tls.key": internal.privateKey },
        },
      ]);
      const answer = await askUntil("intranet", { host: wiki }, ({ status }) => status === 200);
      expect(answer?.body).toMatchObject({ service: "wiki", namespace: "faas-alpha" });

      await expect(ask("business", { host: wiki })).rejects.toThrow();
      expect(await ask("business", { host: wiki, serverName: shop })).toMatchObject({ status: 404 });
      expect(await send(mesh.gateway("business-http"), { host: wiki, path: "/" })).toMatchObject({
        status: 404,
      });
      await expect(ask("intranet", { host: shop })).rejects.toThrow();
    },
    2 * minutes,
  );

  it(
    "shows a renewed certificate after the next up",
    async () => {
      const before = await ask("business", { host: shop });
      await writeChain("shop", second);
      await storeKey("shop", second.privateKey);
      await pulumi("up", "--yes", "--skip-preview");
      const answer = await askUntil(
        "business",
        { host: shop },
        ({ serialNumber }) => serialNumber !== before.serialNumber,
      );
      expect(answer?.status).toBe(200);
      expect(answer?.serialNumber).not.toBe(before.serialNumber);
    },
    3 * minutes,
  );

  it(
    "never shows a private key: not in the state, the stack's file, previews, the program's output or errors",
    async () => {
      printed.push(await pulumi("stack", "export"), await workspace.read("Pulumi.test.yaml"));
      printed.push(await pulumi("config"), await pulumi("stack", "output", "--json"));
      const state = path.join(mesh.instance.folder, "backend");
      const { stdout } = await execa("grep", ["-rl", "domain-shop-example-com", state]);
      for (const file of stdout.split("\n")) printed.push(await readFile(file, "utf8"));
      const logs = await execa("sh", ["-c", `cat ${path.join(mesh.instance.folder, "logs")}/*.log`]);
      printed.push(logs.stdout);
      const all = printed.join("\n");
      // What the search rests on: the texts do tell of the Secret, and the traces are those of the keys that are in use.
      expect(all).toContain("domain-shop-example-com");
      const live = await mesh.kubectl.run([
        ...["get", "secret", domainObjectName(shop), "--namespace", "gateways", "--output", "json"],
      ]);
      expect(tracesOf(second).some((trace) => live.includes(trace))).toBe(true);
      for (const trace of keys.flatMap(tracesOf)) expect(all).not.toContain(trace);
    },
    minutes,
  );
});
