import { readForeignMatch } from "../audit/foreign-match.ts";
import { canonicalText } from "../audit/plain-value.ts";
import type { HttpMatchRequest, HttpRoute, VirtualService } from "../mesh/istio.ts";
import { compareText } from "../problem.ts";
import { isCatchAllMatch } from "../route/istio-merge.ts";
import { contains, intersection, isEmpty, type RequestSet } from "../route/request-set.ts";
import { componentsOf, levelsOf } from "./dependency-levels.ts";

/**
 * How the VirtualServices of one host get from what the cluster holds to what is planned, such that every request at every moment goes
 * to its owner of before or to its owner of after.
 *
 * Every object, in its old form as in its new one, holds the owner of any request that it matches before all others (see `routeTable`).
 * So whatever mixture of old and new objects there is, in whatever order of creation, the first match is the old or the new owner. Two
 * things remain to be prevented: that for a moment no object matches, and that a request falls through to a catch-all, which istiod
 * moves behind everything else, while that one is neither its old nor its new owner. Hence the order: whoever gains requests, then
 * whoever changes the catch-all, then whoever loses requests.
 *
 * Where that leads round in a circle, as when two services exchange paths, the objects of the circle keep their old rules in front of
 * their new ones for now, and a later `up` goes on; see docs/adr/0018.
 */
export interface Transition {
  /** Every object to write, in its form of now. A wave may be written in any order, after all of the one before it. */
  readonly waves: readonly (readonly VirtualService[])[];
  /** Names of the objects that keep old rules for now, sorted; among them may be some that are not planned any more. Empty: all is done. */
  readonly unfinished: readonly string[];
}

/**
 * @param planned the objects of one host
 * @param live ours as the cluster holds them, also of other hosts; those of this host that are not planned will be deleted at the end
 */
export function planTransition(
  planned: readonly VirtualService[],
  live: readonly VirtualService[],
  host: string,
): Transition {
  const ofHost = live.filter(({ spec }) => canonicalText(spec.hosts) === canonicalText([host]));
  return new TransitionPlanner(changesOf(planned, ofHost)).plan();
}

/** An object that is written or deleted, and what that gives and takes. */
interface Change {
  readonly live: VirtualService | undefined;
  /** Undefined if it is to be deleted. */
  readonly planned: VirtualService | undefined;
  readonly gained: readonly Alternative[];
  readonly lost: readonly Alternative[];
  readonly changesCatchAll: boolean;
}

/** One match of an object. */
interface Alternative {
  readonly key: string;
  readonly catchAll: boolean;
  /** Undefined if it is not understood: then it may be anything. */
  readonly requests: RequestSet | undefined;
}

class TransitionPlanner {
  readonly #changes: readonly Change[];
  readonly #gainers: readonly Change[];
  readonly #catchAlls: readonly Change[];
  readonly #gainsOrdinary: boolean;
  readonly #held: ReadonlySet<Change>;

  constructor(changes: readonly Change[]) {
    this.#changes = changes;
    this.#gainers = changes.filter(({ gained }) => gained.length > 0);
    this.#catchAlls =
      catchAllActions(changes, "live") === catchAllActions(changes, "planned")
        ? []
        : changes.filter(({ changesCatchAll }) => changesCatchAll);
    this.#gainsOrdinary = this.#gainers.some(({ gained }) => gained.some(isOrdinary));
    this.#held = this.#findHeld();
  }

