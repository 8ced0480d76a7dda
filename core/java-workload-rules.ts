import type { EgressRule, JavaWorkload, Resources, SecretKey } from "./exit-gateway.ts";
import { checkAddressRange } from "./ip-address.ts";
import { checkLabel } from "./kubernetes-name.ts";
import { checkPort } from "./port.ts";
import { parseCpu, parseMemory } from "./quantity.ts";
import { below, type KeyPath, type Violation } from "./violation.ts";

/** Paths are those of the config's keys. */
export function checkJavaWorkload(java: JavaWorkload): Violation[] {
  const { image, port, resources, healthPath, runAsUser, pullSecrets, egress } = java;
  return [
    ...below(["image"], checkImage(image)),
    ...below(["port"], checkPort(port, 1024)),
    ...below(["resources"], checkResources(resources)),
    ...checkVariables(java),
    ...(healthPath?.startsWith("/") === false
      ? [
          violation(
            "invalid-value",
            ["healthPath"],
            `${JSON.stringify(healthPath)} is not a path`,
            "begin with a slash",
          ),
        ]
      : []),
    ...(runAsUser === undefined || (Number.isInteger(runAsUser) && runAsUser > 0)
      ? []
      : [
          violation(
            "invalid-value",
            ["runAsUser"],
            `${String(runAsUser)} is not the number of a user without privileges`,
            "write a whole number from 1, for example 1000",
          ),
        ]),
    ...pullSecrets.flatMap((name, index) => below(["pullSecrets", index], checkLabel("the Secret", name))),
    ...egress.flatMap((rule, index) => below(["egress", index], checkEgress(rule))),
  ];
}

/** https://github.com/distribution/reference: registry and path, then tag, digest or both. */
const imageReference =
  /^(?:[a-zA-Z0-9.-]+(?::\d+)?\/)?[a-z0-9]+(?:[._-]+[a-z0-9]+)*(?:\/[a-z0-9]+(?:[._-]+[a-z0-9]+)*)*(?<tag>:\w[\w.-]{0,127})?(?<digest>@sha256:[0-9a-f]{64})?$/;

function checkImage(image: string): Violation[] {
  const { groups } = imageReference.exec(image) ?? {};
  if (groups === undefined) {
    return [
      violation(
        "invalid-image",
        [],
        `${JSON.stringify(image)} does not name an image`,
        "write registry, path and tag, for example registry.example.com/java/export-gateway:2.4.1",
      ),
    ];
  }
  if (groups["digest"] !== undefined || (groups["tag"] !== undefined && groups["tag"] !== ":latest"))
    return [];
  return [
    violation(
      "invalid-image",
      [],
      `${JSON.stringify(image)} is another image every time somebody pushes one`,
      "add the tag of a release, or a digest",
    ),
  ];
}

function checkResources({ requests, limits }: Resources): Violation[] {
  const kinds = [
    ["cpu", parseCpu, "an amount of CPU", "write thousandths or whole CPUs, for example 500m or 2"],
    ["memory", parseMemory, "an amount of memory", "write mebibytes or gibibytes, for example 512Mi or 2Gi"],
  ] as const;
  const violations: Violation[] = [];
  for (const [kind, parse, what, fix] of kinds) {
    for (const [key, amounts] of Object.entries({ requests, limits })) {
      if (amounts === undefined || parse(amounts[kind]) !== undefined) continue;
      const message = `${JSON.stringify(amounts[kind])} is not ${what}`;
      violations.push(violation("invalid-resources", [key, kind], message, fix));
    }
    const [request = 0, limit = Infinity] = [parse(requests[kind]), limits && parse(limits[kind])];
    if (request <= limit) continue;
    violations.push(
      violation(
        "invalid-resources",
        ["limits", kind],
        `the limit ${limits?.[kind] ?? ""} is below the ${requests[kind]} that are requested`,
        "write a higher limit or a lower request",
      ),
    );
  }
  return violations;
}

function checkVariables({ env, secretEnv }: JavaWorkload): Violation[] {
  return [
    ...Object.keys(env).flatMap((name) => below(["env", name], checkVariable(name))),
    ...Object.entries(secretEnv).flatMap(([name, source]) =>
      below(
        ["secretEnv", name],
        [
          ...checkVariable(name),
          ...checkSecretKey(source),
          ...(Object.hasOwn(env, name)
            ? [violation("duplicate-name", [], `${name} stands in env as well`, "keep one of the two")]
            : []),
        ],
      ),
    ),
  ];
}

function checkVariable(name: string): Violation[] {
  if (/^[A-Za-z_]\w*$/.test(name)) return [];
  return [
    violation(
      "invalid-name",
      [],
      `${JSON.stringify(name)} is not the name of an environment variable`,
      "use letters, digits and underscores, no digit at the beginning",
    ),
  ];
}

function checkSecretKey({ secret, key }: SecretKey): Violation[] {
  return [
    ...below(["secret"], checkLabel("the Secret", secret)),
    ...(/^[-\w.]{1,253}$/.test(key)
      ? []
      : [
          violation(
            "invalid-name",
            ["key"],
            `${JSON.stringify(key)} is not a key of a Secret`,
            "use letters, digits, hyphens, dots and underscores",
          ),
        ]),
  ];
}

function checkEgress(rule: EgressRule): Violation[] {
  return [
    ...("namespace" in rule
      ? below(["namespace"], checkLabel("the namespace", rule.namespace))
      : rule.addresses.flatMap((range, index) =>
          below(["addresses", index], checkAddressRange("the range", range)),
        )),
    ...(rule.ports ?? []).flatMap((port, index) => below(["ports", index], checkPort(port))),
  ];
}

function violation(code: string, path: KeyPath, message: string, fix: string): Violation {
  return { code, path, message, fix };
}
