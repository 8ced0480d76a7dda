import type { Violation } from "./violation.ts";

/** @param least 1024 for what a pod of ours listens on: below, it would need a privilege that Pod Security `restricted` does not give */
export function checkPort(port: number, least = 1): Violation[] {
  if (Number.isInteger(port) && port >= least && port <= 65_535) return [];
  return [
    {
      code: "invalid-port",
      path: [],
      message: `${String(port)} is not a port${least > 1 ? " that a pod without privileges may listen on" : ""}`,
      fix: `write a whole number from ${String(least)} to 65535`,
    },
  ];
}
