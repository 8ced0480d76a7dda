import { afterAll, beforeAll, describe, expect, it, jest } from "@jest/globals";
import { environmentHost } from "../../core/mesh/names.ts";
import { type Answer, send } from "../../local/send.ts";
import { waitFor } from "../../local/processes.ts";
import { EmbeddedMesh } from "../support/embedded-mesh.ts";
import { Workspace } from "../support/workspace.ts";

const minutes = 60_000;

const root = "/faas/api/e2e/forward";

/** One route per feature; docs/forwarding.md explains the keys. */
const serviceFile = `
routes:
  - match: [{ prefix: ${root}/plain/ }]
    retries: { attempts: 0 }
  - match: [{ prefix: ${root}/timeout/ }]
    timeout: 300ms
    retries: { attempts: 0 }
  - match: [{ prefix: ${root}/retries/ }]
    retries: { attempts: 3, retryOn: ["503"] }
  - match: [{ prefix: ${root}/tries/ }]
    retries: { attempts: 2, perTryTimeout: 1s, retryOn: [reset] }
  - match: [{ prefix: ${root}/delay/ }]
    fault: { delay: { percent: 100, duration: 1s } }
  - match: [{ prefix: ${root}/abort/ }]
    fault: { abort: { percent: 100, status: 418 } }
  - match: [{ prefix: ${root}/abort-half/ }]
    fault: { abort: { percent: 50, status: 503 } }
  - match: [{ prefix: ${root}/mirror/ }]
    mirror: { service: e2e-shadow }
  - match: [{ prefix: ${root}/cors/ }]
    cors:
      allowOrigins: [{ exact: https://www.example.com }, { regex: "https://[a-z]+\\\\.example\\\\.org" }]
      allowMethods: [GET, PUT]
      allowHeaders: [x-tenant]
      exposeHeaders: [x-served-by]
      maxAge: 10m
      allowCredentials: true
  - match: [{ prefix: ${root}/headers/ }]
    headers:
      request: { set: { x-tenant: acme }, add: { x-extra: two }, remove: [x-secret] }
      response: { set: { x-served-by: faas 100%% }, add: { x-also: "yes" }, remove: [content-type] }
  - match: [{ prefix: ${root}/direct/ }]
    directResponse: { status: 203, body: '{ "service": "nobody" }' }
  - match: [{ prefix: ${root}/moved/ }]
    redirect: { uri: /new/home, authority: www.example.com, scheme: https, status: 308 }
  - match: [{ prefix: ${root}/uri/ }]
    rewrite: { uri: /v1/ }
  - match: [{ prefix: ${root}/regex/ }]
    rewrite: { regex: { match: "^${root}/regex/([^/]+)/(.*)$", replace: '/\\2/\\1' } }
`;

const nextHop = `
      connectionPool: { maxConnections: 101, connectTimeout: 2s, maxPendingRequests: 102, maxRequests: 103, maxRetries: 104 }
      outlierDetection: { consecutiveLocalOriginFailures: 7, interval: 5s, baseEjectionTime: 20s, maxEjectionPercent: 50 }`;

jest.setTimeout(minutes);

