import type { HttpRoute, VirtualService } from "../mesh/istio.ts";
import type { TieOrder } from "../mesh/version-profile.ts";
import { compareText, type WitnessRequest } from "../problem.ts";
import { firstMatch, mergeVirtualServices } from "../route/istio-merge.ts";
import { canonical } from "../route/treatment.ts";

/**
 * What istiod's list of routes does with a request where all objects are of the same age, as after a restore: what the rendered rule
 * says, whatever an Istio calls the fields. Several, joined by "or", if it depends on an order that nobody can know.
 */
export function answersOf(
  virtualServices: readonly VirtualService[],
  ties: TieOrder,
): (request: WitnessRequest) => string {
  const objects = virtualServices.map((object) => ({ object, created: "" }));
  const orders = ties === "store" ? [objects, [...objects].reverse()] : [objects];
  const lists = orders.map((order) => mergeVirtualServices(order, ties));
  return (request) => {
    const answers = lists.map((list) => {
      const found = firstMatch(list, request);
      return found === undefined ? "404" : ruleText(found.rule);
    });
    return [...new Set(answers)].sort(compareText).join(" or ");
  };
}

/** A rule without its name, its matches and the host of hop 2, which is compared by itself. */
function ruleText(rule: HttpRoute): string {
  const {
    mirror,
    mirrorPercentage,
    mirrors = mirror && [{ destination: mirror, percentage: mirrorPercentage }],
  } = rule;
  const rest = Object.entries({ ...rule, mirrors }).filter(
    ([field]) => !["name", "match", "mirror", "mirrorPercentage"].includes(field),
  );
  const route = rule.route?.map(({ weight, headers }) => ({ weight, headers }));
  return canonical({ ...Object.fromEntries(rest), route });
}
