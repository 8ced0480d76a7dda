import { describe, expect, it } from "@jest/globals";
import { guardPreview } from "../../../core/guard/guard-preview.ts";
import type { PreviewedChange } from "../../../core/report/previewed-stack.ts";

const change = (
  operation: PreviewedChange["operation"],
  kind: string,
  parent = "kfaas:routing:ServiceRoutes",
): PreviewedChange => ({ operation, kind, name: "kfaas-system/x", parents: [parent] });
const routes = (count: number, operation: PreviewedChange["operation"] = "delete") =>
  Array.from({ length: count }, (_, index) => ({
    ...change(operation, "VirtualService"),
    name: `kfaas-system/route-${index}`,
  }));
const guard = (changes: PreviewedChange[], allowed?: string, errors: string[] = []) =>
  guardPreview(
    { stack: "prod", changes, errors },
    { maxRoutes: 10, ...(allowed === undefined ? {} : { allowed }) },
  );
const codes = (changes: PreviewedChange[]) =>
  guard(changes).map(({ severity, code }) => `${severity} ${code}`);

describe("the plan guard refuses", () => {
  it.each<[string, PreviewedChange[], string]>([
    ["a deleted gateway", [change("delete", "Deployment", "kfaas:mesh:EntryGateway")], "destroys-gateway"],
    ["a replaced address", [change("replace", "Service", "kfaas:mesh:ExitGateway")], "destroys-gateway"],
    [
      "its account",
      [change("delete", "ServiceAccount", "kfaas:mesh:ClusterLocalGateway")],
      "destroys-gateway",
    ],
    ["a Gateway of anything", [change("delete", "Gateway", "kfaas:mesh:Whatever")], "destroys-gateway"],
    ["the namespace", [change("replace", "Namespace", "kfaas:mesh:KfaasNamespace")], "destroys-namespace"],
    ["an environment's host", [change("delete", "Service", "kfaas:mesh:EnvironmentHost")], "destroys-host"],
    ["eleven routes", [...routes(6), ...routes(11, "replace").slice(6)], "destroys-routes"],
  ])("%s", (_what, changes, code) => {
    expect(codes(changes)).toEqual([`error ${code}`]);
  });

  it.each<[string, PreviewedChange[]]>([
    ["ten routes", routes(10)],
    ["any number of new and changed ones", [...routes(500, "create"), ...routes(500, "update")]],
    ["an updated gateway", [change("update", "Deployment", "kfaas:mesh:EntryGateway")]],
    ["a mirror of the entry gateway", [change("delete", "VirtualService", "kfaas:mesh:EntryGateway")]],
    ["another object", [change("delete", "NetworkPolicy", "kfaas:mesh:KfaasNamespace")]],
  ])("not %s", (_what, changes) => {
    expect(guard(changes)).toEqual([]);
  });

  it("nothing that somebody gives a reason for, and says the reason", () => {
    const [problem] = guard([change("delete", "Namespace")], "the cluster is given back");
    expect(problem).toMatchObject({
      severity: "warning",
      code: "destroys-namespace",
      message: expect.stringMatching(/delete Namespace .*; allowed: the cluster is given back$/),
      location: { file: "Pulumi.prod.yaml" },
    });
  });

  it("a preview that failed, whatever the reason", () => {
    expect(guard([], "because", ["no such context"])).toMatchObject([
      { severity: "error", code: "preview-failed", message: "no such context" },
    ]);
  });

  it("many routes in one finding, with examples and the way out", () => {
    expect(guard(routes(300))).toMatchObject([
      {
        message:
          "Pulumi would delete or replace 300 VirtualServices, more than 10: kfaas-system/route-0, kfaas-system/route-1, kfaas-system/route-2 and others",
        fix: expect.stringContaining("--allow-destructive"),
      },
    ]);
  });
});
