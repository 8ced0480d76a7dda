import {
  canonicalText,
  isRecord,
  listAt,
  numberAt,
  type PlainRecord,
  recordAt,
  textAt,
} from "../audit/plain-value.ts";

/**
 * What becomes of a request that another rule takes than the one that should: `now answers 503 for 50 %`. Rules are as the API has
 * them; undefined stands for no rule at all.
 */
export function changeInWords(planned: PlainRecord | undefined, live: PlainRecord | undefined): string {
  if (live === undefined) return `now gets 404; planned: it ${targetInWords(planned ?? {})}`;
  if (planned === undefined) return `now ${[targetInWords(live), ...extras(live)].join(", ")}; planned: 404`;
  const hop = targetInWords(planned) === targetInWords(live);
  const [before, after] = [targetInWords(planned, hop), targetInWords(live, hop)];
  const phrases = [
    ...(before === after ? [] : [`${after} (planned: it ${before})`]),
    ...fieldPhrases(planned, live),
  ];
  return `now ${phrases.length === 0 ? "is treated differently" : phrases.join(", ")}`;
}

/**
 * `goes to saas-showroom.faas-alpha`, `is redirected to …`, `is answered with 200 by the gateway itself`
 * @param hop whether to name the next hop too, where it is not what the request asks for
 */
export function targetInWords(rule: PlainRecord, hop = false): string {
  const redirect = rule["redirect"];
  if (isRecord(redirect)) {
    const to = [textAt(redirect, "authority"), textAt(redirect, "uri")].filter((part) => part !== undefined);
    return `is redirected (${numberAt(redirect, "redirectCode") ?? 301}) to ${to.join("") || "another scheme"}`;
  }
  const direct = rule["directResponse"];
  if (isRecord(direct)) return `is answered with ${numberAt(direct, "status") ?? 0} by the gateway itself`;
  const routes = listAt(rule, "route");
  const names = routes.map((each) => destinationName(rule, each, hop));
  if (routes.length === 0) return "has no destination";
  if (routes.length === 1) return `goes to ${names.join("")}`;
  // Two shares of one name would say nothing.
  if (!hop && new Set(names).size < names.length) return targetInWords(rule, true);
  return `goes ${routes.map((each, index) => `${numberAt(each, "weight") ?? 0} % to ${names[index] ?? ""}`).join(", ")}`;
}

function destinationName(rule: PlainRecord, route: unknown, hop: boolean): string {
  const set = recordAt(recordAt(recordAt(route, "headers"), "request"), "set");
  const host = textAt(recordAt(route, "destination"), "host") ?? "nowhere";
  const rewrite = recordAt(rule, "rewrite");
  const authority = textAt(rewrite, "authority") ?? textAt(set, "Host") ?? host;
  const uri = textAt(rewrite, "uri");
  return [
    shortName(authority),
    ...(uri === undefined ? [] : [`as ${uri}`]),
    ...(hop && authority !== host ? [`by way of ${shortName(host)}`] : []),
  ].join(" ");
}

function shortName(host: string): string {
  return host.replace(/\.svc\.cluster\.local$/, "");
}

function extras(rule: PlainRecord): string[] {
  return fieldPhrases({}, rule);
}

type Phrase = (planned: unknown, live: unknown) => string;

/** A scalar of the API. */
function text(value: unknown): string {
  return typeof value === "string" ? value : JSON.stringify(value);
}

const phrases: Readonly<Record<string, Phrase>> = {
  fault: (planned, live) => faultPhrase(recordAt({ planned }, "planned"), recordAt({ live }, "live")),
  timeout: (planned, live) =>
    live === undefined
      ? `waits without the limit of ${text(planned)}`
      : `is given up after ${text(live)}${planned === undefined ? "" : ` instead of ${text(planned)}`}`,
  retries: (_, live) => {
    const attempts = numberAt(live, "attempts") ?? 0;
    return live === undefined ? "is retried by Istio's defaults" : `is retried ${attempts} times`;
  },
  mirrors: mirrorPhrase,
  mirror: mirrorPhrase,
  headers: () => "carries other headers",
  corsPolicy: () => "meets other CORS rules",
};

/** Told by the target already. */
const inTarget = new Set(["route", "rewrite", "redirect", "directResponse"]);

function fieldPhrases(planned: PlainRecord, live: PlainRecord): string[] {
  const names = [...new Set([...Object.keys(planned), ...Object.keys(live)])].sort();
  const changed = names.filter((name) => canonicalText(planned[name]) !== canonicalText(live[name]));
  const told = changed.flatMap((name) => {
    if (inTarget.has(name)) return [];
    return [phrases[name]?.(planned[name], live[name]) ?? `is treated differently (${name})`];
  });
  const isSilent =
    told.length === 0 && changed.length > 0 && targetInWords(planned, true) === targetInWords(live, true);
  return isSilent ? [`is sent on differently (${changed.join(", ")})`] : told;
}

function mirrorPhrase(_: unknown, live: unknown): string {
  return live === undefined ? "is no longer mirrored" : "is also sent to a mirror";
}

function faultPhrase(planned: PlainRecord, live: PlainRecord): string {
  const [abort, delay] = ["abort", "delay"].map((kind) =>
    canonicalText(planned[kind]) === canonicalText(live[kind]) ? undefined : live[kind],
  );
  const parts = [
    ...(isRecord(abort)
      ? [
          `answers ${numberAt(abort, "httpStatus") ?? textAt(abort, "grpcStatus") ?? "an error"} for ${percent(abort)}`,
        ]
      : []),
    ...(isRecord(delay) ? [`waits ${textAt(delay, "fixedDelay") ?? "a while"} for ${percent(delay)}`] : []),
  ];
  return parts.length > 0 ? parts.join(" and ") : "is no longer disturbed as planned";
}

function percent(fault: PlainRecord): string {
  const percentage = fault["percentage"];
  return `${isRecord(percentage) ? (numberAt(percentage, "value") ?? 0) : 100} %`;
}
