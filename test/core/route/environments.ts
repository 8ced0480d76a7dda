import { mergeVirtualServices, type MergedRule } from "../../../core/route/istio-merge.ts";
import { hopsOf } from "../../../core/mesh/hops.ts";
import type { VirtualService } from "../../../core/mesh/istio.ts";
import { versionProfile } from "../../../core/mesh/version-profile.ts";
import { renderRule, renderVirtualService } from "../../../core/mesh/virtual-service.ts";
import type { Proof } from "../../../core/route/prove.ts";
import type { RouteMatch, Service } from "../../../core/service.ts";
import type { Stack } from "../../../core/stack.ts";
import { aForward, anEnvironment, aService, aStack } from "../../support/builders.ts";

/** One service of a test's environment: its rules, each with its alternatives, and what else the file says. */
export type ServiceSketch = Partial<Omit<Service, "routes">> & {
  readonly rules: readonly (readonly RouteMatch[])[];
};

let timeouts = 0;

/** A stack with one environment `alpha`. Every rule gets a timeout of its own, by which it is recognised wherever it is copied to. */
export function stackOf(
  sketches: Readonly<Record<string, ServiceSketch>>,
  changes: Partial<Stack> = {},
): Stack {
  const services = Object.entries(sketches).map(([name, { rules, ...rest }]) => {
    const file = `stacks/test/alpha/${name}.yaml`;
    let line = 1;
    return aService({
      name,
      ...rest,
      routes: rules.map((matches) => ({
        matches: matches.map((match) => ({ ...match, location: { file, line: ++line } })),
        action: aForward(name, { timeout: `${++timeouts}s` }),
        location: { file, line },
      })),
    });
  });
  services.sort((a, b) => (a.name < b.name ? -1 : 1));
  return aStack({ pathRoot: "/", environments: [anEnvironment()], services, ...changes });
}

/** The VirtualServices of the first environment of a proof. */
export function rendered(proof: Proof): VirtualService[] {
  const profile = versionProfile(proof.stack.versions);
  const context = { profile, hops: hopsOf(proof.stack, profile) };
  return (proof.environments[0]?.tables ?? []).map(({ service, rules }) =>
    renderVirtualService(
      service,
      rules.map(({ route, owner }) => renderRule(route, owner, context)),
      context,
    ),
  );
}

/** The list that istiod makes if the objects are created in the seconds `ages[0]`, `ages[1]`, …; equal seconds are a tie. */
export function mergedBy(objects: readonly VirtualService[], ages: readonly number[]): MergedRule[] {
  return mergeVirtualServices(
    objects.map((object, index) => ({
      object,
      created: `2026-01-01T00:00:${String(ages[index] ?? 0).padStart(2, "0")}Z`,
    })),
  );
}
