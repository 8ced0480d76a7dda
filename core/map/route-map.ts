import type { PathNormalisation } from "../route/normalise.ts";
import type { PathMatch } from "../service.ts";
import type { Severity } from "../problem.ts";

/** A stack's path space as plain JSON: what the page of `kfaas map` shows. */
export interface RouteMap {
  readonly stack: string;
  readonly cluster: string;
  readonly pathRoot: string;
  readonly normalisation: PathNormalisation;
  /** In the stack's order. */
  readonly environments: readonly MapEnvironment[];
  /** Sorted as everywhere; those of the whole stack have no environment. */
  readonly findings: readonly MapFinding[];
}

export interface MapEnvironment {
  readonly name: string;
  /** The Host that the Java gateway sends. */
  readonly host: string;
  readonly services: number;
  /** By clause, in the order of services, rules and alternatives. */
  readonly leaves: readonly MapLeaf[];
  readonly precedence: readonly MapEdge[];
  /** Service files with errors that had to be left out: what the map says holds without them only. */
  readonly leftOut: readonly string[];
}

/** One clause: a match alternative with its rule's action. */
export interface MapLeaf {
  /** Position in `leaves`. */
  readonly id: number;
  readonly kind: PathMatch["kind"];
  readonly pattern: string;
  readonly ignoreCase: boolean;
  /** What every matching path begins with, but for the case of letters where that is ignored: where the leaf hangs in the tree. */
  readonly stem: string;
  /** Matches every request. */
  readonly takesAll: boolean;
  /** Takes what nobody else of the environment does. */
  readonly fallback: boolean;
  /** Beside the path, for example `header x-tenant: exact acme`. */
  readonly conditions: readonly string[];
  /** The service's file name. */
  readonly service: string;
  /** Empty if the file names none. */
  readonly team: string;
  /** The VirtualService's name. */
  readonly object: string;
  /** The rule's name, or its number in the file. */
  readonly rule: string;
  readonly file: string;
  readonly line: number | null;
  readonly action: MapAction;
  readonly traits: readonly Trait[];
  /** Services whose objects hold a copy of this clause, so that it wins there too whatever the age of the objects. */
  readonly copiedTo: readonly string[];
}

/** What people filter by. */
export type Trait = (typeof traits)[number];

export const traits = [
  "split",
  "regex",
  "redirect",
  "direct response",
  "fallback",
  "conditions",
  "carve-out",
  "rewrite",
  "mirror",
  "fault",
] as const;

export interface MapAction {
  /** In few words, for a row of the tree; empty if there is nothing beside the service itself. */
  readonly summary: string;
  /** Where requests go; empty for redirects and direct responses. */
  readonly traffic: readonly MapShare[];
  /** Everything else, as label and value. */
  readonly details: readonly (readonly [string, string])[];
}

export interface MapShare {
  readonly target: string;
  readonly weight: number;
}

/** `winner` gets the requests that both match; both are positions in `leaves`. */
export interface MapEdge {
  readonly winner: number;
  readonly loser: number;
  /** Such as `more specific`. */
  readonly reason: string;
  /** The preference is fixed, but nothing in the files settles it. */
  readonly unsettled: boolean;
}

export interface MapFinding {
  readonly severity: Severity;
  readonly code: string;
  readonly message: string;
  readonly fix: string;
  /** Empty if it is about the whole stack. */
  readonly environment: string;
  readonly services: readonly string[];
  /** As label and request. */
  readonly witnesses: readonly (readonly [string, string])[];
  /** `file:line:column`, the finding's own first. */
  readonly places: readonly string[];
  /** Positions in the environment's `leaves` of the clauses it is about. */
  readonly leaves: readonly number[];
}
