import { usedFeatures } from "../mesh/used-features.ts";
import { isAtLeast, istioFeatures } from "../mesh/version-profile.ts";
import { compareText, type Location } from "../problem.ts";
import type { Stack, Versions } from "../stack.ts";

/** A rule that not every cluster could serve while they run different versions of Istio. */
export interface MixedUse {
  readonly stack: string;
  readonly environment: string;
  /** File name. */
  readonly service: string;
  /** Such as `direct responses`. */
  readonly what: string;
  /** The first Istio that has it. */
  readonly since: string;
  /** Stacks whose Istio is older, in the order in which they are moved. */
  readonly lacking: readonly string[];
  readonly location: Location;
}

/**
 * The order in which clusters are moved one by one. Test before production; of test clusters those with the newest versions, which are
 * ahead already, then those with the most environments, which show the most; of production clusters the one with the smallest entry
 * gateway, which risks the least. Otherwise by name.
 */
export function rolloutOrder(stacks: readonly Stack[]): Stack[] {
  return [...stacks].sort(
    (a, b) =>
      Number(a.production) - Number(b.production) ||
      (a.production
        ? largest(a) - largest(b)
        : compareVersions(b.versions, a.versions) || b.environments.length - a.environments.length) ||
      compareText(a.name, b.name),
  );
}

function largest({ gateways: { entry } }: Stack): number {
  return entry.mode === "managed" ? entry.maxReplicas : 0;
}

function compareVersions(a: Versions, b: Versions): number {
  for (const product of ["istio", "knative"] as const) {
    if (a[product] === b[product]) continue;
    return isAtLeast(a[product], b[product]) ? 1 : -1;
  }
  return 0;
}

/** What the files of some clusters use and the Istio of others lacks, in the order of the stacks and their services. */
export function mixedUses(ordered: readonly Stack[]): MixedUse[] {
  return ordered.flatMap((stack) =>
    stack.services.flatMap((service) =>
      service.routes.flatMap((route) =>
        [...usedFeatures(route, service)].flatMap((feature): MixedUse[] => {
          const { since, what } = istioFeatures[feature];
          const lacking = ordered.filter(({ versions }) => !isAtLeast(versions.istio, since));
          if (lacking.length === 0) return [];
          return [
            {
              stack: stack.name,
              environment: service.environment,
              service: service.name,
              what,
              since,
              lacking: lacking.map(({ name }) => name),
              location: route.location,
            },
          ];
        }),
      ),
    ),
  );
}
