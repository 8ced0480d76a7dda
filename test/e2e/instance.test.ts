import { execFileSync } from "node:child_process";
import { existsSync } from "node:fs";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import os from "node:os";
import path from "node:path";
import process from "node:process";
import { afterAll, beforeAll, describe, expect, it } from "@jest/globals";
import { instanceOf, instancePath, readRecord } from "../../local/instance.ts";
import { startMesh, stopMesh } from "../../local/mesh.ts";
import { processesOf } from "../../local/processes.ts";
import { ensureToolchain } from "../../tools/toolchain.ts";
import type { Toolchain } from "../../tools/toolchain.ts";
import { planMesh } from "../../core/mesh/plan-mesh.ts";
import { aStack } from "../support/builders.ts";

const minutes = 60_000;

/** Addresses that the processes listen on, from the kernel's own table. */
function listeningAddresses(pids: readonly number[]): string[] {
  const table = execFileSync("ss", [
    "--listening",
    "--tcp",
    "--numeric",
    "--processes",
    "--no-header",
  ]).toString();
  return table
    .split("\n")
    .filter((line) => pids.some((pid) => line.includes(`pid=${pid},`)))
    .map((line) => line.trim().split(/\s+/)[3] ?? "");
}

describe("instances of the embedded mesh", () => {
  let folder: string;
  let toolchain: Toolchain;
  const start = async (name: string) => {
    const stack = aStack({ name });
    return startMesh(instanceOf(folder, name), { stack, plan: planMesh(stack) }, toolchain);
  };

  beforeAll(async () => {
    folder = await mkdtemp(path.join(os.tmpdir(), "kfaas-instances-"));
    toolchain = await ensureToolchain();
  }, 5 * minutes);

  afterAll(async () => {
    for (const name of ["first", "second"]) await stopMesh(instanceOf(folder, name));
    await rm(folder, { recursive: true, force: true });
  }, minutes);

  it(
    "run side by side on ports of their own, all on 127.0.0.1",
    async () => {
      const [first, second] = [await start("first"), await start("second")];
      expect([first.running, second.running]).toEqual([true, true]);
      expect(first.gateways["entry"]).not.toBe(second.gateways["entry"]);
      for (const name of ["first", "second"]) {
        const addresses = listeningAddresses(await processesOf(instanceOf(folder, name)));
        expect(addresses.length).toBeGreaterThan(8);
        expect(addresses.filter((address) => !address.startsWith("127.0.0.1:"))).toEqual([]);
      }
    },
    3 * minutes,
  );

  it(
    "are left alone by a second start: the same processes go on",
    async () => {
      const instance = instanceOf(folder, "first");
      const before = await processesOf(instance);
      await start("first");
      expect(await processesOf(instance)).toEqual(before);
    },
    minutes,
  );

  it(
    "heal: a process that was killed is started again, the cluster stays",
    async () => {
      const instance = instanceOf(folder, "first");
      const istiod = (await readRecord(instance)).processes.find(({ name }) => name === "istiod");
      process.kill(istiod?.pid ?? 0, "SIGKILL");
      const status = await start("first");
      expect(status.running).toBe(true);
      expect((await readRecord(instance)).processes.find(({ name }) => name === "istiod")?.pid).not.toBe(
        istiod?.pid,
      );
    },
    minutes,
  );

  it(
    "clear away what a killed start left: without a control plane everything is made anew",
    async () => {
      const instance = instanceOf(folder, "first");
      const before = await processesOf(instance);
      const apiserver = before.find((pid) => commandOf(pid).includes("kube-apiserver"));
      process.kill(apiserver ?? 0, "SIGKILL");
      await writeFile(instancePath(instance, "instance.json"), '{"processes": [');
      expect((await start("first")).running).toBe(true);
      const after = new Set(await processesOf(instance));
      expect(before.filter((pid) => after.has(pid))).toEqual([]);
    },
    minutes,
  );

  it(
    "stop without a trace, and do not mind being stopped twice",
    async () => {
      for (const name of ["first", "second"]) {
        const instance = instanceOf(folder, name);
        // Five of the control plane, istiod, one Envoy, the stand-in.
        expect(await stopMesh(instance)).toBe(8);
        expect(await processesOf(instance)).toEqual([]);
        expect(existsSync(instance.folder)).toBe(false);
        expect(await stopMesh(instance)).toBe(0);
      }
    },
    minutes,
  );
});

function commandOf(pid: number): string {
  return execFileSync("ps", ["-o", "args=", "-p", String(pid)]).toString();
}
