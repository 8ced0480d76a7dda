import { describe, expect, it } from "@jest/globals";
import fc from "fast-check";
import { covers, exportSiteGateway, type Subscription } from "../../../core/export/site-gateway.ts";
import { foldCase } from "../../../core/route/language.ts";
import { proveStack } from "../../../core/route/prove.ts";
import type { RouteMatch } from "../../../core/service.ts";
import type { Stack } from "../../../core/stack.ts";
import { anEnvironment } from "../../support/builders.ts";
import { arbitraryMatch, exact, match, prefix, regex } from "../route/arbitrary-match.ts";
import { stackOf } from "../route/environments.ts";

function proofOf(rules: RouteMatch[], changes: Partial<Stack> = {}) {
  const stack = stackOf({ s: { rules: [rules] } }, { pathRoot: "/f/", ...changes });
  return proveStack(stack, { today: "2026-11-23" });
}

function subscriptions(rules: RouteMatch[], changes: Partial<Stack> = {}) {
  return exportSiteGateway(proofOf(rules, changes)).environments[0]?.subscriptions ?? [];
}

function texts(rules: RouteMatch[], changes: Partial<Stack> = {}): string[] {
  return subscriptions(rules, changes).map(({ kind, path, ignoreCase, fromRegex }) =>
    [kind, path, ...(ignoreCase ? ["any case"] : []), ...(fromRegex ? ["regex"] : [])].join(" "),
  );
}

describe("what the site gateway subscribes to", () => {
  it.each<[string, RouteMatch[], string[]]>([
    ["nothing twice", [match(prefix("/f/a/")), match(prefix("/f/a/"))], ["prefix /f/a/"]],
    [
      "no longer prefix beside a shorter one",
      [match(prefix("/f/a/b")), match(prefix("/f/a"))],
      ["prefix /f/a"],
    ],
    [
      "prefixes that only look alike",
      [match(prefix("/f/a/")), match(prefix("/f/ab/"))],
      ["prefix /f/a/", "prefix /f/ab/"],
    ],
    [
      "an exact path beside the prefix that does not hold it",
      [match(exact("/f/a")), match(prefix("/f/a/")), match(exact("/f/a/b"))],
      ["exact /f/a", "prefix /f/a/"],
    ],
    ["the literal beginning of a regex", [match(regex("/f/A[0-9]+/x"))], ["prefix /f/A regex"]],
    ["a regex in any case", [match(regex("(?i)/f/a/.*"))], ["prefix /f/a/ any case regex"]],
    ["a prefix instead of a regex", [match(regex("/f/a/.*")), match(prefix("/f/a/"))], ["prefix /f/a/"]],
    [
      "both, where only one takes any case",
      [match(prefix("/f/a/")), match(prefix("/f/a/b/", true))],
      ["prefix /f/a/", "prefix /f/a/b/ any case"],
    ],
    ["any case only", [match(prefix("/f/a/")), match(prefix("/F/A/", true))], ["prefix /F/A/ any case"]],
  ])("%s", (_what, rules, expected) => {
    expect(texts(rules)).toEqual(expected);
  });

  it("the whole path root where there is a fallback", () => {
    expect(texts([match(prefix("/f/a/"))], { environments: [anEnvironment({ fallback: "s" })] })).toEqual([
      "prefix /f/",
    ]);
  });

  it("with what decides between routes, for information", () => {
    const get = match(prefix("/f/a/"), { methods: ["GET"], headers: { "x-a": { kind: "present" } } });
    const post = match(exact("/f/a/b"), { methods: ["POST"], queryParams: { q: { kind: "present" } } });
    expect(subscriptions([get, post])).toMatchObject([
      { methods: ["GET", "POST"], headers: ["x-a"], queryParams: ["q"], services: ["s"] },
    ]);
    expect(subscriptions([get, match(exact("/f/a/b"))])).toMatchObject([{ methods: [] }]);
  });

  it("names Host and path root, and environments without services", () => {
    expect(exportSiteGateway(proveStack(stackOf({}), { today: "2026-11-23" }))).toEqual({
      stack: "test",
      pathRoot: "/",
      environments: [
        {
          environment: "alpha",
          host: "faas-alpha-ksvc-gateway.kfaas-system.svc.cluster.local",
          fallback: null,
          subscriptions: [],
        },
      ],
    });
  });

  it("every path that a service owns, and nothing twice, whatever the order", () => {
    const takes = ({ kind, path, ignoreCase }: Subscription, asked: string) => {
      const [wide, narrow] = ignoreCase ? [foldCase(path), foldCase(asked)] : [path, asked];
      return kind === "prefix" ? narrow.startsWith(wide) : narrow === wide;
    };
    fc.assert(
      fc.property(fc.array(arbitraryMatch, { minLength: 1, maxLength: 5 }), (rules) => {
        const found = subscriptions(rules);
        for (const { sample } of proofOf(rules).environments[0]?.clauses ?? []) {
          expect(found.some((each) => takes(each, sample.path))).toBe(true);
        }
        for (const a of found) for (const b of found) if (a !== b) expect(covers(a, b)).toBe(false);
        expect(texts([...rules].reverse())).toEqual(texts(rules));
      }),
      { numRuns: 200 },
    );
  });
});
