import { connect } from "node:net";
import { afterAll, beforeAll, describe, expect, it } from "@jest/globals";
import { environmentHost } from "../../core/mesh/names.ts";
import { waitFor } from "../../local/processes.ts";
import { type Answer, send } from "../../local/send.ts";
import { EmbeddedMesh } from "../support/embedded-mesh.ts";
import { kfaas } from "../support/kfaas.ts";
import { Workspace } from "../support/workspace.ts";

const minutes = 60_000;

const splitFile = "stacks/test/alpha/e2e-split.yaml";
const split = (blue: number, green: number) => `# Blue and green are two Knative services.
release: { steps: [1, 10, 50, 100], preview: { to: { service: e2e-green }, cookie: preview, value: green } }
routes:
  - match: [{ prefix: /faas/api/e2e/split/ }]
    traffic:
      - { service: e2e-split, weight: ${blue} } # what everybody has
      - { service: e2e-green, weight: ${green} } # what comes
`;

const tags = `
release: { steps: [50, 100], preview: { to: { service: e2e-tags, tag: green }, header: X-Preview, value: green } }
routes:
  - match: [{ prefix: /faas/api/e2e/tags/ }]
    traffic:
      - { service: e2e-tags, tag: blue, weight: 50 }
      - { service: e2e-tags, tag: green, weight: 50 }
`;

const foreignFile = "stacks/test/alpha/e2e-foreign.yaml";
const foreign = (timeout: string, managed = "weightsManagedBy: argo-rollouts\n") => `${managed}routes:
  - match: [{ prefix: /faas/api/e2e/foreign/ }]
    timeout: ${timeout}
    traffic:
      - { service: e2e-foreign, weight: 100 }
      - { service: e2e-green, weight: 0 }
`;

