import { setTimeout as sleep } from "node:timers/promises";
import { isDomainName } from "../core/domain.ts";
import { hopsOf } from "../core/mesh/hops.ts";
import {
  destinationAuthority,
  environmentHost,
  systemNamespace,
  virtualServiceName,
} from "../core/mesh/names.ts";
import { versionProfile } from "../core/mesh/version-profile.ts";
import type { Service } from "../core/service.ts";
import type { Stack } from "../core/stack.ts";
import { send } from "./send.ts";
import type { Answer } from "./send.ts";

/** A request that a stack's files promise an answer to. */
export interface FirstRequest {
  readonly service: Service;
  /** Value of the Host header: what the Java gateway sends. */
  readonly host: string;
  readonly path: string;
}

/** The case study's own service if the stack has it, otherwise the first that anybody can call without conditions. */
export function firstRequest(stack: Stack): FirstRequest | undefined {
  const candidates = stack.services.flatMap((service) => {
    const path = plainPath(service);
    // Domains are not asked for at the entry gateway.
    return path === undefined || isDomainName(service.environment)
      ? []
      : [{ service, host: environmentHost(service.environment), path }];
  });
  return candidates.find(({ service }) => service.name === "saas-showroom") ?? candidates[0];
}

/** A path of the service's that needs no condition and is forwarded whole to one destination. */
function plainPath(service: Service): string | undefined {
  for (const { action, matches } of service.routes) {
    if (action.kind !== "forward" || action.traffic.length !== 1 || action.fault !== undefined) continue;
    for (const match of matches) {
      const conditions = [...Object.keys(match.headers), ...Object.keys(match.queryParams)].length;
      if (match.path.kind !== "regex" && conditions === 0 && match.methods.length === 0)
        return match.path.value;
    }
  }
  return undefined;
}

/** Sends the request to a gateway until the expected service answers. @throws Error after `withinMs` with the last answer */
export async function followRequest(
  gateway: string,
  expected: FirstRequest,
  withinMs: number,
): Promise<Answer> {
  const deadline = Date.now() + withinMs;
  for (;;) {
    const answer = await send(gateway, expected).catch(() => undefined);
    if (answer?.status === 200 && answer.body?.service === expected.service.service) return answer;
    if (Date.now() > deadline) {
      const last =
        answer === undefined
          ? "no answer"
          : `status ${answer.status} from ${answer.body?.service ?? "no service"}`;
      throw new Error(
        `${gateway}${expected.path} with Host ${expected.host}: ${last}, expected ${expected.service.service}.`,
      );
    }
    await sleep(100);
  }
}

/** The way of an answered request, one line per hop. What is marked with = was observed, the rest is what was deployed. */
export function describeHops(
  stack: Stack,
  expected: FirstRequest,
  gateway: string,
  answer: Answer,
): string[] {
  const { service } = expected;
  const hops = hopsOf(stack, versionProfile(stack.versions));
  const authority = destinationAuthority({ service: service.service }, service.namespace);
  return [
    `GET ${expected.path}`,
    `    Host: ${expected.host}`,
    ` 1  entry gateway ${hops.entry.gateways.join(", ")} (here: ${gateway})`,
    `    VirtualService ${systemNamespace}/${virtualServiceName(service)} rewrites the authority to ${authority}`,
    ` 2  ${hops.clusterLocal.gateway} at ${hops.clusterLocal.serviceHost}:80`,
    `    Knative's VirtualService ${service.namespace}/${service.service}-ingress`,
    ` =  ${answer.status} from Knative service ${answer.body?.service ?? "?"} in ${answer.body?.namespace ?? "?"}, which saw Host ${answer.body?.host ?? "?"}`,
  ];
}
