import { checkDuration } from "./duration.ts";
import { checkHeaderList, checkHeaderOperations, checkValueMatch } from "./header-rules.ts";
import { checkLabel, checkServiceName, maximumLabel } from "./kubernetes-name.ts";
import { nearest } from "./nearest.ts";
import { checkLiteralPath } from "./path-rules.ts";
import { checkRegexRewrite } from "./regex-rules.ts";
import type {
  Cors,
  Destination,
  DirectResponseAction,
  Fault,
  ForwardAction,
  Mirror,
  RedirectAction,
  Retries,
  Rewrite,
  Target,
  ValueMatch,
} from "./service.ts";
import { below, type KeyPath, type Violation } from "./violation.ts";

/** An action of which not everything could be read; what is there is checked. */
export type PartialAction =
  | (Omit<ForwardAction, "traffic"> & Partial<Pick<ForwardAction, "traffic">>)
  | RedirectAction
  | DirectResponseAction;

/**
 * The rules of Istio's webhook for what a route does (pkg/config/validation/virtualservice.go), and those of the proxy where the webhook
 * lets something through that makes it refuse the routes of the whole gateway. Paths are those of the file.
 * @param self the service of the file, whose name is checked there
 */
export function checkAction(action: PartialAction, self: string): Violation[] {
  switch (action.kind) {
    case "forward":
      return checkForward(action, self);
    case "redirect":
      return below(["redirect"], checkRedirect(action));
    case "directResponse":
      return below(["directResponse"], checkDirectResponse(action));
  }
}

function checkForward(action: PartialAction & { kind: "forward" }, self: string): Violation[] {
  const { traffic, rewrite, timeout, retries, fault, cors, headers, mirror } = action;
  return [
    ...(traffic === undefined ? [] : below(["traffic"], checkTraffic(traffic, self))),
    ...(rewrite === undefined ? [] : below(["rewrite"], checkRewrite(rewrite))),
    ...(timeout === undefined ? [] : below(["timeout"], checkDuration(timeout))),
    ...(retries === undefined ? [] : below(["retries"], checkRetries(retries))),
    ...(fault === undefined ? [] : below(["fault"], checkFault(fault))),
    ...(cors === undefined ? [] : below(["cors"], checkCors(cors))),
    ...(headers === undefined ? [] : below(["headers"], checkHeaderOperations(headers))),
    ...(mirror === undefined ? [] : below(["mirror"], checkMirror(mirror))),
  ];
}

function checkTraffic(traffic: readonly Destination[], self: string): Violation[] {
  const violations = traffic.flatMap((destination, index) =>
    below([index], checkDestination(destination, self)),
  );
  const targets = new Set<string>();
  traffic.forEach(({ service, tag }, index) => {
    const target = JSON.stringify([service, tag ?? null]);
    if (targets.has(target)) {
      violations.push(
        violation(
          "duplicate-destination",
          [index],
          `${service}${tag === undefined ? "" : ` with tag ${tag}`} stands twice in one split`,
          "add its weights up in one line",
        ),
      );
    }
    targets.add(target);
  });
  const sum = traffic.reduce((total, { weight }) => total + weight, 0);
  if (sum !== 100) {
    violations.push(
      violation(
        "weights-not-100",
        [],
        `the weights add up to ${String(sum)}, not to 100`,
        `they are percentages: ${sum < 100 ? `${String(100 - sum)} are missing` : `${String(sum - 100)} too many`}`,
      ),
    );
  }
  return violations;
}

function checkDestination({ weight, ...target }: Destination, self: string): Violation[] {
  const violations = checkTarget(target, self);
  if (!Number.isInteger(weight) || weight < 0 || weight > 100) {
    violations.push(
      violation(
        "invalid-weight",
        ["weight"],
        `the weight ${String(weight)} is not a whole percentage`,
        "write a whole number from 0 to 100",
      ),
    );
  }
  return violations;
}

/** @param self the service of the file, whose name is checked there */
export function checkTarget({ service, tag }: Target, self: string): Violation[] {
  const violations = service === self ? [] : below(["service"], checkServiceName("the service", service));
  if (tag !== undefined) {
    violations.push(...below(["tag"], checkLabel("the tag", tag)));
    // Knative serves a tag at <tag>-<service>.<namespace>: https://knative.dev/docs/serving/traffic-management/
    if (tag.length + 1 + service.length > maximumLabel) {
      violations.push(
        violation(
          "name-too-long",
          ["tag"],
          `the host label ${tag}-${service} has ${String(tag.length + 1 + service.length)} characters; ${String(maximumLabel)} fit into a DNS label`,
          "choose a shorter tag",
        ),
      );
    }
  }
  return violations;
}

