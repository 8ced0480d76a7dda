#!/usr/bin/env node
// Starts the command line: registers tsx, so that Node.js 20 can load TypeScript, then hands over.
import { register } from "tsx/esm/api";

// A reader such as `head` may close its end early; that is no failure.
process.stdout.on("error", (error) => {
  if (error.code !== "EPIPE") throw error;
  process.exit();
});
// The folder that the command runs in may have a tsconfig.json of its own, which says nothing about this program.
register({ tsconfig: false });
const { main } = await import("../cli/main.ts");
process.exitCode = await main(process.argv.slice(2));
