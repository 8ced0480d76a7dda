import * as z from "zod";
import { compact } from "../core/compact.ts";
import { checkLabelValue } from "../core/kubernetes-name.ts";
import type { AcceptedOverlap, ClusterDifference, PathClaim } from "../core/ownership.ts";
import { checkPath } from "../core/path-rules.ts";
import { below, type Violation } from "../core/violation.ts";
import { ProblemReport } from "./problem-report.ts";
import { exactlyOne } from "./service-file-shape.ts";
import { checkShape, salvage } from "./shape.ts";
import type { LocatedValue } from "./yaml-document.ts";

const claim = z
  .strictObject({
    prefix: z.string().describe("What the paths begin with, below the stack's path root."),
    team: z
      .string()
      .optional()
      .describe("Whose they are: that team's services stay inside, all others outside."),
    reserved: z
      .string()
      .optional()
      .meta({ description: "Who answers there in place of any service, in words.", minLength: 1 }),
  })
  .meta({ description: "Exactly one of team and reserved.", ...exactlyOne("team", "reserved") });

/** `stacks/<folder>/paths.yaml` */
export const pathsFileShape = z
  .strictObject({ paths: z.array(claim).describe("Claims; the longest prefix that a path has counts.") })
  .meta({ title: "Who may claim which paths" });

const acceptedOverlap = z.strictObject({
  environment: z.string().describe("The environment that both services are in."),
  services: z
    .array(z.string())
    .meta({ description: "File names of the two services.", minItems: 2, maxItems: 2 }),
  winner: z.string().describe("Which of the two gets the requests that both match."),
  reason: z.string().meta({ description: "Why this is wanted, in words.", minLength: 1 }),
  expires: z.string().meta({
    description: "The last day, as YYYY-MM-DD (UTC); afterwards the overlap is an error again.",
    format: "date",
  }),
});

/** `stacks/<folder>/accepted.yaml` */
export const acceptedFileShape = z
  .strictObject({
    accepted: z.array(acceptedOverlap).describe("Overlaps that are known and wanted, for a while."),
  })
  .meta({ title: "Accepted overlaps" });

const clusterDifference = z.strictObject({
  environment: z.string().describe("The environment whose requests may go elsewhere."),
  services: z.array(z.string()).optional().meta({
    description:
      "File names of the services that may get them; nobody may, too. Default: the environment as a whole may differ, or be missing.",
    minItems: 1,
  }),
  clusters: z.array(z.string()).meta({
    description: "Names of the stacks that may differ from the other production stacks.",
    minItems: 1,
  }),
  reason: z.string().meta({ description: "Why this is wanted, in words.", minLength: 1 }),
  expires: z.string().meta({
    description: "The last day, as YYYY-MM-DD (UTC); afterwards the difference is an error again.",
    format: "date",
  }),
});

/** `stacks/<folder>/clusters.yaml` */
export const clustersFileShape = z
  .strictObject({
    differences: z
      .array(clusterDifference)
      .describe("Where production clusters may give the same request to different services, for a while."),
  })
  .meta({ title: "Differences between production clusters" });

/** Reads and checks `paths.yaml`; what is wrong ends up in the report, what is right in the claims. */
export function readPathClaims(
  document: LocatedValue,
  pathRoot: string | undefined,
): { claims: PathClaim[]; report: ProblemReport } {
  const report = new ProblemReport(document);
  checkShape(pathsFileShape, document.value, report);
  const prefixes = new Set<string>();
  const claims = entries(document, "paths").flatMap((raw, index): PathClaim[] => {
    const input = salvage(claim, raw);
    if (input === undefined) return [];
    const path = ["paths", index];
    const { prefix, team, reserved } = input;
    const violations = [
      ...checkPath({ kind: "prefix", value: prefix, ignoreCase: false }, pathRoot),
      ...(team === undefined ? [] : below(["team"], checkLabelValue("the team", team))),
      ...checkOneOf(raw as object, ["team", "reserved"]),
    ];
    if (prefixes.has(prefix)) {
      violations.push(
        violation("duplicate-claim", ["prefix"], `${prefix} is claimed twice`, "keep one of the lines"),
      );
    }
    prefixes.add(prefix);
    report.add(below(path, violations));
    const location = document.locate(path);
    if (violations.length > 0) return [];
    if (team !== undefined) return [{ kind: "team", prefix, team, location }];
    return reserved === undefined ? [] : [{ kind: "reserved", prefix, reason: reserved, location }];
  });
  return { claims, report };
}

