import type * as pulumi from "@pulumi/pulumi";
import { withFieldManager } from "../core/mesh/deployed-objects.ts";

/** A planned object, as far as registering it goes. */
export interface PlannedObject {
  readonly metadata: {
    readonly name: string;
    readonly namespace?: string;
    readonly annotations?: Readonly<Record<string, string>>;
  };
}

type ResourceClass<Args, Resource> = new (
  name: string,
  args: Args,
  opts?: pulumi.CustomResourceOptions,
) => Resource;

/**
 * Registers a planned object as it is, under a name that never depends on its place in a list.
 * @param namespace the name of its namespace as the output of whatever has to be there first, which is how Pulumi learns the
 * order: `dependsOn` a component would name every one of its children in every object's state.
 */
export function registerObject<Args, Resource extends pulumi.CustomResource>(
  kind: ResourceClass<Args, Resource>,
  object: Args & PlannedObject,
  opts: pulumi.CustomResourceOptions,
  namespace?: pulumi.Input<string>,
): Resource {
  const owned = withFieldManager(object);
  const placed = namespace === undefined ? owned : { ...owned, metadata: { ...owned.metadata, namespace } };
  return new kind(logicalName(object), placed, opts);
}

/** `<namespace>/<name>`, unique among the objects of a kind. */
export function logicalName({ metadata }: PlannedObject): string {
  return metadata.namespace === undefined ? metadata.name : `${metadata.namespace}/${metadata.name}`;
}
