import type { WitnessRequest } from "../problem.ts";
import { candidatePairs, type Indexed } from "../route/candidates.ts";
import { firstMatch, mergeVirtualServices } from "../route/istio-merge.ts";
import { languageOf, wholeUniverse } from "../route/language.ts";
import {
  difference,
  findRequest,
  includesRequest,
  intersection,
  type RequestSet,
  type Texts,
} from "../route/request-set.ts";
import { headerUniverse } from "../route/universe.ts";
import { compareAge, type AuditClause, type Entry, isWithin, type Place } from "./place.ts";

/** A request for which the age of objects decides. */
export interface Contention {
  readonly today: Claim;
  /** Who gets it in another order of creation, with another action. */
  readonly otherwise: Claim;
  /** True if that is the order in which all are created in the same second, as in a restore. */
  readonly afterRestore: boolean;
  readonly witness: WitnessRequest;
  /** Who may get it, in the order of today. */
  readonly claims: readonly Claim[];
}

export interface Claim {
  readonly entry: Entry;
  readonly clause: AuditClause;
}

export interface PlaceResult {
  readonly contentions: Contention[];
  /** What could not be decided, in words. */
  readonly undecided: string[];
}

/** Pairs of matches to look at in one place. Real ones have far fewer; beyond it the result is said to be incomplete. */
const mostPairs = 200_000;
/** Attempts to find a request that no third rule takes away, each a region that the last attempt left. */
const mostSteps = 200;
/** Members of two classes are compared one by one up to here; beyond, each with the oldest. */
const mostMembers = 100;

/**
 * Finds requests of a place that go to different actions in different orders of creation. Two objects contend for a request if each
 * would take it and neither is before the other in every order; catch-alls contend only for what nothing else takes.
 */
export function contentionsOf(place: Place): PlaceResult {
  return new Contest(place).run();
}

/** Clauses that match the same by the same words. */
interface MatchClass extends Indexed {
  readonly key: string;
  readonly members: Claim[];
}

class Contest {
  readonly #entries: readonly Entry[];
  readonly #headers: RequestSet["headers"];
  readonly #ranks: ReadonlyMap<Entry, number>;
  readonly #classes: readonly MatchClass[];
  /** By key: classes that may share a request with a class, itself included. */
  readonly #neighbours: ReadonlyMap<string, MatchClass[]>;
  readonly #found = new Map<string, Contention>();
  readonly #undecided = new Set<string>();

  constructor(place: Place) {
    this.#entries = place.entries;
    this.#headers = headersOf(place);
    this.#classes = classesOf(place.entries);
    this.#neighbours = new Map(this.#classes.map((each) => [each.key, [each]]));
    this.#ranks = new Map(place.entries.map((each, index) => [each, index]));
  }

