import { mkdir, writeFile } from "node:fs/promises";
import path from "node:path";

/** What a generated environment consists of. */
export interface GeneratedStack {
  readonly services: number;
  readonly routesPerService: number;
  /** Share of the routes that match by regex, 0 to 1. */
  readonly regexes: number;
}

/** Writes a stack `bench` of one environment that looks like a company's: teams, services, nested paths, some regexes. */
export async function writeStack(
  folder: string,
  { services, routesPerService, regexes }: GeneratedStack,
): Promise<void> {
  const files = path.join(folder, "stacks/bench/alpha");
  await mkdir(files, { recursive: true });
  await writeFile(path.join(folder, "Pulumi.yaml"), "name: kfaas\nruntime: nodejs\n");
  await writeFile(path.join(folder, "Pulumi.bench.yaml"), stackFile);
  let route = 0;
  for (let index = 0; index < services; index += 1) {
    const team = `team-${index % 60}`;
    const base = `/faas/api/${team}/service-${index}`;
    const routes = Array.from({ length: routesPerService }, (_, position) => {
      // Spread evenly, so that every size of stack has the same share.
      const isRegex = Math.floor((route + 1) * regexes) > Math.floor(route * regexes);
      route += 1;
      return isRegex
        ? `regex: "${base}/v${position}/[0-9a-f]{8}/(items|parts)(/.*)?"`
        : `prefix: ${base}/v${position}/`;
    });
    const text = `team: ${team}\nroutes:\n${routes.map((match) => `  - match:\n      - ${match}\n    timeout: 10s\n`).join("")}`;
    await writeFile(path.join(files, `service-${index}.yaml`), text);
  }
}

const stackFile = `config:
  kfaas:cluster: { name: bench, context: bench }
  kfaas:versions: { kubernetes: "1.36", istio: "1.31", knative: "1.23" }
  kfaas:pathRoot: /faas/api/
  kfaas:services: [stacks/bench]
  kfaas:environments: { alpha: {} }
  kfaas:gateways: { entry: { mode: existing }, clusterLocal: { mode: existing } }
`;
