import { createHash } from "node:crypto";
import { createServer } from "node:net";
import type { Instance } from "./instance.ts";

/** Below the range that kernels hand out for outgoing connections (32768 and up), above what servers are known for. */
const lowest = 20_000;
const blockSize = 40;
const blocks = 300;

/**
 * A port of 127.0.0.1 for each name. An instance gets the same ports at every start, because people bookmark URLs; where some
 * are taken, the next free block is used.
 * @throws Error if every block has a port in use
 */
export async function choosePorts(
  instance: Instance,
  names: readonly string[],
): Promise<Record<string, number>> {
  const preferred = createHash("sha256").update(instance.folder).digest().readUInt32BE() % blocks;
  for (let offset = 0; offset < blocks; offset += 1) {
    const first = lowest + ((preferred + offset) % blocks) * blockSize;
    const ports = names.map((_, index) => first + index);
    const free = await Promise.all(ports.map(isFree));
    if (free.every(Boolean)) return Object.fromEntries(names.map((name, index) => [name, first + index]));
  }
  throw new Error(
    `No ${names.length} free ports in a row between ${lowest} and ${lowest + blocks * blockSize} on 127.0.0.1.`,
  );
}

async function isFree(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const server = createServer();
    server.once("error", () => {
      resolve(false);
    });
    server.listen(port, "127.0.0.1", () => {
      server.close(() => {
        resolve(true);
      });
    });
  });
}
