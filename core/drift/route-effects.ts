import { findUntaken, headersOf, withHeaders } from "../audit/contention.ts";
import {
  type ForeignObjects,
  type ForeignVirtualService,
  readForeignObjects,
} from "../audit/foreign-objects.ts";
import { type AuditClause, compareAge, type Entry, entryOf, servedHosts } from "../audit/place.ts";
import { isRecord, type PlainRecord, recordAt, textAt } from "../audit/plain-value.ts";
import { exportGroup } from "../audit/visibility.ts";
import { requestText } from "../problem-text.ts";
import { compareText, type WitnessRequest } from "../problem.ts";
import { includesRequest, intersection, type RequestSet } from "../route/request-set.ts";
import { systemNamespace } from "../mesh/names.ts";
import { nameOf, namespaceOf } from "./live-object.ts";
import { changeInWords } from "./rule-words.ts";

/** What the differences of VirtualServices and Gateways do to requests. */
export interface RouteEffects {
  /** Sentences by `<namespace>/<name>` of the VirtualService that is to blame. */
  readonly sentences: ReadonlyMap<string, readonly string[]>;
  /** Objects of which it could not be told. */
  readonly undecided: ReadonlySet<string>;
}

/** A rule that may take requests, and whose it is. */
interface Claim {
  readonly id: string;
  readonly clause: AuditClause;
}

/** The routes of one host on one gateway, in the order in which the proxy tries them. */
interface RouteList {
  readonly claims: readonly Claim[];
  readonly entries: readonly Entry[];
}

const mostSentences = 3;
/** Pairs of rules to compare for one host; real ones have far fewer. */
const mostPairs = 20_000;

/**
 * Compares, by the model of istiod's merge, what the planned objects do with requests and what the live ones do.
 * @param planned VirtualServices and Gateways of the plan
 * @param live all of the cluster
 */
export function routeEffects(planned: readonly PlainRecord[], live: readonly PlainRecord[]): RouteEffects {
  const comparison = new Comparison(planned, live);
  comparison.run();
  return comparison;
}

class Comparison implements RouteEffects {
  readonly sentences = new Map<string, string[]>();
  readonly undecided = new Set<string>();
  readonly #planned: ForeignObjects;
  readonly #live: ForeignObjects;
  readonly #managed: ReadonlySet<string>;

  constructor(planned: readonly PlainRecord[], live: readonly PlainRecord[]) {
    this.#planned = readForeignObjects(withAges(planned, live));
    this.#live = readForeignObjects(live);
    this.#managed = new Set(this.#planned.gateways.map(({ id }) => id));
    for (const { object, path } of this.#live.notUnderstood) {
      if (path.startsWith("spec.http")) this.undecided.add(object);
    }
  }

  run(): void {
    for (const [gateway, hosts] of this.#places()) {
      for (const host of hosts) this.#compare(gateway, host, hosts);
    }
  }

  /** The hosts that the plan routes, by gateway. */
  #places(): Map<string, string[]> {
    const places = new Map<string, Set<string>>();
    for (const { gateways, hosts } of this.#planned.virtualServices) {
      for (const gateway of gateways) {
        const known = places.get(gateway) ?? new Set();
        for (const host of hosts) known.add(host);
        places.set(gateway, known);
      }
    }
    return new Map(Array.from(places, ([gateway, hosts]) => [gateway, [...hosts].sort(compareText)]));
  }

  #compare(gateway: string, host: string, hosts: readonly string[]): void {
    const planned = this.#list(this.#planned, gateway, host);
    const live = this.#list(this.#live, gateway, host);
    const changed = changedObjects(planned, live);
    if (changed.size === 0) return;
    const headers = headersOf({ host, entries: [...planned.entries, ...live.entries], otherHosts: hosts });
    let pairs = 0;
    for (const [a, b] of pairsOf(planned, live, changed)) {
      const blamed = blamedFor([a, b], changed);
      if (a?.clause.action === b?.clause.action || this.#isTold(blamed)) continue;
      pairs += 1;
      const witness = pairs > mostPairs ? "undecided" : witnessOf(planned, live, [a, b], headers);
      if (witness === "undecided") for (const id of blamed) this.undecided.add(id);
      else if (witness !== "none") this.#tell(blamed, host, witness, [a, b]);
    }
  }

  #isTold(ids: readonly string[]): boolean {
    return ids.every((id) => (this.sentences.get(id)?.length ?? 0) >= mostSentences);
  }

  #tell(
    ids: readonly string[],
    host: string,
    witness: WitnessRequest,
    [a, b]: readonly (Claim | undefined)[],
  ): void {
    const change = changeInWords(ruleOf(a), ruleOf(b));
    const sentence = `${requestText(shown(witness))} on ${host} ${change}`;
    for (const id of new Set(ids)) {
      const known = this.sentences.get(id) ?? [];
      if (known.length < mostSentences && !known.includes(sentence))
        this.sentences.set(id, [...known, sentence]);
    }
  }

  #list(world: ForeignObjects, name: string, host: string): RouteList {
    const gateway = world.gateways.find(({ id }) => id === name) ?? this.#existing(name);
    if (gateway === undefined && this.#managed.has(name)) return { claims: [], entries: [] };
    const servers = gateway?.servers.flatMap((server) => server.hosts.map((each) => each.toLowerCase()));
    const proxyNamespace = this.#managed.has(name) ? systemNamespace : "istio-system";
    const entries = world.virtualServices
      .filter((source) => source.gateways.includes(name) && servedHosts(source, servers).includes(host))
      .flatMap((source) => entriesIn(source, name, gateway?.servers[0]?.port, proxyNamespace))
      .sort((x, y) => x.group - y.group || compareAge(x.source, y.source));
    const claims = entries.flatMap(({ source, clauses }) =>
      clauses.map((clause) => ({ id: source.id, clause })),
    );
    const isLast = ({ clause }: Claim) => clause.catchAll;
    return { claims: [...claims.filter((each) => !isLast(each)), ...claims.filter(isLast)], entries };
  }

  /** A Gateway that is none of ours is what it is. */
  #existing(name: string) {
    return this.#managed.has(name) ? undefined : this.#live.gateways.find(({ id }) => id === name);
  }
}