  plan(): Transition {
    const written = this.#changes.filter((change) => change.planned !== undefined || this.#held.has(change));
    const levels = levelsOf(written, (change) =>
      (this.#held.has(change) ? this.#dependenciesOfHeld(change) : this.#dependenciesOf(change)).filter(
        (each) => written.includes(each),
      ),
    );
    return {
      waves: levels.map((level) => level.flatMap((change) => this.#formOf(change) ?? [])).filter(isNotEmpty),
      unfinished: [...this.#held].map(nameOf).sort(compareText),
    };
  }

  #formOf(change: Change): VirtualService | undefined {
    if (!this.#held.has(change)) return change.planned;
    if (!this.#gainsOrdinary) return heldBack(change, ["planned"]);
    return heldBack(change, this.#catchAlls.length > 0 ? ["live"] : ["live", "planned"]);
  }

  /** What is held back gains only, in any order; with all gains made, its next step is the catch-all, and losing comes last. */
  #dependenciesOfHeld(change: Change): readonly Change[] {
    if (this.#gainsOrdinary || catchAllAction(rulesOf(change.planned)) !== undefined) return [];
    return this.#gainers.filter(({ gained }) => !gained.every(isOrdinary));
  }

  #dependenciesOf(change: Change): readonly Change[] {
    const dependencies: Change[] = [];
    if (change.lost.length > 0)
      dependencies.push(...this.#gainers.filter((each) => mustPrecede(each, change)));
    if (change.lost.some(isOrdinary)) dependencies.push(...this.#catchAlls);
    if (this.#catchAlls.includes(change))
      dependencies.push(...this.#gainers.filter(({ gained }) => gained.some(isOrdinary)));
    return dependencies.filter((each) => each !== change);
  }

  /** Circles, and losers that would have to wait for a catch-all that stays as it is, or that Pulumi deletes when all is written. */
  #findHeld(): ReadonlySet<Change> {
    const circles = componentsOf(this.#changes, (change) => this.#dependenciesOf(change));
    const held = new Set(circles.filter(({ length }) => length > 1).flat());
    const losers = this.#changes.filter(({ lost }) => lost.some(isOrdinary));
    let before: number;
    do {
      before = held.size;
      if (this.#catchAlls.some((each) => held.has(each))) this.#catchAlls.forEach((each) => held.add(each));
      const late = this.#catchAlls.filter((each) => held.has(each) || each.planned === undefined);
      for (const loser of losers) if (late.some((each) => each !== loser)) held.add(loser);
    } while (held.size > before);
    return held;
  }
}

function changesOf(planned: readonly VirtualService[], live: readonly VirtualService[]): Change[] {
  const before = new Map(live.map((object) => [object.metadata.name, object]));
  const names = new Set(planned.map(({ metadata }) => metadata.name));
  return [
    ...planned.map((object) => changeOf(before.get(object.metadata.name), object)),
    ...live.filter(({ metadata }) => !names.has(metadata.name)).map((object) => changeOf(object, undefined)),
  ];
}

function changeOf(live: VirtualService | undefined, planned: VirtualService | undefined): Change {
  const [old, fresh] = [rulesOf(live), rulesOf(planned)];
  const unchanged = canonicalText(old) === canonicalText(fresh);
  const [before, after] = unchanged ? [[], []] : [alternativesOf(old), alternativesOf(fresh)];
  return {
    live,
    planned,
    gained: notIn(after, before),
    lost: notIn(before, after),
    changesCatchAll: catchAllAction(old) !== catchAllAction(fresh),
  };
}

function rulesOf(object: VirtualService | undefined): readonly HttpRoute[] {
  return object?.spec.http ?? [];
}

function nameOf({ planned, live }: Change): string {
  return (planned ?? live)?.metadata.name ?? "";
}

function alternativesOf(rules: readonly HttpRoute[]): Alternative[] {
  return rules.flatMap((rule) =>
    matchesOf(rule).map((match): Alternative => {
      const read = readForeignMatch(match);
      const catchAll = isCatchAllMatch(match);
      return read.ok
        ? { key: read.match.key, catchAll, requests: read.match.requests }
        : { key: canonicalText(match), catchAll, requests: undefined };
    }),
  );
}

function matchesOf({ match = [] }: HttpRoute): readonly (HttpMatchRequest | undefined)[] {
  return match.length === 0 ? [undefined] : match;
}

/** What an object does with requests that nothing else of the host takes: istiod reads its first catch-all only. */
function catchAllAction(rules: readonly HttpRoute[]): string | undefined {
  const rule = rules.find((each) => matchesOf(each).some(isCatchAllMatch));
  return rule && canonicalText({ ...rule, match: [], name: "" });
}

/** All of them in one text; a proven host has one or none. */
function catchAllActions(changes: readonly Change[], side: "live" | "planned"): string {
  const actions = changes.flatMap((change) => catchAllAction(rulesOf(change[side])) ?? []);
  return JSON.stringify([...new Set(actions)].sort(compareText));
}

function isOrdinary({ catchAll }: Alternative): boolean {
  return !catchAll;
}

/** What `others` do not hold for certain. */
function notIn(alternatives: readonly Alternative[], others: readonly Alternative[]): Alternative[] {
  const keys = new Set(others.map(({ key }) => key));
  return alternatives.filter(
    (each) => !keys.has(each.key) && !others.some((other) => isOrdinary(other) && holds(other, each)),
  );
}

function holds({ requests: outer }: Alternative, { requests: inner }: Alternative): boolean {
  return outer !== undefined && inner !== undefined && contains(outer, inner) === true;
}

function mustPrecede({ gained }: Change, { lost }: Change): boolean {
  return lost.some((mine) => gained.some((theirs) => mayMeet(mine, theirs)));
}

function mayMeet({ requests: a }: Alternative, { requests: b }: Alternative): boolean {
  if (a === undefined || b === undefined) return true;
  const [first, second] = [stemOf(a), stemOf(b)];
  if (!first.startsWith(second) && !second.startsWith(first)) return false;
  return !isEmpty(intersection(a, b));
}

/** Lower-case beginning of every path of the set. */
function stemOf({ path }: RequestSet): string {
  return path.within[0].stem();
}

/**
 * The object with its old rules before its new ones: what an old one matches finds its old owner, everything else its new one.
 * @param catchAll whose it has, the first that has one
 * @returns undefined if it would have no rules at all
 */
function heldBack(change: Change, catchAll: readonly ("live" | "planned")[]): VirtualService | undefined {
  const [old, fresh] = [rulesOf(change.live), rulesOf(change.planned)];
  const known = new Set(old.map(canonicalText));
  const ordinary = [...old, ...fresh.filter((rule) => !known.has(canonicalText(rule)))].flatMap((rule) =>
    partOf(rule, (match) => !isCatchAllMatch(match)),
  );
  const last = catchAll
    .map((side) => rulesOf(change[side]).flatMap((rule) => partOf(rule, isCatchAllMatch)))
    .find(isNotEmpty);
  const http = [...ordinary, ...(last ?? [])];
  const object = change.planned ?? change.live;
  return object && isNotEmpty(http) ? { ...object, spec: { ...object.spec, http } } : undefined;
}

/** The rule with those of its alternatives that are wanted; nothing if there are none. */
function partOf(rule: HttpRoute, wanted: (match: HttpMatchRequest | undefined) => boolean): HttpRoute[] {
  const kept = matchesOf(rule).filter(wanted);
  if (kept.length === 0) return [];
  return rule.match === undefined
    ? [rule]
    : [{ ...rule, match: kept.filter((match) => match !== undefined) }];
}

function isNotEmpty(list: readonly unknown[]): boolean {
  return list.length > 0;
}
