import { checkRetries } from "./action-rules.ts";
import { checkDuration } from "./duration.ts";
import type { AllowedPath, AllowRule, ExitGateway, Upstream, UpstreamTls } from "./exit-gateway.ts";
import { checkAddress, checkAddressRange } from "./ip-address.ts";
import { checkJavaWorkload } from "./java-workload-rules.ts";
import { checkHost, checkLabel } from "./kubernetes-name.ts";
import { clusterNamespace } from "./mesh/upstream.ts";
import { nearest } from "./nearest.ts";
import { checkNextHop } from "./next-hop-rules.ts";
import { checkLiteralPath } from "./path-rules.ts";
import { checkPort } from "./port.ts";
import { checkMethod } from "./service-rules.ts";
import { below, type KeyPath, type Violation } from "./violation.ts";

/** @param environments names of the stack's; undefined if they could not be read */
export function checkExit(exit: ExitGateway, environments: readonly string[] | undefined): Violation[] {
  const { timeout, retries, allow = [], mutualTls } = exit;
  return [
    ...(exit.mode === "managed"
      ? below(["upstream"], checkUpstream(exit.upstream))
      : checkJavaWorkload(exit.java)),
    ...checkNextHop(exit),
    ...(timeout === undefined ? [] : below(["timeout"], checkDuration(timeout))),
    ...(retries === undefined ? [] : below(["retries"], checkRetries(retries))),
    ...allow.flatMap((rule, index) =>
      below(["allow", index], checkAllowRule(rule, { mutualTls, environments })),
    ),
  ];
}

export function checkUpstream(upstream: Upstream): Violation[] {
  const { port, tls } = upstream;
  return [
    ...checkPlace(upstream),
    ...below(["port"], checkPort(port)),
    ...(tls === undefined ? [] : below(["tls"], checkUpstreamTls(tls))),
  ];
}

function checkPlace({ host, addresses }: Upstream): Violation[] {
  if (checkAddress("", host).length === 0) {
    return [
      violation(
        "invalid-host",
        ["host"],
        `the upstream's host ${JSON.stringify(host)} is an address`,
        `name it, for example host: java-export-gateway.example.com, and write addresses: [${JSON.stringify(host)}]`,
      ),
    ];
  }
  const violations = below(["host"], checkHost("the upstream's host", host));
  if (addresses === undefined) return violations;
  if (clusterNamespace({ host }) !== undefined) {
    violations.push(
      violation(
        "invalid-address",
        ["addresses"],
        `${host} is a Service of the cluster, which knows its own addresses`,
        "delete addresses, or name a host outside the cluster",
      ),
    );
  }
  return [
    ...violations,
    ...addresses.flatMap((address, index) =>
      below(["addresses", index], checkAddress("the upstream's address", address)),
    ),
  ];
}

/** The rules of Istio's webhook (pkg/config/validation/agent, ValidateTLS), and that no certificate goes unverified. */
function checkUpstreamTls({ mode, trust, sni, subjectAltNames = [] }: UpstreamTls): Violation[] {
  const violations = sni === undefined ? [] : below(["sni"], checkHost("the name to ask for", sni));
  subjectAltNames.forEach((name, index) => {
    if (/^[^\s*]+$/.test(name)) return;
    violations.push(
      violation(
        "invalid-tls",
        ["subjectAltNames", index],
        `no certificate has the name ${JSON.stringify(name)}: names are compared as they are, without wildcards`,
        "write a name that the certificate holds",
      ),
    );
  });
  if ("credentialName" in trust) {
    return [...violations, ...below(["credentialName"], checkLabel("the Secret", trust.credentialName))];
  }
  for (const key of ["clientCertificate", "privateKey"] as const) {
    if (mode === "mutual" && trust[key] === undefined) {
      violations.push(
        violation(
          "invalid-tls",
          [],
          `mode mutual shows a certificate, and ${key} is missing`,
          `add ${key}, or name a Secret by credentialName`,
        ),
      );
    }
    if (mode === "simple" && trust[key] !== undefined) {
      violations.push(
        violation(
          "invalid-tls",
          [key],
          `mode simple shows no certificate, so ${key} has no meaning`,
          `delete ${key}, or write mode: mutual`,
        ),
      );
    }
  }
  for (const [key, file] of Object.entries(trust)) {
    if (file.startsWith("/")) continue;
    violations.push(
      violation(
        "invalid-tls",
        [key],
        `${JSON.stringify(file)} is not the full path of a file`,
        "write where the file is in the gateway's pods; the system's own authorities are /etc/ssl/certs/ca-certificates.crt",
      ),
    );
  }
  return violations;
}

interface Surroundings {
  readonly mutualTls: boolean;
  readonly environments: readonly string[] | undefined;
}

function checkAllowRule(rule: AllowRule, { mutualTls, environments: known }: Surroundings): Violation[] {
  const { callers, environments = [], paths = [] } = rule;
  return [
    ...(callers.kind === "namespaces"
      ? checkCallingNamespaces(callers.namespaces, mutualTls)
      : callers.addresses.flatMap((address, index) =>
          below(["addresses", index], checkAddressRange("the caller's address", address)),
        )),
    ...environments.flatMap((name, index) =>
      known === undefined || known.includes(name) ? [] : [unknownEnvironment(name, known, index)],
    ),
    ...paths.flatMap((path, index) => below(["paths", index], checkAllowedPath(path))),
  ];
}

function checkCallingNamespaces(namespaces: readonly string[], mutualTls: boolean): Violation[] {
  const violations = namespaces.flatMap((name, index) =>
    below(["namespaces", index], checkLabel("the namespace", name)),
  );
  if (mutualTls) return violations;
  return [
    ...violations,
    violation(
      "identity-needs-mutual-tls",
      ["namespaces"],
      "who calls in plain HTTP shows no certificate, so its namespace is unknown and the rule would allow nobody",
      "write mutualTls: true, which needs sidecars at the callers, or tell callers apart by addresses",
    ),
  ];
}

function unknownEnvironment(name: string, known: readonly string[], index: number): Violation {
  const close = nearest(name, known);
  return violation(
    "unknown-environment",
    ["environments", index],
    `there is no environment ${JSON.stringify(name)}`,
    close === undefined ? `write one of ${known.join(", ")}` : `did you mean ${close}?`,
  );
}

/** What Istio takes for a wildcard or a template in a policy cannot be meant literally. */
function checkAllowedPath({ kind, value, methods }: AllowedPath): Violation[] {
  const violations = below([kind], checkLiteralPath(value));
  if (!value.startsWith("/") || value.includes("*")) {
    violations.push(
      violation(
        "invalid-allowed-path",
        [kind],
        `${JSON.stringify(value)} is not the beginning of a path, as it is written in a policy`,
        "begin with a slash, and write no asterisk: a prefix ends where it ends",
      ),
    );
  }
  return [
    ...violations,
    ...methods.flatMap((method, index) => below(["method", index], checkMethod(method))),
  ];
}

function violation(code: string, path: KeyPath, message: string, fix: string): Violation {
  return { code, path, message, fix };
}
