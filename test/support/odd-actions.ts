import fc from "fast-check";
import type { Cors, ForwardAction, RouteAction, RouteMatch, ValueMatch } from "../../core/service.ts";
import type { NextHopPolicy } from "../../core/stack.ts";
import { aForward, aMatch } from "./builders.ts";

// Values around every border that a rule draws, valid and invalid ones alike, one at a time: of two in one rule, the refusal of one
// would hide that the other is let through.

/** One odd value and where it stands. */
interface Odd<Value> {
  readonly what: string;
  readonly value: Value;
}

export type OddRoute = Odd<{ readonly action: RouteAction; readonly match: RouteMatch }>;
export type OddNextHop = Odd<NextHopPolicy>;

const durations = oneOf(
  ["1s", "1ms", "1m30s", "1h0m0.5s", "1.5s", "1500ms", "0s", "0.0s", "0.5ms", "1500us", "2000us", "999ns"],
  ["1", "", "s", "-1s", "+1s", "1d", "1 s", "1S", "1.s", ".5s", "1e3s", "1000000h", "9000000000s", "1µs"],
  fc.stringMatching(/^[0-9]{1,3}(\.[0-9]{1,4})?(ns|us|ms|s|m|h)$/),
);
const percents = oneOf([0, 0.0001, 0.00001, 0.5, 33.3, 100, 100.0001, 101, -0.0001, -1]);
const statuses = oneOf(
  [-1, 0, 1, 99, 100, 199, 200, 204, 304, 404, 599, 600, 601, 999, 2.5],
  fc.integer({ min: 150, max: 650 }),
);
const regexes = oneOf(
  ["", ".*", "a{1000}", "a{1001}", "(?=a)", "(?i)a", "\\1", "[", "(a", "\\pL", "\\C", "(?P<n>a)", "a**"],
  ["(?<n>a)", "a".repeat(1024), "a".repeat(1025), "ä".repeat(513), "\\Qa", "[[:word:]]", "(?s).", "x{2,1}"],
  fc.stringMatching(/^[ab()[\]*+?.|\\^$-]{1,6}$/),
);
const headerNames = oneOf(
  ["x-a", "X_B", "", "a b", "host", "Host", ":authority", ":path", ":x", "x:y", "ä", "x\n", "x-kfaas-mirror"],
  fc.stringMatching(/^[!-~]{1,4}$/),
);
const headerValues = oneOf(
  ["", "a", "50%", "%%", "%PROTOCOL%", "%lower%", "%A_9%", "% %", "a\tb", "a\nb", "\u0000", "\u007f", "ü"],
  ["%REQ(X-A)%", "%REQ()%", "%REQ( X)%", '%A(["a"])%', '%A(["a", "b"])%', "%A([a])%", "%A(x\\)%", '%A(x"y)%'],
  fc.stringMatching(/^[%A()[\]"\\, ]{1,8}$/).filter((text) => text.includes("%")),
);
const valueMatches: fc.Arbitrary<ValueMatch> = fc.oneof(
  fc.record({
    kind: fc.constantFrom("exact", "prefix"),
    value: oneOf(["", "a", "*", "a b", "ä", "\n", "https://www.example.com"]),
  }),
  fc.record({ kind: fc.constant("regex"), value: regexes }),
);
const paths = oneOf(["", "/", "/a", "a", "//", "/a b", "/ä", "/%20", "/a?b=c", "/a#b", "/\n"]);
const corsMethods = oneOf(["GET", "*", "CONNECT", "TRACE", "get", "", "PURGE"]);

const serviceNames = oneOf([
  "a",
  "a-b",
  "",
  "A",
  "1a",
  "a.b",
  "a_b",
  "-a",
  "*",
  "a".repeat(63),
  "a".repeat(64),
]);
const weights = oneOf([-1, 0, 1, 50, 99, 100, 101, 33.3]);

function forward(changes: fc.Arbitrary<Partial<ForwardAction>>): fc.Arbitrary<RouteAction> {
  return changes.map((change) => aForward("saas-showroom", change));
}

function cors(changes: fc.Arbitrary<Cors>): fc.Arbitrary<RouteAction> {
  return forward(changes.map((change) => ({ cors: change })));
}

function changesOf(headers: fc.Arbitrary<ForwardAction["headers"]>): fc.Arbitrary<RouteAction> {
  return forward(headers.map((change) => (change === undefined ? {} : { headers: change })));
}

const actions: Readonly<Record<string, fc.Arbitrary<RouteAction>>> = {
  timeout: forward(fc.record({ timeout: durations })),
  "retries.attempts": forward(
    oneOf([-1, 0, 1, 25, 2 ** 31 - 1, 2 ** 31, 1.5]).map((attempts) => ({ retries: { attempts } })),
  ),
  "retries.perTryTimeout": forward(
    fc
      .tuple(fc.constantFrom(0, 1), durations)
      .map(([attempts, perTryTimeout]) => ({ retries: { attempts, perTryTimeout } })),
  ),
  "retries.retryOn": forward(
    fc
      .tuple(
        fc.constantFrom(0, 1, 1, 1),
        oneOf(
          ["5xx", "reset", "cancelled", "retriable-headers", "http3-post-connect-failure", "5XX", "never"],
          ["", " 503", "a,b", "reset,503"],
          fc.integer({ min: 99, max: 600 }).map(String),
        ),
      )
      .map(([attempts, condition]) => ({ retries: { attempts, retryOn: [condition] } })),
  ),
  "fault.delay": forward(
    fc
      .oneof(
        fc.record({ percent: percents, duration: fc.constant("1s") }),
        fc.record({ percent: fc.constant(1), duration: durations }),
      )
      .map((delay) => ({ fault: { delay } })),
  ),
  "fault.abort": forward(
    fc
      .oneof(
        fc.record({ percent: percents, status: fc.constant(503) }),
        fc.record({ percent: fc.constant(1), status: statuses }),
      )
      .map((abort) => ({ fault: { abort } })),
  ),
  "cors.allowOrigins": cors(valueMatches.map((origin) => ({ allowOrigins: [origin] }))),
  "cors.allowMethods": cors(corsMethods.map((method) => ({ allowMethods: [method] }))),
  "cors.allowHeaders": cors(
    fc.oneof(headerNames, fc.constant("*")).map((name) => ({ allowHeaders: [name] })),
  ),
  "cors.exposeHeaders": cors(headerNames.map((name) => ({ exposeHeaders: [name] }))),
  "cors.maxAge": cors(durations.map((maxAge) => ({ maxAge }))),
  "headers, a name": changesOf(
    fc
      .tuple(fc.constantFrom("request", "response"), fc.constantFrom("set", "add", "remove"), headerNames)
      .map(([side, operation, name]) => ({
        [side]: { [operation]: operation === "remove" ? [name] : { [name]: "a" } },
      })),
  ),
  "headers, a value": changesOf(
    fc
      .tuple(fc.constantFrom("request", "response"), fc.constantFrom("set", "add"), headerValues)
      .map(([side, operation, value]) => ({ [side]: { [operation]: { "x-a": value } } })),
  ),
  "rewrite.uri": forward(paths.map((uri) => ({ rewrite: { kind: "uri", uri } }))),
  "rewrite.regex.match": forward(
    regexes.map((match) => ({ rewrite: { kind: "regex", match, replace: "/a" } })),
  ),
  "rewrite.regex.replace": forward(
    oneOf(["", "a", "\\0", "\\1", "\\2", "\\x", "\\", "a b", "\n"]).map((replace) => ({
      rewrite: { kind: "regex", match: "(a)", replace },
    })),
  ),
  "mirror.percent": forward(percents.map((percent) => ({ mirror: { service: "shadow", percent } }))),
  "mirror.service": forward(serviceNames.map((service) => ({ mirror: { service, percent: 1 } }))),
  "traffic, a name": serviceNames.map((service) => aForward([{ service, weight: 100 }])),
  "traffic, a tag": serviceNames.map((tag) => aForward([{ service: "a", tag, weight: 100 }])),
  "traffic, weights": fc.tuple(weights, weights).map(([first, second]) =>
    aForward([
      { service: "a", weight: first },
      { service: "b", weight: second },
    ]),
  ),
  "traffic, a destination twice": fc.constant(
    aForward([
      { service: "a", weight: 50 },
      { service: "a", weight: 50 },
    ]),
  ),
  "redirect.uri": paths.map((uri) => ({ kind: "redirect", uri })),
  "redirect.authority": oneOf(["", "a.example", "a.example:80", "https://a", "a b", "a/b", "*", "ä"]).map(
    (authority) => ({ kind: "redirect", authority }),
  ),
  "redirect.status": fc
    .oneof(statuses, oneOf([299, 300, 301, 302, 303, 304, 305, 306, 307, 308, 309, 399, 400]))
    .map((status) => ({ kind: "redirect", uri: "/a", status })),
  "directResponse.status": statuses.map((status) => ({ kind: "directResponse", status })),
  "directResponse.body": oneOf([0, 1, 1024 * 1024, 1024 * 1024 + 1]).map((length) => ({
    kind: "directResponse",
    status: 200,
    body: "a".repeat(length),
  })),
};

const matches: Readonly<Record<string, fc.Arbitrary<RouteMatch>>> = {
  "match.regex": regexes.map((value) => aMatch({ kind: "regex", value })),
  "match.headers, a name": headerNames.map((name) =>
    aMatch("/faas/api/", { headers: { [name]: { kind: "exact", value: "a" } } }),
  ),
  "match.headers, a value": valueMatches.map((value) => aMatch("/faas/api/", { headers: { "x-a": value } })),
  "match.queryParams": valueMatches.map((value) => aMatch("/faas/api/", { queryParams: { a: value } })),
};

const limits = oneOf([-1, 0, 1, 2 ** 31 - 1, 2 ** 31, 2 ** 32 - 1, 2 ** 32, 1.5]);
const percentages = oneOf([-1, 0, 1, 50, 100, 101, 1.5]);
const limitKeys = [
  "maxConnections",
  "maxPendingRequests",
  "maxRequests",
  "maxRequestsPerConnection",
  "maxRetries",
];
const thresholdKeys = ["consecutive5xxErrors", "consecutiveGatewayErrors", "consecutiveLocalOriginFailures"];

const nextHops: Readonly<Record<string, fc.Arbitrary<NextHopPolicy>>> = {
  "connectionPool, a limit": fc
    .tuple(fc.constantFrom(...limitKeys), limits)
    .map(([key, value]) => ({ connectionPool: { [key]: value } })),
  "connectionPool, a duration": fc
    .tuple(fc.constantFrom("connectTimeout", "idleTimeout"), durations)
    .map(([key, value]) => ({ connectionPool: { [key]: value } })),
  "outlierDetection, a threshold": fc
    .tuple(fc.constantFrom(...thresholdKeys), limits)
    .map(([key, value]) => ({ outlierDetection: { [key]: value } })),
  "outlierDetection, a percentage": fc
    .tuple(fc.constantFrom("maxEjectionPercent", "minHealthPercent"), percentages)
    .map(([key, value]) => ({ outlierDetection: { consecutive5xxErrors: 1, [key]: value } })),
  "outlierDetection, a duration": fc
    .tuple(fc.constantFrom("interval", "baseEjectionTime"), durations)
    .map(([key, value]) => ({ outlierDetection: { consecutive5xxErrors: 1, [key]: value } })),
};

/** Routes with one odd value each, always the same ones. */
export function oddRoutes(ofEach: number): OddRoute[] {
  return [
    ...sampled(actions, ofEach).map(({ what, value }) => ({
      what,
      value: { action: value, match: aMatch() },
    })),
    ...sampled(matches, ofEach).map(({ what, value }) => ({
      what,
      value: { action: aForward(), match: value },
    })),
  ];
}

/** The same for what a gateway's config says of its next hop. */
export function oddNextHops(ofEach: number): OddNextHop[] {
  return sampled(nextHops, ofEach);
}

function sampled<Value>(
  arbitraries: Readonly<Record<string, fc.Arbitrary<Value>>>,
  ofEach: number,
): Odd<Value>[] {
  return Object.entries(arbitraries).flatMap(([what, arbitrary]) => {
    const distinct = new Map(
      fc.sample(arbitrary, { numRuns: 10 * ofEach, seed: 1 }).map((value) => [JSON.stringify(value), value]),
    );
    return [...distinct.values()].slice(0, ofEach).map((value) => ({ what, value }));
  });
}

/** Any of the listed values, or of what follows the lists. */
function oneOf<Value>(...choices: (readonly Value[] | fc.Arbitrary<Value>)[]): fc.Arbitrary<Value> {
  return fc.oneof(
    ...choices.map((choice) => (choice instanceof fc.Arbitrary ? choice : fc.constantFrom(...choice))),
  );
}
