import { describe, expect, it } from "@jest/globals";
import { kfaas, kfaasTimeout } from "../support/kfaas.ts";
import { serviceFile, stackFile, temporaryFolders } from "../support/temporary-folder.ts";

const folder = temporaryFolders();
const url = (environment: string, path: string) =>
  `http://faas-${environment}-ksvc-gateway.kfaas-system.svc.cluster.local${path}`;

const files = {
  "Pulumi.test.yaml": stackFile,
  "stacks/test/alpha/a.yaml": serviceFile("a"),
  "stacks/test/alpha/b.yaml": `team: b\n${serviceFile("a/b")}    rewrite: { uri: / }\n`,
  "stacks/test/beta/a.yaml": serviceFile("a"),
};

describe("kfaas explain", () => {
  it(
    "says who gets a request, by the URL's host, in any case and with a port",
    async () => {
      const request = url("ALPHA", ":80/faas/api/x/../a/b/c");
      const { exitCode, stdout, stderr } = await kfaas("explain", request, "-C", folder(files));
      expect([exitCode, stderr]).toEqual([0, ""]);
      expect(stdout).toContain(`GET ${url("alpha", "/faas/api/a/b/c")}\n`);
      expect(stdout).toMatch(/given as +\/faas\/api\/x\/\.\.\/a\/b\/c,.*normalises/);
      expect(stdout).toMatch(/owner +b \(team b\)/);
      expect(stdout).toMatch(/hop 1 .*\n.*VirtualService.*\n.*stacks\/test\/alpha\/b\.yaml:4\n/);
      expect(stdout).toMatch(/path becomes +\/c\n.*Host becomes +b\.faas-alpha\.svc\.cluster\.local/);
      expect(stdout).toMatch(/carved out into +kfaas-system\/faas-alpha-ns-a-ksvc-virtualservice/);
      expect(stdout).toMatch(/hop 2 [^]*faas-alpha\/b-ingress[^]*path +\/c/);
      expect(stdout).toMatch(/also match, but lose\n {2}a, rule 1/);
      expect(stdout).not.toMatch(/\u001b/);
    },
    kfaasTimeout,
  );

  it(
    "prints JSON, and exits with 1 if nobody owns it",
    async () => {
      const args = [
        "--format",
        "json",
        "-C",
        folder(files),
        "-e",
        "beta",
        "explain",
        "-H",
        "x-a: 1",
        "-H",
        "x-b: 2",
      ];
      const { exitCode, stdout } = await kfaas(...args, "POST /faas/api/a?q=1");
      expect(exitCode).toBe(1);
      expect(JSON.parse(stdout)).toMatchObject({
        owner: null,
        team: null,
        environment: "beta",
        request: {
          method: "POST",
          path: "/faas/api/a",
          query: { q: "1" },
          headers: { "x-a": "1", "x-b": "2" },
        },
        hops: [],
        nearMisses: [{ service: "a", reason: "needs a trailing slash" }],
      });
    },
    kfaasTimeout,
  );

  it(
    "answers with what can be read, and notes errors on stderr",
    async () => {
      const broken = folder({
        ...files,
        "stacks/test/alpha/c.yaml": "routez: []\n",
        "stacks/test/alpha/rival.yaml": serviceFile("a/b"),
      });
      const args = ["explain", "-C", broken, "-e", "alpha", "--format", "json", "/faas/api/a/b/"];
      const { exitCode, stdout, stderr } = await kfaas(...args);
      expect(exitCode).toBe(0);
      expect(stderr).toMatch(/^note: stack test has 2 errors.*kfaas check -s test.*$/);
      expect(JSON.parse(stdout)).toMatchObject({ owner: "b", contested: true });
    },
    kfaasTimeout,
  );

  it(
    "says that the proxy refuses a request",
    async () => {
      const { exitCode, stdout } = await kfaas("explain", "-C", folder(files), "-e", "alpha", "/faas/%00");
      expect(exitCode).toBe(1);
      expect(stdout).toMatch(/owner +nobody\n {2}refused .*%00.*400/);
    },
    kfaasTimeout,
  );

  it.each<[string, string[], RegExp]>([
    ["no URL", ["x/y"], /neither a URL nor a path/],
    ["a header without colon", ["-e", "alpha", "-H", "x", "/x"], /is not a header/],
    ["a path alone", ["/x"], /add -e with one of: alpha \(faas-alpha-.*\), beta \(faas-beta-/],
    ["a host of nobody", ["http://localhost/x"], /localhost is no environment's host; add -e/],
    ["an unknown environment", ["-e", "aplha", "/x"], /did you mean "alpha"\?/],
    ["a host of another environment", ["-e", "beta", url("alpha", "/x")], /host of alpha, not of beta/],
    ["an unknown stack", ["-s", "tset", "-e", "alpha", "/x"], /did you mean test\?/],
    ["no request", [], /missing required argument 'request'/],
  ])(
    "exits with 2 for %s",
    async (_what, args, message) => {
      const { exitCode, stdout, stderr } = await kfaas("explain", "-C", folder(files), ...args);
      expect([exitCode, stdout]).toEqual([2, ""]);
      expect(stderr).toMatch(message);
    },
    kfaasTimeout,
  );

  it(
    "exits with 2 if a stack's configuration cannot be read, saying why",
    async () => {
      const cwd = folder({ "Pulumi.test.yaml": "config: { kfaas:pathRoot: 1 }\n" });
      const { exitCode, stderr } = await kfaas("explain", "-C", cwd, "-e", "alpha", "/x");
      expect(exitCode).toBe(2);
      expect(stderr).toMatch(/Pulumi\.test\.yaml:1[^]*kfaas: Stack test cannot be read: \d+ errors\.$/);
    },
    kfaasTimeout,
  );
});
