import type { Location } from "./problem.ts";

/** One line of `stacks/<folder>/paths.yaml`: whose the paths below a prefix are. */
export type PathClaim = TeamClaim | Reservation;

/** The team's services stay inside the prefix, all others outside. */
export interface TeamClaim {
  readonly kind: "team";
  /** A string prefix below the stack's path root. */
  readonly prefix: string;
  readonly team: string;
  readonly location: Location;
}

/** Nobody's service may claim a path below the prefix: something outside KFaaS answers there. */
export interface Reservation {
  readonly kind: "reserved";
  /** A string prefix below the stack's path root. */
  readonly prefix: string;
  /** Who answers there instead; shown to whoever runs into it. */
  readonly reason: string;
  readonly location: Location;
}

/** One line of `stacks/<folder>/accepted.yaml`: an overlap that is known and wanted, until a day. */
export interface AcceptedOverlap {
  readonly environment: string;
  /** File names of the two services. */
  readonly services: readonly [string, string];
  /** One of `services`: it gets the requests that both match. */
  readonly winner: string;
  readonly reason: string;
  /** `YYYY-MM-DD`; the entry holds up to and including that day (UTC). */
  readonly expires: string;
  readonly location: Location;
}

/** One line of `stacks/<folder>/clusters.yaml`: where production clusters may give the same request to different services, until a day. */
export interface ClusterDifference {
  readonly environment: string;
  /** File names of the services that the requests may go to, or to nobody; undefined: anybody, or the environment may be missing. */
  readonly services?: readonly string[];
  /** Names of the stacks that may differ from the others, and from each other. */
  readonly clusters: readonly string[];
  readonly reason: string;
  /** `YYYY-MM-DD`; the entry holds up to and including that day (UTC). */
  readonly expires: string;
  readonly location: Location;
}
