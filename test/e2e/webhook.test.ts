import { ApiException, CustomObjectsApi, KubeConfig } from "@kubernetes/client-node";
import { afterAll, beforeAll, describe, expect, it } from "@jest/globals";
import { checkAction } from "../../core/action-rules.ts";
import { renderDestinationRule } from "../../core/mesh/destination-rule.ts";
import { hopsOf } from "../../core/mesh/hops.ts";
import type { DestinationRule, VirtualService } from "../../core/mesh/istio.ts";
import { versionProfile } from "../../core/mesh/version-profile.ts";
import { renderRule, renderVirtualService } from "../../core/mesh/virtual-service.ts";
import { checkNextHop } from "../../core/next-hop-rules.ts";
import { checkMatch } from "../../core/service-rules.ts";
import { aManagedGateway, aRoute, aService, aStack, versions } from "../support/builders.ts";
import { EmbeddedMesh } from "../support/embedded-mesh.ts";
import { oddNextHops, oddRoutes } from "../support/odd-actions.ts";
import { Workspace } from "../support/workspace.ts";

const minutes = 60_000;

/** Where KFaaS refuses what Istio 1.31 takes, and why. */
const stricter: Readonly<Record<string, string>> = {
  "duplicate-destination": "One of the two lines is a mistake.",
  "header-not-allowed":
    "The authority is always the target's, a condition on :path would see the query, and x-kfaas-mirror is KFaaS's own.",
  "invalid-duration": "Go also reads +1s and 1.s, which nobody writes.",
  "invalid-header-name": "The proxy refuses all routes of the gateway for some of them.",
  "invalid-header-value": "The proxy refuses all routes of the gateway for a variable that it does not know.",
  "invalid-limit":
    "0 means no limit to Istio, the opposite of what it says; some counts may be larger than others for no use.",
  "invalid-name": "No Knative service and no tag can have such a name.",
  "invalid-percent": "The proxy counts in 0.0001 percent.",
  "invalid-redirect": "It would lead nowhere.",
  "invalid-retries": "One condition per entry of the list.",
  "invalid-rewrite": "The proxy would have no path to send.",
  "invalid-status": "The proxy refuses 600, and knows five statuses for redirects only.",
  "invalid-value-match": "No request's header holds a control character.",
  "invalid-weight": "Weights are percentages.",
  "name-too-long": "No Knative service and no tag can have such a name.",
  "path-never-matches": "No request's path holds such a character by the time it is matched.",
  "weights-not-100": "They are percentages, and Istio asked for 100 until 1.14.",
};

interface Verdict {
  readonly what: string;
  readonly value: string;
  /** Codes of what KFaaS has against it. */
  readonly ours: readonly string[];
  /** What the API server answers; undefined if it takes the object. */
  readonly theirs: string | undefined;
}

describe("what is refused before it reaches the cluster, compared with the real API server and istiod's webhook", () => {
  let workspace: Workspace;
  let mesh: EmbeddedMesh;
  let api: CustomObjectsApi;
  let verdicts: Verdict[];

  const stack = aStack({ gateways: { entry: aManagedGateway(), clusterLocal: { mode: "existing" } } });
  const profile = versionProfile(versions());
  const context = { profile, hops: hopsOf(stack, profile) };

  beforeAll(async () => {
    workspace = await Workspace.create("test");
    mesh = await EmbeddedMesh.start(workspace, "test");
    // Dry runs need the namespace to be there.
    await mesh.kubectl.run(["create", "namespace", "kfaas-system"]);
    const kubeconfig = new KubeConfig();
    kubeconfig.loadFromFile(mesh.status.kubeconfig);
    api = kubeconfig.makeApiClient(CustomObjectsApi);
    verdicts = [...(await judgeRoutes()), ...(await judgeNextHops())];
  }, 8 * minutes);

  afterAll(async () => {
    await mesh.stop();
    await workspace.dispose();
  }, minutes);

  async function judgeRoutes(): Promise<Verdict[]> {
    return inParallel(oddRoutes(20), async ({ what, value: { action, match } }) => {
      const service = aService({ routes: [aRoute({ action, matches: [match] })] });
      const rules = service.routes.map((route) => renderRule(route, service, context));
      return {
        what,
        value: shown(what.startsWith("match") ? match : action),
        ours: [...checkMatch(match, undefined), ...checkAction(action, service.service)].map(
          ({ code }) => code,
        ),
        theirs: await refusal("virtualservices", renderVirtualService(service, rules, context)),
      };
    });
  }

  async function judgeNextHops(): Promise<Verdict[]> {
    return inParallel(oddNextHops(20), async ({ what, value }) => {
      const rule = renderDestinationRule({ name: "hop", host: "a.b.svc.cluster.local" }, value, profile);
      return {
        what,
        value: shown(value),
        ours: checkNextHop(value).map(({ code }) => code),
        theirs: rule === undefined ? "no object" : await refusal("destinationrules", rule),
      };
    });
  }

  async function refusal(
    plural: string,
    body: VirtualService | DestinationRule,
  ): Promise<string | undefined> {
    try {
      await api.createNamespacedCustomObject({
        group: "networking.istio.io",
        version: "v1",
        namespace: "kfaas-system",
        plural,
        body,
        dryRun: "All",
        fieldValidation: "Strict",
      });
      return undefined;
    } catch (error) {
      // 422 is the schema's refusal, 400 the webhook's; anything else is no verdict.
      if (error instanceof ApiException && (error.code === 400 || error.code === 422)) {
        return String(error.body);
      }
      throw error;
    }
  }

  it("is compared for hundreds of values, of which both sides refuse many and take many", () => {
    const both = verdicts.filter(({ ours, theirs }) => ours.length > 0 && theirs !== undefined);
    const neither = verdicts.filter(({ ours, theirs }) => ours.length === 0 && theirs === undefined);
    expect(both.length).toBeGreaterThan(100);
    expect(neither.length).toBeGreaterThan(100);
    expect(both.filter(({ theirs = "" }) => theirs.includes("admission webhook")).length).toBeGreaterThan(50);
  });

  it("is never less: whatever Istio refuses is refused here", () => {
    expect(verdicts.filter(({ ours, theirs }) => ours.length === 0 && theirs !== undefined)).toEqual([]);
  });

  it("is more only where there is a reason", () => {
    const more = verdicts.filter(({ ours, theirs }) => ours.length > 0 && theirs === undefined);
    expect(more.filter(({ ours }) => ours.some((code) => stricter[code] === undefined))).toEqual([]);
    const needed = new Set(more.flatMap(({ ours }) => ours));
    expect(Object.keys(stricter).filter((code) => !needed.has(code))).toEqual([]);
  });
});

function shown(value: unknown): string {
  return JSON.stringify(value).slice(0, 300);
}

/** A few at a time: the API server and the webhook share two cores with the test. */
async function inParallel<Item, Result>(
  items: readonly Item[],
  judge: (item: Item) => Promise<Result>,
): Promise<Result[]> {
  const results: Result[] = [];
  for (let start = 0; start < items.length; start += 8) {
    results.push(...(await Promise.all(items.slice(start, start + 8).map(judge))));
  }
  return results;
}
