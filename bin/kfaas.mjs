#!/usr/bin/env node
// Starts the command line. Plain JavaScript, because Node.js 20 cannot load TypeScript by itself.
import { loadCommandLine } from "./command-line.mjs";

// A reader such as `head` may close its end early; that is no failure.
process.stdout.on("error", (error) => {
  if (error.code !== "EPIPE") throw error;
  process.exit();
});
const { main } = await loadCommandLine();
process.exitCode = await main(process.argv.slice(2));
