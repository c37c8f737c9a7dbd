/** The view of the runs of this browser: what is kept of them, over a reload too, and what can be done with it. */
import { readFile } from "node:fs/promises";

import type { Page } from "playwright-core";
import { expect, inject } from "vitest";

import { restsAt, snapshot, until } from "../chromium";
import { pageTests } from "../fixtures";

const test = pageTests(inject("standIn"));

/** Trains two epochs, then two of another seed. */
async function trainTwo(page: Page): Promise<void> {
  await page.fill("#stop-after", "2");
  await page.keyboard.press("Tab");
  await page.click("#toggle");
  await restsAt(page, 156);
  await page.waitForFunction(() => window.emascope.snapshot().savedStep === 156);
  await page.click("#new-seed");
  await restsAt(page, 0);
  await page.click("#toggle");
  await restsAt(page, 156);
}

const toRuns = async (page: Page): Promise<void> => {
  await page.click('#views [data-view="runs"]');
  await page.waitForSelector("#runs h1");
};
const rows = (page: Page) => page.locator("#runs tbody tr");

test("every run is a row, over a reload too; it can be named, deleted and had back", async ({ open }) => {
  const page = await open("#view=runs");
  expect(await page.innerText("#runs")).toContain("No run yet");
  await page.click('#views [data-view="laboratory"]');
  await page.waitForSelector("#toggle:visible");
  await trainTwo(page);
  await toRuns(page);
  await expect.poll(() => rows(page).count()).toBe(2);
  expect(await rows(page).first().innerText()).toMatch(/156[^]*of 1,092[^]*%[^]*open now/u);
  await page.locator(".run-name").nth(1).fill("the first");
  await page.keyboard.press("Enter");
  await page.waitForTimeout(200);
  await page.reload();
  await until(page, "paused");
  await expect.poll(() => rows(page).count()).toBe(2);
  expect(await page.locator(".run-name").nth(1).inputValue()).toBe("the first");
  // The lines of both are in the charts of the next run.
  expect((await snapshot(page)).pastRuns.map(({ step }) => step)).toEqual([156, 156]);

  await page.locator(".choose input").nth(1).check();
  await page.click("#delete-runs");
  await expect.poll(() => rows(page).count()).toBe(1);
  expect(await page.innerText(".runs-undo")).toContain("1 run deleted.");
  expect((await snapshot(page)).pastRuns).toHaveLength(1);
  await page.click("#undelete");
  await expect.poll(() => rows(page).count()).toBe(2);
  expect(await page.innerText(".runs-undo")).toBe("");
});

test("two runs are compared as curves, with their difference and a sentence", async ({ open }) => {
  const page = await open();
  await trainTwo(page);
  await toRuns(page);
  expect(await page.isDisabled("#compare")).toBe(true);
  await page.locator(".choose input").nth(0).check();
  await page.locator(".choose input").nth(1).check();
  await page.click("#compare");
  await page.waitForSelector("#compared-difference-plot canvas");
  expect(await page.innerText("#compared-title")).toBe("Run 1 and Run 2");
  expect(await page.innerText(".compared-says")).toMatch(/Run 2 and Run 1 are level over the \d+ tests/u);
  await page.locator("#compared select").selectOption("raw weights");
  await expect.poll(() => page.innerText("#compared-accuracy-legend")).toContain("Run 1, raw weights");
  // The values can be read by keys and as a table.
  await page.locator("#compared-difference-plot").focus();
  await page.keyboard.press("End");
  expect(await page.getAttribute("#compared-difference-plot", "aria-valuenow")).toBe("156");
  await page.click("#compared-close");
  await page.waitForSelector("#compared", { state: "hidden" });
});

test("a run is opened again at its checkpoint, and goes on in its row", async ({ open }) => {
  const page = await open();
  await trainTwo(page);
  await toRuns(page);
  // What the worker saved last is kept when another run begins.
  const button = page.locator("#runs .open button");
  await expect.poll(() => button.innerText(), { timeout: 20_000 }).toBe("Open");
  const { experiment } = await snapshot(page);
  await button.click();
  await page.waitForSelector("#toggle:visible");
  await restsAt(page, 156);
  expect((await snapshot(page)).experiment?.seed).not.toBe(experiment?.seed);
  await page.click("#epoch");
  await restsAt(page, 234);
  await toRuns(page);
  await expect.poll(() => rows(page).count()).toBe(2);
  await page.click('[data-sort="steps"]');
  expect(await rows(page).first().innerText()).toMatch(/234[^]*open now/u);
});

test("all runs can be taken along as CSV and as JSON", async ({ open }) => {
  const page = await open();
  await trainTwo(page);
  await toRuns(page);
  const file = async (id: string): Promise<string> => {
    const [download] = await Promise.all([page.waitForEvent("download"), page.click(id)]);
    return readFile(await download.path(), "utf8");
  };
  const lines = (await file("#runs-csv")).trim().split("\r\n");
  expect(lines).toHaveLength(3);
  expect(lines[0]).toMatch(/^run,name,began,data,/u);
  const { runs } = JSON.parse(await file("#runs-json")) as { runs: { step: number; curves: unknown }[] };
  expect(runs.map(({ step }) => step)).toEqual([156, 156]);
  expect(runs[0]).toHaveProperty("curves.accuracy");
});

test("on a phone the runs are cards, sorted by a list, with targets of 44 pixels", async ({ open }) => {
  const page = await open();
  await trainTwo(page);
  await toRuns(page);
  await page.setViewportSize({ width: 390, height: 844 });
  await page.locator(".runs-sort select").selectOption("raw");
  for (const control of await page
    .locator("#runs :is(button, select, .choose label, .run-name):visible")
    .all()) {
    const box = await control.boundingBox();
    expect(Math.min(box?.height ?? 0, box?.width ?? 0), await control.innerHTML()).toBeGreaterThanOrEqual(44);
  }
  expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBe(390);
});
