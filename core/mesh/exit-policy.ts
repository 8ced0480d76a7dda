import { compact } from "../compact.ts";
import type { AllowedPath, AllowRule } from "../exit-gateway.ts";
import { selector } from "./gateway.ts";
import type {
  AuthorizationOperation,
  AuthorizationPolicy,
  AuthorizationRule,
  AuthorizationSource,
  HttpRoute,
} from "./istio.ts";
import { exitGatewayName, javaHost, systemNamespace } from "./names.ts";
import type { VersionProfile } from "./version-profile.ts";

/** Who may call which Java services: with it, whoever no rule allows gets 403 from the exit gateway. */
export function renderExitPolicy(rules: readonly AllowRule[], profile: VersionProfile): AuthorizationPolicy {
  return {
    apiVersion: profile.securityApiVersion,
    kind: "AuthorizationPolicy",
    metadata: { name: exitGatewayName, namespace: systemNamespace },
    spec: {
      selector: { matchLabels: selector(exitGatewayName) },
      action: "ALLOW",
      rules: rules.map(renderRule),
    },
  };
}

function renderRule({ callers, environments, paths }: AllowRule): AuthorizationRule {
  // A client may add the port.
  const hosts = environments?.map(javaHost).flatMap((host) => [host, `${host}:*`]);
  const operations = (paths?.map(renderPath) ?? [{}]).map((operation) => compact({ ...operation, hosts }));
  const to = operations
    .filter((operation) => Object.keys(operation).length > 0)
    .map((operation) => ({ operation }));
  return { from: [{ source: renderSource(callers) }], ...(to.length > 0 && { to }) };
}

/** The address of the connection, not one that a header claims. */
function renderSource(callers: AllowRule["callers"]): AuthorizationSource {
  return callers.kind === "namespaces"
    ? { namespaces: [...callers.namespaces] }
    : { ipBlocks: [...callers.addresses] };
}

function renderPath({ kind, value, methods }: AllowedPath): AuthorizationOperation {
  return {
    paths: [kind === "exact" ? value : `${value}*`],
    ...(methods.length > 0 && { methods: [...methods] }),
  };
}

/**
 * Paths that a Java server may read as another one than the proxy compared with the policy: path parameters, dot segments and
 * encoded separators, also encoded twice. `/orders/..;/admin` begins with `/orders/`, and Tomcat answers it as `/admin`.
 */
const ambiguousPath = String.raw`.*(?:[;\\]|%(?:2[5eEfF]|3[bB]|5[cC])|/\.{1,2}(?:/|$)).*`;

/** The rule that answers them, ahead of all others. Needed only where paths decide. */
export function ambiguousPathRule(rules: readonly AllowRule[]): HttpRoute[] {
  if (!decidesByPath(rules)) return [];
  return [{ match: [{ uri: { regex: ambiguousPath } }], directResponse: { status: 400 } }];
}

export function decidesByPath(rules: readonly AllowRule[]): boolean {
  return rules.some(({ paths }) => paths !== undefined);
}