// One story on one mesh: each step stands on the ones before it.
describe("releases, on the real engine, API server, istiod and Envoy", () => {
  let workspace: Workspace;
  let mesh: EmbeddedMesh;

  beforeAll(async () => {
    workspace = await Workspace.create("test");
    await workspace.write(splitFile, split(100, 0));
    await workspace.write("stacks/test/alpha/e2e-tags.yaml", tags);
    await workspace.write(foreignFile, foreign("5s"));
    mesh = await EmbeddedMesh.start(workspace, "test");
    await mesh.up();
    for (const name of ["split", "tags", "foreign"])
      await mesh.getUntil("alpha", `/faas/api/e2e/${name}/`, ({ status }) => status === 200);
  }, 8 * minutes);

  afterAll(async () => {
    await mesh.stop();
    await workspace.dispose();
  }, minutes);

  const ask = async (name: string, headers: Record<string, string> = {}): Promise<Answer> =>
    send(mesh.gateway("entry"), {
      host: environmentHost("alpha"),
      path: `/faas/api/e2e/${name}/`,
      headers,
    });

  /** The first label of the Host that the service saw: its name, or tag and name. */
  const targetOf = ({ body, status }: Answer): string => body?.host.split(".")[0] ?? `status ${status}`;

  async function count(name: string, requests: number, headers?: Record<string, string>) {
    const counts: Record<string, number> = {};
    for (let sent = 0; sent < requests; sent += 1) {
      const target = targetOf(await ask(name, headers));
      counts[target] = (counts[target] ?? 0) + 1;
    }
    return counts;
  }

  /** Until a new configuration has arrived, which takes a moment. With fair coins 40 of one kind happen once in 10^12 runs. */
  async function expectOnly(name: string, target: string): Promise<void> {
    let counts = {};
    await waitFor(async () => {
      counts = await count(name, 40);
      return Object.keys(counts).join() === target;
    }, 60_000);
    expect(counts).toEqual({ [target]: 40 });
  }

  async function release(...args: string[]): Promise<void> {
    const to = ["-C", workspace.folder, "-s", "test", "-e", "alpha", "--to", "e2e-green"];
    const result = await kfaas("release", "e2e-split", ...to, ...args);
    expect([result.exitCode, result.stderr]).toEqual([0, ""]);
  }

  it("sends nobody to a destination of weight 0", async () => {
    expect(await count("split", 40)).toEqual({ "e2e-split": 40 });
  });

  it.each([
    ["preview=green", "e2e-green"],
    ["a=1; preview=green; b=2", "e2e-green"],
    ["a=1;preview=green", "e2e-green"],
    ["preview=greenish", "e2e-split"],
    ["nopreview=green", "e2e-split"],
    ["a=preview=green", "e2e-split"],
    ["preview=GREEN", "e2e-split"],
  ])("leads by the cookie %s to %s", async (cookie, target) => {
    expect(await count("split", 5, { cookie })).toEqual({ [target]: 5 });
  });

  it("finds the cookie in a second Cookie header", async () => {
    const { hostname, port } = new URL(mesh.gateway("entry"));
    const lines = [
      "GET /faas/api/e2e/split/ HTTP/1.1",
      `Host: ${environmentHost("alpha")}`,
      "Cookie: a=1",
      "Cookie: preview=green",
      "Connection: close",
    ];
    const text = await new Promise<string>((resolve, reject) => {
      let received = "";
      const socket = connect(Number(port), hostname, () => socket.write(`${lines.join("\r\n")}\r\n\r\n`));
      socket.on("data", (chunk: Buffer) => (received += chunk.toString()));
      socket.on("end", () => {
        resolve(received);
      });
      socket.on("error", reject);
    });
    expect(text).toContain('"host":"e2e-green.faas-alpha.svc.cluster.local"');
  });

  it(
    "moves to a step of the plan, by the file alone",
    async () => {
      await release("--step", "3");
      expect(await workspace.read(splitFile)).toBe(split(50, 50));
      expect(await mesh.up()).toMatchObject({ updated: 1 });
      await waitFor(async () => targetOf(await ask("split")) === "e2e-green", 60_000);

      const counts = await count("split", 200);
      // 200 fair coins: fewer than 60 or more than 140 of a kind happens once in 10^8 runs.
      expect(Object.keys(counts).sort()).toEqual(["e2e-green", "e2e-split"]);
      expect(counts["e2e-green"]).toBeGreaterThan(60);
      expect(counts["e2e-green"]).toBeLessThan(140);
      // Marked requests take no part in it.
      expect(await count("split", 40, { cookie: "preview=green" })).toEqual({ "e2e-green": 40 });
    },
    3 * minutes,
  );

  it(
    "is taken back at once",
    async () => {
      await release("--rollback");
      expect(await workspace.read(splitFile)).toBe(split(100, 0));
      expect(await mesh.up()).toMatchObject({ updated: 1 });
      await expectOnly("split", "e2e-split");
    },
    3 * minutes,
  );

  it("splits between the tags of one service, and pins one of them by a header", async () => {
    const counts = await count("tags", 200);
    expect(Object.keys(counts).sort()).toEqual(["blue-e2e-tags", "green-e2e-tags"]);
    expect(counts["green-e2e-tags"]).toBeGreaterThan(60);
    expect(counts["green-e2e-tags"]).toBeLessThan(140);
    expect(await count("tags", 40, { "x-preview": "green" })).toEqual({ "green-e2e-tags": 40 });
  });

  describe("weights that belong to somebody else", () => {
    const name = "faas-alpha-ns-e2e-foreign-ksvc-virtualservice";

    interface Live {
      readonly spec: { readonly http: readonly { timeout: string; route: { weight: number }[] }[] };
    }

    async function live(): Promise<{ timeout: string | undefined; weights: number[] | undefined }> {
      const text = await mesh.kubectl.run([
        "get",
        "virtualservice",
        name,
        "-n",
        "kfaas-system",
        "-o",
        "json",
      ]);
      const [rule] = (JSON.parse(text) as Live).spec.http;
      return { timeout: rule?.timeout, weights: rule?.route.map(({ weight }) => weight) };
    }

    /** As a controller does it: an update under its own name, which thereby owns all of spec.http. */
    async function move(...weights: number[]): Promise<void> {
      const patch = weights.map((value, index) => ({
        op: "replace",
        path: `/spec/http/0/route/${index}/weight`,
        value,
      }));
      const target = ["virtualservice", name, "-n", "kfaas-system", "--field-manager", "rollouts-controller"];
      await mesh.kubectl.run(["patch", ...target, "--type", "json", "--patch", JSON.stringify(patch)]);
    }

    it(
      "are no change for a preview",
      async () => {
        await move(0, 100);
        expect(Object.keys(await mesh.preview())).toEqual(["same"]);
        await expectOnly("foreign", "e2e-green");
      },
      3 * minutes,
    );

    it(
      "stay when something else of the service changes, time and again",
      async () => {
        await workspace.write(foreignFile, foreign("6s"));
        expect(await mesh.up()).toMatchObject({ updated: 1 });
        expect(await live()).toEqual({ timeout: "6s", weights: [0, 100] });

        await move(30, 70);
        await workspace.write(foreignFile, foreign("7s"));
        expect(await mesh.up()).toMatchObject({ updated: 1 });
        expect(await live()).toEqual({ timeout: "7s", weights: [30, 70] });
      },
      4 * minutes,
    );

    it(
      "come back to the file when the owner gives them up",
      async () => {
        await move(40, 60);
        await workspace.write(foreignFile, foreign("7s", ""));
        process.env["PULUMI_K8S_ENABLE_PATCH_FORCE"] = "true";
        try {
          expect(await mesh.up()).toMatchObject({ updated: 1 });
        } finally {
          delete process.env["PULUMI_K8S_ENABLE_PATCH_FORCE"];
        }
        await expectOnly("foreign", "e2e-foreign");
      },
      4 * minutes,
    );
  });
});
