import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { format, resolveConfig } from "prettier";
import { jsonSchemas } from "./json-schemas.ts";

const folder = join(import.meta.dirname, "..", "schemas");
mkdirSync(folder, { recursive: true });
for (const [name, schema] of Object.entries(jsonSchemas)) {
  const file = join(folder, name);
  writeFileSync(
    file,
    await format(JSON.stringify(schema), { ...(await resolveConfig(file)), filepath: file }),
  );
}
