// `npm run bench`: whole commands on generated stacks, start-up included, beside the nearest peer measured in the same run.
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import os from "node:os";
import path from "node:path";
import process from "node:process";
import { fileURLToPath } from "node:url";
import { execa } from "execa";
import { ensureIstioctl } from "../tools/istioctl.ts";
import { withStep } from "../tools/progress.ts";
import { type GeneratedStack, writeStack } from "./generated-stack.ts";
import { measure, type Measured } from "./measure.ts";

const kfaas = fileURLToPath(new URL("../bin/kfaas.mjs", import.meta.url));
const stacks: readonly (GeneratedStack & { readonly name: string })[] = [
  { name: "5,000 services, 5,000 routes", services: 5_000, routesPerService: 1, regexes: 0 },
  { name: "5,000 services, 20,000 routes, 5 % regexes", services: 5_000, routesPerService: 4, regexes: 0.05 },
];

const folder = await mkdtemp(path.join(os.tmpdir(), "kfaas-bench-"));
try {
  const istioctl = await ensureIstioctl();
  process.stdout.write(
    `Node.js ${process.version}, ${os.availableParallelism()} cores; medians of 5 runs of the whole process\n`,
  );
  for (const [index, stack] of stacks.entries())
    await benchStack(stack, path.join(folder, String(index)), istioctl);
} finally {
  await rm(folder, { recursive: true, force: true });
}

async function benchStack(stack: (typeof stacks)[number], cwd: string, istioctl: string): Promise<void> {
  const routes = stack.services * stack.routesPerService;
  await withStep("writing files", 5, () => writeStack(cwd, stack));
  const run = (...args: readonly string[]): Promise<Measured> =>
    measure([process.execPath, kfaas, ...args, "-C", cwd, "-s", "bench"]);
  const check = await withStep("check", 20, () => run("check"));
  const explain = await withStep("explain", 20, () =>
    run("explain", "/faas/api/team-1/service-1/v0/x", "-e", "alpha"),
  );
  const manifest = path.join(cwd, "rendered.yaml");
  const { stdout } = await execa(
    process.execPath,
    [kfaas, "render", "-C", cwd, "-s", "bench", "-e", "alpha"],
    { maxBuffer: 1e9 },
  );
  await writeFile(manifest, stdout);
  // It looks inside single VirtualServices only, and at prefixes only; still it is what people have.
  const analyze = await withStep("istioctl analyze", 60, () =>
    measure([istioctl, "analyze", "--use-kube=false", "--suppress", "IST0101=*", manifest], {
      runs: 3,
      exitCodes: [0, 79],
    }),
  );
  process.stdout.write(`\n${stack.name}\n`);
  print("kfaas check", check, `${Math.round(routes / check.seconds).toLocaleString("en")} routes/s`);
  print("kfaas explain", explain, "");
  print(
    "istioctl analyze",
    analyze,
    `check takes ${(check.seconds / analyze.seconds).toFixed(2)} of its time`,
  );
}

function print(name: string, { seconds, megabytes }: Measured, note: string): void {
  process.stdout.write(
    `  ${name.padEnd(18)}${seconds.toFixed(2).padStart(7)} s  ${megabytes.toFixed(0).padStart(5)} MB  ${note}\n`,
  );
}
