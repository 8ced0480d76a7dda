import { type PlainRecord, without } from "../audit/plain-value.ts";
import type { KubernetesObject } from "../mesh/plan-objects.ts";
import { withApiDefaults } from "./api-defaults.ts";
import { type Difference, differences } from "./compare-values.ts";
import { type Editor, editorOf, lastEditor, unknownEditor } from "./editor.ts";
import { fieldPathText } from "./field-path.ts";
import { isKnown, Territory } from "./foreign.ts";
import { kindOf, type LiveObject, managedFieldsOf, nameOf, namespaceOf, objectId } from "./live-object.ts";
import { hasMeaning, normalForm } from "./normal-form.ts";
import { groupOf } from "./watched-kinds.ts";
import { type Effect, effectOfField, effectOfMissing, type OnRequests } from "./object-effects.ts";
import { routeEffects, type RouteEffects } from "./route-effects.ts";

/** One thing on the cluster that is not as planned. */
export interface DriftItem {
  readonly kind: "changed" | "missing" | "foreign";
  /** `VirtualService kfaas-system/…` */
  readonly object: string;
  /** The field, such as `spec.http[0].fault`; null where the object as a whole is meant. */
  readonly path: string | null;
  /** As planned; null if there should be nothing. */
  readonly expected: unknown;
  /** As it is; null if there is nothing. */
  readonly actual: unknown;
  /** Who wrote it, as the API server knows them; null if it does not. */
  readonly manager: string | null;
  /** When, in RFC 3339. */
  readonly time: string | null;
  /** What it does, in words. */
  readonly effect: string;
  readonly requests: OnRequests;
}

export interface DriftReport {
  /** Sorted: what changes requests first, then by object and field. */
  readonly drift: readonly DriftItem[];
  /** Objects of others that touch the plan and are known to the stack. */
  readonly known: readonly string[];
  readonly stats: { readonly planned: number; readonly compared: number; readonly read: number };
}

export interface DriftOptions {
  /** Field manager of whoever deploys the plan. */
  readonly fieldManager: string;
  /** Objects of others that are known and wanted; see isKnown. */
  readonly known?: readonly string[];
}

/** Field manager of the embedded mesh's own objects: they bend proxies to one machine and are no drift of anything. */
const embeddedMesh = "kfaas-local";

/** Compares a plan with all that a cluster holds of the watched kinds. */
export function findDrift(
  planned: readonly KubernetesObject[],
  live: readonly LiveObject[],
  options: DriftOptions,
): DriftReport {
  const plan = planned as unknown as readonly PlainRecord[];
  const found = new Map(live.map((object) => [identityOf(object), object]));
  const wanted = new Set(plan.map(identityOf));
  const changes = plan.flatMap((object): Change[] => {
    const actual = found.get(identityOf(object));
    if (actual === undefined) return [{ object, actual, fields: [] }];
    const fields = fieldDrift(object, actual);
    return fields.length === 0 ? [] : [{ object, actual, fields }];
  });
  const territory = new Territory(planned);
  const others = live.flatMap((object) => {
    const touch = wanted.has(identityOf(object)) ? undefined : territory.touchedBy(object);
    return touch === undefined ? [] : [{ object, touch }];
  });
  const isAccepted = ({ object }: { readonly object: LiveObject }) =>
    isKnown(object, options.known ?? []) || isOfEmbeddedMesh(object);
  const foreign = others.filter((each) => !isAccepted(each));
  const effects =
    changes.length + foreign.length === 0
      ? undefined
      : routeEffects(plan.filter(isRoute), live.filter(isRoute));
  return {
    drift: [
      ...changes.flatMap((change) => itemsOf(change, effects, options)),
      ...foreign.map(({ object, touch }) => foreignItem(object, touch, effects, options)),
    ].sort(compareItems),
    known: others
      .filter(isAccepted)
      .map(({ object }) => objectId(object))
      .sort(),
    stats: {
      planned: plan.length,
      compared: plan.length - changes.filter(isMissing).length,
      read: live.length,
    },
  };
}

/** A planned object that is not there, or is different. */
interface Change {
  readonly object: PlainRecord;
  readonly actual: LiveObject | undefined;
  readonly fields: readonly Difference[];
}

function isMissing({ actual }: Change): boolean {
  return actual === undefined;
}

/** What of a live object is not as planned, field by field. */
export function fieldDrift(planned: PlainRecord, live: LiveObject): Difference[] {
  return differences(normalForm(withApiDefaults(planned)), normalForm(live))
    .flatMap(perEntry)
    .filter((difference) => !isIdleNote(kindOf(planned), difference));
}

