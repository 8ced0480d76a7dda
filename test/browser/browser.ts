import { existsSync } from "node:fs";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import process from "node:process";
import { execa } from "execa";
import puppeteer, { type Browser } from "puppeteer-core";

/** A headless Chromium with a profile of its own, and how to get rid of both. */
export interface OpenBrowser {
  readonly browser: Browser;
  readonly close: () => Promise<void>;
}

const installed = [
  process.env["CHROMIUM_PATH"],
  "/usr/bin/chromium",
  "/usr/bin/chromium-browser",
  "/usr/bin/google-chrome",
];

/** The machine's Chromium or, where there is none, the one that @sparticuz/chromium carries (Linux on x64). */
export async function openBrowser(): Promise<OpenBrowser> {
  const folder = await mkdtemp(join(tmpdir(), "kfaas-browser-"));
  const remove = () => rm(folder, { recursive: true, force: true, maxRetries: 5 });
  try {
    const found = installed.find((path) => path !== undefined && existsSync(path));
    const browser = await puppeteer.launch({
      ...(found === undefined ? await carried(folder) : { executablePath: found, headless: true }),
      userDataDir: join(folder, "profile"),
      args: [
        "--no-sandbox",
        // The carried browser has no zygote to start its renderers from.
        ...(found === undefined ? ["--no-zygote"] : []),
        "--disable-gpu",
        "--no-first-run",
        "--disable-background-networking",
        "--disable-component-update",
        "--disable-sync",
        "--disable-dev-shm-usage",
      ],
      timeout: 40_000,
    });
    return { browser, close: () => browser.close().finally(remove) };
  } catch (error) {
    await remove();
    throw error;
  }
}

/** Unpacks the carried browser with the libraries it brings for bare machines, which it does where it takes itself to be on AWS. */
async function carried(folder: string) {
  const script = `import chromium from "@sparticuz/chromium"; process.stdout.write(await chromium.executablePath());`;
  const { stdout } = await execa(process.execPath, ["--input-type=module", "--eval", script], {
    cwd: import.meta.dirname,
    env: { TMPDIR: folder, AWS_LAMBDA_JS_RUNTIME: "nodejs20.x" },
  });
  // Its own settings look for fonts in fixed places, and without any font the browser hangs in its first layout.
  const fonts = join(folder, "fonts.conf");
  await writeFile(
    fonts,
    `<fontconfig><dir>${join(folder, "fonts")}</dir><cachedir>${join(folder, "cache")}</cachedir></fontconfig>`,
  );
  const env = {
    ...process.env,
    HOME: folder,
    LD_LIBRARY_PATH: join(folder, "al2023/lib"),
    FONTCONFIG_FILE: fonts,
  };
  return { executablePath: stdout, headless: "shell" as const, env };
}
