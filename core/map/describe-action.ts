import type {
  Cors,
  Destination,
  Fault,
  ForwardAction,
  HeaderChanges,
  HeaderOperations,
  Mirror,
  RedirectAction,
  Retries,
  Rewrite,
  RouteAction,
  ValueMatch,
} from "../service.ts";
import { previewText } from "../preview.ts";
import type { MapAction } from "./route-map.ts";

type Row = readonly [label: string, value: string];

/** An action in words; `service` is where requests go that a file says nothing else about. */
export function describeAction(action: RouteAction, service: string): MapAction {
  switch (action.kind) {
    case "redirect": {
      const target = redirectTarget(action);
      const status = action.status ?? 301;
      return {
        summary: `${status} → ${target}`,
        traffic: [],
        details: [["Redirect", `${status} to ${target}`]],
      };
    }
    case "directResponse":
      return {
        summary: `answers ${action.status}`,
        traffic: [],
        details: [
          ["Answers with status", String(action.status)],
          ...(action.body === undefined ? [] : [["Body", action.body] as const]),
        ],
      };
    case "forward":
      return describeForward(action, service);
  }
}

/** A value match as in `exact acme`. */
export function describeValue(match: ValueMatch): string {
  return match.kind === "present" ? "present" : `${match.kind} ${match.value}`;
}

function describeForward(action: ForwardAction, service: string): MapAction {
  const traffic = action.traffic.map((share) => ({ target: targetOf(share), weight: share.weight }));
  const details: Row[] = [
    ...row("Rewrite", action.rewrite, describeRewrite),
    ...row("Timeout", action.timeout, String),
    ...row("Retries", action.retries, describeRetries),
    ...(action.fault === undefined ? [] : faultRows(action.fault)),
    ...row("Mirror", action.mirror, ({ service: to, percent }: Mirror) => `${percent} % to ${to}`),
    ...row("Preview", action.preview, previewText),
    ...(action.headers === undefined ? [] : headerRows(action.headers)),
    ...(action.cors === undefined ? [] : corsRows(action.cors)),
  ];
  return { summary: summaryOf(action, traffic, service), traffic, details };
}

function summaryOf(
  { rewrite, timeout }: ForwardAction,
  traffic: MapAction["traffic"],
  service: string,
): string {
  const [only, ...others] = traffic;
  return [
    ...(others.length > 0 ? [traffic.map(({ weight }) => weight).join(" / ")] : []),
    ...(others.length === 0 && only !== undefined && only.target !== service ? [`→ ${only.target}`] : []),
    ...(rewrite === undefined ? [] : [rewrite.kind === "uri" ? `⇢ ${rewrite.uri}` : "⇢ regex"]),
    ...(timeout === undefined ? [] : [timeout]),
  ].join(" · ");
}

function row<T>(label: string, value: T | undefined, text: (value: T) => string): Row[] {
  return value === undefined ? [] : [[label, text(value)]];
}

function targetOf({ service, tag }: Destination): string {
  return tag === undefined ? service : `${service} (tag ${tag})`;
}

function redirectTarget({ scheme, authority, uri }: RedirectAction): string {
  if (authority === undefined) {
    const path = uri ?? "the same path";
    return scheme === undefined ? path : `${scheme}, ${path}`;
  }
  return `${scheme === undefined ? "" : `${scheme}://`}${authority}${uri ?? "/…"}`;
}

function describeRewrite(rewrite: Rewrite): string {
  return rewrite.kind === "uri"
    ? `what matched becomes ${rewrite.uri}`
    : `${rewrite.match} becomes ${rewrite.replace}`;
}

function describeRetries({ attempts, perTryTimeout, retryOn }: Retries): string {
  if (attempts === 0) return "none";
  return [
    `${attempts} more ${attempts === 1 ? "attempt" : "attempts"}`,
    ...(perTryTimeout === undefined ? [] : [`${perTryTimeout} each`]),
    ...(retryOn === undefined ? [] : [`on ${retryOn.join(", ")}`]),
  ].join(", ");
}

function faultRows({ delay, abort }: Fault): Row[] {
  return [
    ...row("Injected delay", delay, ({ percent, duration }) => `${duration} for ${percent} %`),
    ...row("Injected abort", abort, ({ percent, status }) => `status ${status} for ${percent} %`),
  ];
}

function headerRows({ request, response }: HeaderOperations): Row[] {
  return [...changeRows("Request headers", request), ...changeRows("Response headers", response)];
}

function changeRows(label: string, changes: HeaderChanges | undefined): Row[] {
  const pairs = (verb: string, values: Readonly<Record<string, string>> = {}) =>
    Object.entries(values).map(([name, value]) => `${verb} ${name}: ${value}`);
  const lines = [
    ...pairs("set", changes?.set),
    ...pairs("add", changes?.add),
    ...(changes?.remove ?? []).map((name) => `remove ${name}`),
  ];
  return lines.length === 0 ? [] : [[label, lines.join("\n")]];
}

function corsRows(cors: Cors): Row[] {
  const lists: [string, readonly string[] | undefined][] = [
    ["origins", cors.allowOrigins?.map(describeValue)],
    ["methods", cors.allowMethods],
    ["headers", cors.allowHeaders],
    ["exposed", cors.exposeHeaders],
    ["max age", cors.maxAge === undefined ? undefined : [cors.maxAge]],
    ["credentials", cors.allowCredentials === undefined ? undefined : [String(cors.allowCredentials)]],
  ];
  const lines = lists.flatMap(([name, values]) =>
    values === undefined ? [] : `${name}: ${values.join(", ")}`,
  );
  return lines.length === 0 ? [] : [["CORS", lines.join("\n")]];
}
