/** A run survives a reload, another tab, a lost device and a NaN loss. */
import { readFile } from "node:fs/promises";

import type { Page } from "playwright-core";
import { expect, inject } from "vitest";

import { regular } from "../../../www/engine";
import { beforeWorker, openCheckpoint, reached, saveCheckpoint, snapshot, until } from "../chromium";
import { pageTests } from "../fixtures";
import { diverge, loseDevice, pace, refuse } from "../stand-in/control";

const test = pageTests(inject("standIn"));

const message = (page: Page, name: string) => page.locator(`[data-message="${name}"]`);

/** A run at step 78 that the browser keeps. */
async function keptRun(page: Page): Promise<void> {
  await page.click("#epoch");
  await reached(page, 78);
  await until(page, "paused");
  // A run at rest is kept after a second.
  await page.waitForFunction(async () =>
    (await indexedDB.databases()).some(({ name }) => name === "emascope"),
  );
  await page.waitForTimeout(1500);
}

test("a run survives a reload: it is offered, and continues with its measurements", async ({ open }) => {
  const page = await open();
  await keptRun(page);
  await page.reload();
  await until(page, "paused");
  await message(page, "kept").waitFor();
  expect(await message(page, "kept").textContent()).toContain("step 78 of 1,092");
  expect((await snapshot(page)).step).toBe(0);
  await message(page, "kept").locator("button.primary").click();
  await reached(page, 78);
  const taken = await until(page, "paused");
  expect(regular(taken.points).map(({ step }) => step)).toEqual([78]);
  expect(taken.marks).toEqual([{ step: 78, kind: "restored" }]);
  expect(await message(page, "kept").count()).toBe(0);
  await page.click("#step");
  await reached(page, 79);
});

test("a saved run is discarded for good on request", async ({ open }) => {
  const page = await open();
  await keptRun(page);
  await page.reload();
  await message(page, "kept").waitFor();
  await message(page, "kept").locator("button", { hasText: "Discard" }).click();
  expect(await message(page, "kept").count()).toBe(0);
  await page.waitForTimeout(200);
  await page.reload();
  await until(page, "paused");
  await page.waitForTimeout(500);
  expect(await message(page, "kept").count()).toBe(0);
});

test("of two tabs one saves its run; the other reports it, trains, and takes over when the first is closed", async ({
  open,
}) => {
  const first = await open();
  const page = await open();
  await message(page, "other-tab").waitFor();
  expect(await message(first, "other-tab").count()).toBe(0);
  await page.click("#step");
  await reached(page, 1);
  await first.close();
  await message(page, "other-tab").waitFor({ state: "detached" });
  await keptRun(page);
  await page.reload();
  await message(page, "kept").waitFor();
});

test("a lost device is replaced: the run continues from the last saved state and shows its step", async ({
  open,
}) => {
  const page = await open();
  await pace(page, 5);
  await page.click("#epoch");
  await reached(page, 78);
  await until(page, "paused");
  await page.waitForTimeout(1500);
  await page.click("#toggle");
  await reached(page, 100);
  await loseDevice(page);
  await message(page, "restored").waitFor();
  expect(await message(page, "restored").textContent()).toContain("step 78");
  await reached(page, 120);
  const { marks, points } = await snapshot(page);
  expect(marks).toContainEqual({ step: 78, kind: "restored" });
  // On a busy machine the run comes further before it is looked at.
  const steps = regular(points).map(({ step }) => step);
  expect(steps.filter((step) => step <= 120)).toEqual([78]);
  await page.click("#toggle");
});

test("a device that cannot be replaced ends the run; its measurements stay, and the reader can try again", async ({
  open,
}) => {
  const page = await open();
  await pace(page, 5);
  await page.click("#toggle");
  await reached(page, 100);
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

test("a NaN loss stops the run, shows its step and a remedy, and offers the last good state", async ({
  open,
}) => {
  const page = await open();
  await page.click("#epoch");
  await reached(page, 78);
  await until(page, "paused");
  await page.waitForTimeout(1500);
  await diverge(page, 120);
  await page.click("#toggle");
  await until(page, "diverged");
  await message(page, "diverged").waitFor();
  const text = await message(page, "diverged").textContent();
  expect(text).toContain("step 120");
  expect(text).toContain("Learning rate 0.002");
  expect(await page.isDisabled("#toggle")).toBe(true);
  await message(page, "diverged").locator("button.primary").click();
  const back = await until(page, "paused");
  expect(back.step).toBe(78);
  expect(regular(back.points).map(({ step }) => step)).toEqual([78]);
  expect(await message(page, "diverged").count()).toBe(0);
  await page.click("#step");
  await reached(page, 79);
});

test("too little memory names the settings to lower, with their values", async ({ open }) => {
  const page = await open();
  await refuse(page, "OutOfMemory");
  await page.click("#new-seed");
  await page.waitForSelector("#notice:not([hidden])");
  expect(await page.getAttribute("#notice", "data-error")).toBe("OutOfMemory");
  expect(await page.textContent("#notice-remedy")).toContain("Batch size 64");
  await refuse(page, null);
  await page.click("#new-seed");
  await page.waitForSelector("#notice", { state: "hidden" });
});

test("a file that is not a checkpoint is explained, and the run continues", async ({ open }) => {
  const page = await open();
  await page.click("#step");
  await reached(page, 1);
  const broken = { name: "broken.safetensors", mimeType: "", buffer: Buffer.from("no checkpoint") };
  await openCheckpoint(page, broken);
  await page.waitForSelector("#notice:not([hidden])");
  expect(await page.textContent("#notice-title")).toBe("This checkpoint could not be opened.");
  await page.click("#step");
  await reached(page, 2);
});

test("a saved checkpoint is opened again, with its history", async ({ open }) => {
  const page = await open();
  await page.click("#epoch");
  await reached(page, 78);
  await until(page, "paused");
  const download = await saveCheckpoint(page);
  await page.click("#reset");
  await page.waitForFunction(() => window.emascope.snapshot().step === 0);
  const buffer = await readFile(await download.path());
  await openCheckpoint(page, { name: download.suggestedFilename(), mimeType: "", buffer });
  await reached(page, 78);
  const { points, marks } = await until(page, "paused");
  expect(regular(points).map(({ step }) => step)).toEqual([78]);
  expect(marks).toEqual([{ step: 78, kind: "restored" }]);
});

test("forbidden storage only prevents saving, and is reported", async ({ context, open }) => {
  await beforeWorker(
    context,
    "IDBFactory.prototype.open = () => { throw new DOMException('forbidden', 'SecurityError'); };",
  );
  const page = await open();
  await page.click("#epoch");
  await message(page, "not-stored").waitFor();
  await page.click("#step");
  await reached(page, 79);
});
