import type { HttpRoute, VirtualService } from "../mesh/istio.ts";
import { compareText } from "../problem.ts";
import { isCatchAllMatch, mergeVirtualServices } from "../route/istio-merge.ts";
import { gatewayName, type ForeignMatch } from "./foreign-match.ts";
import type {
  ForeignGateway,
  ForeignObjects,
  ForeignServer,
  ForeignVirtualService,
  NotUnderstood,
} from "./foreign-objects.ts";
import { exportGroup } from "./visibility.ts";

/** One virtual host of a proxy: what is merged into one list of routes. */
export interface Place {
  readonly host: string;
  /** Undefined if the input does not hold the Gateway and no rule asks for a port. */
  readonly port: number | undefined;
  /** In the order of today. */
  readonly entries: readonly Entry[];
  /** The other virtual hosts of the proxy, which may take requests that this host's pattern would match. */
  readonly otherHosts: readonly string[];
}

/** An object in a place, with what it adds to the list through one gateway. */
export interface Entry {
  readonly source: ForeignVirtualService;
  readonly gateway: string;
  /** Which server of the gateway this is by: they are read in their order, whatever the age. */
  readonly server: number;
  /** Of exportTo: lower groups come first, whatever the age. */
  readonly group: number;
  readonly clauses: readonly AuditClause[];
  /** The object cut down to its clauses. */
  readonly object: VirtualService;
}

export interface AuditClause extends Pick<ForeignMatch, "match" | "requests" | "key"> {
  readonly action: string;
  /** Moved behind everything else. */
  readonly catchAll: boolean;
  /** In its object, from 0. */
  readonly index: number;
}

/** A listener of a proxy. */
interface Listener {
  readonly port: number | undefined;
  /** In the order in which istiod reads them. */
  readonly bindings: readonly { readonly gateway: string; readonly hosts: readonly string[] | undefined }[];
  readonly proxyNamespace: string;
}

/** All virtual hosts of gateways that more than one object adds routes to. */
export function placesOf(objects: ForeignObjects): {
  places: Place[];
  assumptions: string[];
  notUnderstood: NotUnderstood[];
} {
  const listeners = new Listeners(objects);
  const byGateway = new Map<string, ForeignVirtualService[]>();
  for (const source of objects.virtualServices) {
    for (const gateway of source.gateways) push(byGateway, gateway, source);
  }
  const served = new Set<string>();
  const places = listeners.all([...byGateway.keys()], byGateway).flatMap((listener) => {
    const hosts = new Map<string, Entry[]>();
    for (const [server, { gateway, hosts: serverHosts }] of listener.bindings.entries()) {
      for (const entry of entriesOf(gateway, listener, byGateway.get(gateway) ?? [])) {
        for (const host of servedHosts(entry.source, serverHosts)) {
          served.add(`${gateway} ${entry.source.id}`);
          push(hosts, host, { ...entry, server });
        }
      }
    }
    const names = [...hosts.keys()];
    return Array.from(hosts)
      .filter(([, entries]) => new Set(entries.map(({ source }) => source)).size > 1)
      .map(([host, entries]) => ({ host, port: listener.port, entries, otherHosts: names }));
  });
  return {
    places,
    assumptions: [...listeners.assumptions].sort(),
    notUnderstood: listeners.notes.concat(unserved(objects, served, listeners)),
  };
}

function unserved(
  objects: ForeignObjects,
  served: ReadonlySet<string>,
  { known }: Listeners,
): NotUnderstood[] {
  return objects.virtualServices.flatMap((source) =>
    source.gateways
      .filter(
        (gateway) => known.has(gateway) && source.rules.length > 0 && !served.has(`${gateway} ${source.id}`),
      )
      .map((gateway) => ({
        object: source.id,
        path: "spec.hosts",
        reason: `Gateway ${gateway} takes no route of it: it serves none of its hosts, is for other ports, or does not see it (exportTo)`,
      })),
  );
}

class Listeners {
  readonly assumptions = new Set<string>();
  readonly notes: NotUnderstood[] = [];
  readonly known: ReadonlyMap<string, ForeignGateway>;
  readonly #objects: ForeignObjects;

  constructor(objects: ForeignObjects) {
    this.#objects = objects;
    this.known = new Map(objects.gateways.map((gateway) => [gateway.id, gateway]));
  }

  all(named: readonly string[], users: ReadonlyMap<string, readonly ForeignVirtualService[]>): Listener[] {
    const unknown = named.filter((name) => name !== "mesh" && !this.known.has(name)).sort();
    return [
      ...this.#ofGateways(named),
      ...unknown.flatMap((name) => this.#ofName(name, users.get(name) ?? [])),
    ];
  }

  /** Plain HTTP servers of one port and one set of pods share a list; a TLS server has its own. */
  #ofGateways(named: readonly string[]): Listener[] {
    const groups = new Map<string, { gateway: ForeignGateway; server: ForeignServer }[]>();
    const gateways = this.#objects.gateways.filter(({ id }) => named.includes(id)).sort(compareAge);
    for (const gateway of gateways) {
      for (const server of gateway.servers) {
        const pods = JSON.stringify(Object.entries(gateway.selector).sort());
        const shared = server.tls ? `${gateway.id} ${server.name}` : "";
        push(groups, `${pods} ${server.port} ${shared}`, { gateway, server });
      }
    }
    return Array.from(groups.values()).flatMap((servers) => {
      const [first] = servers;
      if (first === undefined) return [];
      return {
        port: first.server.port,
        proxyNamespace: this.#namespaceOf(first.gateway),
        bindings: servers.map(({ gateway, server }) => ({
          gateway: gateway.id,
          hosts: server.hosts.map((host) => host.toLowerCase()),
        })),
      };
    });
  }

