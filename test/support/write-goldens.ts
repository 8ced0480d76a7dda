import { mkdirSync, writeFileSync } from "node:fs";
import { dirname } from "node:path";
import { listGoldens, renderGolden } from "./goldens.ts";

// npm run golden: the diff is what is to be reviewed.
for (const golden of await listGoldens()) {
  mkdirSync(dirname(golden.file), { recursive: true });
  writeFileSync(golden.file, await renderGolden(golden));
}
