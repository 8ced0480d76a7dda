import { describe, expect, it } from "@jest/globals";
import { loadStack, loadStackFromValues } from "../../config/load-stack.ts";
import { parse } from "yaml";
import { certificateAuthority } from "../support/certificates.ts";
import { serviceFile, stackFile, temporaryFolders } from "../support/temporary-folder.ts";

const folder = temporaryFolders();
const host = "shop.example.com";
const authority = certificateAuthority();
const shop = authority.chainFor({ commonName: host, dnsNames: [host] });
const gateways = `    business: { mode: existing, namespace: gateways, selector: { istio: business } }\n`;
const issued = "certificate: { certManager: { issuer: { name: ca, kind: ClusterIssuer } } }";
const routes = "namespace: faas-alpha\nroutes:\n  - match:\n      - prefix: /\n";

function indented(text: string): string {
  return text.trim().replaceAll(/^/gm, "        ");
}

function certificates(privateKey: string, chain = shop.certificate): string {
  return `  kfaas:certificates:\n    shop:\n      certificateChain: |\n${indented(chain)}\n      privateKey: ${privateKey}\n`;
}

const encrypted = "{ secure: v1:AAAA }";

function stackWith(config: string, files: Readonly<Record<string, string>> = {}): string {
  return folder({
    "Pulumi.test.yaml": stackFile + gateways + config,
    "stacks/test/alpha/a.yaml": serviceFile("a"),
    ...files,
  });
}

async function found(cwd: string): Promise<string[]> {
  const { problems } = await loadStack(cwd, "test");
  return problems.map(({ location, code }) => `${location?.file ?? "?"}:${location?.line ?? "?"} ${code}`);
}

/** What Pulumi gives to the program: keys decrypted, the stack's file as it is. */
async function loadedByPulumi(config: string, privateKey: string) {
  const cwd = stackWith(config);
  const { config: values } = parse(stackFile + gateways + config) as { config: Record<string, unknown> };
  const all = values as { "kfaas:certificates": { shop: { privateKey: unknown } } };
  all["kfaas:certificates"].shop.privateKey = privateKey;
  const texts = Object.entries(values).map(([key, value]) => [
    key,
    typeof value === "string" ? value : JSON.stringify(value),
  ]);
  return loadStackFromValues(cwd, "test", Object.fromEntries(texts) as Record<string, string>);
}

