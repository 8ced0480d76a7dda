import { type ForeignMatch, gatewayName, matchPlace, readForeignMatch } from "./foreign-match.ts";
import {
  canonicalText,
  isRecord,
  listAt,
  numberAt,
  type PlainRecord,
  recordAt,
  textAt,
  textsAt,
  without,
} from "./plain-value.ts";

interface Aged {
  /** `<namespace>/<name>` */
  readonly id: string;
  readonly name: string;
  readonly namespace: string;
  /** Whole seconds, such as `2026-01-31T12:00:00.000Z`; empty if unknown. */
  readonly created: string;
}

/** Somebody's VirtualService: any apiVersion, as far as it can be understood. */
export interface ForeignVirtualService extends Aged {
  /** In full and in lower case. */
  readonly hosts: readonly string[];
  /** In full: `mesh` or `<namespace>/<name>`. */
  readonly gateways: readonly string[];
  readonly exportTo: readonly string[];
  /** Only what was understood. */
  readonly rules: readonly ForeignRule[];
}

export interface ForeignRule {
  /** The same for rules that do the same. */
  readonly action: string;
  /** At least one; a rule without matches has the one that matches everything. */
  readonly matches: readonly ForeignMatch[];
}

export interface ForeignGateway extends Aged {
  readonly selector: Readonly<Record<string, unknown>>;
  /** Those that route HTTP. */
  readonly servers: readonly ForeignServer[];
}

export interface ForeignServer {
  readonly port: number;
  readonly name: string;
  /** Plain HTTP of one port is merged over all Gateways of the same pods; TLS is not. */
  readonly tls: boolean;
  readonly hosts: readonly string[];
}

/** Something in the input that took no part in the audit. */
export interface NotUnderstood {
  /** `<namespace>/<name>` */
  readonly object: string;
  /** Such as `spec.http[0].match[1]`. */
  readonly path: string;
  readonly reason: string;
}

export interface ForeignObjects {
  readonly virtualServices: readonly ForeignVirtualService[];
  readonly gateways: readonly ForeignGateway[];
  /** Labels of pods by namespace, from Pods and from templates of Deployments and DaemonSets. */
  readonly pods: readonly { readonly namespace: string; readonly labels: PlainRecord }[];
  /** How many objects of other kinds there are, by kind. */
  readonly ignored: Readonly<Record<string, number>>;
  readonly notUnderstood: readonly NotUnderstood[];
}

/** Sorts out objects as a cluster or a dump holds them. What cannot be read is named, never dropped silently. */
export function readForeignObjects(objects: readonly unknown[]): ForeignObjects {
  const reader = new Reader();
  for (const object of objects) reader.read(object);
  return reader.result();
}

class Reader {
  readonly #virtualServices = new Map<string, ForeignVirtualService>();
  readonly #gateways = new Map<string, ForeignGateway>();
  readonly #pods: { namespace: string; labels: PlainRecord }[] = [];
  readonly #ignored = new Map<string, number>();
  readonly #notes: NotUnderstood[] = [];

