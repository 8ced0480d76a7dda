import { describe, expect, it } from "@jest/globals";
import type { Problem } from "../../../core/problem.ts";
import { renderReport, reportMarker } from "../../../core/report/render-report.ts";
import type { StackReport } from "../../../core/report/stack-report.ts";
import { diffProofs } from "../../../core/route/diff.ts";
import { proveStack } from "../../../core/route/prove.ts";
import { aForward } from "../../support/builders.ts";
import { match, prefix } from "../route/arbitrary-match.ts";
import { type ServiceSketch, stackOf } from "../route/environments.ts";

const prove = (sketches: Record<string, ServiceSketch>, action = aForward()) => {
  const stack = stackOf(sketches);
  const services = stack.services.map((service) => ({
    ...service,
    routes: service.routes.map((route) => ({ ...route, action })),
  }));
  return proveStack({ ...stack, services }, { today: "2026-11-23" });
};
const sketch = (...paths: string[]): ServiceSketch => ({ rules: [paths.map((path) => match(prefix(path)))] });
const report = (changes: Partial<StackReport> = {}): StackReport => ({
  stack: "test",
  problems: [],
  before: [],
  changes: [],
  preview: undefined,
  guard: [],
  ...changes,
});
const problem = (changes: Partial<Problem> = {}): Problem => ({
  code: "partial-overlap",
  severity: "error",
  message: "a and b",
  services: [],
  location: { file: "stacks/test/alpha/a.yaml", line: 3 },
  ...changes,
});
const render = (reports: StackReport[], limit = 50_000) =>
  renderReport(reports, limit, "The rest is elsewhere.");
const headings = (text: string) => Array.from(text.matchAll(/^#### (.*)$/gm), ([, heading]) => heading);

describe("a report", () => {
  it("begins with its marker, and says that there is nothing to say", () => {
    expect(render([report()])).toBe(
      [
        `${reportMarker}\n`,
        "### KFaaS: no request changes\n",
        "| stack | findings | requests | Pulumi would |",
        "| --- | --- | --- | --- |",
        "| `test` | no problems | no changes | not asked |\n\n",
      ].join("\n"),
    );
  });

  it("has the most important first", () => {
    const from = prove({ a: sketch("/a/"), b: sketch("/b/", "/old/"), c: sketch("/c/") });
    const to = prove({ a: sketch("/a/", "/b/x/"), b: sketch("/b/", "/new/"), c: sketch("/c/") });
    const text = render([
      report({
        problems: [problem({ severity: "warning", code: "needless-yield" }), problem()],
        changes: diffProofs(from, to),
        preview: {
          stack: "test",
          errors: [],
          changes: [
            { operation: "update", kind: "VirtualService", name: "ns/a", parents: [] },
            { operation: "delete", kind: "VirtualService", name: "ns/b", parents: [] },
            { operation: "replace", kind: "Namespace", name: "ns", parents: [] },
          ],
        },
      }),
    ]);
    expect(headings(text)).toEqual([
      "Stops this change (1)",
      "Gateways, namespace and hosts that Pulumi would delete or replace (1)",
      "Requests that nobody gets any more (1)",
      "Requests that move to another service (1)",
      "Requests that somebody gets now (1)",
      "Other objects that Pulumi would delete or replace (1)",
      "New warnings (1)",
      "Objects that Pulumi would create or update (1)",
    ]);
    expect(text).toContain("### KFaaS: 1 error, not to be deployed");
    expect(text).toContain(
      "| `test` | 1 error, 1 warning | 1 moved, 1 removed, 1 added | replace 1, delete 1, update 1 |",
    );
    expect(text).toContain(
      "- `b` → `a`, for example `GET http://faas-alpha-ksvc-gateway.kfaas-system.svc.cluster.local/b/x/`",
    );
    expect(text).toContain("- `stacks/test/alpha/a.yaml:3` **partial-overlap** a and b");
  });

  it("says who shares requests now, and what else is done with them", () => {
    const split = aForward([
      { service: "blue", weight: 90 },
      { service: "green", tag: "next", weight: 10 },
    ]);
    const shared = diffProofs(prove({ a: sketch("/a/") }), prove({ a: sketch("/a/") }, split));
    const slower = diffProofs(
      prove({ a: sketch("/a/") }),
      prove({ a: sketch("/a/") }, { ...aForward(), timeout: "9s" }),
    );
    const text = render([report({ changes: [...shared, ...slower] })]);
    expect(text).toMatch(
      /#### Requests that are shared out otherwise \(1\)\n\n- `a`: traffic: `blue 90 %`, `green \(next\) 10 %`/,
    );
    expect(text).toMatch(/#### Requests that are treated otherwise \(1\)\n\n- `a`: timeout, for example/);
  });

  it("says once what is true of several stacks", () => {
    const changes = diffProofs(prove({}), prove({ a: sketch("/a/") }));
    const text = render([report({ changes }), report({ stack: "prod", changes }), report({ stack: "more" })]);
    expect(text).toContain("\n- `test`, `prod`: nobody → `a`, for example");
    expect(text.match(/nobody/g)).toHaveLength(1);
  });

  it("leaves old warnings alone, and says what could not be compared or asked", () => {
    const old = problem({ severity: "warning" });
    const text = render([
      report({
        problems: [old, problem({ severity: "info" })],
        before: [old],
        changes: undefined,
        preview: { stack: "test", changes: [], errors: ["no such context"] },
        guard: [problem({ code: "preview-failed", message: "no such context" })],
      }),
    ]);
    expect(headings(text)).toEqual(["Stops this change (1)"]);
    expect(text).toContain("| `test` | 1 error, 1 warning, 1 info | could not be compared | failed |");
  });

  it("shows text of others, and lets it do nothing", () => {
    const text = render([
      report({ problems: [problem({ message: "</td><script>\n#### Fine\n@everyone", fix: "![](x)" })] }),
    ]);
    expect(text).not.toMatch(/<script|@everyone|^#### Fine/m);
    expect(text).toContain("&lt;script&gt;");
  });
});

describe("a report of hundreds of changes", () => {
  const names = Array.from({ length: 800 }, (_, index) => `service-${String(index).padStart(3, "0")}`);
  const sketches = Object.fromEntries(names.map((name) => [name, sketch(`/${name}/`)]));
  const reports = [
    report({
      problems: [problem({ message: `${"<é>".repeat(900)} the end` })],
      changes: diffProofs(prove(sketches), prove({})),
      preview: {
        stack: "test",
        errors: [],
        changes: names.map((name) => ({ operation: "delete", kind: "VirtualService", name, parents: [] })),
      },
    }),
  ];

  it.each([20_000, 50_000])(
    "keeps below %d bytes, with the most important, counts and where the rest is",
    (limit) => {
      const text = render(reports, limit);
      expect(Buffer.byteLength(text)).toBeLessThan(limit);
      expect(Buffer.byteLength(text)).toBeGreaterThan(limit * 0.9);
      const shown = text.match(/→ nobody/g)?.length ?? 0;
      expect(shown).toBeGreaterThan(80);
      expect(text).toContain(`- … and ${800 - shown} more`);
      expect(text).toMatch(
        /#### Other objects that Pulumi would delete or replace \(800\)\n\n- … and 800 more\n/,
      );
      expect(text.trimEnd().endsWith("The rest is elsewhere.")).toBe(true);
      expect(text).not.toContain("the end");
    },
  );

  it("has all of it where there is room", () => {
    const text = render(reports, 900_000);
    expect(text.match(/→ nobody/g)).toHaveLength(800);
    expect(text).not.toContain("elsewhere");
  });
});
