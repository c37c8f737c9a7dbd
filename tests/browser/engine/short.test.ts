/** The page on a software adapter, with the real engine. */
import type { Page } from "playwright-core";
import { expect, inject } from "vitest";

import { shortSettings } from "../../../www/short";
import { snapshot, until } from "../chromium";
import { pageTests } from "../fixtures";

/** WGSL on a software adapter has no measured speed. */
const short = shortSettings(null);
const test = pageTests(inject("address"), { software: true });

const said = (page: Page): Promise<string> => page.innerText('[data-message="length"] .message-title');
const otherLength = async (page: Page): Promise<void> => {
  const { runId } = await snapshot(page);
  await page.click('[data-message="length"] .actions button');
  await page.waitForFunction((before) => window.emascope.snapshot().runId !== before, runId);
  await until(page, "paused");
};

test("the page chooses a short run, says so, and tests it early and often", async ({ open }) => {
  const page = await open();
  const { experiment, description } = await snapshot(page);
  expect(description?.adapter.software).toBe(true);
  expect(experiment).toMatchObject(short);
  expect(await said(page)).toContain(`${String(short.steps)} steps of ${String(short.batch)} images`);
  // A link goes where the run is as short on any adapter.
  const link = new URL(page.url()).hash;
  expect(link).toContain(`steps=${String(short.steps)}`);

  await page.click("#toggle");
  await page.waitForFunction(() => window.emascope.snapshot().points.length >= 5, undefined, {
    timeout: 120_000,
  });
  await page.click("#toggle");
  const { points, chart } = await until(page, "paused");
  const early = [1, 2, 4, 8, 12];
  expect(points.slice(0, 5).map(({ step }) => step)).toEqual(early);
  expect(chart[0]?.slice(0, 5)).toEqual(early);
});

test("the full run is a click away, stays after a reload, and the short one comes back", async ({ open }) => {
  const page = await open();
  await otherLength(page);
  const full = await snapshot(page);
  expect(full.experiment).toMatchObject({ epochs: 14, steps: null, limit_test: null, batch: 64 });
  expect(await said(page)).toContain("full experiment");
  await page.reload();
  await until(page, "paused");
  expect((await snapshot(page)).experiment).toEqual(full.experiment);
  await otherLength(page);
  expect((await snapshot(page)).experiment).toMatchObject(short);
});

test("an address's settings are trained unchanged", async ({ open }) => {
  const page = await open("#batch=16&limit_train=96&limit_test=32&epochs=1");
  expect((await snapshot(page)).experiment).toMatchObject({ batch: 16, epochs: 1, steps: null });
  expect(await page.locator('[data-message="length"]').count()).toBe(0);
});