  #ofName(name: string, users: readonly ForeignVirtualService[]): Listener[] {
    this.assumptions.add(
      `Gateway ${name} is not in the input: its hosts are taken to be those of the VirtualServices, and no other Gateway to share its port`,
    );
    const [namespace = ""] = name.split("/");
    if (users.some(({ exportTo }) => exportTo.length > 0 && !exportTo.includes("*"))) {
      this.#assumeNamespace(name, namespace);
    }
    const ports = new Set<number | undefined>([undefined]);
    for (const { rules } of users)
      for (const { matches } of rules) for (const { port } of matches) ports.add(port);
    // Rules for a port are only there on that port; without any, all ports are alike.
    return Array.from(ports, (port) => ({
      port,
      proxyNamespace: namespace,
      bindings: [{ gateway: name, hosts: undefined }],
    }));
  }

  #namespaceOf(gateway: ForeignGateway): string {
    const wanted = Object.entries(gateway.selector);
    const pods = this.#objects.pods.filter(({ labels }) =>
      wanted.every(([name, value]) => labels[name] === value),
    );
    const [first] = pods.map(({ namespace }) => namespace).sort();
    if (first !== undefined) return first;
    if (this.#objects.virtualServices.some(({ exportTo }) => exportTo.length > 0 && !exportTo.includes("*")))
      this.#assumeNamespace(gateway.id, gateway.namespace);
    return gateway.namespace;
  }

  #assumeNamespace(gateway: string, namespace: string): void {
    this.assumptions.add(
      `the pods of Gateway ${gateway} are taken to run in namespace ${namespace}, for which exportTo is judged`,
    );
  }
}

export function compareAge(
  a: Pick<ForeignGateway, "created" | "name" | "namespace">,
  b: Pick<ForeignGateway, "created" | "name" | "namespace">,
): number {
  return (
    compareText(a.created, b.created) || compareText(a.name, b.name) || compareText(a.namespace, b.namespace)
  );
}

/** push_context.go, VirtualServicesForGateway: by group of exportTo, in each by age. */
function entriesOf(gateway: string, listener: Listener, sources: readonly ForeignVirtualService[]): Entry[] {
  return sources
    .flatMap((source) => {
      const group = exportGroup(source, listener.proxyNamespace);
      const entry = group === undefined ? undefined : entryOf(source, gateway, listener.port, group);
      return entry === undefined || entry.clauses.length === 0 ? [] : [entry];
    })
    .sort((a, b) => a.group - b.group || compareAge(a.source, b.source));
}

/** What an object adds to the list of one gateway and port. */
export function entryOf(
  source: ForeignVirtualService,
  gateway: string,
  port: number | undefined,
  group: number,
): Entry {
  const applies = (match: ForeignMatch) =>
    (match.port === undefined || match.port === port) &&
    (match.gateways.length === 0 ||
      match.gateways.some((written) => gatewayName(written, source.namespace) === gateway));
  const actions = new Map<HttpRoute, string>();
  const sets = new Map<unknown, ForeignMatch>();
  for (const { action, matches } of source.rules) {
    const kept = matches.filter(applies);
    if (kept.length === 0) continue;
    for (const each of kept) sets.set(each.match, each);
    actions.set({ match: kept.map(({ match }) => match) }, action);
  }
  const object: VirtualService = {
    apiVersion: "networking.istio.io/v1",
    kind: "VirtualService",
    metadata: { name: source.name, namespace: source.namespace },
    spec: { hosts: [], gateways: [], http: [...actions.keys()] },
  };
  const clauses = mergeVirtualServices([{ object, created: "" }]).flatMap(({ rule, match }, index) => {
    const foreign = sets.get(match);
    if (foreign === undefined) return [];
    const { requests, key } = foreign;
    const action = actions.get(rule) ?? "";
    return { match: foreign.match, requests, key, action, catchAll: isCatchAllMatch(match), index };
  });
  return { source, gateway, server: 0, group, clauses, object };
}

/** names.go, Intersection: the more specific of each pair of names. */
export function servedHosts(
  source: ForeignVirtualService,
  serverHosts: readonly string[] | undefined,
): string[] {
  if (serverHosts === undefined) return [...new Set(source.hosts)];
  const offered = serverHosts.flatMap((each) => {
    const [before = "", after] = each.split("/");
    if (after === undefined) return [each];
    return before === "*" || before === source.namespace || before === "." ? [after] : [];
  });
  const shared = source.hosts.flatMap((host) =>
    offered.flatMap((offer) => (isWithin(host, offer) ? host : isWithin(offer, host) ? offer : [])),
  );
  return [...new Set(shared)];
}

/** Whether every name of `host` is one of `pattern`. */
export function isWithin(host: string, pattern: string): boolean {
  if (pattern === "*" || host === pattern) return true;
  return pattern.startsWith("*") && host.endsWith(pattern.slice(1)) && host !== "*";
}

function push<K, V>(map: Map<K, V[]>, key: K, value: V): void {
  const list = map.get(key);
  if (list === undefined) map.set(key, [value]);
  else list.push(value);
}