  result(): ForeignObjects {
    return {
      virtualServices: [...this.#virtualServices.values()],
      gateways: [...this.#gateways.values()],
      pods: this.#pods,
      ignored: Object.fromEntries([...this.#ignored].sort(([a], [b]) => (a < b ? -1 : 1))),
      notUnderstood: this.#notes,
    };
  }

  read(object: unknown): void {
    const kind = textAt(object, "kind") ?? "without kind";
    const isIstio = (textAt(object, "apiVersion") ?? "").startsWith("networking.istio.io/");
    if (isIstio && kind === "VirtualService") this.#keep(this.#virtualServices, object, virtualService);
    else if (isIstio && kind === "Gateway") this.#keep(this.#gateways, object, gateway);
    else {
      const labels = podLabels(kind, object);
      if (labels !== undefined) this.#pods.push({ namespace: namespaceOf(object), labels });
      this.#ignored.set(kind, (this.#ignored.get(kind) ?? 0) + 1);
    }
  }

  #keep<T extends Aged>(
    known: Map<string, T>,
    object: unknown,
    parse: (aged: Aged, spec: PlainRecord, note: Note) => T | undefined,
  ): void {
    const name = textAt(recordAt(object, "metadata"), "name");
    const namespace = namespaceOf(object);
    const id = `${namespace}/${name ?? ""}`;
    const note: Note = (path, reason) => this.#notes.push({ object: id, path, reason });
    if (name === undefined) {
      note("metadata.name", "the object has no name");
      return;
    }
    if (known.has(id)) {
      note("metadata", "stands twice in the input; the first is taken");
      return;
    }
    const parsed = parse(
      { id, name, namespace, created: created(object, note) },
      recordAt(object, "spec"),
      note,
    );
    if (parsed !== undefined) known.set(id, parsed);
  }
}

type Note = (path: string, reason: string) => void;

function namespaceOf(object: unknown): string {
  return textAt(recordAt(object, "metadata"), "namespace") ?? "default";
}

function created(object: unknown, note: Note): string {
  const text = recordAt(object, "metadata")["creationTimestamp"];
  if (text === undefined || text === null) return "";
  const time = typeof text === "string" ? new Date(text) : undefined;
  if (time !== undefined && !Number.isNaN(time.getTime()))
    return new Date(Math.floor(time.getTime() / 1000) * 1000).toISOString();
  note("metadata.creationTimestamp", "is no time; taken as unknown");
  return "";
}

function podLabels(kind: string, object: unknown): PlainRecord | undefined {
  if (kind === "Pod") return recordAt(recordAt(object, "metadata"), "labels");
  if (kind !== "Deployment" && kind !== "DaemonSet") return undefined;
  return recordAt(recordAt(recordAt(recordAt(object, "spec"), "template"), "metadata"), "labels");
}

function virtualService(aged: Aged, spec: PlainRecord, note: Note): ForeignVirtualService | undefined {
  const hosts = textsAt(spec, "hosts").map((host) => fullHost(host, aged.namespace));
  if (hosts.length === 0) {
    note("spec.hosts", "has no hosts: a delegate, which counts where a root refers to it");
    return undefined;
  }
  for (const protocol of ["tcp", "tls"]) {
    if (listAt(spec, protocol).length > 0) note(`spec.${protocol}`, "only HTTP rules are compared");
  }
  const gateways = textsAt(spec, "gateways").map((written) => gatewayName(written, aged.namespace));
  return {
    ...aged,
    hosts,
    gateways: gateways.length === 0 ? ["mesh"] : [...new Set(gateways)],
    exportTo: textsAt(spec, "exportTo"),
    rules: listAt(spec, "http").flatMap((rule, index) => readRule(rule, index, aged.namespace, note)),
  };
}

/** A name without a dot is a Service of the object's namespace. */
function fullHost(host: string, namespace: string): string {
  const lower = host.toLowerCase();
  return lower === "*" || lower.includes(".") ? lower : `${lower}.${namespace}.svc.cluster.local`;
}

function readRule(rule: unknown, index: number, namespace: string, note: Note): ForeignRule[] {
  const place = matchPlace(index, undefined);
  if (!isRecord(rule)) {
    note(place, "it is not a mapping");
    return [];
  }
  if (isRecord(rule["delegate"])) {
    note(place, `its rules are those of another object (delegate ${textAt(rule["delegate"], "name") ?? ""})`);
    return [];
  }
  if (rule["match"] !== undefined && rule["match"] !== null && !Array.isArray(rule["match"])) {
    note(`${place}.match`, "it is not a list");
    return [];
  }
  const written = listAt(rule, "match");
  const matches = (written.length === 0 ? [undefined] : written).flatMap((match, position) => {
    const result = readForeignMatch(match);
    if (result.ok) return [result.match];
    note(matchPlace(index, position), result.reason);
    return [];
  });
  return matches.length === 0 ? [] : [{ action: actionText(rule, namespace), matches }];
}

/** What a rule does: all of it but for what it matches and how it is called. */
function actionText(rule: PlainRecord, namespace: string): string {
  const full = fullDestinations(without(rule, ["match", "name"]), namespace);
  const [only, ...others] = listAt(full, "route");
  // A single destination gets everything, whatever its weight.
  if (!isRecord(only) || others.length > 0) return canonicalText(full);
  return canonicalText({ ...(full as PlainRecord), route: [without(only, ["weight"])] });
}

/** Short names of destinations mean different services in different namespaces. */
function fullDestinations(value: unknown, namespace: string): unknown {
  if (Array.isArray(value)) return value.map((each) => fullDestinations(each, namespace));
  if (!isRecord(value)) return value;
  return Object.fromEntries(
    Object.entries(value).map(([key, inner]) => {
      const host = key === "destination" || key === "mirror" ? textAt(inner, "host") : undefined;
      if (host === undefined || !isRecord(inner)) return [key, fullDestinations(inner, namespace)];
      return [key, { ...inner, host: fullHost(host, namespace) }];
    }),
  );
}

function gateway(aged: Aged, spec: PlainRecord, note: Note): ForeignGateway {
  const servers = listAt(spec, "servers").flatMap((server, index): ForeignServer[] => {
    const port = recordAt(server, "port");
    const number = numberAt(port, "number");
    const protocol = (textAt(port, "protocol") ?? "").toUpperCase();
    const mode = textAt(recordAt(server, "tls"), "mode") ?? "";
    if (number === undefined) {
      note(`spec.servers[${index}]`, "it has no port number");
      return [];
    }
    const routes = ["HTTP", "HTTP2", "GRPC", "GRPC-WEB", "HTTPS"].includes(protocol);
    if (!routes || mode.endsWith("PASSTHROUGH")) return [];
    const name = textAt(port, "name") ?? "";
    return [{ port: number, name, tls: protocol === "HTTPS", hosts: textsAt(server, "hosts") }];
  });
  return { ...aged, selector: recordAt(spec, "selector"), servers };
}
