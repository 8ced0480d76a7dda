import { compareText, type WitnessRequest } from "../problem.ts";
import { type Contention, contentionsOf } from "./contention.ts";
import { describeForeignMatch } from "./foreign-match.ts";
import { type NotUnderstood, readForeignObjects } from "./foreign-objects.ts";
import { type MeshDuplicate, meshDuplicates } from "./mesh-duplicates.ts";
import { placesOf } from "./place.ts";

export type AuditCode =
  /** Matches of several objects meet, and the oldest object decides. */
  | "overlap-decided-by-age"
  /** Several objects have a rule for everything else; the oldest one's counts. */
  | "catch-all-decided-by-age"
  /** Sidecars obey one object per host, the oldest. */
  | "mesh-host-decided-by-age";

/** URLs whose destination hangs on the age of objects. */
export interface AuditFinding {
  readonly code: AuditCode;
  readonly host: string;
  /** `<namespace>/<name>` each, joined by a comma where several share a port; or `mesh`. */
  readonly gateway: string;
  /** Of the gateway, where known. */
  readonly port: number | null;
  /** `<namespace>/<name>` of the object that gets the witness now. */
  readonly today: string;
  /** Who gets it if the objects are created in another order. */
  readonly otherwise: string;
  /** True if that happens when all are created in the same second, as a restore or a new cluster may do. */
  readonly afterRestore: boolean;
  /** A request that proves it; a pseudo-header such as `:authority` is the one of HTTP/2. */
  readonly witness: WitnessRequest;
  /** One for each further pair of matches of these objects. */
  readonly furtherWitnesses: readonly WitnessRequest[];
  /** The matches that the witness meets, by object, in the order of today. */
  readonly matches: readonly { readonly object: string; readonly match: string }[];
  /** All that may get the witness, in the order of today. */
  readonly objects: readonly string[];
  /** True if one of them has rules that were not understood: those might take the witness first. */
  readonly uncertain: boolean;
}

type Certain = Omit<AuditFinding, "uncertain">;

export interface Audit {
  /** Those that a restore would change come first. */
  readonly findings: readonly AuditFinding[];
  readonly notUnderstood: readonly NotUnderstood[];
  /** What the findings rest on and the input did not say. */
  readonly assumptions: readonly string[];
  readonly stats: {
    readonly virtualServices: number;
    readonly gateways: number;
    /** Objects of other kinds, which were not looked at. */
    readonly ignored: Readonly<Record<string, number>>;
  };
}

/**
 * Says which requests depend today on the age of VirtualServices, and who would get them in another order of creation.
 * @param objects Kubernetes objects of any kind, as plain data; Gateways, and Pods or Deployments of gateways, make it more exact
 */
export function auditObjects(objects: readonly unknown[]): Audit {
  const foreign = readForeignObjects(objects);
  const { places, assumptions, notUnderstood } = placesOf(foreign);
  const mesh = meshDuplicates(foreign.virtualServices);
  const notes = [...foreign.notUnderstood, ...notUnderstood, ...mesh.notUnderstood];
  const findings: Certain[] = mesh.duplicates.map(meshFinding);
  for (const place of places) {
    const { contentions, undecided } = contentionsOf(place);
    findings.push(...gather(contentions.map((each) => gatewayFinding(place.host, place.port, each))));
    const gateway = place.entries[0]?.gateway ?? "";
    for (const reason of undecided)
      notes.push({ object: `host ${place.host}`, path: `Gateway ${gateway}`, reason });
  }
  const halfUnderstood = new Set(
    foreign.notUnderstood.filter(({ path }) => path.startsWith("spec.http")).map(({ object }) => object),
  );
  const undated = foreign.virtualServices.filter(({ created }) => created === "").length;
  return {
    findings: withoutRepeats(findings)
      .sort(compareFindings)
      .map((finding) => ({
        ...finding,
        uncertain: finding.objects.some((each) => halfUnderstood.has(each)),
      })),
    notUnderstood: distinct(notes),
    assumptions: [
      ...(undated === 0
        ? []
        : [`VirtualServices without creationTimestamp (${undated}) are the oldest, by name`]),
      ...assumptions,
      ...(foreign.virtualServices.length === 0
        ? []
        : ["path normalisation BASE, and ties by name, then namespace, as Istio has them since 1.23"]),
    ],
    stats: {
      virtualServices: foreign.virtualServices.length,
      gateways: foreign.gateways.length,
      ignored: foreign.ignored,
    },
  };
}

function gatewayFinding(host: string, port: number | undefined, contention: Contention): Certain {
  const { today, otherwise, afterRestore, witness, claims } = contention;
  const matches = claims.map(({ entry, clause }) => ({
    object: entry.source.id,
    match: describeForeignMatch(clause),
  }));
  return {
    code: today.clause.catchAll ? "catch-all-decided-by-age" : "overlap-decided-by-age",
    host,
    gateway: [...new Set(claims.map(({ entry }) => entry.gateway))].join(", "),
    port: port ?? null,
    today: today.entry.source.id,
    otherwise: otherwise.entry.source.id,
    afterRestore,
    witness: shown(witness),
    furtherWitnesses: [],
    matches,
    objects: [...new Set(matches.map(({ object }) => object))],
  };
}

function meshFinding({ host, today, otherwise, afterRestore, witness, entries }: MeshDuplicate): Certain {
  return {
    code: "mesh-host-decided-by-age",
    host,
    gateway: "mesh",
    port: null,
    today: today.source.id,
    otherwise: otherwise.source.id,
    afterRestore,
    witness: shown(witness),
    furtherWitnesses: [],
    matches: [],
    objects: entries.map(({ source }) => source.id),
  };
}

/** The method where it belongs. */
function shown({ method, headers, ...rest }: WitnessRequest): WitnessRequest {
  const { ":method": asked, ...others } = headers;
  return { method: asked ?? method, headers: others, ...rest };
}

/** One finding for the same objects with the same outcome, however many of their matches meet. */
function gather(findings: readonly Certain[]): Certain[] {
  const byOutcome = new Map<string, Certain>();
  for (const finding of findings) {
    const { code, gateway, today, otherwise, objects } = finding;
    const key = [code, gateway, today, otherwise, ...objects].join(" ");
    const known = byOutcome.get(key);
    byOutcome.set(
      key,
      known === undefined
        ? finding
        : { ...known, furtherWitnesses: [...known.furtherWitnesses, finding.witness] },
    );
  }
  return [...byOutcome.values()];
}

/** Where ports are not known, what holds for any port need not be said again for those that some rule names. */
function withoutRepeats(findings: readonly Certain[]): Certain[] {
  const key = (finding: Certain) => JSON.stringify({ ...finding, port: null });
  const general = new Set(findings.filter(({ port }) => port === null).map(key));
  return findings.filter((finding) => finding.port === null || !general.has(key(finding)));
}

/** Total, so that output never flickers. */
function compareFindings(a: Certain, b: Certain): number {
  return (
    Number(b.afterRestore) - Number(a.afterRestore) ||
    compareText(a.host, b.host) ||
    compareText(a.gateway, b.gateway) ||
    (a.port ?? 0) - (b.port ?? 0) ||
    compareText(a.witness.path, b.witness.path) ||
    compareText(JSON.stringify(a), JSON.stringify(b))
  );
}

function distinct(notes: readonly NotUnderstood[]): NotUnderstood[] {
  const byText = new Map(notes.map((note) => [JSON.stringify(note), note]));
  return [...byText].sort(([, a], [, b]) => compareText(a.object, b.object)).map(([, note]) => note);
}
