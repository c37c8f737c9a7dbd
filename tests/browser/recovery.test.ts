/** A run survives a reload, another tab, a lost device and a NaN loss. */
import { readFile } from "node:fs/promises";

import type { Browser, BrowserContext, Page } from "playwright-core";
import { afterAll, afterEach, beforeAll, beforeEach, expect, inject, test } from "vitest";

import { regular } from "../../www/engine";
import { launch, snapshot, until, watch } from "./chromium";
import { diverge, loseDevice, pace, refuse } from "./stand-in/control";

const address = inject("standIn");
let browser: Browser;
let context: BrowserContext;
let page: Page;
let complaints: string[];

beforeAll(async () => {
  browser = await launch();
});
afterAll(async () => {
  await browser.close();
});
beforeEach(async () => {
  context = await browser.newContext({ locale: "en", viewport: { width: 1280, height: 900 } });
  page = await open();
});
afterEach(async () => {
  expect(complaints).toEqual([]);
  await context.close();
});

async function open(): Promise<Page> {
  const page = await context.newPage();
  complaints = watch(page);
  await page.goto(address);
  expect((await until(page, "paused", "failed")).error).toBeUndefined();
  return page;
}

const reached = (step: number): Promise<unknown> =>
  page.waitForFunction((step) => window.emascope.snapshot().step >= step, step, { polling: 20 });
const message = (name: string, on = page) => on.locator(`[data-message="${name}"]`);

/** A run at step 78 that the browser keeps. */
async function keptRun(): Promise<void> {
  await page.click("#epoch");
  await reached(78);
  await until(page, "paused");
  // A run at rest is kept after a second.
  await page.waitForFunction(async () =>
    (await indexedDB.databases()).some(({ name }) => name === "emascope"),
  );
  await page.waitForTimeout(1500);
}

test("a run survives a reload: it is offered, and continues with its measurements", async () => {
  await keptRun();
  await page.reload();
  await until(page, "paused");
  await message("kept").waitFor();
  expect(await message("kept").textContent()).toContain("step 78 of 1,092");
  expect((await snapshot(page)).step).toBe(0);
  await message("kept").locator("button.primary").click();
  await reached(78);
  const taken = await until(page, "paused");
  expect(regular(taken.points).map(({ step }) => step)).toEqual([78]);
  expect(taken.marks).toEqual([{ step: 78, kind: "restored" }]);
  expect(await message("kept").count()).toBe(0);
  await page.click("#step");
  await reached(79);
});

test("a saved run is discarded for good on request", async () => {
  await keptRun();
  await page.reload();
  await message("kept").waitFor();
  await message("kept").locator("button", { hasText: "Discard" }).click();
  expect(await message("kept").count()).toBe(0);
  await page.waitForTimeout(200);
  await page.reload();
  await until(page, "paused");
  await page.waitForTimeout(500);
  expect(await message("kept").count()).toBe(0);
});

test("of two tabs one saves its run; the other reports it, trains, and takes over when the first is closed", async () => {
  const first = page;
  page = await open();
  await message("other-tab").waitFor();
  expect(await message("other-tab", first).count()).toBe(0);
  await page.click("#step");
  await reached(1);
  await first.close();
  await message("other-tab").waitFor({ state: "detached" });
  await keptRun();
  await page.reload();
  await message("kept").waitFor();
});

test("a lost device is replaced: the run continues from the last saved state and shows its step", async () => {
  await pace(page, 5);
  await page.click("#epoch");
  await reached(78);
  await until(page, "paused");
  await page.waitForTimeout(1500);
  await page.click("#toggle");
  await reached(100);
  await loseDevice(page);
  await message("restored").waitFor();
  expect(await message("restored").textContent()).toContain("step 78");
  await reached(120);
  const { marks, points } = await snapshot(page);
  expect(marks).toContainEqual({ step: 78, kind: "restored" });
  expect(regular(points).map(({ step }) => step)).toEqual([78]);
  await page.click("#toggle");
});

