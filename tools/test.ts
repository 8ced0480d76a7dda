// `npm test`: lint, unit tests and the end-to-end tests on the embedded mesh; ends with `N passed, N failed`.
// The toolchain is built, if it has to be, while lint and unit tests run.
import { mkdtemp, readFile, rm } from "node:fs/promises";
import os from "node:os";
import path from "node:path";
import process from "node:process";
import { fileURLToPath } from "node:url";
import { withStep } from "./progress.ts";
import { run } from "./run.ts";
import { ensureToolchain } from "./toolchain.ts";

interface Outcome {
  readonly passed: number;
  readonly failed: number;
}

const root = fileURLToPath(new URL("..", import.meta.url));
const reports = await mkdtemp(path.join(os.tmpdir(), "kfaas-test-"));
try {
  const toolchain = ensureToolchain().then(
    () => undefined,
    (error: unknown) => (error instanceof Error ? error : new Error(String(error))),
  );
  const outcomes = [await lint(), await jest("unit")];
  const broken = await toolchain;
  if (broken !== undefined) process.stderr.write(`The toolchain could not be prepared: ${broken.message}\n`);
  outcomes.push(
    broken === undefined ? await jest("e2e", "--config", "jest.e2e.config.js") : { passed: 0, failed: 1 },
  );
  const passed = outcomes.reduce((sum, outcome) => sum + outcome.passed, 0);
  const failed = outcomes.reduce((sum, outcome) => sum + outcome.failed, 0);
  process.stdout.write(`${passed} passed, ${failed} failed\n`);
  process.exitCode = failed === 0 && passed > 0 ? 0 : 1;
} finally {
  await rm(reports, { recursive: true, force: true });
}

/** Types, ESLint and formatting count as one test. */
async function lint(): Promise<Outcome> {
  const code = await withStep("lint", 60, () => run("npm", ["run", "--silent", "lint"], { cwd: root }));
  return code === 0 ? { passed: 1, failed: 0 } : { passed: 0, failed: 1 };
}

async function jest(project: string, ...args: readonly string[]): Promise<Outcome> {
  const report = path.join(reports, `${project}.json`);
  const code = await run(
    process.execPath,
    ["--experimental-vm-modules", "--no-warnings", "node_modules/jest/bin/jest.js"].concat(
      ["--json", "--outputFile", report],
      args,
    ),
    { cwd: root, stdout: "ignore" },
  );
  const text = await readFile(report, "utf8").catch(() => undefined);
  // Without a report Jest itself failed; so did it if it says so while counting no failed test.
  if (text === undefined) return { passed: 0, failed: 1 };
  const { numPassedTests, numFailedTests, numFailedTestSuites } = JSON.parse(text) as Record<string, number>;
  const failed = Math.max(numFailedTests ?? 0, numFailedTestSuites ?? 0, code === 0 ? 0 : 1);
  return { passed: numPassedTests ?? 0, failed };
}
