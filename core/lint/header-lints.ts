import { isAtLeast } from "../mesh/version-profile.ts";
import { candidatePairs } from "../route/candidates.ts";
import type { Clause } from "../route/clause.ts";
import { findRequest, intersection, type RequestSet } from "../route/request-set.ts";
import { atMatch, type LintContext, type LintFinding, writtenClauses } from "./finding.ts";

/** The Istio whose proxy is Envoy 1.39. */
const individualHeadersSince = "1.31";

/**
 * Two services whose matches only the value of a header keeps apart. The proof takes a header to have one value, as older Envoys did,
 * which join repeated ones; since 1.39 (`match_headers_individually`) a condition is met if any of the values meets it, so a request with
 * both values meets both matches.
 */
export function toldApartByHeader({ proof, versions, budget }: LintContext): LintFinding[] {
  if (!isAtLeast(versions.istio, individualHeadersSince)) return [];
  const conditional = writtenClauses(proof).filter(({ requests }) => requests.headers.size > 0);
  const findings = new Map<string, LintFinding>();
  for (const [first, second] of candidatePairs(conditional)) {
    const [a, b] = first.position < second.position ? [first, second] : [second, first];
    const pair = `${a.owner.name} ${b.owner.name}`;
    if (a.owner === b.owner || findings.has(pair)) continue;
    const name = decidingHeader(a, b, budget);
    if (name !== undefined) findings.set(pair, finding(a, b, name));
  }
  return [...findings.values()];
}

/** The header that keeps the two apart, if their requests meet but for its value. */
function decidingHeader(a: Clause, b: Clause, budget: number): string | undefined {
  const shared = [...a.requests.headers.keys()].filter((name) => b.requests.headers.has(name));
  if (shared.length === 0 || findRequest(intersection(a.requests, b.requests), budget).kind !== "none")
    return undefined;
  const rest = intersection(without(a.requests, shared), without(b.requests, shared));
  if (findRequest(rest, budget).kind !== "found") return undefined;
  return shared.find((name) => a.sample.headers[name] !== b.sample.headers[name]);
}

function without(requests: RequestSet, names: readonly string[]): RequestSet {
  return {
    ...requests,
    headers: new Map([...requests.headers].filter(([name]) => !names.includes(name))),
  };
}

function finding(a: Clause, b: Clause, name: string): LintFinding {
  const values = [a, b].map(({ sample }) => `"${name}: ${sample.headers[name] ?? ""}"`);
  return {
    ...atMatch(a),
    services: [a.owner.name, b.owner.name],
    code: "told-apart-by-header",
    message:
      `only the value of header ${name} tells ${a.owner.name} and ${b.owner.name} apart: ` +
      `a request with both ${values.join(" and ")} meets both, and the older object answers it`,
    fix: "let whoever vouches for the header replace what came from outside, so that it occurs once; or tell them apart by path or method",
  };
}
