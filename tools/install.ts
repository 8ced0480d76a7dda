// `npm run tools`: finds or builds everything that the embedded mesh runs. With --verify, checks what is cached.
import process from "node:process";
import { parseArgs } from "node:util";
import { dropArtifact, verifyArtifact } from "./artifact.ts";
import { controlPlaneArtifact } from "./control-plane.ts";
import { engineArtifact } from "./engine.ts";
import { envoyArtifact } from "./envoy.ts";
import { ensureToolchain } from "./toolchain.ts";

const { values } = parseArgs({ options: { verify: { type: "boolean", default: false } } });
try {
  if (values.verify) await dropDamaged();
  process.stdout.write(`${JSON.stringify(await ensureToolchain(), null, 2)}\n`);
} catch (error) {
  process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
  process.exitCode = 1;
}

/** Damaged artifacts are deleted, so that they are made anew right after. */
async function dropDamaged(): Promise<void> {
  for (const artifact of [await controlPlaneArtifact(), await engineArtifact(), await envoyArtifact()]) {
    const damaged = await verifyArtifact(artifact);
    if (damaged.length === 0) continue;
    process.stderr.write(`${artifact.name}: missing or damaged: ${damaged.join(", ")}\n`);
    await dropArtifact(artifact);
  }
}
