import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { describe, expect, it } from "@jest/globals";
import { execa } from "execa";
import { stringify } from "yaml";
import { temporaryFolders } from "../support/temporary-folder.ts";

// The real program in a process of its own: what a shell and a pipeline see.
const folder = temporaryFolders();
const launcher = join(import.meta.dirname, "../../bin/kfaas.mjs");
const timeout = 60_000;

async function audit(args: readonly string[], input = "", env: Record<string, string> = {}) {
  const options = { reject: false, input, env } as const;
  const { exitCode, stdout, stderr } = await execa("node", [launcher, "audit", ...args], options);
  return { exitCode, stdout, stderr };
}

function virtualService(name: string, prefix: string, second: number) {
  return {
    apiVersion: "networking.istio.io/v1alpha3",
    kind: "VirtualService",
    metadata: { name, namespace: "n", creationTimestamp: `2026-01-01T00:00:0${second}Z` },
    spec: {
      hosts: ["h.example.com"],
      gateways: ["g"],
      http: [{ match: [{ uri: { prefix } }], route: [{ destination: { host: name } }] }],
    },
  };
}

const conflicting = [virtualService("a", "/x/", 2), virtualService("b", "/x/y/", 1)];
const peaceful = [virtualService("a", "/x/", 2), virtualService("b", "/y/", 1)];
const yaml = (objects: readonly unknown[]) => objects.map((each) => `---\n${stringify(each)}`).join("");
const expected = { host: "h.example.com", today: "n/b", otherwise: "n/a", objects: ["n/b", "n/a"] };

describe("kfaas audit", () => {
  it(
    "exits with 1 if a URL depends on age, and shows it",
    async () => {
      const cwd = folder({ "dump.yaml": yaml(conflicting) });
      const { exitCode, stdout, stderr } = await audit(["-C", cwd, "--from", "dump.yaml"]);
      expect(stdout).toMatch(/^h\.example\.com \(n\/g\)[^]*GET \/x\/y\/\n +today +n\/b\n +otherwise +n\/a/);
      expect({ exitCode, stderr }).toEqual({ exitCode: 1, stderr: "" });
    },
    timeout,
  );

  it(
    "reads standard input and prints JSON",
    async () => {
      const { exitCode, stdout } = await audit(["--from", "-", "--format", "json"], yaml(conflicting));
      expect(JSON.parse(stdout)).toMatchObject({
        findings: [{ ...expected, witness: { method: "GET", path: "/x/y/" } }],
        notUnderstood: [],
      });
      expect(exitCode).toBe(1);
    },
    timeout,
  );

  it.each([
    ["disjoint objects", yaml(peaceful)],
    ["other objects only", "kind: Service\n"],
    ["an empty list", "kind: List\nitems: []\n"],
  ])(
    "exits with 0 for %s",
    async (_, input) => {
      const { exitCode, stdout } = await audit(["--from", "-"], input);
      expect(stdout).toMatch(/no request found that depends on the age of objects/);
      expect(exitCode).toBe(0);
    },
    timeout,
  );

  it(
    "lists a cluster page by page, with an older API version where the newest is not served",
    async () => {
      const asked: string[] = [];
      const server = createServer((request, response) => {
        const url = new URL(request.url ?? "/", "http://h");
        asked.push(`${request.method ?? ""} ${url.pathname}`);
        const served = url.pathname.startsWith("/apis/networking.istio.io/v1beta1/");
        const items = url.pathname.endsWith("/virtualservices") ? conflicting : [];
        const second = url.searchParams.has("continue");
        const more = !second && items.length > 0 ? { continue: "next" } : {};
        response.writeHead(served ? 200 : 404, { "content-type": "application/json" });
        response.end(JSON.stringify({ metadata: more, items: second ? items.slice(1) : items.slice(0, 1) }));
      });
      await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
      const { port } = server.address() as AddressInfo;
      const cwd = folder({ kubeconfig: kubeconfig(`http://127.0.0.1:${port}`) });
      const args = [
        "-C",
        cwd,
        "--from",
        "cluster",
        "--kubeconfig",
        "kubeconfig",
        "--context",
        "c",
        "--format",
        "json",
      ];
      const { exitCode, stdout, stderr } = await audit(args);
      server.close();
      expect(stderr).toBe("");
      expect(JSON.parse(stdout)).toMatchObject({ findings: [expected] });
      expect(exitCode).toBe(1);
      expect(asked.every((each) => each.startsWith("GET "))).toBe(true);
      expect(asked.filter((each) => each.endsWith("v1beta1/virtualservices"))).toHaveLength(2);
    },
    timeout,
  );
});

function kubeconfig(server: string): string {
  return stringify({
    apiVersion: "v1",
    kind: "Config",
    clusters: [{ name: "k", cluster: { server, "insecure-skip-tls-verify": true } }],
    users: [{ name: "u", user: {} }],
    contexts: [{ name: "c", context: { cluster: "k", user: "u" } }],
  });
}

describe("exits with 2 and one clear line for", () => {
  const withKubeconfig = () => folder({ kubeconfig: kubeconfig("http://127.0.0.1:1") });
  const cluster = ["--from", "cluster"];
  it.each<[string, () => string[], RegExp]>([
    ["no source", () => [], /required option '--from/],
    ["a file that is not there", () => ["--from", "missing.yaml"], /no such file/],
    ["a file that is no YAML", () => ["-C", folder({ f: "a: [" }), "--from", "f"], /neither YAML nor JSON/],
    ["a file without objects", () => ["-C", folder({ f: "hello" }), "--from", "f"], /no Kubernetes object/],
    [
      "a cluster without kubeconfig, whatever KUBECONFIG says",
      () => [...cluster, "--context", "c"],
      /--kubeconfig/,
    ],
    [
      "a cluster without context",
      () => ["-C", withKubeconfig(), ...cluster, "--kubeconfig", "kubeconfig"],
      /--context/,
    ],
    [
      "a kubeconfig that is not there",
      () => [...cluster, "--kubeconfig", "/no", "--context", "c"],
      /no kubeconfig \/no/,
    ],
    [
      "a context that is not there",
      () => ["-C", withKubeconfig(), ...cluster, "--kubeconfig", "kubeconfig", "--context", "d"],
      /no context "d"/,
    ],
    [
      "a cluster that does not answer",
      () => ["-C", withKubeconfig(), ...cluster, "--kubeconfig", "kubeconfig", "--context", "c"],
      /cannot be reached/,
    ],
    ["a context for a file", () => ["--from", "-", "--context", "c"], /--from cluster only/],
  ])(
    "%s",
    async (_, args, message) => {
      const { exitCode, stdout, stderr } = await audit(args(), "", {
        KUBECONFIG: join(withKubeconfig(), "kubeconfig"),
      });
      expect(stderr).toMatch(message);
      expect(stderr).not.toMatch(/^ +at /m);
      expect({ exitCode, stdout }).toEqual({ exitCode: 2, stdout: "" });
    },
    timeout,
  );
});
