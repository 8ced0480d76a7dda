import type { MeshPlan } from "../mesh/plan.ts";
import { type TieOrder, versionProfile } from "../mesh/version-profile.ts";
import type { WitnessRequest } from "../problem.ts";
import { hopsOfRequest, type RequestHop, type RetriesInEffect } from "../route/hops-of-request.ts";
import type { Proof } from "../route/prove.ts";
import { answersOf } from "./answers.ts";

/** What a request of one match meets on its way that depends on versions, in words, by the field's name. */
export interface Experience {
  readonly environment: string;
  /** File name of the owner; undefined for what concerns whoever calls the environment's host. */
  readonly service?: string;
  /** One of the requests. */
  readonly witness?: WitnessRequest;
  readonly fields: Readonly<Record<string, string>>;
}

/** A field that differs between two pairs of versions, and whose requests meet it. */
export interface ExperienceChange {
  readonly field: string;
  readonly from: string;
  readonly to: string;
  readonly environments: readonly string[];
  /** `<environment>/<file name>`; empty if it concerns whoever calls the environments' hosts. */
  readonly services: readonly string[];
  /** One of the requests, of the first environment. */
  readonly witness: WitnessRequest | null;
}

/** What the requests of a stack experience, match by match, on the versions of `proof.stack`. */
export function experiencesOf(proof: Proof, plan: MeshPlan): Experience[] {
  const { stack } = proof;
  const profile = versionProfile(stack.versions);
  return proof.environments.flatMap((environmentProof) => {
    const environment = environmentProof.environment.name;
    const objects = plan.environments.find((planned) => planned.environment === environment);
    const domain = plan.domains.find((planned) => planned.environment === environment);
    const answers = answersOf((objects ?? domain)?.virtualServices ?? [], profile.tieOrder);
    const callers: Experience = {
      environment,
      fields: {
        "the host is another name of": objects?.host.spec?.externalName ?? "nothing",
        "sidecars take the host for": sidecarView[profile.externalName],
        "objects of the same age go by": tieTexts[profile.tieOrder],
      },
    };
    return [
      ...(domain === undefined ? [callers] : []),
      ...environmentProof.clauses.map((clause) => ({
        environment,
        service: clause.owner.name,
        witness: clause.sample,
        fields: {
          answer: answers(clause.sample),
          ...wayFields(hopsOfRequest(stack, environmentProof, clause, clause.sample)),
        },
      })),
    ];
  });
}

const sidecarView = {
  alias: "another name of the entry gateway's Service, with its endpoints and policies",
  dns: "an address of its own, asked of DNS",
} as const;

const tieTexts: Readonly<Record<TieOrder, string>> = {
  store: "whatever order istiod reads them in",
  joined: "<name>.<namespace>",
  separate: "name, then namespace",
};

function wayFields(hops: readonly RequestHop[]): Record<string, string> {
  return Object.assign(
    {},
    ...hops.map((hop) =>
      hop.hop === 1
        ? {
            "entry gateways": hop.gateways.join(", "),
            ...(hop.action.kind === "forward" && {
              timeout: hop.action.timeout ?? "none",
              retries: retriesText(hop.action.retries),
            }),
          }
        : {
            destination: `${hop.serviceHost}:80`,
            "hop 2": hop.gateway,
            "hop 2's timeout": hop.timeout ?? (hop.note === null ? "none" : "unknown"),
            "hop 2's retries": hop.retries === null ? "unknown" : retriesText(hop.retries),
          },
    ),
  ) as Record<string, string>;
}

function retriesText({ attempts, perTryTimeout, retryOn, note }: RetriesInEffect): string {
  if (attempts === 0) return "none";
  return [
    `${attempts} on ${retryOn.join(", ")}`,
    ...(note === null ? [] : ["answers with status 503 too"]),
    ...(perTryTimeout === null ? [] : [`${perTryTimeout} per try`]),
  ].join("; ");
}

/** The fields that differ, with all services that meet the same difference together. In the order in which requests meet them. */
export function compareExperiences(
  before: readonly Experience[],
  after: readonly Experience[],
): ExperienceChange[] {
  const changes = new Map<
    string,
    { change: ExperienceChange; environments: Set<string>; services: Set<string> }
  >();
  before.forEach(({ environment, service, witness, fields }, index) => {
    const next = after[index]?.fields ?? {};
    for (const field of new Set([...Object.keys(fields), ...Object.keys(next)])) {
      const [from, to] = [fields[field] ?? "none", next[field] ?? "none"];
      if (from === to) continue;
      const key = JSON.stringify([field, from, to]);
      const found = changes.get(key) ?? {
        change: { field, from, to, environments: [], services: [], witness: witness ?? null },
        environments: new Set(),
        services: new Set(),
      };
      changes.set(key, found);
      found.environments.add(environment);
      if (service !== undefined) found.services.add(`${environment}/${service}`);
    }
  });
  return Array.from(changes.values(), ({ change, environments, services }) => ({
    ...change,
    environments: [...environments],
    services: [...services],
  }));
}