test("a device that cannot be replaced ends the run; its measurements stay, and the reader can try again", async () => {
  await pace(page, 5);
  await page.click("#toggle");
  await reached(100);
  await refuse(page, "NoAdapter");
  await loseDevice(page);
  await until(page, "failed");
  expect(await page.isVisible("#notice")).toBe(true);
  // On a busy machine the run comes further before it fails.
  expect(regular((await snapshot(page)).points)[0]?.step).toBe(78);
  await page.click("#reset");
  await until(page, "paused");
  expect(await page.isVisible("#notice")).toBe(false);
  await page.click("#step");
  await page.waitForFunction(() => window.emascope.snapshot().step === 1);
});

test("a NaN loss stops the run, shows its step and a remedy, and offers the last good state", async () => {
  await page.click("#epoch");
  await reached(78);
  await until(page, "paused");
  await page.waitForTimeout(1500);
  await diverge(page, 120);
  await page.click("#toggle");
  await until(page, "diverged");
  await message("diverged").waitFor();
  const text = await message("diverged").textContent();
  expect(text).toContain("step 120");
  expect(text).toContain("Learning rate 0.002");
  expect(await page.isDisabled("#toggle")).toBe(true);
  await message("diverged").locator("button.primary").click();
  const back = await until(page, "paused");
  expect(back.step).toBe(78);
  expect(regular(back.points).map(({ step }) => step)).toEqual([78]);
  expect(await message("diverged").count()).toBe(0);
  await page.click("#step");
  await reached(79);
});

test("too little memory names the settings to lower, with their values", async () => {
  await refuse(page, "OutOfMemory");
  await page.click("#new-seed");
  await page.waitForSelector("#notice:not([hidden])");
  expect(await page.getAttribute("#notice", "data-error")).toBe("OutOfMemory");
  expect(await page.textContent("#notice-remedy")).toContain("Batch size 64");
  await refuse(page, null);
  await page.click("#new-seed");
  await page.waitForSelector("#notice", { state: "hidden" });
});

test("a file that is not a checkpoint is explained, and the run continues", async () => {
  await page.click("#step");
  await reached(1);
  const broken = { name: "broken.safetensors", mimeType: "", buffer: Buffer.from("no checkpoint") };
  await page.setInputFiles("#checkpoint-file", broken);
  await page.waitForSelector("#notice:not([hidden])");
  expect(await page.textContent("#notice-title")).toBe("This checkpoint could not be opened.");
  await page.click("#step");
  await reached(2);
});

test("a saved checkpoint is opened again, with its history", async () => {
  await page.click("#epoch");
  await reached(78);
  await until(page, "paused");
  const [download] = await Promise.all([page.waitForEvent("download"), page.click("#save")]);
  await page.click("#reset");
  await page.waitForFunction(() => window.emascope.snapshot().step === 0);
  const buffer = await readFile(await download.path());
  await page.setInputFiles("#checkpoint-file", { name: download.suggestedFilename(), mimeType: "", buffer });
  await reached(78);
  const { points, marks } = await until(page, "paused");
  expect(regular(points).map(({ step }) => step)).toEqual([78]);
  expect(marks).toEqual([{ step: 78, kind: "restored" }]);
});

test("forbidden storage only prevents saving, and is reported", async () => {
  await context.close();
  context = await browser.newContext({ locale: "en" });
  page = await context.newPage();
  complaints = watch(page);
  // The worker's own scope takes no init script: its script gets a line in front.
  await page.route(/worker-.*\.js$/, async (route) => {
    const response = await route.fetch();
    const forbid =
      "IDBFactory.prototype.open = () => { throw new DOMException('forbidden', 'SecurityError'); };\n";
    await route.fulfill({ response, body: forbid + (await response.text()) });
  });
  await page.goto(address);
  await until(page, "paused");
  await page.click("#epoch");
  await message("not-stored").waitFor();
  await page.click("#step");
  await reached(79);
});
