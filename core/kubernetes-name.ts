import type { Violation } from "./violation.ts";

/** RFC 1123 label: what a namespace and most objects may be called. */
export const labelPattern = /^[a-z0-9]([-a-z0-9]*[a-z0-9])?$/;
/** RFC 1035 label: like the other, but begins with a letter. Knative asks it of services, Kubernetes of Services. */
export const serviceNamePattern = /^[a-z]([-a-z0-9]*[a-z0-9])?$/;
/** What a Kubernetes label's value may be. */
export const labelValuePattern = /^[A-Za-z0-9]([-A-Za-z0-9_.]*[A-Za-z0-9])?$/;

export const maximumLabel = 63;
const maximumHost = 253;

/** An environment gives its name to the Service `faas-<environment>-ksvc-gateway`, which is one DNS label. */
export const maximumEnvironmentName = maximumLabel - "faas--ksvc-gateway".length;

/** Checks a namespace, an environment or another RFC 1123 label. `what` begins the message, for example `the namespace`. */
export function checkLabel(what: string, name: string, maximum: number = maximumLabel): Violation[] {
  return checkName(what, name, maximum, labelPattern, "begin and end with a letter or digit");
}

/** Checks the name of a Knative service, which becomes a Kubernetes Service. */
export function checkServiceName(what: string, name: string): Violation[] {
  return checkName(
    what,
    name,
    maximumLabel,
    serviceNamePattern,
    "begin with a letter, end with a letter or digit",
  );
}

/** Checks text that becomes the value of a Kubernetes label, such as a team. */
export function checkLabelValue(what: string, value: string): Violation[] {
  if (value.length <= maximumLabel && labelValuePattern.test(value)) return [];
  return [
    {
      code: "invalid-name",
      path: [],
      message: `${what} ${JSON.stringify(value)} cannot be the value of a Kubernetes label`,
      fix: "use at most 63 letters, digits, dots, underscores and hyphens; begin and end with a letter or digit",
    },
  ];
}

/** Checks a DNS name of at least two labels, without a wildcard. */
export function checkHost(what: string, host: string): Violation[] {
  const labels = host.split(".");
  const valid =
    host.length <= maximumHost &&
    labels.length > 1 &&
    labels.every((label) => label.length <= maximumLabel && labelPattern.test(label)) &&
    !/^\d+$/.test(labels.at(-1) ?? "");
  if (valid) return [];
  return [
    {
      code: "invalid-host",
      path: [],
      message: `${what} ${JSON.stringify(host)} is not a full DNS name`,
      fix: "write the whole name in lower case, for example java-export-gateway.example.com; no scheme, port or address",
    },
  ];
}

function checkName(what: string, name: string, maximum: number, pattern: RegExp, ends: string): Violation[] {
  if (!pattern.test(name)) {
    return [
      {
        code: "invalid-name",
        path: [],
        message: `${what} ${JSON.stringify(name)} is not a name that Kubernetes takes`,
        fix: `use lower-case letters, digits and hyphens; ${ends}`,
      },
    ];
  }
  if (name.length <= maximum) return [];
  return [
    {
      code: "name-too-long",
      path: [],
      message: `${what} ${JSON.stringify(name)} has ${String(name.length)} characters; ${String(maximum)} fit into a DNS label with what is added to it`,
      fix: "choose a shorter one",
    },
  ];
}