describe("robust forwarding, as the real proxy does it", () => {
  let workspace: Workspace;
  let mesh: EmbeddedMesh;

  beforeAll(async () => {
    workspace = await Workspace.create("test");
    await workspace.write("stacks/test/alpha/e2e-forward.yaml", serviceFile);
    const config = await workspace.read("Pulumi.test.yaml");
    await workspace.write(
      "Pulumi.test.yaml",
      config.replace(/^( +entry:\n +mode: managed)$/m, `$1${nextHop}`),
    );
    mesh = await EmbeddedMesh.start(workspace, "test");
    await mesh.up();
    const answer = await mesh.getUntil("alpha", `${root}/plain/`, ({ status }) => status === 200);
    expect(answer.body).toMatchObject({ service: "e2e-forward" });
  }, 8 * minutes);

  afterAll(async () => {
    await mesh.stop();
    await workspace.dispose();
  }, minutes);

  const ask = async (
    path: string,
    headers: Readonly<Record<string, string>> = {},
    method = "GET",
  ): Promise<Answer> =>
    send(mesh.gateway("entry"), { host: environmentHost("alpha"), path: `${root}${path}`, method, headers });

  describe("a timeout", () => {
    const slowly = { "x-stand-in-delay": "1500" };

    it("answers 504 in place of a service that is slower", async () => {
      expect(await ask("/timeout/", slowly)).toMatchObject({ status: 504, body: undefined });
    });

    it("is the route's own: without one the same request is waited for, and a fast one is not touched", async () => {
      expect(await ask("/plain/", slowly)).toMatchObject({ status: 200, body: { service: "e2e-forward" } });
      const fast = await answerOf("/timeout/", ({ status }) => status === 200);
      expect(fast.body).toMatchObject({ service: "e2e-forward" });
    });
  });

  describe("retries", () => {
    const failing = (key: string) => ({ "x-stand-in-status": "503", "x-stand-in-key": key });

    it("are made as often as the file says, on the status that it says, and then the answer is handed on", async () => {
      expect((await ask("/retries/", failing("retries"))).status).toBe(503);
      expect(await mesh.arrived("retries")).toHaveLength(1 + 3);
    });

    it("are not made on another status, nor where they are switched off", async () => {
      const other = { "x-stand-in-status": "500", "x-stand-in-key": "other status" };
      expect((await ask("/retries/", other)).status).toBe(500);
      expect(await mesh.arrived("other status")).toHaveLength(1);

      expect((await ask("/plain/", failing("no retries"))).status).toBe(503);
      expect(await mesh.arrived("no retries")).toHaveLength(1);
    });

    it("give up on each try after perTryTimeout", async () => {
      const slow = { "x-stand-in-delay": "4000", "x-stand-in-key": "slow tries" };
      expect((await ask("/tries/", slow)).status).toBe(504);
      expect(await mesh.arrived("slow tries")).toHaveLength(1 + 2);
    });
  });

  describe("faults", () => {
    it("delay requests by what the file says, compared with the same service without", async () => {
      const control = await shortest("/plain/");
      const delayed = await shortest("/delay/");
      // A second, of which a busy machine may have taken half away by delaying the control.
      expect(delayed - control).toBeGreaterThan(500);
    });

    it("answer in place of the service, every time", async () => {
      for (let sent = 0; sent < 20; sent += 1) {
        expect(await ask("/abort/", { "x-stand-in-key": "aborted" })).toMatchObject({ status: 418 });
      }
      expect(await mesh.arrived("aborted")).toEqual([]);
    });

    it("answer a percentage of the requests", async () => {
      let aborted = 0;
      for (let sent = 0; sent < 200; sent += 1) {
        if ((await ask("/abort-half/")).status === 503) aborted += 1;
      }
      // 200 fair coins: fewer than 60 or more than 140 of a kind happens once in 10^8 runs.
      expect(aborted).toBeGreaterThan(60);
      expect(aborted).toBeLessThan(140);
    });
  });

  it("a mirror gets a copy with its own Host, once, and the caller gets the service's answer", async () => {
    const answer = await ask("/mirror/x?y=1", { "x-stand-in-key": "mirrored" }, "PUT");
    expect(answer).toMatchObject({ status: 200, body: { service: "e2e-forward" } });
    await waitFor(async () => (await mesh.arrived("mirrored")).length >= 2, 20_000);
    const seen = await mesh.arrived("mirrored");
    expect(
      seen.map(({ service, host, path, method }) => `${service}: ${method} ${host}${path}`).sort(),
    ).toEqual(
      ["e2e-forward", "e2e-shadow"].map(
        (service) => `${service}: PUT ${service}.faas-alpha.svc.cluster.local${root}/mirror/x?y=1`,
      ),
    );
  });

  describe("CORS", () => {
    const preflight = (origin: string) =>
      ask(
        "/cors/",
        { origin, "access-control-request-method": "PUT", "x-stand-in-key": `preflight ${origin}` },
        "OPTIONS",
      );

    it.each(["https://www.example.com", "https://shop.example.org"])(
      "answers the preflight of %s at the gateway",
      async (origin) => {
        const { status, headers } = await preflight(origin);
        expect(status).toBe(200);
        expect(headers).toMatchObject({
          "access-control-allow-origin": origin,
          "access-control-allow-methods": "GET,PUT",
          "access-control-allow-headers": "x-tenant",
          "access-control-max-age": "600",
          "access-control-allow-credentials": "true",
        });
        expect(await mesh.arrived(`preflight ${origin}`)).toEqual([]);
      },
    );

    it("allows no other origin", async () => {
      const { headers } = await preflight("https://evil.example.net");
      expect(headers).not.toHaveProperty("access-control-allow-origin");
    });

    it("tells the browser on the request itself what its page may read", async () => {
      const { headers, body } = await ask("/cors/", { origin: "https://www.example.com" });
      expect(body).toMatchObject({ service: "e2e-forward" });
      expect(headers).toMatchObject({
        "access-control-allow-origin": "https://www.example.com",
        "access-control-expose-headers": "x-served-by",
      });
    });
  });

  it("headers are set, added and removed, on the request and on the response", async () => {
    const sent = { "x-tenant": "forged", "x-extra": "one", "x-secret": "hidden" };
    const control = await ask("/plain/", sent);
    expect(control.body?.headers).toMatchObject(sent);
    expect(control.headers).toMatchObject({ "content-type": "application/json" });

    const changed = await ask("/headers/", sent);
    expect(changed.body?.headers).toMatchObject({ "x-tenant": "acme" });
    expect(String(changed.body?.headers["x-extra"]).split(/, */)).toEqual(["one", "two"]);
    expect(changed.body?.headers).not.toHaveProperty("x-secret");
    expect(changed.headers).toMatchObject({ "x-served-by": "faas 100%", "x-also": "yes" });
    expect(changed.headers).not.toHaveProperty("content-type");
  });

  it("a direct response comes from the gateway, with status and body", async () => {
    const { status, body } = await ask("/direct/any", { "x-stand-in-key": "direct" });
    expect(status).toBe(203);
    expect(body).toEqual({ service: "nobody" });
    expect(await mesh.arrived("direct")).toEqual([]);
  });

  it("a redirect names status, scheme, authority and path", async () => {
    const { status, headers } = await ask("/moved/any");
    expect(status).toBe(308);
    expect(headers.location).toBe("https://www.example.com/new/home");
  });

  it.each([
    ["/uri/a/b?c=d", "/v1/a/b?c=d"],
    ["/regex/a/b/c?d=e", "/b/c/a?d=e"],
  ])("the path %s is rewritten to %s, the query is not", async (path, rewritten) => {
    expect((await ask(path)).body).toMatchObject({ service: "e2e-forward", path: rewritten });
  });

  describe("connection pool and outlier detection of the next hop", () => {
    const name = "outbound|80||knative-local-gateway.istio-system.svc.cluster.local";

    beforeAll(async () => {
      // In its place the mesh has put a cluster of its own, which leads to this machine; from here on we look at istiod's.
      await mesh.kubectl.delete("envoyfilter", "istio-system", ["local-clusters"]);
      await waitFor(
        async () => (await mesh.cluster("kfaas-entry-gateway", name))?.["outlier_detection"] !== undefined,
        60_000,
      );
    }, 2 * minutes);

    it("reach the entry gateway's proxy", async () => {
      expect(await mesh.cluster("kfaas-entry-gateway", name)).toMatchObject({
        type: "EDS",
        connect_timeout: "2s",
        circuit_breakers: {
          thresholds: [
            { max_connections: 101, max_pending_requests: 102, max_requests: 103, max_retries: 104 },
          ],
        },
        outlier_detection: {
          split_external_local_origin_errors: true,
          consecutive_local_origin_failure: 7,
          // Off, where Envoy's own default is five.
          enforcing_consecutive_5xx: 0,
          interval: "5s",
          base_ejection_time: "20s",
          max_ejection_percent: 50,
        },
      });
    });

    it("reach nobody else: to Knative's own gateway the host is what it was", async () => {
      const cluster = (await mesh.cluster("istio-ingressgateway", name)) ?? {};
      expect(cluster).not.toHaveProperty("outlier_detection");
    });
  });

  /** The answer once it is as expected: a first connection may be slow on a busy machine. */
  async function answerOf(path: string, expected: (answer: Answer) => boolean): Promise<Answer> {
    let answer = await ask(path);
    await waitFor(async () => expected((answer = await ask(path))), 20_000);
    return answer;
  }

  /** Milliseconds of the fastest of several requests. */
  async function shortest(path: string): Promise<number> {
    const times: number[] = [];
    for (let sent = 0; sent < 5; sent += 1) {
      const start = performance.now();
      expect((await ask(path)).status).toBe(200);
      times.push(performance.now() - start);
    }
    return Math.min(...times);
  }
});
