import { describe, expect, it } from "@jest/globals";
import fc from "fast-check";
import { auditObjects } from "../../../core/audit/audit.ts";
import type { HttpMatchRequest, VirtualService } from "../../../core/mesh/istio.ts";
import type { WitnessRequest } from "../../../core/problem.ts";
import {
  type DatedVirtualService,
  firstMatch,
  type MergedRule,
  mergeVirtualServices,
} from "../../../core/route/istio-merge.ts";
import { allPaths, arbitraryPath } from "../route/arbitrary-match.ts";

const requests: readonly WitnessRequest[] = allPaths
  .filter((path) => path.length <= 4)
  .flatMap((path) =>
    ["GET", "POST"].flatMap((method) =>
      [{}, { x: "a" }, { x: "ab" }].map((headers) => ({ method, path, headers, query: {} })),
    ),
  );

const arbitraryMatch: fc.Arbitrary<HttpMatchRequest> = fc
  .record({
    path: fc.option(arbitraryPath, { freq: 8, nil: undefined }),
    method: fc.option(fc.constantFrom({ exact: "GET" }, { exact: "POST" }, { regex: "GET|PUT" }), {
      freq: 2,
      nil: undefined,
    }),
    header: fc.option(fc.constantFrom({ exact: "a" }, { prefix: "a" }, { regex: "a.+" }, {}), {
      freq: 2,
      nil: undefined,
    }),
  })
  .map(({ path, method, header }): HttpMatchRequest => ({
    ...(path === undefined ? {} : { uri: { [path.kind]: path.value } as unknown as { exact: string } }),
    ...(path !== undefined && path.kind !== "regex" && path.ignoreCase ? { ignoreUriCase: true } : {}),
    // In the model a pseudo-header is a header like any other; the audit is given it as Istio's field.
    ...(method === undefined ? {} : { method: method }),
    ...(header === undefined ? {} : { headers: { x: header } }),
  }));

const arbitraryRule = fc.record({
  matches: fc.array(arbitraryMatch, { minLength: 0, maxLength: 2 }),
  target: fc.constantFrom("s", "t", "u"),
});

const arbitraryObjects = fc
  .array(
    fc.record({
      rules: fc.array(arbitraryRule, { minLength: 1, maxLength: 2 }),
      second: fc.integer({ min: 1, max: 3 }),
    }),
    { minLength: 2, maxLength: 3 },
  )
  .map((objects) =>
    objects.map(({ rules, second }, index): DatedVirtualService => ({
      created: `2026-01-01T00:00:0${second}Z`,
      object: {
        apiVersion: "networking.istio.io/v1",
        kind: "VirtualService",
        metadata: { name: "abc".charAt(index), namespace: "n" },
        spec: {
          hosts: ["h.example.com"],
          gateways: ["g"],
          http: rules.map(({ matches, target }) => ({
            ...(matches.length === 0 ? {} : { match: matches }),
            route: [{ destination: { host: target, port: { number: 80 } }, weight: 100 }],
          })),
        },
      },
    })),
  );

function permutations<T>(items: readonly T[]): T[][] {
  if (items.length === 0) return [[]];
  return items.flatMap((item, index) =>
    permutations(items.filter((_, other) => other !== index)).map((rest) => [item, ...rest]),
  );
}

const listsInEveryOrder = (dated: readonly DatedVirtualService[]): MergedRule[][] =>
  permutations(dated).map((order) =>
    mergeVirtualServices(order.map(({ object }, index) => ({ object, created: `${index}` }))),
  );

const idOf = ({ metadata }: VirtualService) => `${metadata.namespace}/${metadata.name}`;
const targetOf = (rule: MergedRule | undefined) => rule?.rule.route?.[0]?.destination.host;

describe("the audit of random objects", () => {
  it("finds what every order of creation shows, and nothing else", () => {
    let dependent = 0;
    fc.assert(
      fc.property(arbitraryObjects, (dated) => {
        const audit = auditObjects(
          dated.map(({ object, created }) => ({
            ...object,
            metadata: { ...object.metadata, creationTimestamp: created },
          })),
        );
        const undecided = audit.notUnderstood.filter(({ reason }) => reason.includes("decided"));
        expect(undecided).toEqual([]);
        const today = mergeVirtualServices(dated);
        const lists = listsInEveryOrder(dated);
        for (const finding of audit.findings) {
          const winners = lists.map((list) => firstMatch(list, finding.witness));
          const now = firstMatch(today, finding.witness);
          expect(now === undefined ? undefined : idOf(now.object)).toBe(finding.today);
          expect(
            winners.some(
              (each) =>
                each !== undefined &&
                idOf(each.object) === finding.otherwise &&
                targetOf(each) !== targetOf(now),
            ),
          ).toBe(true);
        }
        for (const request of requests) {
          const now = firstMatch(today, request);
          for (const list of lists) {
            const other = firstMatch(list, request);
            if (now === undefined || other === undefined || targetOf(now) === targetOf(other)) continue;
            dependent++;
            const both = [idOf(now.object), idOf(other.object)];
            const told = audit.findings.some(({ objects }) => both.every((each) => objects.includes(each)));
            if (!told) throw new Error(`${JSON.stringify(request)} depends on age, and nothing says so`);
          }
        }
      }),
      { numRuns: 300 },
    );
    expect(dependent).toBeGreaterThan(1000);
  }, 120_000);
});
