import * as pulumi from "@pulumi/pulumi";

/** Missing in Pulumi's types, because it is marked internal; there is no public way to wait for children that nobody holds. */
const runtime = pulumi.runtime as typeof pulumi.runtime & { waitForRPCs(): Promise<void> };

/** Waits until everything that was registered so far has reached the engine. */
export async function settle(): Promise<void> {
  await runtime.waitForRPCs();
}