function checkRewrite(rewrite: Rewrite): Violation[] {
  if (rewrite.kind === "regex") return below(["regex"], checkRegexRewrite(rewrite.match, rewrite.replace));
  if (!rewrite.uri.startsWith("/")) {
    return [
      violation(
        "invalid-rewrite",
        ["uri"],
        `${JSON.stringify(rewrite.uri)} is not the beginning of a path`,
        "begin with a slash; / takes the matched prefix away",
      ),
    ];
  }
  return below(["uri"], checkLiteralPath(rewrite.uri));
}

/** https://www.envoyproxy.io/docs/envoy/latest/configuration/http/http_filters/router_filter#x-envoy-retry-on and x-envoy-retry-grpc-on */
const retryConditions = [
  "5xx",
  "gateway-error",
  "reset",
  "reset-before-request",
  "connect-failure",
  "retriable-4xx",
  "refused-stream",
  "retriable-status-codes",
  "retriable-headers",
  "envoy-ratelimited",
  "http3-post-connect-failure",
  "cancelled",
  "deadline-exceeded",
  "internal",
  "resource-exhausted",
  "unavailable",
];

/** Codes that Go has a text for, which are those that Istio takes: https://pkg.go.dev/net/http#StatusText */
const retryStatuses = new Set([
  ...[100, 101, 102, 103, 200, 201, 202, 203, 204, 205, 206, 207, 208, 226, 300, 301, 302, 303, 304, 305],
  ...[307, 308, 400, 401, 402, 403, 404, 405, 406, 407, 408, 409, 410, 411, 412, 413, 414, 415, 416, 417],
  ...[418, 421, 422, 423, 424, 425, 426, 428, 429, 431, 451, 500, 501, 502, 503, 504, 505, 506, 507, 508],
  ...[510, 511],
]);

/** Of the API's field, an int32. */
const mostAttempts = 2_147_483_647;

export function checkRetries({ attempts, perTryTimeout, retryOn }: Retries): Violation[] {
  const violations: Violation[] = [];
  if (!Number.isInteger(attempts) || attempts < 0 || attempts > mostAttempts) {
    violations.push(
      violation(
        "invalid-retries",
        ["attempts"],
        `${String(attempts)} attempts cannot be made`,
        "write a whole number; 0 switches retries off",
      ),
    );
  }
  for (const [key, value] of [["perTryTimeout", perTryTimeout] as const, ["retryOn", retryOn] as const]) {
    if (attempts === 0 && value !== undefined) {
      violations.push(
        violation(
          "invalid-retries",
          [key],
          `${key} has no meaning when attempts is 0, and Istio refuses the pair`,
          `delete ${key}, or write at least one attempt`,
        ),
      );
    }
  }
  if (perTryTimeout !== undefined) violations.push(...below(["perTryTimeout"], checkDuration(perTryTimeout)));
  (retryOn ?? []).forEach((condition, index) => {
    violations.push(...below(["retryOn", index], checkRetryCondition(condition)));
  });
  return violations;
}

function checkRetryCondition(condition: string): Violation[] {
  if (retryConditions.includes(condition)) return [];
  if (/^\d{3}$/.test(condition) && retryStatuses.has(Number(condition))) return [];
  return [
    violation(
      "invalid-retries",
      [],
      `${JSON.stringify(condition)} is no condition that the proxy retries on`,
      suggest(condition, retryConditions),
    ),
  ];
}

function checkFault({ delay, abort }: Fault): Violation[] {
  const violations: Violation[] = [];
  if (delay !== undefined) {
    violations.push(
      ...below(["delay", "percent"], checkPercent(delay.percent)),
      ...below(["delay", "duration"], checkDuration(delay.duration)),
    );
  }
  if (abort !== undefined) {
    violations.push(
      ...below(["abort", "percent"], checkPercent(abort.percent)),
      ...below(["abort"], checkStatus(abort.status, ["status"], isResponseStatus)),
    );
  }
  return violations;
}

const corsMethods = ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "CONNECT", "OPTIONS", "TRACE", "*"];

