import type { Page } from "playwright-core";
import { expect, inject } from "vitest";

import { regular } from "../../../www/engine";
import { beforeWorker, configure, small, snapshot, until } from "../chromium";
import { pageTests } from "../fixtures";
import { cifarRecords } from "../cifar";

const test = pageTests(inject("address"));

async function apply(page: Page, settings: Record<string, string>): Promise<void> {
  await configure(page, settings);
  await page.click("#apply");
  await page.waitForFunction(() => !window.emascope.snapshot().pending);
  await until(page, "paused");
}

/** The text of the summary table: method → measured accuracy, fluctuation, best, loss. */
function tableRows(page: Page): Promise<Record<string, string[]>> {
  return page.$$eval("#summary tbody tr", (rows) =>
    Object.fromEntries(
      rows.map((row) => [
        row.dataset.method ?? "",
        [...row.querySelectorAll("td:not(.claimed)")].map((cell) => cell.firstChild?.textContent ?? ""),
      ]),
    ),
  );
}

/** The chart, the table and the engine's evaluations agree. */
async function expectAgreement(page: Page): Promise<void> {
  const { points, chart, description, summary } = await snapshot(page);
  const methods = description?.methods.map((method) => method.name) ?? [];
  expect(chart[0]).toEqual(points.map((point) => point.step));
  methods.forEach((name, k) => {
    const accuracies = points.map((point) => point.methods.find((method) => method.name === name)?.accuracy);
    expect(accuracies.every((accuracy) => accuracy !== undefined)).toBe(true);
    expect(chart[k + 1]).toEqual(accuracies);
  });

  const rows = await tableRows(page);
  expect(summary.map((row) => row.method)).toEqual(methods);
  for (const row of summary) {
    const measured = points.map((point) => point.methods.find((method) => method.name === row.method));
    expect(row.accuracy).toBe(measured.at(-1)?.accuracy);
    const accuracies = regular(points).map(
      (point) => point.methods.find((method) => method.name === row.method)?.accuracy ?? NaN,
    );
    expect(row.best_accuracy).toBe(Math.max(...accuracies));
    const cells = rows[row.method];
    expect(cells?.[0]).toBe(`${row.accuracy.toFixed(1)} %`);
    if (row.fluctuation != null) expect(cells?.[1]).toBe(row.fluctuation.toFixed(2));
    expect(cells?.[2]).toBe(`${row.best_accuracy.toFixed(1)} %`);
    expect(cells?.[3]).toBe(row.loss.toFixed(3));
  }
}

test("trains on real images, and chart and table show the engine's numbers", async ({ open }) => {
  const page = await open();
  await apply(page, small);
  await page.click("#toggle");
  const end = await until(page, "finished", "failed");

  expect(end.error).toBeUndefined();
  expect(end.step).toBe(18);
  expect(end.points.map((point) => point.step)).toEqual([1, 2, 4, 6, 12, 18]);
  const steps = end.metrics.buckets;
  expect(steps.map(({ first }) => first)).toEqual(Array.from({ length: 18 }, (_, k) => k + 1));
  expect(steps.every(({ loss }) => Number.isFinite(loss.last) && loss.last > 0)).toBe(true);
  expect(end.imagesPerSecond).toBeGreaterThan(0);
  await expectAgreement(page);
  expect(await page.textContent(".chart-card .tag")).toBe("CIFAR-10 subset");
  expect(await page.textContent("#summary-notes")).toContain("CIFAR-10 subset");

  await page.click("#data-synthetic");
  await page.waitForFunction(() => window.emascope.snapshot().description?.dataset.synthetic === true);
  expect(await page.textContent(".chart-card .tag")).toBe("synthetic images, not CIFAR-10");
  expect(new URL(page.url()).hash).toContain("data=synthetic");
});

test("trains on a CIFAR-10 file, which it learns", async ({ open }) => {
  const page = await open();
  await apply(page, { ...small, lr: "0.01", epochs: "4" });
  await page.setInputFiles("#data-file", [
    { name: "data_batch_1.bin", mimeType: "application/octet-stream", buffer: cifarRecords(96) },
    { name: "test_batch.bin", mimeType: "application/octet-stream", buffer: cifarRecords(32, 3) },
  ]);
  await page.waitForFunction(() => window.emascope.snapshot().description?.dataset.synthetic === false);
  const opened = await until(page, "paused");
  expect(opened.description?.dataset).toMatchObject({ synthetic: false, train: 96, test: 32 });

  await page.click("#toggle");
  const end = await until(page, "finished", "failed");
  expect(end.error).toBeUndefined();
  expect(end.step).toBe(24);
  await expectAgreement(page);
  // Ten colours: a network that reads the file right has them apart soon, one that reads labels as pixels never.
  const { buckets, last } = end.metrics;
  expect(last?.loss).toBeLessThan(0.8 * (buckets[0]?.loss.last ?? 0));
  expect(await page.textContent(".chart-card .tag")).toContain("CIFAR-10");
});