/** Labels and annotations one by one, also where there were none before. */
function perEntry({ path, expected, actual }: Difference): Difference[] {
  const last = path.at(-1);
  const isNotes = (last === "labels" || last === "annotations") && path.at(-2) === "metadata";
  if (path.length === 1 && last === "metadata") {
    return differences(expected ?? {}, actual ?? {}, path).flatMap(perEntry);
  }
  return isNotes ? differences(expected ?? {}, actual ?? {}, path) : [{ path, expected, actual }];
}

/** A label or annotation that was added and means nothing to anybody who has to do with requests. */
function isIdleNote(kind: string, { path, expected }: Difference): boolean {
  const [key, field] = [path.at(-1), path.at(-2)];
  if (expected !== undefined || path.at(-3) !== "metadata") return false;
  if (field !== "labels" && field !== "annotations") return false;
  return !hasMeaning(kind, String(key), path.length > 3, field);
}

/** The same for one object in any version of its API. */
function identityOf(object: PlainRecord): string {
  return `${groupOf(String(object["apiVersion"]))} ${objectId(object)}`;
}

function isRoute(object: PlainRecord): boolean {
  return (
    ["VirtualService", "Gateway"].includes(kindOf(object)) &&
    String(object["apiVersion"]).startsWith("networking.istio.io/")
  );
}

function isOfEmbeddedMesh(object: LiveObject): boolean {
  const managers = managedFieldsOf(object).filter(({ subresource }) => subresource === undefined);
  return managers.length > 0 && managers.every(({ manager }) => manager === embeddedMesh);
}

function itemsOf(
  { object, actual, fields }: Change,
  effects: RouteEffects | undefined,
  options: DriftOptions,
): DriftItem[] {
  const about = (effect: Effect) => ({
    object: objectId(object),
    effect: effect.text,
    requests: effect.requests,
  });
  if (actual === undefined) {
    const effect = ofRoutes(object, effects) ?? effectOfMissing(kindOf(object));
    return [
      {
        kind: "missing",
        path: null,
        expected: content(object),
        actual: null,
        ...unknownEditor,
        ...about(effect),
      },
    ];
  }
  return fields.map((field) => ({
    kind: "changed",
    path: fieldPathText(field.path),
    expected: field.expected ?? null,
    actual: field.actual ?? null,
    ...editorOf(actual, field.path, options.fieldManager),
    ...about(effectOfChange(object, field, effects)),
  }));
}

function effectOfChange(object: PlainRecord, field: Difference, effects: RouteEffects | undefined): Effect {
  const byPlace = effectOfField(kindOf(object), field);
  const onRoutes = field.path[0] === "spec" ? ofRoutes(object, effects) : undefined;
  if (onRoutes === undefined) return byPlace;
  // The model knows gateways only; what else a field is for, its place tells.
  const isModelled = ["http", "hosts"].includes(String(field.path[1]));
  return isModelled || onRoutes.requests === "changed" ? onRoutes : byPlace;
}

/** What a VirtualService does to requests; undefined for other kinds. */
function ofRoutes(object: PlainRecord, effects: RouteEffects | undefined): Effect | undefined {
  if (kindOf(object) !== "VirtualService" || effects === undefined) return undefined;
  const id = `${namespaceOf(object)}/${nameOf(object)}`;
  const sentences = effects.sentences.get(id) ?? [];
  if (sentences.length > 0) return { requests: "changed", text: sentences.join("; ") };
  return effects.undecided.has(id)
    ? { requests: "unknown", text: "what it does to requests could not be derived" }
    : { requests: "unchanged", text: "no request is answered differently" };
}

function foreignItem(
  object: LiveObject,
  touch: string,
  effects: RouteEffects | undefined,
  { fieldManager }: DriftOptions,
): DriftItem {
  const editor: Editor = lastEditor(object);
  const onRoutes = ofRoutes(object, effects);
  const earlier =
    editor.manager === fieldManager
      ? "; KFaaS itself made it, and the plan has it no more: run pulumi up"
      : "";
  return {
    kind: "foreign",
    object: objectId(object),
    path: null,
    expected: null,
    actual: content(object),
    ...editor,
    effect: `${touch}${onRoutes === undefined ? "" : `; ${onRoutes.text}`}${earlier}`,
    requests: onRoutes?.requests ?? "unknown",
  };
}

/** An object without what the server keeps about it. */
function content(object: PlainRecord): PlainRecord {
  const namespace = namespaceOf(object);
  return {
    ...without(object, ["metadata", "status"]),
    metadata: { name: nameOf(object), ...(namespace === "" ? {} : { namespace }) },
  };
}

const rank: Record<OnRequests, number> = { changed: 0, unknown: 1, unchanged: 2 };

/** Total, so that output never flickers. */
function compareItems(a: DriftItem, b: DriftItem): number {
  const text = (item: DriftItem) => `${item.object} ${item.path ?? ""} ${item.kind}`;
  const [left, right] = [text(a), text(b)];
  return rank[a.requests] - rank[b.requests] || (left < right ? -1 : left > right ? 1 : 0);
}
