import process from "node:process";
import fc from "fast-check";

// Properties try the same random cases on every run, so that a failure is a change's own. New cases are what `npm run test:long` is for.
if (process.env["KFAAS_LONG"] !== "1") fc.configureGlobal({ seed: 20_261_130 });
