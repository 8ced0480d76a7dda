import { gatewayName } from "../audit/foreign-match.ts";
import { isWithin } from "../audit/place.ts";
import { isRecord, listAt, type PlainRecord, recordAt, textAt, textsAt } from "../audit/plain-value.ts";
import { systemNamespace } from "../mesh/names.ts";
import type { KubernetesObject } from "../mesh/plan-objects.ts";
import { kindOf, nameOf, namespaceOf, specOf } from "./live-object.ts";

/** Istio's own namespace: what stands there applies to every proxy. */
const rootNamespace = "istio-system";

/** What of a plan somebody else's object may touch. */
export class Territory {
  /** Hosts by the gateway that the plan routes them on. */
  readonly #hosts = new Map<string, Set<string>>();
  /** Gateways that are the plan's own. */
  readonly #gateways = new Set<string>();
  /** Where the plan's rules send requests. */
  readonly #destinations = new Set<string>();
  readonly #podLabels: PlainRecord[] = [];
  readonly #deployments = new Set<string>();
  readonly #serviceSelectors: PlainRecord[] = [];

  constructor(planned: readonly KubernetesObject[]) {
    for (const object of planned) this.#add(object as unknown as PlainRecord & KubernetesObject);
  }

  #add(object: PlainRecord & KubernetesObject): void {
    const { kind, metadata } = object;
    const spec = specOf(object);
    switch (kind) {
      case "VirtualService":
        this.#addRoutes(spec);
        break;
      case "Gateway":
        this.#gateways.add(`${metadata.namespace ?? ""}/${metadata.name}`);
        break;
      case "Deployment":
        this.#deployments.add(metadata.name);
        this.#podLabels.push(recordAt(recordAt(recordAt(spec, "template"), "metadata"), "labels"));
        break;
      case "Service":
        if (isRecord(spec["selector"])) this.#serviceSelectors.push(spec["selector"]);
        break;
      default:
    }
  }

  #addRoutes(spec: PlainRecord): void {
    for (const gateway of textsAt(spec, "gateways")) {
      const known = this.#hosts.get(gateway) ?? new Set();
      for (const host of textsAt(spec, "hosts")) known.add(host);
      this.#hosts.set(gateway, known);
    }
    for (const rule of listAt(spec, "http")) {
      for (const route of listAt(rule, "route")) {
        const host = textAt(recordAt(route, "destination"), "host");
        if (host !== undefined) this.#destinations.add(host);
      }
    }
  }

  /** What an object that is not planned has to do with the plan; undefined if nothing. */
  touchedBy(object: PlainRecord): string | undefined {
    const touch = touches[kindOf(object)];
    return touch?.(this, object);
  }

  /** Of a VirtualService: by gateway, or by a host on a gateway that others use as well. */
  routes(object: PlainRecord): string | undefined {
    const namespace = namespaceOf(object);
    const hosts = textsAt(specOf(object), "hosts").map((host) => host.toLowerCase());
    const named = textsAt(specOf(object), "gateways").map((each) => gatewayName(each, namespace));
    for (const gateway of named.length === 0 ? ["mesh"] : named) {
      const ours = gateway === "mesh" ? this.#meshHosts() : [...(this.#hosts.get(gateway) ?? [])];
      const shared = hosts.find((host) => ours.some((own) => host === own));
      if (shared !== undefined) return `routes ${shared} on ${gateway === "mesh" ? "sidecars" : gateway}`;
      // A gateway that only leads to Knative is there for the VirtualServices of others.
      if (this.#gateways.has(gateway) && ours.length > 0) return `binds routes to ${gateway}`;
    }
    return undefined;
  }

  /** Hosts of our namespace: those of Knative's services are Knative's to route in sidecars. */
  #meshHosts(): string[] {
    const all = Array.from(this.#hosts.values()).flatMap((hosts) => [...hosts]);
    return all.filter((host) => host.endsWith(`.${systemNamespace}.svc.cluster.local`));
  }

  /** Whether a selector of labels finds pods of ours; an empty one finds all. */
  selectsOurPods(selector: PlainRecord): boolean {
    const wanted = Object.entries(selector);
    return this.#podLabels.some((labels) => wanted.every(([name, value]) => labels[name] === value));
  }

  /** Whether pods with these labels would get requests that a Service of ours is for. */
  isServedAs(labels: PlainRecord): boolean {
    return this.#serviceSelectors.some((selector) =>
      Object.entries(selector).every(([name, value]) => labels[name] === value),
    );
  }

  hasDeployment(name: string): boolean {
    return this.#deployments.has(name);
  }

  /** A host that the plan routes or sends to. */
  knownHost(pattern: string, namespace: string): string | undefined {
    const lower = pattern.toLowerCase();
    const full = lower.includes(".") || lower === "*" ? lower : `${lower}.${namespace}.svc.cluster.local`;
    return [...this.#meshHosts(), ...this.#destinations].find((host) => isWithin(host, full));
  }
}