test("files can be dropped on the page", async ({ open }) => {
  const page = await open();
  await apply(page, small);
  const files = { "data_batch_1.bin": [...cifarRecords(48)], "test_batch.bin": [...cifarRecords(12, 3)] };
  const transfer = await page.evaluateHandle((files) => {
    const transfer = new DataTransfer();
    for (const [name, records] of Object.entries(files)) {
      transfer.items.add(new File([new Uint8Array(records)], name));
    }
    return transfer;
  }, files);
  await page.dispatchEvent("body", "dragenter", { dataTransfer: transfer });
  expect(await page.isVisible("#drop-area")).toBe(true);
  await page.dispatchEvent("body", "drop", { dataTransfer: transfer });
  expect(await page.isVisible("#drop-area")).toBe(false);
  await page.waitForFunction(() => window.emascope.snapshot().description?.dataset.train === 48);
});

test("a file that is not CIFAR-10 is explained, and the previous data stays in use", async ({ open }) => {
  const page = await open();
  await apply(page, small);
  await page.click("#step");
  await page.waitForFunction(() => window.emascope.snapshot().step === 1);
  await until(page, "paused");

  const broken = cifarRecords(4).subarray(0, 3 * 3073 + 100);
  await page.setInputFiles("#data-file", { name: "cut.bin", mimeType: "", buffer: broken });
  await page.waitForSelector("#notice:not([hidden])");
  expect(await page.getAttribute("#notice", "data-error")).toBe("BadFile");
  expect(await page.textContent("#notice-title")).toBe("This file could not be read as CIFAR-10.");
  expect(await page.textContent("#notice-detail")).toContain("cut.bin");

  const state = await until(page, "paused");
  expect(state).toMatchObject({ step: 1, description: { dataset: { synthetic: false, train: 96 } } });
  await page.click("#step");
  await page.waitForFunction(() => window.emascope.snapshot().step === 2);
  await page.click("#notice-dismiss");
  expect(await page.isVisible("#notice")).toBe(false);
});

test("a learning rate that is far too high ends in a sentence, not in a chart of nothing", async ({
  open,
}) => {
  const page = await open();
  // Without the decay, units that die keep the loss a number.
  await apply(page, { ...small, norm: "none", optimizer: "adamw", weight_decay: "1", epochs: "1000" });
  await page.click("#step");
  await page.waitForFunction(() => window.emascope.snapshot().step === 1);
  await until(page, "paused");
  await configure(page, { lr: "10" });
  await page.keyboard.press("Tab");
  await page.waitForFunction(() => window.emascope.snapshot().experiment?.lr === 10);
  await page.click("#toggle");
  const { step } = await until(page, "diverged", "failed");
  const said = await page.textContent('[data-message="diverged"]');
  expect(said).toMatch(/The loss became NaN at step \d+/);
  await page.click('[data-message="diverged"] button.primary');
  const back = await until(page, "paused");
  expect(back.step).toBeLessThan(step);
});

test("settings the engine refuses together are explained, and the run from before stays", async ({
  open,
}) => {
  const page = await open();
  await apply(page, small);
  await configure(page, { batch: "4096" });
  await page.click("#apply");
  await page.waitForSelector("#notice:not([hidden])");
  expect(await page.getAttribute("#notice", "data-error")).toBe("BadSetting");
  expect((await until(page, "paused")).experiment?.batch).toBe(16);
});

test("a lost device is replaced, and the run continues by itself", async ({ context, open }) => {
  await beforeWorker(
    context,
    `
      const request = GPUAdapter.prototype.requestDevice;
      GPUAdapter.prototype.requestDevice = async function (descriptor) {
        return (globalThis.device = await request.call(this, descriptor));
      };
    `,
  );
  const page = await open();
  await apply(page, { ...small, epochs: "1000" });
  await page.click("#toggle");
  await page.waitForFunction(() => window.emascope.snapshot().step >= 2);
  const [worker] = page.workers();
  await worker?.evaluate(() => {
    (globalThis as unknown as { device: GPUDevice }).device.destroy();
  });
  await page.waitForFunction(() => window.emascope.snapshot().startReason === "restored");
  await page.waitForFunction(() => window.emascope.snapshot().step >= 2);
  const { marks, error, experiment } = await snapshot(page);
  expect(error).toBeUndefined();
  expect(experiment?.batch).toBe(16);
  expect(marks.map(({ kind }) => kind)).toEqual(["restored"]);
});
