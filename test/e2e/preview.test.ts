import { join } from "node:path";
import { execa } from "execa";
import { afterAll, beforeAll, describe, expect, it } from "@jest/globals";
import { EmbeddedMesh } from "../support/embedded-mesh.ts";
import { commitAll } from "../support/git.ts";
import { repository, Workspace } from "../support/workspace.ts";

const minutes = 60_000;

interface Report {
  readonly problems: readonly { readonly code: string }[];
  readonly changes: readonly {
    readonly kind: string;
    readonly from: string | null;
    readonly to: string | null;
  }[];
  readonly pulumi: {
    readonly create: number;
    readonly update: number;
    readonly delete: number;
    readonly replace: number;
    readonly changes: readonly { readonly operation: string; readonly kind: string; readonly name: string }[];
  };
  readonly guard: readonly { readonly code: string; readonly severity: string }[];
}

// One story on one mesh: what is deployed is the commit, what is previewed are files changed since.
describe("kfaas preview, on the real engine and API server", () => {
  let workspace: Workspace;
  let mesh: EmbeddedMesh;

  beforeAll(async () => {
    workspace = await Workspace.create("test");
    commitAll(workspace.folder, "as it is deployed");
    mesh = await EmbeddedMesh.start(workspace, "test");
    await mesh.up();
  }, 8 * minutes);

  afterAll(async () => {
    await mesh.stop();
    await workspace.dispose();
  }, minutes);

  const kfaas = async (...args: readonly string[]) =>
    execa(process.execPath, [join(repository, "bin/kfaas.mjs"), "-C", workspace.folder, ...args], {
      env: mesh.environment,
      reject: false,
    });
  const virtualService = (service: string) => `kfaas-system/faas-alpha-ns-${service}-ksvc-virtualservice`;

  it(
    "finds nothing to do where nothing was changed",
    async () => {
      const { exitCode, stdout, stderr } = await kfaas("preview", "-s", "test");
      expect([exitCode, stderr]).toEqual([0, ""]);
      expect(stdout).toMatch(/^<!-- kfaas-report -->\n\n### KFaaS: no request changes\n/);
      expect(stdout).toContain("| no changes | change nothing |");
    },
    3 * minutes,
  );

  it(
    "shows which URLs a changed file moves and adds, and which objects the engine creates and updates for it",
    async () => {
      await workspace.write(
        "stacks/test/alpha/showroom-new.yaml",
        "routes:\n  - match:\n      - prefix: /faas/api/saas/showroom/new/\n      - prefix: /faas/api/brand-new/\n",
      );
      const { exitCode, stdout } = await kfaas("preview", "-s", "test", "--format", "json");
      const report = JSON.parse(stdout) as Report;
      expect(report.changes).toEqual([
        expect.objectContaining({ kind: "added", from: null, to: "showroom-new" }),
        expect.objectContaining({ kind: "moved", from: "saas-showroom", to: "showroom-new" }),
      ]);
      // The service that had the requests gets a copy of the rule that takes them away.
      expect(report.pulumi).toMatchObject({ create: 1, update: 1, delete: 0, replace: 0 });
      expect(report.pulumi.changes).toEqual([
        {
          operation: "update",
          kind: "VirtualService",
          name: virtualService("saas-showroom"),
          parents: expect.anything(),
        },
        {
          operation: "create",
          kind: "VirtualService",
          name: virtualService("showroom-new"),
          parents: expect.anything(),
        },
      ]);
      expect([exitCode, report.guard]).toEqual([0, []]);
      await workspace.remove("stacks/test/alpha/showroom-new.yaml");
    },
    3 * minutes,
  );

  it(
    "refuses to take away a gateway, an environment and its routes, unless somebody says why",
    async () => {
      const config = await workspace.read("Pulumi.test.yaml");
      const smaller = config.replace("    beta: {}\n", "").replace(/ {4}exit:\n(?: {6}.*\n)+/, "");
      expect(smaller.length).toBeLessThan(config.length - 100);
      await workspace.write("Pulumi.test.yaml", smaller);
      const { exitCode, stdout } = await kfaas(
        ...["preview", "-s", "test", "--save", "preview.json", "--max-routes", "3"],
      );
      expect(exitCode).toBe(1);
      expect(stdout).toContain("#### Stops this change");
      expect(stdout).toContain("delete Deployment `kfaas-system/kfaas-exit-gateway`");

      const guard = async (...more: readonly string[]) => {
        const result = await kfaas("guard", "--preview", "preview.json", "--format", "json", ...more);
        const [guarded] = JSON.parse(result.stdout) as { problems: { code: string; severity: string }[] }[];
        const codes = guarded?.problems.map(({ code, severity }) => `${severity} ${code}`);
        return { exitCode: result.exitCode, codes: [...new Set(codes)].sort() };
      };
      const codes = ["destroys-gateway", "destroys-host", "destroys-routes"];
      expect(await guard("--max-routes", "3")).toEqual({
        exitCode: 1,
        codes: codes.map((code) => `error ${code}`),
      });
      expect(await guard()).toEqual({
        exitCode: 1,
        codes: codes.slice(0, 2).map((code) => `error ${code}`),
      });
      expect(await guard("--allow-destructive", "the exit moves to a cluster of its own")).toEqual({
        exitCode: 0,
        codes: codes.slice(0, 2).map((code) => `warning ${code}`),
      });
    },
    3 * minutes,
  );
});