type Touch = (ours: Territory, object: PlainRecord) => string | undefined;

const touches: Readonly<Record<string, Touch>> = {
  VirtualService: (ours, object) =>
    ours.routes(object) ?? ifHere(object, "is in the namespace of the routes"),
  Gateway: (ours, object) =>
    ours.selectsOurPods(recordAt(specOf(object), "selector"))
      ? "opens listeners on the gateways' pods"
      : ifHere(object, "is in the namespace of the gateways"),
  ServiceEntry: (ours, object) => {
    if (!isVisible(object)) return ifHere(object, "is in the namespace of the gateways");
    const host = textsAt(specOf(object), "hosts").map((each) => ours.knownHost(each, namespaceOf(object)));
    const known = host.find((each) => each !== undefined);
    return known === undefined
      ? ifHere(object, "is in the namespace of the gateways")
      : `says where ${known} leads`;
  },
  DestinationRule: (ours, object) => {
    if (!isVisible(object)) return ifHere(object, "is in the namespace of the gateways");
    const host = ours.knownHost(textAt(specOf(object), "host") ?? "", namespaceOf(object));
    return host === undefined
      ? ifHere(object, "is in the namespace of the gateways")
      : `decides how requests are sent on to ${host}`;
  },
  EnvoyFilter: (ours, object) => {
    const patches = listAt(specOf(object), "configPatches");
    const contexts = patches.map((each) => textAt(recordAt(each, "match"), "context") ?? "ANY");
    if (!contexts.some((context) => context === "ANY" || context === "GATEWAY")) return undefined;
    return appliesTo(ours, object, "workloadSelector", "labels")
      ? "changes the configuration of the gateways' proxies"
      : undefined;
  },
  AuthorizationPolicy: (ours, object) =>
    appliesTo(ours, object, "selector", "matchLabels")
      ? "decides which requests the gateways refuse"
      : undefined,
  RequestAuthentication: (ours, object) =>
    appliesTo(ours, object, "selector", "matchLabels")
      ? "decides which tokens the gateways refuse"
      : undefined,
  WasmPlugin: (ours, object) =>
    appliesTo(ours, object, "selector", "matchLabels")
      ? "runs code of its own in the gateways' proxies"
      : undefined,
  NetworkPolicy: (ours, object) => {
    const labels = recordAt(recordAt(specOf(object), "podSelector"), "matchLabels");
    return ours.selectsOurPods(labels) ? "allows the gateways' pods further connections" : undefined;
  },
  Service: (ours, object) => {
    const selector = specOf(object)["selector"];
    return isRecord(selector) && Object.keys(selector).length > 0 && ours.selectsOurPods(selector)
      ? "leads to the gateways' pods as well"
      : undefined;
  },
  Deployment: (ours, object) => {
    const labels = recordAt(recordAt(recordAt(specOf(object), "template"), "metadata"), "labels");
    return ours.isServedAs(labels) ? "has pods that take a share of the gateways' requests" : undefined;
  },
  HorizontalPodAutoscaler: (ours, object) =>
    ours.hasDeployment(textAt(recordAt(specOf(object), "scaleTargetRef"), "name") ?? "")
      ? "scales a gateway as well"
      : undefined,
  PodDisruptionBudget: (ours, object) => {
    const labels = recordAt(recordAt(specOf(object), "selector"), "matchLabels");
    return ours.selectsOurPods(labels) ? "decides how many of the gateways' pods may be down" : undefined;
  },
  ResourceQuota: () => "limits what may run beside the gateways",
};

function ifHere(object: PlainRecord, reason: string): string | undefined {
  return namespaceOf(object) === systemNamespace ? reason : undefined;
}

/** Whether proxies of our namespace see it. */
function isVisible(object: PlainRecord): boolean {
  const exportTo = textsAt(specOf(object), "exportTo");
  return exportTo.length === 0 || exportTo.includes("*") || exportTo.includes(systemNamespace);
}

/** Policies of our namespace and of Istio's apply to the pods that they select, by default to all. */
function appliesTo(ours: Territory, object: PlainRecord, selector: string, labels: string): boolean {
  const here = [systemNamespace, rootNamespace].includes(namespaceOf(object));
  return here && ours.selectsOurPods(recordAt(recordAt(specOf(object), selector), labels));
}

/** Objects that a stack says it knows: `EnvoyFilter istio-system/stats-filter-*`, with `*` at the end for any ending. */
export function isKnown(object: PlainRecord, known: readonly string[]): boolean {
  const id = `${kindOf(object)} ${namespaceOf(object)}/${nameOf(object)}`;
  return known.some((pattern) =>
    pattern.endsWith("*") ? id.startsWith(pattern.slice(0, -1)) : id === pattern,
  );
}
