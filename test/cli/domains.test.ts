import { describe, expect, it } from "@jest/globals";
import { parseAllDocuments } from "yaml";
import { certificateAuthority } from "../support/certificates.ts";
import { kfaas, kfaasTimeout } from "../support/kfaas.ts";
import { serviceFile, stackFile, temporaryFolders } from "../support/temporary-folder.ts";

const folder = temporaryFolders();
const host = "shop.example.com";
const shop = certificateAuthority().chainFor({ commonName: host, dnsNames: [host] });

const files: Readonly<Record<string, string>> = {
  "Pulumi.test.yaml": `${stackFile}    business: { mode: existing, namespace: gateways, selector: { istio: business } }
  kfaas:domains:
    ${host}: { gateway: business, certificate: { secret: shop } }
  kfaas:certificates:
    shop:
      certificateChain: |
${shop.certificate.trim().replaceAll(/^/gm, "        ")}
      privateKey: { secure: v1:AAAA }
`,
  "stacks/test/alpha/a.yaml": serviceFile("a"),
  [`stacks/test/${host}/front.yaml`]: "namespace: faas-alpha\nroutes:\n  - match:\n      - prefix: /\n",
  [`stacks/test/${host}/cart.yaml`]: "namespace: faas-beta\nroutes:\n  - match:\n      - prefix: /cart/\n",
};

describe("kfaas, of a domain", () => {
  it(
    "explains requests by their URL",
    async () => {
      const { exitCode, stdout, stderr } = await kfaas(
        "explain",
        `https://${host}/cart/1`,
        "-C",
        folder(files),
      );
      expect([exitCode, stderr]).toEqual([0, ""]);
      expect(stdout).toContain(`GET https://${host}/cart/1\n`);
      expect(stdout).toMatch(/owner +cart\n/);
      expect(stdout).toMatch(/hop 1 +kfaas-system\/domain-shop-example-com\n/);
      expect(stdout).toMatch(/Host becomes +cart\.faas-beta\.svc\.cluster\.local/);
    },
    kfaasTimeout,
  );

  it(
    "proves its services like those of an environment, and says what only Pulumi can check",
    async () => {
      const cwd = folder({
        ...files,
        [`stacks/test/${host}/other.yaml`]:
          "namespace: faas-beta\nroutes:\n  - match:\n      - regex: /[^/]+/1\n",
      });
      const checked = await kfaas("check", "-s", "test", "-e", host, "--format", "json", "-C", cwd);
      const { problems } = JSON.parse(checked.stdout) as {
        problems: { code: string; environment: string; services: string[] }[];
      };
      expect(checked.exitCode).toBe(1);
      expect(problems.map(({ code, environment }) => [code, environment])).toEqual(
        expect.arrayContaining([
          ["certificate-key-unread", host],
          ["partial-overlap", host],
        ]),
      );
    },
    kfaasTimeout,
  );

  it(
    "renders a placeholder for the key, offline and without a passphrase",
    async () => {
      const { exitCode, stdout } = await kfaas("render", "-s", "test", "-e", host, "-C", folder(files));
      expect(exitCode).toBe(0);
      const objects = parseAllDocuments(stdout).map(
        (document) => document.toJS() as { kind: string; data?: object },
      );
      expect(objects.map(({ kind }) => kind)).toEqual([
        "Secret",
        "Gateway",
        "VirtualService",
        "VirtualService",
      ]);
      expect(objects[0]?.data).toEqual({
        "tls.crt": Buffer.from(shop.certificate).toString("base64"),
        "tls.key": "[secret]",
      });
    },
    kfaasTimeout,
  );

  it(
    "tells which of its requests change owner",
    async () => {
      const cart = `stacks/test/${host}/cart.yaml`;
      const moved = { ...files, [cart]: files[cart]?.replace("/cart/", "/basket/") ?? "" };
      const { exitCode, stdout } = await kfaas("diff", "--from", folder(files), "--to", folder(moved));
      expect(exitCode).toBe(1);
      expect(stdout).toContain(`https://${host}/cart/`);
    },
    kfaasTimeout,
  );
});
