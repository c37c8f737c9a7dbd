/** Where only a graphics adapter may compute and there is none, the page plays a recorded run, says so, and allows no changes. */
import { readFile } from "node:fs/promises";

import { expect, inject } from "vitest";

import { parseRecording } from "../../../www/replay/module";
import { beforeWorker, fromMenu, plainWorker, reached, snapshot, until } from "../chromium";
import { ONLY_GPU, pageTests } from "../fixtures";

const address = `${inject("address")}${ONLY_GPU}`;
const test = pageTests(address, { webgpu: false });
const testWithWebGpu = pageTests(address);

test("it shows that the run is recorded, with which program and why, in both languages", async ({ open }) => {
  const page = await open();
  const { description, error } = await snapshot(page);
  expect(error).toBeUndefined();
  expect(description?.recorded?.program).toMatch(/^emascope \d/u);
  expect(await page.isVisible("#notice")).toBe(false);
  expect(await page.textContent("#replay .banner-title")).toBe("Recorded run");
  const about = await page.textContent("#replay-about");
  expect(about).toContain(description?.adapter.name);
  expect(about).toContain(description?.recorded?.program);
  expect(about).toMatch(/no WebGPU|no graphics adapter/u);
  expect(await page.textContent("#replay-remedy")).not.toBe("");
  await fromMenu(page, '[data-language="zh"]');
  expect(await page.textContent("#replay-about")).toContain("播放");
});

test("it plays to its end through the same charts and table, with the recorded numbers", async ({ open }) => {
  const page = await open();
  const recording = parseRecording(await readFile("www/replay/recorded.json", "utf8"));
  // Filters are read only while they are looked at.
  await page.locator("#part-filters").scrollIntoViewIfNeeded();
  await page.click("#toggle");
  const end = await until(page, "finished", "failed");
  expect(end.error).toBeUndefined();
  expect(end.step).toBe(recording.steps.loss.length);
  expect(end.points).toEqual(recording.points);
  expect(end.summary).toEqual(recording.summaries.at(-1));
  expect(end.imagesPerSecond).toBeNull();
  expect(end.metrics.buckets[0]?.loss.last).toBe(recording.steps.loss[0]);
  expect(end.predictions?.step).toBe(end.step);
  await page.waitForFunction((step) => window.emascope.snapshot().filters?.step === step, end.step);
  expect(end.probes.probed.length).toBeGreaterThan(0);
  expect(await page.textContent("#status-speed")).toBe("–");
  expect(await page.textContent("#summary-notes")).toContain("recorded");
});

test("pause, step, epoch, speed, stop and reset work", async ({ open }) => {
  const page = await open();
  await page.click("#step");
  await reached(page, 1);
  await until(page, "paused");
  await page.selectOption("#speed", "20");
  await page.click("#toggle");
  await reached(page, 3);
  await page.click("#toggle");
  const { step } = await until(page, "paused");
  await page.waitForTimeout(300);
  expect((await snapshot(page)).step).toBe(step);
  await page.selectOption("#speed", "");
  await page.fill("#stop-after", "0.1");
  await page.keyboard.press("Tab");
  await page.click("#toggle");
  await reached(page, step + 1);
  await until(page, "paused");
  await page.click("#reset");
  await page.waitForFunction(() => window.emascope.snapshot().step === 0);
  await page.click("#step");
  await reached(page, 1);
});

test("settings show the recorded values and cannot be changed, nor can anything else", async ({ open }) => {
  const page = await open("#batch=8&seed=3");
  const { experiment } = await snapshot(page);
  expect(await page.inputValue('[name="batch"]')).toBe(String(experiment?.batch));
  const enabled = await page.$$eval(
    "#settings :is(input, select, textarea)",
    (controls) => controls.filter((control) => !(control as HTMLInputElement).disabled).length,
  );
  expect(enabled).toBe(0);
  for (const id of ["disturb", "new-seed", "data-choose"]) {
    expect(await page.isDisabled(`#${id}`), id).toBe(true);
  }
  expect(await page.isVisible("#pending")).toBe(false);
  // The address keeps asking for what a browser with WebGPU would train.
  expect(new URL(page.url()).hash).toBe(`${ONLY_GPU}&batch=8&seed=3`);

  const transfer = await page.evaluateHandle(() => {
    const transfer = new DataTransfer();
    transfer.items.add(new File([new Uint8Array(3073)], "data_batch_1.bin"));
    return transfer;
  });
  await page.dispatchEvent("body", "drop", { dataTransfer: transfer });
  expect((await snapshot(page)).phase).toBe("paused");
});

test("a chapter is read, and not run", async ({ open }) => {
  const page = await open("#chapter=decay");
  await page.waitForSelector("#chapter-decay .plot-area svg");
  expect(await page.isDisabled('#chapter-decay [data-do="go"]')).toBe(true);
  expect(await page.textContent("#chapter-decay .chapter-status")).toContain("recorded run");
});

testWithWebGpu("where WebGPU comes back, the page trains after all", async ({ page }) => {
  await beforeWorker(page, "GPU.prototype.requestAdapter = async () => null;");
  await page.goto(address);
  await until(page, "paused");
  expect((await snapshot(page)).description?.recorded?.reason.name).toBe("NoAdapter");
  expect(await page.textContent("#replay-about")).toContain("no graphics adapter");
  await plainWorker(page);
  await page.click("#replay-retry");
  await page.waitForFunction(() => window.emascope.snapshot().description?.recorded === undefined);
  expect((await until(page, "paused")).error).toBeUndefined();
  expect(await page.isVisible("#replay")).toBe(false);
  expect(await page.isEnabled('[name="lr"]')).toBe(true);
});

test("without the recording the page explains what is missing and what to do", async ({
  page,
  complaints,
}) => {
  await page.route(/recorded-[^/]+\.json$/, (route) => route.fulfill({ status: 404 }));
  await page.goto(address);
  await until(page, "failed");
  expect(await page.getAttribute("#notice", "data-error")).toMatch(/NoWebGpu|NoAdapter/u);
  await fromMenu(page, '[data-language="zh"]');
  expect(await page.textContent("#notice-title")).toMatch(/WebGPU/u);
  expect(complaints.splice(0).filter((complaint) => !complaint.includes("404"))).toEqual([]);
});
