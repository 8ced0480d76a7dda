/**
 * The labels that Kubernetes recommends, on everything but Istio's own kinds. No label domain of KFaaS's own: names already say
 * environment and service, and selectors need only `istio`.
 */
export interface Labels {
  readonly "app.kubernetes.io/name": string;
  readonly "app.kubernetes.io/component": string;
  readonly "app.kubernetes.io/part-of": "kfaas";
  readonly "app.kubernetes.io/managed-by": "pulumi";
}

/** Matches every pod of every managed gateway. */
export const partOfKfaas = { "app.kubernetes.io/part-of": "kfaas" } as const;

/** Labels of an object: what it is called and which part of KFaaS it is. */
export function labels(name: string, component: string): Labels {
  return {
    "app.kubernetes.io/name": name,
    "app.kubernetes.io/component": component,
    ...partOfKfaas,
    "app.kubernetes.io/managed-by": "pulumi",
  };
}
