import { isDomainName } from "../core/domain.ts";
import { originOf } from "../core/mesh/names.ts";
import { requestText, type ProblemStyle } from "../core/problem-text.ts";
import type { Answer, ClauseReference } from "../core/route/answer.ts";
import type {
  EntryHop,
  ForwardInEffect,
  KnativeHop,
  RetriesInEffect,
  RuleReference,
} from "../core/route/hops-of-request.ts";

/** An answer as people read it, hop by hop. */
export function answerText(answer: Answer, style: ProblemStyle): string {
  const { hops, losers, nearMisses } = answer;
  const lines = [
    ...headLines(answer),
    ...hops.flatMap((hop) =>
      hop.hop === 1 ? entryLines(hop, style) : knativeLines(hop, hops.length > 2, style),
    ),
    ...section(
      "also match, but lose",
      losers.map((loser) => `${clauseText(loser, style)}: ${loses[loser.why]}`),
    ),
    ...section(
      "near misses",
      nearMisses.map((miss) => `${clauseText(miss, style)}: ${miss.reason}`),
    ),
  ];
  return `${lines.join("\n")}\n`;
}

const loses: Readonly<Record<Answer["losers"][number]["why"], string>> = {
  "more-specific": "the owner matches a part of it, and so is more specific",
  "file-order": "stands further down in the same file",
  yields: "yields to the owner",
  accepted: "by the register of accepted overlaps",
  unsettled: "nothing settles it (see kfaas check)",
  fallback: "a fallback takes what nobody else does",
  indirect: "by way of a third one (see kfaas check)",
};

function headLines({ owner, team, environment, request, refused, reserved, contested }: Answer): string[] {
  const { givenPath, path } = request;
  const isSame = path === null || path === givenPath;
  return [
    requestText({ ...request, path: `${originOf(environment)}${path ?? givenPath}` }),
    ...(isSame
      ? []
      : row("given as", `${givenPath}, which the proxy normalises before it looks for a route`)),
    ...row("environment", environment),
    ...row("owner", owner === null ? "nobody" : `${owner}${team === null ? "" : ` (team ${team})`}`),
    ...(refused === null ? [] : row("refused", `${refused}; the answer is 400`)),
    ...(owner === null && refused === null
      ? row("answer", `404 from the ${isDomainName(environment) ? "domain's" : "entry"} gateway`)
      : []),
    ...(reserved === null ? [] : row("reserved", reserved)),
    ...(contested
      ? row("contested", "services contend for this request, which is an error: see kfaas check")
      : []),
  ];
}

function entryLines(
  { gateways, object, carvedOutInto, rule, action }: EntryHop,
  style: ProblemStyle,
): string[] {
  return [
    "",
    `hop 1  ${gateways.join(", ")}`,
    ...row("VirtualService", object),
    ...row("rule", `${ruleText(rule)}, ${placeText(rule, style)}`),
    ...(action.kind === "forward" ? forwardLines(action) : []),
    ...(action.kind === "redirect"
      ? row(
          "redirect",
          [
            `${action.status ?? 301}`,
            ...(["scheme", "authority", "uri"] as const).flatMap((key) =>
              action[key] === undefined ? [] : `${key} ${action[key]}`,
            ),
          ].join(", "),
        )
      : []),
    ...(action.kind === "directResponse"
      ? row("answer", `${action.status}${action.body === undefined ? "" : ` ${JSON.stringify(action.body)}`}`)
      : []),
    ...carvedOutInto.flatMap((other) => row("carved out into", other)),
  ];
}

function forwardLines({
  rewrite,
  timeout,
  retries,
  fault,
  mirror,
  preview,
  destinations,
  weightsManagedBy,
}: ForwardInEffect): string[] {
  return [
    ...(rewrite.uri === null ? [] : row("path becomes", rewrite.uri)),
    ...(rewrite.authority === null
      ? destinations.flatMap(({ authority, weight }) => row("split", `${weight} % Host ${authority}`))
      : row("Host becomes", rewrite.authority)),
    ...(preview === null ? [] : row("preview", `by its ${preview.kind} ${preview.name}`)),
    ...(weightsManagedBy === null || preview !== null ? [] : row("weights", `moved by ${weightsManagedBy}`)),
    ...row("timeout", timeout ?? "none"),
    ...retryLines(retries),
    ...(fault === null ? [] : row("fault", JSON.stringify(fault))),
    ...(mirror === null ? [] : row("mirror", `${mirror.percent} % to ${mirror.service}`)),
  ];
}

function retryLines({ attempts, perTryTimeout, retryOn, from, note }: RetriesInEffect): string[] {
  if (attempts === 0) return row("retries", from === "knative" ? "none (Knative switches them off)" : "none");
  const text = [
    `${attempts}${from === "istio" ? " (Istio's default)" : ""} on ${retryOn.join(", ")}`,
    ...(perTryTimeout === null ? [] : [`${perTryTimeout} per try`]),
  ].join("; ");
  return [...row("retries", text), ...(note === null ? [] : row("note", note))];
}

function knativeLines(hop: KnativeHop, isSplit: boolean, style: ProblemStyle): string[] {
  const { gateway, serviceHost, object, host, path, weight, timeout, retries, note } = hop;
  const share = isSplit ? style.faint(`  ${weight} % of the requests`) : "";
  return [
    "",
    `hop 2  ${gateway} at ${serviceHost}:80${share}`,
    ...row(
      "VirtualService",
      `${object ?? "Knative's, its name ends with a hash"} (Knative's), exact host ${host}`,
    ),
    ...row("path", path),
    ...row("timeout", timeout ?? (note === null ? "none" : "unknown")),
    ...(retries === null ? [] : retryLines(retries)),
    ...(note === null ? [] : row("note", note)),
  ];
}

function clauseText(clause: ClauseReference, style: ProblemStyle): string {
  return `${clause.service}, ${ruleText(clause)}, ${placeText(clause, style)}`;
}

function ruleText({ name, number, match }: RuleReference): string {
  const rule = number === null ? [] : [`rule ${number}${name === null ? "" : ` "${name}"`}`];
  return [...rule, match].join(", ");
}

function placeText({ file, line }: RuleReference, style: ProblemStyle): string {
  return style.place(line === null ? file : `${file}:${line}`);
}

function section(title: string, lines: readonly string[]): string[] {
  return lines.length === 0 ? [] : ["", title, ...lines.map((line) => `  ${line}`)];
}

function row(label: string, value: string): string[] {
  return [`  ${label.padEnd(17)}${value}`];
}
