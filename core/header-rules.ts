import { mirrorHeader } from "./mesh/names.ts";
import { checkRegex } from "./regex-rules.ts";
import type { HeaderChanges, HeaderOperations, ValueMatch } from "./service.ts";
import { below, type Violation } from "./violation.ts";

/** RFC 7230 §3.2.6 token. */
export const tokenPattern = /^[-!#$%&'*+.^_`|~0-9A-Za-z]+$/;

/** A visible character, blanks and tabs inside, and bytes above 127. */
const controlCharacter = /[\u0000-\u0008\u000a-\u001f\u007f]/;

/**
 * What Envoy puts in place of `%NAME%` or `%NAME(arguments)%`; a percent sign itself is `%%`. A name the proxy does not know makes it
 * refuse the routes of the whole gateway, so only what looks like one is let through. Arguments are plain text or a list of strings:
 * of all others Istio's webhook refuses some (pkg/config/validation/header_value_validator.go).
 * https://www.envoyproxy.io/docs/envoy/latest/configuration/http/http_conn_man/headers#custom-request-response-headers
 */
const plainArguments = String.raw`[^()%"\\[ ][^()%"\\]*`;
const listArguments = String.raw`\[ *"[^()%"\\]*"( *, *"[^()%"\\]*")* *\]`;
const valuePattern = new RegExp(
  `^([^%]|%%|%[A-Z][A-Z0-9_]*(\\((${plainArguments}|${listArguments})\\))?%)*$`,
);

/** Checks the conditions on request headers of one match. */
export function checkHeaderMatches(headers: Readonly<Record<string, ValueMatch>>): Violation[] {
  return Object.entries(headers).flatMap(([name, match]) =>
    below([name], [...checkConditionName(name), ...checkValueMatch(match)]),
  );
}

/** Checks the conditions on query parameters of one match. */
export function checkQueryMatches(parameters: Readonly<Record<string, ValueMatch>>): Violation[] {
  return Object.entries(parameters).flatMap(([name, match]) =>
    below(
      [name],
      [
        ...(name === ""
          ? [violation("invalid-name", "the name is empty", "write the parameter's name")]
          : []),
        ...checkValueMatch(match),
      ],
    ),
  );
}

/** Checks exact, prefix or regex of a condition. */
export function checkValueMatch(match: ValueMatch): Violation[] {
  if (match.kind === "regex") return below(["regex"], checkRegex(match.value));
  if (match.kind === "present") return [];
  if (match.kind === "prefix" && match.value === "") {
    return below(
      ["prefix"],
      [violation("invalid-value-match", "the prefix is empty", "write `present: true` for any value")],
    );
  }
  if (!controlCharacter.test(match.value)) return [];
  return below(
    [match.kind],
    [violation("invalid-value-match", "holds a control character, which no request can", "delete it")],
  );
}

/** Checks what a rule does to the headers of requests and responses. */
export function checkHeaderOperations(operations: HeaderOperations): Violation[] {
  return (["request", "response"] as const).flatMap((side) => {
    const changes = operations[side];
    return changes === undefined ? [] : below([side], checkChanges(changes));
  });
}

/** Lists header names for CORS, where `*` stands for all. */
export function checkHeaderList(names: readonly string[]): Violation[] {
  return names.flatMap((name, index) => (name === "*" ? [] : below([index], checkToken(name))));
}

function checkChanges(changes: HeaderChanges): Violation[] {
  const violations: Violation[] = [];
  for (const operation of ["set", "add"] as const) {
    for (const [name, value] of Object.entries(changes[operation] ?? {})) {
      violations.push(...below([operation, name], [...checkChangedName(name), ...checkValue(value)]));
    }
  }
  (changes.remove ?? []).forEach((name, index) => {
    violations.push(...below(["remove", index], checkChangedName(name)));
  });
  return violations;
}

/** The proxy takes a condition on `:path` to mean path and query, and `host` with or without a port. */
export function checkConditionName(name: string): Violation[] {
  if (name.startsWith(":") || name.toLowerCase() === "host") {
    return [
      violation(
        "header-not-allowed",
        `${JSON.stringify(name)} is part of the request itself, not a header to match`,
        "match the path by exact, prefix or regex and the method by method; the host is the environment's",
      ),
    ];
  }
  return checkToken(name);
}

export function checkCookieName(name: string): Violation[] {
  if (tokenPattern.test(name)) return [];
  return [
    violation(
      "invalid-header-name",
      `${JSON.stringify(name)} cannot be the name of a cookie`,
      "use letters, digits and hyphens, for example preview",
    ),
  ];
}

function checkChangedName(name: string): Violation[] {
  if (name.toLowerCase() === mirrorHeader) {
    return [
      violation(
        "header-not-allowed",
        `${name} tells the entry gateway who a mirrored request is for`,
        "use another name",
      ),
    ];
  }
  if (name.startsWith(":") || name.toLowerCase() === "host") {
    return [
      violation(
        "header-not-allowed",
        `${JSON.stringify(name)} cannot be changed here`,
        "use rewrite for the path; the authority is always rewritten to the target",
      ),
    ];
  }
  return checkToken(name);
}

function checkToken(name: string): Violation[] {
  if (tokenPattern.test(name)) return [];
  return [
    violation(
      "invalid-header-name",
      `${JSON.stringify(name)} cannot be the name of a header`,
      "use letters, digits and hyphens, for example x-tenant",
    ),
  ];
}

function checkValue(value: string): Violation[] {
  if (controlCharacter.test(value)) {
    return [violation("invalid-header-value", "the value holds a control character", "delete it")];
  }
  if (valuePattern.test(value)) return [];
  return [
    violation(
      "invalid-header-value",
      `% begins a variable of the proxy, and ${JSON.stringify(value)} holds none`,
      "write %% for a percent sign, or a variable such as %DOWNSTREAM_REMOTE_ADDRESS_WITHOUT_PORT%",
    ),
  ];
}

function violation(code: string, message: string, fix: string): Violation {
  return { code, path: [], message, fix };
}