function checkCors(cors: Cors): Violation[] {
  const violations = (cors.allowOrigins ?? []).flatMap((origin, index) =>
    below(["allowOrigins", index], checkOrigin(origin)),
  );
  (cors.allowMethods ?? []).forEach((method, index) => {
    if (corsMethods.includes(method)) return;
    violations.push(
      violation(
        "invalid-method",
        ["allowMethods", index],
        `${JSON.stringify(method)} is not a method that Istio knows`,
        suggest(method, corsMethods),
      ),
    );
  });
  violations.push(
    ...below(["allowHeaders"], checkHeaderList(cors.allowHeaders ?? [])),
    ...below(["exposeHeaders"], checkHeaderList(cors.exposeHeaders ?? [])),
  );
  if (cors.maxAge !== undefined) violations.push(...below(["maxAge"], checkDuration(cors.maxAge, "s")));
  return violations;
}

function checkOrigin(origin: ValueMatch): Violation[] {
  if (origin.kind !== "exact" || origin.value !== "") return checkValueMatch(origin);
  return [
    violation(
      "invalid-value-match",
      ["exact"],
      "the origin is empty, which Istio refuses",
      "write an origin such as https://www.example.com",
    ),
  ];
}

function checkMirror({ service, percent }: Mirror): Violation[] {
  return [
    ...below(["service"], checkServiceName("the service", service)),
    ...below(["percent"], checkPercent(percent)),
  ];
}

function checkRedirect({ uri, authority, status }: RedirectAction): Violation[] {
  const violations: Violation[] = [];
  if (uri !== undefined && !/^\/[!-~]*$/.test(uri)) {
    violations.push(
      violation(
        "invalid-redirect",
        ["uri"],
        `${JSON.stringify(uri)} is not a path`,
        "begin with a slash and percent-encode what is not ASCII; the host goes into authority",
      ),
    );
  }
  if (authority !== undefined && !/^[A-Za-z0-9]([-A-Za-z0-9.]*[A-Za-z0-9])?(:\d{1,5})?$/.test(authority)) {
    violations.push(
      violation(
        "invalid-redirect",
        ["authority"],
        `${JSON.stringify(authority)} is not a host`,
        "write a host with or without a port, for example www.example.com; no scheme, no path",
      ),
    );
  }
  if (status !== undefined) violations.push(...checkStatus(status, ["status"], isRedirectStatus));
  return violations;
}

const redirectStatuses = [301, 302, 303, 307, 308];

const isRedirectStatus = {
  holds: (status: number) => redirectStatuses.includes(status),
  fix: `write one of ${redirectStatuses.join(", ")}`,
};

/** The webhook takes 600 as well, for which the proxy refuses the routes of the whole gateway. */
const isResponseStatus = {
  holds: (status: number) => Number.isInteger(status) && status >= 200 && status <= 599,
  fix: "write a number from 200 to 599",
};

/** In bytes; istiod tells the proxy the same limit. */
const largestBody = 1024 * 1024;

function checkDirectResponse({ status, body = "" }: DirectResponseAction): Violation[] {
  const bytes = new TextEncoder().encode(body).length;
  return [
    ...checkStatus(status, ["status"], isResponseStatus),
    ...(bytes <= largestBody
      ? []
      : [
          violation(
            "body-too-large",
            ["body"],
            `the body has ${String(bytes)} bytes; Istio takes ${String(largestBody)}`,
            "send a shorter text, or redirect to where the long one is",
          ),
        ]),
  ];
}

function checkStatus(
  status: DirectResponseAction["status"],
  path: KeyPath,
  rule: { holds: (status: number) => boolean; fix: string },
): Violation[] {
  if (rule.holds(status)) return [];
  return [
    violation("invalid-status", path, `${String(status)} is not a status that can be sent here`, rule.fix),
  ];
}

/** Istio: 0, or from 0.0001 to 100, which is the resolution of the proxy. */
function checkPercent(percent: number): Violation[] {
  if (percent === 0 || (percent >= 0.0001 && percent <= 100)) return [];
  return [
    violation(
      "invalid-percent",
      [],
      `${String(percent)} is not a percentage`,
      "write a number from 0.0001 to 100; 0 switches it off",
    ),
  ];
}

function suggest(text: string, known: readonly string[]): string {
  const close = nearest(text, known);
  return close === undefined ? `write one of ${known.join(", ")}` : `did you mean ${close}?`;
}

function violation(code: string, path: KeyPath, message: string, fix: string): Violation {
  return { code, path, message, fix };
}