function entriesIn(
  source: ForeignVirtualService,
  gateway: string,
  port: number | undefined,
  proxyNamespace: string,
): Entry[] {
  const group = exportGroup(source, proxyNamespace);
  return group === undefined ? [] : [entryOf(source, gateway, port, group)];
}

/** Planned objects as old as their live ones; those that are missing would be the youngest. */
function withAges(planned: readonly PlainRecord[], live: readonly PlainRecord[]): PlainRecord[] {
  const key = (object: PlainRecord) => `${namespaceOf(object)}/${nameOf(object)} ${String(object["kind"])}`;
  const ages = new Map(
    live.map((object) => [key(object), textAt(recordAt(object, "metadata"), "creationTimestamp")]),
  );
  return planned.map((object) => ({
    ...object,
    metadata: {
      ...recordAt(object, "metadata"),
      creationTimestamp: ages.get(key(object)) ?? "9999-12-31T00:00:00Z",
    },
  }));
}

/** Objects that add something else to the one list than to the other. */
function changedObjects(planned: RouteList, live: RouteList): Set<string> {
  const texts = [planned, live].map(
    ({ entries }) =>
      new Map(
        entries.map(({ source, clauses }) => [
          source.id,
          JSON.stringify(clauses.map(({ key, action }) => [key, action])),
        ]),
      ),
  );
  const [before, after] = texts;
  const ids = new Set([...(before?.keys() ?? []), ...(after?.keys() ?? [])]);
  return new Set([...ids].filter((id) => before?.get(id) !== after?.get(id)));
}

/** Who should get a request and who does, as far as an object that changed has to do with it. */
function* pairsOf(
  planned: RouteList,
  live: RouteList,
  changed: ReadonlySet<string>,
): Generator<[Claim | undefined, Claim | undefined]> {
  for (const a of [...planned.claims, undefined]) {
    for (const b of [...live.claims, undefined]) {
      const isOf = (claim: Claim | undefined) => claim !== undefined && changed.has(claim.id);
      if (isOf(a) || isOf(b)) yield [a, b];
    }
  }
}

function blamedFor(claims: readonly (Claim | undefined)[], changed: ReadonlySet<string>): string[] {
  return claims.flatMap((claim) => (claim !== undefined && changed.has(claim.id) ? claim.id : []));
}

/** A request that the one claim should get and the other one gets. */
function witnessOf(
  planned: RouteList,
  live: RouteList,
  [a, b]: readonly [Claim | undefined, Claim | undefined],
  headers: RequestSet["headers"],
): ReturnType<typeof findUntaken> {
  return findUntaken(
    withHeaders(regionOf(a, b), headers),
    (request) => takenBefore(planned, a, request) ?? takenBefore(live, b, request),
  );
}

function regionOf(a: Claim | undefined, b: Claim | undefined): RequestSet {
  const [x, y] = [a?.clause.requests, b?.clause.requests];
  if (x !== undefined && y !== undefined) return intersection(x, y);
  const only = x ?? y;
  if (only === undefined) throw new RangeError("a request that nobody takes cannot change");
  return only;
}

/** What takes a request before the claim does, or at all where nobody is to take it. */
function takenBefore(
  { claims }: RouteList,
  claim: Claim | undefined,
  request: WitnessRequest,
): AuditClause | undefined {
  const first = claims.find(({ clause }) => includesRequest(clause.requests, request));
  return first === claim ? undefined : first?.clause;
}

/** The rule without what it matches, from its text. */
function ruleOf(claim: Claim | undefined): PlainRecord | undefined {
  if (claim === undefined) return undefined;
  const rule: unknown = JSON.parse(claim.clause.action);
  return isRecord(rule) ? rule : {};
}

/** The method where it belongs, and nothing that goes without saying. */
function shown({ method, headers, ...rest }: WitnessRequest): WitnessRequest {
  const others = Object.entries(headers).filter(([name]) => !name.startsWith(":"));
  return { method: headers[":method"] ?? method, headers: Object.fromEntries(others), ...rest };
}