describe("a stack's domains", () => {
  it("are read with their defaults, and their services below /", async () => {
    const cwd = stackWith(`  kfaas:domains: { ${host}: { gateway: business, ${issued} } }\n`, {
      [`stacks/test/${host}/front.yaml`]: routes,
    });
    const { stack, problems } = await loadStack(cwd, "test");
    expect(problems).toEqual([]);
    expect(stack?.domains).toEqual([
      {
        name: host,
        gateway: "business",
        minProtocolVersion: "TLSV1_2",
        httpsRedirect: true,
        certificate: { kind: "certManager", issuer: { name: "ca", kind: "ClusterIssuer" } },
        location: expect.objectContaining({ file: "Pulumi.test.yaml" }) as object,
      },
    ]);
    expect(stack?.gateways.business).toEqual({
      mode: "existing",
      namespace: "gateways",
      selector: { istio: "business" },
    });
    expect(stack?.services.map(({ environment, name, namespace }) => [environment, name, namespace])).toEqual(
      [
        ["alpha", "a", "faas-alpha"],
        [host, "front", "faas-alpha"],
      ],
    );
  });

  it("need a namespace in each of their files, and a folder that the config names", async () => {
    const cwd = stackWith(`  kfaas:domains: { ${host}: { gateway: business, ${issued} } }\n`, {
      [`stacks/test/${host}/front.yaml`]: routes.replace("namespace: faas-alpha\n", ""),
      "stacks/test/shop.example.org/front.yaml": routes,
    });
    expect(await found(cwd)).toEqual([
      `stacks/test/${host}/front.yaml:1 missing-key`,
      "stacks/test/shop.example.org:? unknown-environment",
    ]);
  });

  it("take their certificate from an encrypted secret, of which everything but the key is known", async () => {
    const cwd = stackWith(
      `  kfaas:domains: { ${host}: { gateway: business, certificate: { secret: shop } } }\n${certificates(encrypted)}`,
    );
    const { stack, problems } = await loadStack(cwd, "test");
    expect(problems).toEqual([]);
    expect(stack?.domains[0]?.certificate).toMatchObject({
      kind: "secret",
      name: "shop",
      keyMatches: undefined,
      certificates: [{ dnsNames: [host] }, { subject: "CN=Test Intermediate" }],
      location: { file: "Pulumi.test.yaml", line: 14 },
    });
  });

  const secretDomain = `  kfaas:domains:\n    ${host}: { gateway: business, certificate: { secret: shop } }\n`;

  it.each([
    ["the key that belongs to the certificate", shop.privateKey, true],
    ["another key", authority.root.privateKey, false],
  ])("compare it with %s where Pulumi has decrypted that", async (_, privateKey, matches) => {
    const { stack, problems } = await loadedByPulumi(secretDomain + certificates(encrypted), privateKey);
    expect(problems).toEqual([]);
    expect(stack?.domains[0]?.certificate).toMatchObject({ keyMatches: matches, location: { line: 15 } });
    expect(JSON.stringify(stack)).not.toContain(privateKey.split("\n")[3]);
  });

  it("refuse what is no key, and say nothing of what it is", async () => {
    const cut = shop.privateKey.slice(0, 400);
    const { stack, problems } = await loadedByPulumi(secretDomain + certificates(encrypted), cut);
    expect(problems.map(({ code }) => code)).toEqual(["invalid-private-key"]);
    expect(stack?.domains).toEqual([]);
    expect(JSON.stringify(problems)).not.toContain(cut.split("\n")[2]);
  });

  it("refuse a key that is not encrypted, offline and in Pulumi", async () => {
    const plain = secretDomain + certificates(`|\n${indented(shop.privateKey)}`);
    const offline = await loadStack(stackWith(plain), "test");
    const online = await loadedByPulumi(plain, shop.privateKey);
    for (const { problems, stack } of [offline, online]) {
      expect(problems.map(({ code }) => code)).toEqual(["plain-private-key"]);
      expect(stack?.domains).toEqual([]);
      expect(JSON.stringify(problems)).not.toContain(shop.privateKey.split("\n")[2]);
    }
  });

  it.each([
    ["a mistyped certificate", secretDomain.replace("secret: shop", "secret: shpo"), ["unknown-certificate"]],
    [
      "two certificates",
      secretDomain.replace("secret: shop", `secret: shop, ${issued.slice(15, -2)}`),
      ["exactly-one"],
    ],
    ["no certificate", secretDomain.replace("secret: shop", ""), ["exactly-one"]],
    ["no host", secretDomain.replace(host, "shop"), ["invalid-host"]],
    [
      "an old version",
      secretDomain.replace("business,", "business, minProtocolVersion: TLSV1_1,"),
      ["invalid-value"],
    ],
    ["a gateway of no name", secretDomain.replace("business", "public"), ["invalid-value"]],
    ["an unknown fallback", secretDomain.replace("business,", "business, fallback: x,"), ["unknown-service"]],
  ])("refuse %s", async (_, config, codes) => {
    const { problems } = await loadStack(stackWith(config + certificates(encrypted)), "test");
    expect(problems.map(({ code }) => code)).toEqual(codes);
  });

  it("refuse a chain that is none, or holds the key", async () => {
    for (const chain of ["none", shop.certificate + shop.privateKey]) {
      const { problems } = await loadStack(stackWith(secretDomain + certificates(encrypted, chain)), "test");
      expect(problems.map(({ code }) => code)).toEqual(["invalid-certificate"]);
      expect(JSON.stringify(problems)).not.toContain(shop.privateKey.split("\n")[2]);
    }
  });
});
