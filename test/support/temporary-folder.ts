import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterAll } from "@jest/globals";

/** Gives a test file folders of its own, filled with files, and deletes them at the end. */
export function temporaryFolders(): (files: Readonly<Record<string, string | Uint8Array>>) => string {
  const folders: string[] = [];
  afterAll(() => {
    for (const folder of folders) rmSync(folder, { recursive: true, force: true });
  });
  return (files) => {
    const folder = mkdtempSync(join(tmpdir(), "kfaas-test-"));
    folders.push(folder);
    for (const [file, content] of Object.entries(files)) {
      mkdirSync(dirname(join(folder, file)), { recursive: true });
      writeFileSync(join(folder, file), content);
    }
    return folder;
  };
}

/** A stack file with environments alpha and beta and service files in stacks/test. */
export const stackFile = `config:
  kfaas:cluster: { name: test, context: test }
  kfaas:versions: { kubernetes: "1.36", istio: "1.31", knative: "1.23" }
  kfaas:pathRoot: /faas/api/
  kfaas:services: [stacks/test]
  kfaas:environments: { alpha: {}, beta: {} }
  kfaas:gateways:
    entry: { mode: managed }
    clusterLocal: { mode: existing }
`;

/** The shortest service file, for a path below /faas/api/. */
export function serviceFile(path: string): string {
  return `routes:\n  - match:\n      - prefix: /faas/api/${path}/\n`;
}
