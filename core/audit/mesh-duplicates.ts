import type { WitnessRequest } from "../problem.ts";
import { includesRequest, intersection, type RequestSet } from "../route/request-set.ts";
import { findUntaken, headersOf, withHeaders } from "./contention.ts";
import type { ForeignVirtualService, NotUnderstood } from "./foreign-objects.ts";
import { type AuditClause, compareAge, type Entry, entryOf } from "./place.ts";
import { exportGroup } from "./visibility.ts";

/** A host of which sidecars obey one object only, the oldest. */
export interface MeshDuplicate {
  readonly host: string;
  readonly today: Entry;
  readonly otherwise: Entry;
  readonly afterRestore: boolean;
  readonly witness: WitnessRequest;
  /** In the order of today. */
  readonly entries: readonly Entry[];
}

/** For clients in a namespace that nothing is exported to in particular. */
const elsewhere = "";

/**
 * Hosts that several objects define for sidecars, which do not merge: the first takes the whole host, the others do nothing.
 * https://istio.io/latest/docs/ops/best-practices/traffic-management/#split-virtual-services
 */
export function meshDuplicates(sources: readonly ForeignVirtualService[]): {
  duplicates: MeshDuplicate[];
  notUnderstood: NotUnderstood[];
} {
  const byHost = new Map<string, ForeignVirtualService[]>();
  for (const source of sources.filter(({ gateways }) => gateways.includes("mesh"))) {
    for (const host of new Set(source.hosts)) {
      const rivals = byHost.get(host);
      if (rivals === undefined) byHost.set(host, [source]);
      else rivals.push(source);
    }
  }
  const duplicates = new Map<string, MeshDuplicate>();
  const notUnderstood: NotUnderstood[] = [];
  for (const [host, rivals] of byHost) {
    if (rivals.length < 2) continue;
    const named = rivals.flatMap((each) => [each.namespace, ...each.exportTo]);
    const clients = new Set([elsewhere, ...named.filter((each) => !["*", ".", "~"].includes(each))]);
    for (const client of clients) {
      const entries = visibleTo(client, rivals);
      const duplicate = duplicateOf(host, entries);
      if (duplicate === "undecided") notUnderstood.push(undecided(host, entries));
      else if (duplicate !== undefined) {
        const { today, otherwise } = duplicate;
        duplicates.set(`${host} ${today.source.id} ${otherwise.source.id}`, duplicate);
      }
    }
  }
  return { duplicates: [...duplicates.values()], notUnderstood };
}

function undecided(host: string, [first]: readonly Entry[]): NotUnderstood {
  const reason = `whether the objects that define host ${host} for sidecars differ could not be decided`;
  return { object: first?.source.id ?? "", path: "spec.hosts", reason };
}

/** Those that age is left to choose from: the first list of exportTo that has any. */
function visibleTo(client: string, rivals: readonly ForeignVirtualService[]): Entry[] {
  const entries = rivals.flatMap((source) => {
    const group = exportGroup(source, client);
    const entry = group === undefined ? undefined : entryOf(source, "mesh", undefined, group);
    return entry === undefined || entry.clauses.length === 0 ? [] : [entry];
  });
  const group = Math.min(...entries.map((entry) => entry.group));
  return entries.filter((entry) => entry.group === group).sort((a, b) => compareAge(a.source, b.source));
}

function duplicateOf(host: string, entries: readonly Entry[]): MeshDuplicate | "undecided" | undefined {
  const [today, ...others] = entries;
  if (today === undefined) return undefined;
  const restored = [...entries].sort((a, b) =>
    compareAge({ ...a.source, created: "" }, { ...b.source, created: "" }),
  )[0];
  const candidates = others.sort((a, b) => Number(b === restored) - Number(a === restored));
  let isUndecided = false;
  for (const otherwise of candidates) {
    const witness = differingRequest(host, today, otherwise);
    if (witness === "undecided") isUndecided = true;
    else if (witness !== undefined)
      return { host, today, otherwise, afterRestore: otherwise === restored, witness, entries };
  }
  return isUndecided ? "undecided" : undefined;
}

/** A request that the two objects, each alone, do different things with; doing nothing with it is one of them. */
function differingRequest(host: string, a: Entry, b: Entry): WitnessRequest | "undecided" | undefined {
  const headers = headersOf({ host, entries: [a, b], otherHosts: [] });
  let isUndecided = false;
  for (const [x, y] of clausePairs(a, b)) {
    const set = regionOf(x, y);
    if (set === undefined || x?.action === y?.action) continue;
    const witness = findUntaken(
      withHeaders(set, headers),
      (request) => earlierClause(a, x, request) ?? earlierClause(b, y, request),
    );
    if (witness === "undecided") isUndecided = true;
    else if (witness !== "none") return witness;
  }
  return isUndecided ? "undecided" : undefined;
}

function clausePairs(a: Entry, b: Entry): [AuditClause | undefined, AuditClause | undefined][] {
  return [...a.clauses, undefined].flatMap((x) =>
    [...b.clauses, undefined].map((y): [AuditClause | undefined, AuditClause | undefined] => [x, y]),
  );
}

function regionOf(x: AuditClause | undefined, y: AuditClause | undefined): RequestSet | undefined {
  if (x === undefined || y === undefined) return (x ?? y)?.requests;
  return intersection(x.requests, y.requests);
}

/** A clause of the object that takes the request before this one; any of them if none of them is to take it. */
function earlierClause(entry: Entry, clause: AuditClause | undefined, request: WitnessRequest) {
  return entry.clauses.find(
    (each) =>
      each !== clause &&
      (clause === undefined || each.index < clause.index) &&
      includesRequest(each.requests, request),
  );
}
