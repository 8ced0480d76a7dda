import { compact } from "./compact.ts";
import type { WitnessRequest } from "./problem.ts";
import { compileRegex } from "./route/regex/program.ts";
import type { ForwardAction, Preview, Route, Target, ValueMatch } from "./service.ts";
import type { Violation } from "./violation.ts";

/** Of cookies and, so that a mark looks the same everywhere, of header values: RFC 6265 §4.1.1 cookie-octet. Neither `,` nor `;` is one. */
const markValue = /^[!#-+\--:<-[\]-~]+$/;

/** A header or cookie that marks requests must be one that a client can send and the proxy can tell from others. */
export function checkMark({ kind, value }: Preview["mark"]): Violation[] {
  if (markValue.test(value)) return [];
  return [
    {
      code: "invalid-preview",
      path: ["value"],
      message: `${JSON.stringify(value)} cannot be the value of a ${kind} that marks requests`,
      fix: "use letters, digits and hyphens, for example green",
    },
  ];
}

/** The condition that marked requests meet, as a header match has it: names are lower-case. */
export function previewCondition({ mark: { kind, name, value } }: Preview): {
  header: string;
  match: ValueMatch;
} {
  if (kind === "header") return { header: name, match: { kind: "exact", value } };
  // All cookies arrive in one header, of which a regex has to match the whole. Two Cookie headers arrive joined: by `; ` or by `,`.
  const cookie = `${escaped(name)}=${escaped(value)}`;
  return { header: "cookie", match: { kind: "regex", value: `(.*[;,] *)?${cookie}( *[;,].*)?` } };
}

/** Whether a request is marked. */
export function isPreviewed(preview: Preview, { headers }: Pick<WitnessRequest, "headers">): boolean {
  const { header, match } = previewCondition(preview);
  const value = headers[header];
  if (value === undefined || match.kind === "present") return false;
  if (match.kind !== "regex") return value === match.value;
  const compiled = compileRegex(match.value);
  return compiled.ok && compiled.regex.matches(value);
}

/**
 * Routes with the preview in the action of each split that its target is part of. It is a part of the action, not a rule with requests
 * of its own: so it holds for what the split would get and for nothing else, whoever else has matches inside or around.
 */
export function pinPreview(
  routes: readonly Route[],
  preview: Preview,
): { routes: Route[]; violations: Violation[] } {
  const { header } = previewCondition(preview);
  const violations: Violation[] = [];
  const pinned = routes.map((route, index): Route => {
    const { action, matches } = route;
    if (action.kind !== "forward" || !isSplitWith(action, preview.to)) return route;
    matches.forEach(({ headers }, matchIndex) => {
      if (headers[header] === undefined) return;
      violations.push({
        code: "preview-header-taken",
        path: ["routes", index, "match", matchIndex, "headers", header],
        message: `the match has a condition on ${header} already, by which the preview marks its requests`,
        fix: "mark previews by another header, or by a cookie",
      });
    });
    return { ...route, action: { ...action, preview } };
  });
  if (pinned.every((route, index) => route === routes[index])) {
    violations.push({
      code: "preview-without-split",
      path: ["release", "preview", "to"],
      message: `no route splits its traffic with ${targetText(preview.to)}`,
      fix: "add it to the traffic of a route, with a weight of 0 as long as nobody else is to see it",
    });
  }
  return { routes: pinned, violations };
}

/** The rules that a route is rendered as, in their order: marked requests first. */
export function renderedRoutes(route: Route): Route[] {
  const { action, matches, name } = route;
  if (action.kind !== "forward" || action.preview === undefined) return [route];
  const { header, match } = previewCondition(action.preview);
  const split: Route = { ...route, action: compact({ ...action, preview: undefined }) };
  const previewed: Route = compact({
    ...route,
    // No name of a file has a slash.
    name: name === undefined ? undefined : `${name}/preview`,
    matches: matches.map((each) => ({ ...each, headers: { ...each.headers, [header]: match } })),
    action: { ...split.action, traffic: [{ ...action.preview.to, weight: 100 }] } as ForwardAction,
  });
  return [previewed, split];
}

/** How people write a target in one word: `saas-showroom` or, for a tag, `saas-showroom@green`. */
export function targetText({ service, tag }: Target): string {
  return tag === undefined ? service : `${service}@${tag}`;
}

export function isSameTarget(a: Target, b: Target): boolean {
  return a.service === b.service && a.tag === b.tag;
}

/** `preview: { header: x-preview, value: green }` in one line, for people. */
export function previewText({ to, mark: { kind, name, value } }: Preview): string {
  return `${kind} ${name}${kind === "header" ? ": " : "="}${value} to ${targetText(to)}`;
}

function isSplitWith({ traffic }: ForwardAction, target: Target): boolean {
  return traffic.length > 1 && traffic.some((destination) => isSameTarget(destination, target));
}

function escaped(text: string): string {
  return text.replace(/[\\^$.*+?()[\]{}|]/g, "\\$&");
}
