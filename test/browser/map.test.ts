import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from "@jest/globals";
import type { Page } from "puppeteer-core";
import { readAssets } from "../../cli/map.ts";
import { mapOf } from "../../core/map/map-of.ts";
import { mapPage } from "../../core/map/map-page.ts";
import { planStack } from "../../core/plan-stack.ts";
import type { Stack } from "../../core/stack.ts";
import { aMatch, aRoute, aService, aStack } from "../support/builders.ts";
import { type OpenBrowser, openBrowser } from "./browser.ts";
import { aLargeStack } from "./large-stack.ts";

// The page in a real Chromium. What the browser complains about and what the page asks for is collected all the while.
const folder = mkdtempSync(join(tmpdir(), "kfaas-map-"));
let open: OpenBrowser;
let page: Page;
const complaints: string[] = [];
const requests: string[] = [];

beforeAll(async () => {
  open = await openBrowser();
  writeFileSync(join(folder, "large.html"), await pageOf(aLargeStack(5000)));
  writeFileSync(join(folder, "hostile.html"), await pageOf(hostile()));
}, 60_000);

afterAll(async () => {
  await open.close();
  rmSync(folder, { recursive: true });
}, 20_000);

afterEach(async () => {
  await page.close();
});

beforeEach(async () => {
  complaints.length = 0;
  requests.length = 0;
  page = await open.browser.newPage();
  await page.setViewport({ width: 1280, height: 800 });
  page.on("console", (message) => complaints.push(message.text()));
  page.on("pageerror", (error) => complaints.push(String(error)));
  page.on("request", (request) => requests.push(request.url()));
}, 20_000);

async function pageOf(stack: Stack): Promise<string> {
  const { proof, problems } = planStack(stack, { today: "2026-01-01" });
  return mapPage(await readAssets(), mapOf(proof, problems));
}

const attack = `</script><script>globalThis.hacked=1</script><img src=x onerror="globalThis.hacked=1"><!--`;

function hostile(): Stack {
  const regex = { kind: "regex", value: `/faas/api/(x|${attack})` } as const;
  const action = { kind: "directResponse", status: 200, body: attack } as const;
  return aStack({
    name: attack,
    services: [
      aService({ name: attack, team: attack, routes: [aRoute({ matches: [aMatch(regex)], action })] }),
    ],
  });
}

async function show(file: string): Promise<void> {
  await page.goto(pathToFileURL(join(folder, file)).href);
}

/** Evaluated in the page; text, because the DOM's types are not this program's. */
const text = (selector: string) =>
  page.evaluate(`document.querySelector(${JSON.stringify(selector)})?.textContent`);
const count = (selector: string) =>
  page.evaluate(`document.querySelectorAll(${JSON.stringify(selector)}).length`);
const until = (expression: string) => page.waitForFunction(expression, { timeout: 10_000 });
const active = `[aria-selected="true"] .path`;

describe("the page with 5,000 routes", () => {
  it("opens without a complaint, asks for nothing else, and holds a screenful of rows only", async () => {
    await show("large.html");
    expect(await text("#count")).toBe("5,000 routes");
    expect(await count(".row")).toBeGreaterThan(10);
    expect(await count(".row")).toBeLessThan(80);
    expect(complaints).toEqual([]);
    expect(requests.filter((url) => !url.startsWith("file:"))).toEqual([]);
    expect(requests).toHaveLength(1);
  }, 30_000);

  it("narrows to what is typed, and says who owns a path", async () => {
    await show("large.html");
    await page.type("#search", "billing-0009");
    await until(`document.querySelector("#count").textContent.startsWith("3 of")`);
    await page.$eval("#search", (input) => {
      (input as unknown as { value: string }).value = "";
    });
    await page.type("#search", "https://example.com/faas/api/vr/alpine-0/8/inside/x?y=1");
    await until(`document.querySelector(".verdict")?.textContent === "alpha billing-0009"`);
    expect(await count(".verdict")).toBe(3);
    expect(complaints).toEqual([]);
  }, 30_000);

  it("is filtered by environment, kind and severity", async () => {
    await show("large.html");
    await page.select("#environment", "beta");
    expect(await text("#count")).toBe("1,667 routes");
    await page.select("#trait", "regex");
    expect(await text("#count")).toMatch(/^\d+ of 1,667 routes$/);
    await page.select("#severity", "error");
    expect(await text("#count")).toBe("2 of 1,667 routes");
    expect(await count(".flag.error")).toBe(2);
    expect(await text(".finding .message")).toContain("stacks/test/beta/");
  }, 30_000);

  it("is used by keyboard alone", async () => {
    await show("large.html");
    await page.keyboard.press("/");
    await page.keyboard.type("inside");
    await until(`document.querySelector("#count").textContent.includes(" of ")`);
    await page.keyboard.press("Enter");
    expect(await text(active)).toBe("alpha");
    await page.keyboard.press("ArrowLeft");
    expect(await count(`[aria-selected="true"][aria-expanded="false"]`)).toBe(1);
    await page.keyboard.press("ArrowRight");
    for (let step = 0; step < 3; step++) await page.keyboard.press("ArrowDown");
    expect(await text(active)).toMatch(/inside\/…$/);
    await page.keyboard.press("Enter");
    expect(await text("#details .pattern")).toMatch(/inside\/$/);
    expect(await text("#details")).toContain("Carved out of");
    expect(await page.evaluate(`document.activeElement.getAttribute("aria-activedescendant")`)).toBe("row-3");
    await page.keyboard.press("Escape");
    expect(await count("#details .pattern")).toBe(0);
    await page.keyboard.press("Escape");
    expect(await text("#count")).toBe("5,000 routes");
    await page.keyboard.press("End");
    expect(await count(active)).toBe(1);
  }, 30_000);

  it("is dark where the system is, and at the press of a button", async () => {
    const ground = () => page.evaluate("getComputedStyle(document.body).backgroundColor");
    await page.emulateMediaFeatures([{ name: "prefers-color-scheme", value: "light" }]);
    await show("large.html");
    const light = await ground();
    await page.emulateMediaFeatures([{ name: "prefers-color-scheme", value: "dark" }]);
    const dark = await ground();
    expect(dark).not.toBe(light);
    await page.click("#theme");
    expect(await ground()).toBe(light);
    await page.click("#theme");
    expect(await ground()).toBe(dark);
  }, 30_000);
});

describe("the page of files that mean harm", () => {
  it("shows them as text", async () => {
    await show("hostile.html");
    await page.click(".row.leaf");
    expect(await text("h1")).toBe(`Routes of ${attack}`);
    expect(await text("#details strong")).toBe(attack);
    expect(await count("img")).toBe(0);
    expect(await page.evaluate("globalThis.hacked")).toBeUndefined();
    expect(complaints).toEqual([]);
  }, 30_000);
});