/** Reads and checks `accepted.yaml`; what is wrong ends up in the report, what is right in the entries. */
export function readAcceptedOverlaps(document: LocatedValue): {
  accepted: AcceptedOverlap[];
  report: ProblemReport;
} {
  const report = new ProblemReport(document);
  checkShape(acceptedFileShape, document.value, report);
  const accepted = entries(document, "accepted").flatMap((raw, index): AcceptedOverlap[] => {
    const input = salvage(acceptedOverlap, raw);
    if (input === undefined) return [];
    const path = ["accepted", index];
    const violations = checkAccepted(input);
    report.add(below(path, violations));
    const [first = "", second = ""] = input.services;
    const location = document.locate(path);
    return violations.length > 0 ? [] : [{ ...input, services: [first, second], location }];
  });
  return { accepted, report };
}

function checkAccepted({ services, winner, reason, expires }: z.infer<typeof acceptedOverlap>): Violation[] {
  const violations: Violation[] = [];
  if (services.length !== 2 || services[0] === services[1]) {
    violations.push(
      violation("invalid-accepted", ["services"], "an overlap is between two services", "name exactly two"),
    );
  }
  if (!services.includes(winner)) {
    violations.push(
      violation(
        "invalid-accepted",
        ["winner"],
        `${winner} is not one of the services`,
        `name one of ${services.join(", ")}`,
      ),
    );
  }
  return [...violations, ...checkExcuse("invalid-accepted", reason, expires)];
}

/** Reads and checks `clusters.yaml`; what is wrong ends up in the report, what is right in the entries. */
export function readClusterDifferences(document: LocatedValue): {
  differences: ClusterDifference[];
  report: ProblemReport;
} {
  const report = new ProblemReport(document);
  checkShape(clustersFileShape, document.value, report);
  const differences = entries(document, "differences").flatMap((raw, index): ClusterDifference[] => {
    const input = salvage(clusterDifference, raw);
    if (input === undefined) return [];
    const path = ["differences", index];
    const violations = [
      ...(input.services === undefined ? [] : checkNames("services", input.services)),
      ...checkNames("clusters", input.clusters),
      ...checkExcuse("invalid-difference", input.reason, input.expires),
    ];
    report.add(below(path, violations));
    return violations.length > 0 ? [] : [compact({ ...input, location: document.locate(path) })];
  });
  return { differences, report };
}

function checkNames(key: "services" | "clusters", names: readonly string[]): Violation[] {
  if (names.length === 0) {
    return [violation("invalid-difference", [key], `${key} is empty`, "name at least one")];
  }
  const twice = names.find((name, index) => names.indexOf(name) < index);
  if (twice === undefined) return [];
  return [violation("invalid-difference", [key], `${twice} is there twice`, "delete one of the two")];
}

/** Why and until when something is taken that is an error elsewhere. */
function checkExcuse(code: string, reason: string, expires: string): Violation[] {
  const violations: Violation[] = [];
  if (reason.trim() === "") {
    violations.push(violation(code, ["reason"], "the reason is empty", "say why this is wanted"));
  }
  if (!isDay(expires)) {
    violations.push(
      violation(code, ["expires"], `${expires} is not a day`, "write YYYY-MM-DD, for example 2027-01-31"),
    );
  }
  return violations;
}

/** True for a day that the calendar has. */
function isDay(text: string): boolean {
  if (!/^\d{4}-\d\d-\d\d$/.test(text)) return false;
  const day = new Date(`${text}T00:00:00Z`);
  return !Number.isNaN(day.getTime()) && day.toISOString().startsWith(text);
}

function checkOneOf(raw: object, keys: readonly string[]): Violation[] {
  const given = keys.filter((key) => Object.hasOwn(raw, key));
  if (given.length === 1) return [];
  const message =
    given.length === 0 ? `none of ${keys.join(", ")} is there` : `${given.join(" and ")} are both there`;
  return [violation("exactly-one", [], message, `write exactly one of ${keys.join(", ")}`)];
}

function entries(document: LocatedValue, key: string): unknown[] {
  const list = (document.value as Record<string, unknown>)[key];
  return Array.isArray(list) ? list : [];
}

function violation(code: string, path: (string | number)[], message: string, fix: string): Violation {
  return { code, path, message, fix };
}
