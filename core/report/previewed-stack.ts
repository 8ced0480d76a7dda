import { compareText } from "../problem.ts";

/** What Pulumi's engine would do with one object. */
export type PreviewedOperation = "create" | "update" | "delete" | "replace";

/** One object that a preview would change. */
export interface PreviewedChange {
  readonly operation: PreviewedOperation;
  /** For example `VirtualService`. */
  readonly kind: string;
  /** `<namespace>/<name>`, or a name alone. */
  readonly name: string;
  /** Types of the components that it belongs to, from the outermost: `kfaas:mesh:EntryGateway`. */
  readonly parents: readonly string[];
}

/** What a preview of a stack says, as far as Kubernetes objects go. */
export interface PreviewedStack {
  readonly stack: string;
  /** Sorted by kind and name. */
  readonly changes: readonly PreviewedChange[];
  /** Why the preview failed; empty if it did not. */
  readonly errors: readonly string[];
}

/** A step of the engine: what it does with the resource that an URN names. */
export interface PreviewStep {
  readonly op: string;
  readonly urn: string;
}

const operations: Readonly<Record<string, PreviewedOperation>> = {
  create: "create",
  import: "create",
  update: "update",
  delete: "delete",
  discard: "delete",
  replace: "replace",
  "create-replacement": "replace",
  "delete-replaced": "replace",
  "discard-replaced": "replace",
  "import-replacement": "replace",
};

/** From the harmless to the grave: of several steps of one resource the gravest counts. */
const gravity: readonly PreviewedOperation[] = ["create", "update", "delete", "replace"];

/** The changes among an engine's steps. Components and providers are nothing on the cluster and left out. */
export function previewedChanges(steps: readonly PreviewStep[]): PreviewedChange[] {
  const changes = new Map<string, PreviewedChange>();
  for (const { op, urn } of steps) {
    const operation = Object.hasOwn(operations, op) ? operations[op] : undefined;
    const { types, name } = partsOf(urn);
    const type = types.at(-1) ?? "";
    if (operation === undefined || !type.startsWith("kubernetes:")) continue;
    const known = changes.get(urn)?.operation;
    if (known !== undefined && gravity.indexOf(known) >= gravity.indexOf(operation)) continue;
    const kind = type.slice(type.lastIndexOf(":") + 1);
    changes.set(urn, { operation, kind, name, parents: types.slice(0, -1) });
  }
  return [...changes.values()].sort((a, b) => compareText(a.kind, b.kind) || compareText(a.name, b.name));
}

/** The stack whose steps they are; undefined if there are none. */
export function stackOfSteps(steps: readonly PreviewStep[]): string | undefined {
  const [first] = steps;
  return first && partsOf(first.urn).stack;
}

/** `urn:pulumi:<stack>::<project>::<type>$<type>::<name>` */
function partsOf(urn: string): { stack: string; types: string[]; name: string } {
  const [stack = "", , types = "", ...name] = urn.split("::");
  return { stack: stack.replace(/^urn:pulumi:/, ""), types: types.split("$"), name: name.join("::") };
}