  run(): PlaceResult {
    const pairs = this.#pairs();
    for (const each of this.#classes) this.#compare(each, each);
    for (const [a, b] of pairs) this.#compare(a, b);
    this.#compareCatchAlls();
    return { contentions: [...this.#found.values()], undecided: [...this.#undecided] };
  }

  #pairs(): [MatchClass, MatchClass][] {
    const pairs: [MatchClass, MatchClass][] = [];
    for (const [a, b] of candidatePairs(this.#classes)) {
      if (pairs.length === mostPairs) {
        this.#undecided.add(`more than ${mostPairs} pairs of matches overlap; the rest was not looked at`);
        break;
      }
      pairs.push([a, b]);
      this.#neighbours.get(a.key)?.push(b);
      this.#neighbours.get(b.key)?.push(a);
    }
    return pairs;
  }

  #compare(a: MatchClass, b: MatchClass): void {
    const settled = new Set<string>();
    for (const [x, y] of memberPairs(a, b)) {
      if (x.clause.action === y.clause.action || !isOrderOpen(x.entry, y.entry)) continue;
      if (settled.has(pairKey(x, y))) continue;
      const search = this.#search(x, y);
      if (search === "undecided") this.#giveUp(x, y);
      if (typeof search === "string") continue;
      const claims = openClaims(this.#claimsAt(search, this.#near(x, y)));
      this.#keep(search, claims);
      for (const other of claims) settled.add(pairKey(x, other)).add(pairKey(other, y));
    }
  }

  /** A request that both claims take from their own objects and no object before them takes. */
  #search(x: Claim, y: Claim): WitnessRequest | "none" | "undecided" {
    const both = intersection(x.clause.requests, y.clause.requests);
    return findUntaken(this.#inPlace(both), (request) => {
      const own = ownBlocker(x, request) ?? ownBlocker(y, request);
      if (own !== undefined) return own;
      const rivals = this.#claimsAt(request, this.#near(x, y));
      return rivals.find(({ entry }) => isBefore(entry, x.entry) || isBefore(entry, y.entry))?.clause;
    });
  }

  #inPlace(set: RequestSet): RequestSet {
    return withHeaders(set, this.#headers);
  }

  /** Holds every class that takes a request which both claims take. */
  #near(x: Claim, y: Claim): readonly MatchClass[] {
    const [a = [], b = []] = [x, y].map(({ clause }) => this.#neighbours.get(clause.key));
    return a.length < b.length ? a : b;
  }

  /** The first rule of every object that takes a request, in the order of today. */
  #claimsAt(request: WitnessRequest, classes: readonly MatchClass[]): Claim[] {
    const first = new Map<Entry, AuditClause>();
    for (const { requests, members } of classes) {
      if (!includesRequest(requests, request)) continue;
      for (const { entry, clause } of members) {
        const known = first.get(entry);
        if (known === undefined || clause.index < known.index) first.set(entry, clause);
      }
    }
    return Array.from(first, ([entry, clause]) => ({ entry, clause })).sort(
      (a, b) => (this.#ranks.get(a.entry) ?? 0) - (this.#ranks.get(b.entry) ?? 0),
    );
  }

  #compareCatchAlls(): void {
    const claims = this.#entries.flatMap((entry) =>
      entry.clauses.filter(({ catchAll }) => catchAll).map((clause) => ({ entry, clause })),
    );
    const [first, ...others] = openClaims(claims);
    if (first === undefined || others.every(({ clause }) => clause.action === first.clause.action)) return;
    const search = findUntaken(this.#inPlace(first.clause.requests), (request) => {
      const taking = this.#classes.find(({ requests }) => includesRequest(requests, request));
      return taking?.members[0]?.clause;
    });
    const [second = first] = others;
    if (search === "undecided") this.#giveUp(first, second);
    else if (search !== "none") this.#keep(search, [first, ...others]);
  }

  #keep(request: WitnessRequest, claims: readonly Claim[]): void {
    const contention = contentionAt(request, claims);
    if (contention === undefined) return;
    const { today, otherwise } = contention;
    if (!isConfirmed(contention)) this.#giveUp(today, otherwise);
    else this.#found.set(`${pairKey(today, otherwise)} ${JSON.stringify(request)}`, contention);
  }

  #giveUp(x: Claim, y: Claim): void {
    this.#undecided.add(
      `whether ${x.entry.source.id} and ${y.entry.source.id} contend for a request could not be decided`,
    );
  }
}

/** Who of those that match may get a request: those that nobody precedes in every order. */
function openClaims(claims: readonly Claim[]): Claim[] {
  return claims.filter(({ entry }) => !claims.some((other) => isBefore(other.entry, entry)));
}

/** The order of a Gateway's servers and the groups of exportTo do not depend on age; between Gateways, age decides again. */
function isBefore(a: Entry, b: Entry): boolean {
  return a.gateway === b.gateway && (a.server < b.server || (a.server === b.server && a.group < b.group));
}

function isOrderOpen(a: Entry, b: Entry): boolean {
  return a.source !== b.source && !isBefore(a, b) && !isBefore(b, a);
}

function ownBlocker({ entry, clause }: Claim, request: WitnessRequest): AuditClause | undefined {
  return entry.clauses.find(
    ({ index, requests }) => index < clause.index && includesRequest(requests, request),
  );
}

/** A request of the set that nothing takes away, or the proof that there is none. */
export function findUntaken(
  set: RequestSet,
  takenBy: (request: WitnessRequest) => Pick<AuditClause, "requests"> | undefined,
): WitnessRequest | "none" | "undecided" {
  const open = [set];
  let undecided = false;
  for (let steps = 0; steps < mostSteps; steps++) {
    const region = open.pop();
    if (region === undefined) return undecided ? "undecided" : "none";
    const search = findRequest(region);
    if (search.kind === "undecided") undecided = true;
    if (search.kind !== "found") continue;
    const request = ordinary(search.request, region);
    const taker = takenBy(request);
    if (taker === undefined) return request;
    open.push(...difference(region, taker.requests));
  }
  return "undecided";
}

/** The same request as a GET, if that makes no difference. */
function ordinary(request: WitnessRequest, region: RequestSet): WitnessRequest {
  if (!(":method" in request.headers)) return request;
  const get = { ...request, headers: { ...request.headers, ":method": "GET" } };
  return includesRequest(region, get) ? get : request;
}

