import { readFileSync } from "node:fs";
import type { DriftItem } from "../../../core/drift/find-drift.ts";
import { findDrift } from "../../../core/drift/find-drift.ts";
import { fieldManager } from "../../../core/mesh/deployed-objects.ts";
import { keepForeignWeights } from "../../../core/mesh/foreign-weights.ts";
import type { VirtualService } from "../../../core/mesh/istio.ts";
import type { KubernetesObject } from "../../../core/mesh/plan-objects.ts";

type Plain = Record<string, unknown>;

interface Recorded {
  readonly planned: KubernetesObject[];
  readonly live: Plain[];
}

/** A plan and what a real API server made of it; test/e2e/drift.test.ts writes the file. */
const recorded = JSON.parse(readFileSync(new URL("recorded.json", import.meta.url), "utf8")) as Recorded;

export const namespace = "kfaas-system";

/** Name of the VirtualService of a service. */
export function route(service: string, environment = "alpha"): string {
  return `faas-${environment}-ns-${service}-ksvc-virtualservice`;
}

/** The recorded cluster, to be edited. */
export class Cluster {
  readonly planned = recorded.planned;
  live: Plain[] = structuredClone(recorded.live);

  drift(known: readonly string[] = []): readonly DriftItem[] {
    return findDrift(this.#deployed(), this.live, { fieldManager, known }).drift;
  }

  /** The plan with the weights that are somebody else's, as the cluster holds them. */
  #deployed(): KubernetesObject[] {
    const isRoute = ({ kind }: { readonly kind?: unknown }) => kind === "VirtualService";
    const foreignWeights = [{ virtualService: route("released"), manager: "argo-rollouts", rules: [0] }];
    const { virtualServices } = keepForeignWeights(
      { virtualServices: this.planned.filter(isRoute) as unknown as VirtualService[], foreignWeights },
      this.live.filter(isRoute) as unknown as VirtualService[],
    );
    return [...this.planned.filter((each) => !isRoute(each)), ...virtualServices];
  }

  object(kind: string, name: string): Plain {
    const found = this.live.find(
      (each) => each["kind"] === kind && (each["metadata"] as Plain)["name"] === name,
    );
    if (found === undefined) throw new Error(`no ${kind} ${name} was recorded`);
    return found;
  }

  /** The value at a path such as `spec.http.0.route`; keys with dots are given as a list. */
  at(kind: string, name: string, path: string | readonly string[]): unknown {
    return keysOf(path).reduce<unknown>(
      (value, key) => (value as Plain | undefined)?.[key],
      this.object(kind, name),
    );
  }

  set(kind: string, name: string, path: string | readonly string[], value: unknown): this {
    const keys = keysOf(path);
    let parent = this.object(kind, name);
    for (const key of keys.slice(0, -1)) {
      parent[key] ??= {};
      parent = parent[key] as Plain;
    }
    const last = keys.at(-1) ?? "";
    if (value === undefined && Array.isArray(parent)) parent.splice(Number(last), 1);
    else if (value === undefined) Reflect.deleteProperty(parent, last);
    else parent[last] = value;
    return this;
  }

  append(kind: string, name: string, path: string, ...values: readonly unknown[]): this {
    return this.set(kind, name, path, [
      ...((this.at(kind, name, path) as unknown[] | undefined) ?? []),
      ...values,
    ]);
  }

  prepend(kind: string, name: string, path: string, ...values: readonly unknown[]): this {
    return this.set(kind, name, path, [
      ...values,
      ...((this.at(kind, name, path) as unknown[] | undefined) ?? []),
    ]);
  }

  reverse(kind: string, name: string, path: string): this {
    return this.set(kind, name, path, [...(this.at(kind, name, path) as unknown[])].reverse());
  }

  delete(kind: string, name: string): this {
    const gone = this.object(kind, name);
    this.live = this.live.filter((each) => each !== gone);
    return this;
  }

  /** An object of somebody else, in the namespace of the gateways unless it says otherwise. */
  create(apiVersion: string, kind: string, spec: object, metadata: object = {}): this {
    this.live.push({
      apiVersion,
      kind,
      metadata: { name: "somebodys", namespace, creationTimestamp: "2026-11-30T12:00:00Z", ...metadata },
      spec,
    });
    return this;
  }
}

function keysOf(path: string | readonly string[]): readonly string[] {
  return typeof path === "string" ? path.split(".") : path;
}
