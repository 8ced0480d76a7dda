import * as pulumi from "@pulumi/pulumi";
import { type ClusterRecord, recordName } from "./identity.ts";
import { systemNamespace } from "../core/mesh/names.ts";

/**
 * What the running stack's state says about where it was deployed; undefined before its first `up` and after `destroy`. Asks the
 * engine, as a StackReference would, but leaves no resource behind.
 */
export async function readDeployedRecord(): Promise<ClusterRecord | undefined> {
  const stack = [pulumi.getOrganization(), pulumi.getProject(), pulumi.getStack()].join("/");
  const { outputs } = await invoke("readStackOutputs", { name: stack });
  if (isRecord(outputs["cluster"])) return outputs["cluster"];
  // An `up` that failed half-way may have written no outputs, but its resources are there. This reads the whole state, which is
  // why it comes second.
  const resources = await invoke("readStackResourceOutputs", { stackName: stack });
  const urn = Object.keys(resources.outputs).find((key) =>
    key.endsWith(`kubernetes:core/v1:ConfigMap::${systemNamespace}/${recordName}`),
  );
  const state = urn === undefined ? undefined : (resources.outputs[urn] as ResourceState | undefined);
  return isRecord(state?.outputs?.data) ? state.outputs.data : undefined;
}

interface ResourceState {
  readonly outputs?: { readonly data?: unknown };
}

async function invoke(
  name: string,
  inputs: Record<string, string>,
): Promise<{ readonly outputs: Readonly<Record<string, unknown>> }> {
  const answer = (await pulumi.runtime.invoke(`pulumi:pulumi:${name}`, inputs)) as {
    readonly outputs?: Readonly<Record<string, unknown>>;
  };
  return { outputs: answer.outputs ?? {} };
}

function isRecord(value: unknown): value is ClusterRecord {
  if (typeof value !== "object" || value === null) return false;
  const { name, uid } = value as Record<string, unknown>;
  return typeof name === "string" && typeof uid === "string";
}