/** What becomes of a request in the order of today and in another; undefined if all do the same with it. */
function contentionAt(witness: WitnessRequest, claims: readonly Claim[]): Contention | undefined {
  const [today] = claims;
  const differing = claims.filter(
    ({ entry, clause }) => clause.action !== today?.clause.action && entry.source !== today?.entry.source,
  );
  const restored = [...claims].sort(compareRestored)[0];
  const otherwise = restored !== undefined && differing.includes(restored) ? restored : differing.at(-1);
  if (today === undefined || otherwise === undefined) return undefined;
  return { today, otherwise, afterRestore: otherwise === restored, witness, claims };
}

/** Nothing is shown that has not been tried on the model of istiod's list, in both orders. */
function isConfirmed({ today, otherwise, witness, claims }: Contention): boolean {
  const reordered = [otherwise, ...claims.filter((claim) => claim !== otherwise)];
  return winnerOf(claims, witness) === today.entry && winnerOf(reordered, witness) === otherwise.entry;
}

function compareRestored(a: Claim, b: Claim): number {
  const sameAge = { created: "" };
  const [nameOf, otherName] = [a, b].map(({ entry }) => entry.gateway.split("/").reverse().join("/"));
  return (
    (nameOf === otherName ? 0 : (nameOf ?? "") < (otherName ?? "") ? -1 : 1) ||
    compareAge({ ...a.entry.source, ...sameAge }, { ...b.entry.source, ...sameAge })
  );
}

/** Who gets the request if the objects are created in the order given. */
function winnerOf(claims: readonly Claim[], request: WitnessRequest): Entry | undefined {
  const dated = claims.map(({ entry: { object } }, index) => ({
    object,
    created: String(index).padStart(9, "0"),
  }));
  const winner = firstMatch(mergeVirtualServices(dated), request)?.object;
  return claims.find(({ entry }) => entry.object === winner)?.entry;
}

function pairKey(a: Claim, b: Claim): string {
  return `${a.entry.source.id} ${b.entry.source.id}`;
}

function classesOf(entries: readonly Entry[]): MatchClass[] {
  const byKey = new Map<string, MatchClass>();
  for (const entry of entries) {
    for (const clause of entry.clauses) {
      if (clause.catchAll) continue;
      const known = byKey.get(clause.key);
      if (known !== undefined) known.members.push({ entry, clause });
      else {
        const { key, requests } = clause;
        byKey.set(key, { key, requests, position: byKey.size, members: [{ entry, clause }] });
      }
    }
  }
  return [...byKey.values()];
}

function* memberPairs(a: MatchClass, b: MatchClass): Generator<[Claim, Claim]> {
  const few = a.members.length * b.members.length <= mostMembers;
  for (const [index, x] of a.members.entries()) {
    const rivals = few || index === 0 ? b.members : b.members.slice(0, 1);
    for (const y of a === b ? rivals.filter((each) => each !== x) : rivals) yield [x, y];
  }
}

/** The requests of the set that have these headers. */
export function withHeaders(set: RequestSet, headers: RequestSet["headers"]): RequestSet {
  return intersection(set, { ...set, headers });
}

/** Method, scheme and authority, which every request of the place has, as far as some match asks for them. */
export function headersOf({ host, entries, otherHosts }: Omit<Place, "port">): RequestSet["headers"] {
  const asked = new Set(
    entries.flatMap(({ clauses }) => clauses.flatMap(({ requests }) => [...requests.headers.keys()])),
  );
  const headers = new Map<string, Texts>();
  const add = (name: string, pattern: string, without: readonly string[] = []) => {
    if (asked.has(name)) headers.set(name, textsOf(pattern, without));
  };
  const below = otherHosts.filter((other) => other !== host && isWithin(other, host));
  add(":method", "[A-Z]+(-[A-Z]+)*");
  add(":scheme", "https?");
  add(":authority", authorityPattern(host), below.map(authorityPattern));
  return headers;
}

function textsOf(pattern: string, without: readonly string[]): Texts {
  const [within, ...others] = [pattern, ...without].map((value) => {
    const result = languageOf({ kind: "regex", value }, headerUniverse);
    return result.ok ? result.language : wholeUniverse(headerUniverse);
  });
  return { within: [within ?? wholeUniverse(headerUniverse)], without: others, absent: false };
}

/** Hosts are compared without case and without port, but a match on the authority sees both. */
function authorityPattern(host: string): string {
  const labels = "[a-z0-9]([a-z0-9.-]*[a-z0-9])?";
  const quoted = host.replace(/[.\\+*?()|[\]{}^$]/g, "\\$&").replace(/^\\\*/, labels);
  return `(?i)${quoted}(:[0-9]{1,5})?`;
}
