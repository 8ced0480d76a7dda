import fc from "fast-check";
import type { AcceptedOverlap } from "../../../core/ownership.ts";
import { hasErrors, type WitnessRequest } from "../../../core/problem.ts";
import { firstMatch } from "../../../core/route/istio-merge.ts";
import { normalisePath } from "../../../core/route/normalise.ts";
import { ownerOf } from "../../../core/route/owner.ts";
import { type EnvironmentProof, type Proof, proveStack } from "../../../core/route/prove.ts";
import { includesRequest } from "../../../core/route/request-set.ts";
import type { Stack } from "../../../core/stack.ts";
import { allConditions, allPaths, arbitraryMatch } from "./arbitrary-match.ts";
import { mergedBy, rendered, type ServiceSketch, stackOf } from "./environments.ts";

const today = "2026-11-23";

/** A proof of sketched services as of a fixed day. */
export function prove(
  sketches: Record<string, ServiceSketch>,
  changes: Partial<Stack> = {},
  options: Partial<Parameters<typeof proveStack>[1]> = {},
): Proof {
  return proveStack(stackOf(sketches, changes), { today, ...options });
}

/** An entry of `accepted.yaml` that holds on that day for the last time. */
export function accepted(services: [string, string], winner: string, expires = today): AcceptedOverlap {
  const location = { file: "stacks/test/accepted.yaml", line: 2 };
  return { environment: "alpha", services, winner, reason: "test", expires, location };
}

/** Random services; what does not settle itself is settled by random yields and entries, so that most environments are proven. */
export const arbitraryEnvironment = fc.record({
  services: fc.array(
    fc.array(fc.array(arbitraryMatch, { minLength: 1, maxLength: 2 }), { minLength: 1, maxLength: 2 }),
    { minLength: 2, maxLength: 5 },
  ),
  choices: fc.array(fc.nat(), { minLength: 40, maxLength: 40 }),
  fallback: fc.option(fc.nat(4), { nil: undefined }),
  ages: fc.array(fc.array(fc.nat(3), { minLength: 5, maxLength: 5 }), { minLength: 4, maxLength: 4 }),
});

function settled(
  services: readonly ServiceSketch["rules"][],
  choices: readonly number[],
  changes: Partial<Stack>,
): Proof {
  const sketches = new Map<string, ServiceSketch>(services.map((rules, index) => [`s${index}`, { rules }]));
  const register: AcceptedOverlap[] = [];
  const found = prove(Object.fromEntries(sketches), changes).problems;
  found.forEach(({ code, services: [a = "", b = ""] }, index) => {
    const choice = choices[index % choices.length] ?? 0;
    const [from, to] = choice % 2 === 0 ? [a, b] : [b, a];
    if (code === "equal-matches" || (code === "partial-overlap" && choice % 3 === 0))
      register.push(accepted([a, b], to));
    else if (code === "partial-overlap") addYield(sketches, from, to);
  });
  return prove(Object.fromEntries(sketches), { ...changes, accepted: register });
}

function addYield(sketches: Map<string, ServiceSketch>, from: string, to: string): void {
  const sketch = sketches.get(from) ?? { rules: [] };
  if (sketches.get(to)?.yieldsTo?.includes(from)) return;
  sketches.set(from, { ...sketch, yieldsTo: [...new Set([...(sketch.yieldsTo ?? []), to])] });
}

/** Requests that tell the services' matches apart; without conditions only paths do. */
export function requestsFor(services: readonly ServiceSketch["rules"][]): WitnessRequest[] {
  const usesPathOnly = services
    .flat(2)
    .every(
      (each) => [each.methods, Object.keys(each.headers), Object.keys(each.queryParams)].flat().length === 0,
    );
  const paths = allPaths.slice(0, usesPathOnly ? 341 : 21).filter((path) => normalisePath(path).ok);
  const conditions = usesPathOnly ? allConditions.slice(0, 1) : allConditions;
  return paths.flatMap((path) => conditions.map((rest) => ({ ...rest, path })));
}

