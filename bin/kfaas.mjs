#!/usr/bin/env node
// Starts the command line: registers tsx, so that Node.js 20 can load TypeScript, then hands over.
import { register } from "tsx/esm/api";

register();
const { main } = await import("../cli/main.ts");
process.exitCode = await main(process.argv.slice(2));