/** By which rule a request is answered: every rule of a test has its own timeout, but the fallback's has none. */
function answered(rule: { readonly timeout?: string } | undefined): string {
  return rule === undefined ? "nobody" : (rule.timeout ?? "fallback");
}

/** The owner by definition: the one matching clause that no other matching clause beats. */
function ownerByDefinition({ clauses, beatenBy }: EnvironmentProof, request: WitnessRequest): string {
  const matching = clauses.filter(({ requests }) => includesRequest(requests, request));
  const serious = matching.filter(({ fallback }) => !fallback);
  const tops = serious.filter(
    (clause) => !beatenBy.get(clause)?.some(({ winner }) => matching.includes(winner)),
  );
  if (tops.length !== Math.min(1, serious.length)) {
    throw new Error(`${JSON.stringify(request)} has ${tops.length} owners`);
  }
  const action = (tops[0] ?? matching[0])?.route.action;
  return answered(action?.kind === "forward" ? action : undefined);
}

/** Errors that say nothing against the others: a clause that never gets a request, or a yield without effect. */
const harmless = ["empty-clause", "taken-over-match", "yield-against-precedence"];

export type EnvironmentSketch =
  typeof arbitraryEnvironment extends fc.Arbitrary<infer Sketch> ? Sketch : never;

/** A proof without anything against it; undefined if the environment could not be settled. */
export function provenEnvironment({
  services,
  choices,
  fallback,
}: Pick<EnvironmentSketch, "services" | "choices" | "fallback">): Proof | undefined {
  const name = `s${(fallback ?? 0) % services.length}`;
  const environments = [{ name: "alpha", ...(fallback === undefined ? {} : { fallback: name }) }];
  const proof = settled(services, choices, { environments });
  return hasErrors(proof.problems.filter(({ code }) => !harmless.includes(code))) ? undefined : proof;
}

/**
 * Throws unless every short request (or a spread of `most` of them) has the same owner by definition, by `ownerOf`, and in the rendered
 * objects as istiod merges them in every given order of creation. False if the environment could not be settled.
 */
export function checkOneOwner(
  { services, choices, fallback, ages }: EnvironmentSketch,
  most: number,
): boolean {
  const proof = provenEnvironment({ services, choices, fallback });
  const [environment] = proof?.environments ?? [];
  if (proof === undefined || environment === undefined) return false;
  const lists = ages.map((each) => mergedBy(rendered(proof), each));
  const requests = requestsFor(services);
  const step = Math.max(1, Math.ceil(requests.length / most));
  for (let index = (choices[0] ?? 0) % step; index < requests.length; index += step) {
    const request = requests[index];
    if (request === undefined) break;
    const expected = ownerByDefinition(environment, request);
    const action = ownerOf(environment, request)?.owner.route.action;
    const actual = lists.map((list) => answered(firstMatch(list, request)?.rule));
    actual.push(answered(action?.kind === "forward" ? action : undefined));
    // Jest's own comparison would cost more than all else here.
    if (actual.some((each) => each !== expected)) {
      throw new Error(`${JSON.stringify(request)}: ${actual.join()} instead of ${expected}`);
    }
  }

  return true;
}

/** Throws if the owner of a path changes with the order of creation and no finding says so. */
export function checkAgeIsNoticed({ services, ages }: EnvironmentSketch): void {
  const proof = prove(Object.fromEntries(services.map((rules, index) => [`s${index}`, { rules }])));
  if (hasErrors(proof.problems.filter(({ code }) => !harmless.includes(code)))) return;
  const lists = ages.map((each) => mergedBy(rendered(proof), each));
  for (const path of allPaths.slice(0, 85)) {
    const request = { method: "GET", path, headers: {}, query: {} };
    const owners = new Set(lists.map((list) => answered(firstMatch(list, request)?.rule)));
    if (owners.size > 1) throw new Error(`${path} changes owner unnoticed`);
  }
}
