import type { Browser, Page } from "playwright-core";
import { afterAll, afterEach, beforeAll, expect, inject, test } from "vitest";

import { configure, launch, openPage, small, snapshot, until, watch } from "./chromium";
import { cifarRecords } from "./cifar";

const address = inject("address");
let browser: Browser;
let page: Page;

beforeAll(async () => {
  browser = await launch();
});
afterAll(async () => {
  await browser.close();
});
afterEach(async () => {
  await page.close();
});

async function apply(settings: Record<string, string>): Promise<void> {
  await configure(page, settings);
  await page.click("#apply");
  await page.waitForFunction(() => !window.emascope.snapshot().pending);
  await until(page, "paused");
}

/** The text of the summary table: method → measured accuracy, fluctuation, best, loss. */
function tableRows(): Promise<Record<string, string[]>> {
  return page.$$eval("#summary tbody tr", (rows) =>
    Object.fromEntries(
      rows.map((row) => [
        row.dataset.method ?? "",
        [...row.querySelectorAll("td:not(.claimed)")].map((cell) => cell.firstChild?.textContent ?? ""),
      ]),
    ),
  );
}

/** The chart, the table and the engine's evaluations tell the same. */
async function expectAgreement(): Promise<void> {
  const { points, chart, description, summary } = await snapshot(page);
  const methods = description?.methods.map((method) => method.name) ?? [];
  expect(chart[0]).toEqual(points.map((point) => point.step));
  methods.forEach((name, k) => {
    const accuracies = points.map((point) => point.methods.find((method) => method.name === name)?.accuracy);
    expect(accuracies.every((accuracy) => accuracy !== undefined)).toBe(true);
    expect(chart[k + 1]).toEqual(accuracies);
  });

  const rows = await tableRows();
  expect(summary.map((row) => row.method)).toEqual(methods);
  for (const row of summary) {
    const measured = points.map((point) => point.methods.find((method) => method.name === row.method));
    expect(row.accuracy).toBe(measured.at(-1)?.accuracy);
    expect(row.best_accuracy).toBe(Math.max(...measured.map((method) => method?.accuracy ?? NaN)));
    const cells = rows[row.method];
    expect(cells?.[0]).toBe(`${row.accuracy.toFixed(1)} %`);
    if (row.fluctuation != null) expect(cells?.[1]).toBe(row.fluctuation.toFixed(2));
    expect(cells?.[2]).toBe(`${row.best_accuracy.toFixed(1)} %`);
    expect(cells?.[3]).toBe(row.loss.toFixed(3));
  }
}

test("trains on synthetic images, and chart and table show the engine's numbers", async () => {
  page = await openPage(browser, address);
  const complaints = watch(page);
  await apply(small);
  await page.click("#toggle");
  const end = await until(page, "finished", "failed");

  expect(end.error).toBeUndefined();
  expect(end.step).toBe(18);
  expect(end.points.map((point) => point.step)).toEqual([6, 12, 18]);
  const steps = end.metrics.buckets;
  expect(steps.map(({ first }) => first)).toEqual(Array.from({ length: 18 }, (_, k) => k + 1));
  expect(steps.every(({ loss }) => Number.isFinite(loss.last) && loss.last > 0)).toBe(true);
  expect(end.imagesPerSecond).toBeGreaterThan(0);
  await expectAgreement();
  expect(await page.textContent(".chart-card .tag")).toBe("synthetic images, not CIFAR-10");
  expect(await page.textContent("#summary-notes")).toContain("synthetic images, not CIFAR-10");
  expect(complaints).toEqual([]);
});

test("trains on a CIFAR-10 file, which it learns", async () => {
  page = await openPage(browser, address);
  const complaints = watch(page);
  await apply({ ...small, lr: "0.01", epochs: "4" });
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
  await expectAgreement();
  // Ten colours: a network that reads the file right has them apart soon, one that reads labels as pixels never.
  const { buckets, last } = end.metrics;
  expect(last?.loss).toBeLessThan(0.8 * (buckets[0]?.loss.last ?? 0));
  expect(await page.textContent(".chart-card .tag")).toContain("CIFAR-10");
  expect(complaints).toEqual([]);
});

test("files can be dropped on the page", async () => {
  page = await openPage(browser, address);
  await apply(small);
  const records = [...cifarRecords(48)];
  const transfer = await page.evaluateHandle((records) => {
    const transfer = new DataTransfer();
    for (const name of ["data_batch_1.bin", "test_batch.bin"]) {
      transfer.items.add(new File([new Uint8Array(records)], name));
    }
    return transfer;
  }, records);
  await page.dispatchEvent("body", "dragenter", { dataTransfer: transfer });
  expect(await page.isVisible("#veil")).toBe(true);
  await page.dispatchEvent("body", "drop", { dataTransfer: transfer });
  expect(await page.isVisible("#veil")).toBe(false);
  await page.waitForFunction(() => window.emascope.snapshot().description?.dataset.train === 48);
});

test("pause stops the steps, step does one, and start goes on", async () => {
  page = await openPage(browser, address);
  await apply({ ...small, epochs: "1000" });
  await page.click("#toggle");
  await page.waitForFunction(() => window.emascope.snapshot().step >= 2);
  await page.click("#toggle");
  const paused = await until(page, "paused");
  await page.waitForTimeout(1500);
  expect((await snapshot(page)).step).toBe(paused.step);

  await page.click("#step");
  await page.waitForFunction((step) => window.emascope.snapshot().step > step, paused.step);
  expect((await until(page, "paused")).step).toBe(paused.step + 1);

  await page.click("#epoch");
  await until(page, "running", "evaluating");
  const epoch = await until(page, "paused");
  expect(epoch.step % 6).toBe(0);
  expect(epoch.step - paused.step).toBeLessThanOrEqual(7);

  await page.click("#toggle");
  await page.waitForFunction((step) => window.emascope.snapshot().step > step, epoch.step);
});

test("reset goes back to step 0, and the same seed gives the same losses", async () => {
  page = await openPage(browser, address);
  await apply(small);
  const losses = async (): Promise<number[]> => {
    await page.click("#toggle");
    await page.waitForFunction(() => window.emascope.snapshot().metrics.buckets.length >= 3);
    return (await snapshot(page)).metrics.buckets.slice(0, 3).map(({ loss }) => loss.last);
  };
  const first = await losses();
  await page.click("#reset");
  const reset = await until(page, "paused");
  expect(reset).toMatchObject({ step: 0, points: [], metrics: { buckets: [] } });
  expect(await losses()).toEqual(first);

  await until(page, "finished");
  await apply({ seed: "5" });
  expect((await losses())[0]).not.toBe(first[0]);
});

test("a changed setting waits for a reset and says so; before the first step, start applies it", async () => {
  page = await openPage(browser, address);
  await apply(small);
  await page.click("#step");
  await page.waitForFunction(() => window.emascope.snapshot().step === 1);
  await until(page, "paused");
  await configure(page, { label_noise: "0.2" });
  expect(await page.isVisible("#pending")).toBe(true);
  expect(await page.textContent('.field:has([name="label_noise"]) .badge')).toBe("needs a reset");
  expect((await snapshot(page)).experiment?.label_noise).toBe(0);
  await page.click("#revert");
  expect(await page.isVisible("#pending")).toBe(false);

  await configure(page, { label_noise: "0.2" });
  await page.click("#reset");
  await page.waitForFunction(() => window.emascope.snapshot().experiment?.label_noise === 0.2);
  expect((await until(page, "paused")).step).toBe(0);

  await configure(page, { label_noise: "0.3" });
  await page.click("#toggle");
  await page.waitForFunction(() => window.emascope.snapshot().step > 0);
  expect((await snapshot(page)).experiment?.label_noise).toBe(0.3);
});

test("a value out of range is named at its control, in reach of the keyboard, and changes nothing", async () => {
  page = await openPage(browser, address);
  await configure(page, { label_noise: "2" });
  await page.click("#apply");
  expect(await page.textContent("#setting-label_noise-error")).toBe("Enter a number from 0 to 1.");
  expect(await page.getAttribute("#setting-label_noise", "aria-invalid")).toBe("true");
  expect(await page.evaluate(() => document.activeElement?.id)).toBe("setting-label_noise");
  expect((await snapshot(page)).phase).toBe("paused");
});

test("a file that is no CIFAR-10 is explained, and the data from before stays in use", async () => {
  page = await openPage(browser, address);
  const complaints = watch(page);
  await apply(small);
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
  expect(state).toMatchObject({ step: 1, description: { dataset: { synthetic: true } } });
  await page.click("#step");
  await page.waitForFunction(() => window.emascope.snapshot().step === 2);
  await page.click("#notice-dismiss");
  expect(await page.isVisible("#notice")).toBe(false);
  expect(complaints).toEqual([]);
});

test("settings the engine refuses together are explained, and the run from before stays", async () => {
  page = await openPage(browser, address);
  await apply(small);
  await configure(page, { batch: "4096" });
  await page.click("#apply");
  await page.waitForSelector("#notice:not([hidden])");
  expect(await page.getAttribute("#notice", "data-error")).toBe("BadSetting");
  expect((await until(page, "paused")).experiment?.batch).toBe(16);
});

test("without WebGPU the page says so, in both languages, and can try again", async () => {
  const without = await browser.newContext({ locale: "en" });
  page = await without.newPage();
  // The worker's scope has no init scripts: its own script gets the line in front.
  await page.route(/worker-.*\.js$/, async (route) => {
    const response = await route.fetch();
    const hide = "Object.defineProperty(navigator, 'gpu', { value: undefined });\n";
    await route.fulfill({ response, body: hide + (await response.text()) });
  });
  await page.goto(address);
  await until(page, "failed");
  expect(await page.getAttribute("#notice", "data-error")).toBe("NoWebGpu");
  expect(await page.textContent("#notice-title")).toBe("This browser has no WebGPU.");
  await page.click('[data-language="zh"]');
  expect(await page.textContent("#notice-title")).toBe("此浏览器不支持 WebGPU。");

  await page.unroute(/worker-.*\.js$/);
  await page.click("#reset");
  expect((await until(page, "paused")).error).toBeUndefined();
  expect(await page.isVisible("#notice")).toBe(false);
  await without.close();
});

test("without an adapter the page says so", async () => {
  const without = await browser.newContext({ locale: "en" });
  page = await without.newPage();
  await page.route(/worker-.*\.js$/, async (route) => {
    const response = await route.fetch();
    const none = "GPU.prototype.requestAdapter = async () => null;\n";
    await route.fulfill({ response, body: none + (await response.text()) });
  });
  await page.goto(address);
  await until(page, "failed");
  expect(await page.getAttribute("#notice", "data-error")).toBe("NoAdapter");
  await without.close();
});

test("a lost device is replaced, and the run goes on by itself", async () => {
  const context = await browser.newContext({ locale: "en" });
  page = await context.newPage();
  await page.route(/worker-.*\.js$/, async (route) => {
    const response = await route.fetch();
    const remember = `
      const request = GPUAdapter.prototype.requestDevice;
      GPUAdapter.prototype.requestDevice = async function (descriptor) {
        return (globalThis.device = await request.call(this, descriptor));
      };
    `;
    await route.fulfill({ response, body: remember + (await response.text()) });
  });
  await page.goto(address);
  await until(page, "paused");
  await apply({ ...small, epochs: "1000" });
  await page.click("#toggle");
  await page.waitForFunction(() => window.emascope.snapshot().step >= 2);
  const [worker] = page.workers();
  await worker?.evaluate(() => {
    (globalThis as unknown as { device: GPUDevice }).device.destroy();
  });
  await page.waitForFunction(() => window.emascope.snapshot().because === "restored");
  await page.waitForFunction(() => window.emascope.snapshot().step >= 2);
  const { marks, error, experiment } = await snapshot(page);
  expect(error).toBeUndefined();
  expect(experiment?.batch).toBe(16);
  expect(marks.map(({ kind }) => kind)).toEqual(["restored"]);
  await context.close();
});

test("speaks English and Chinese, chosen by the browser and switched by hand", async () => {
  page = await openPage(browser, address, { locale: "zh-CN" });
  expect(await page.getAttribute("html", "lang")).toBe("zh-CN");
  expect(await page.textContent("#toggle span")).toBe("开始");
  await page.click('[data-language="en"]');
  expect(await page.textContent("#toggle span")).toBe("Start");
  expect(await page.title()).toContain("live");
  await page.reload();
  await until(page, "paused");
  expect(await page.textContent("#toggle span")).toBe("Start");
});

test("every setting of the engine has a label and a help in both languages", async () => {
  page = await openPage(browser, address);
  for (const language of ["en", "zh"]) {
    await page.click(`[data-language="${language}"]`);
    const fields = await page.$$eval(".field", (fields) =>
      fields.map((field) => ({
        key: field.querySelector("[name]")?.getAttribute("name") ?? "",
        label: field.querySelector(".field-name")?.textContent ?? "",
        help: field.querySelector(".help")?.textContent ?? "",
      })),
    );
    expect(fields.length).toBeGreaterThan(15);
    for (const { key, label, help } of fields) {
      expect(label, key).not.toBe(key);
      // The engine's own English sentence stands in for a help that is missing.
      if (language === "zh") expect(help, key).toMatch(/[\u4e00-\u9fff]{3}/u);
    }
  }
});

test("the legend hides a series, and the keyboard reads the chart", async () => {
  page = await openPage(browser, address);
  await apply(small);
  await page.click("#toggle");
  await until(page, "finished");
  const raw = page.locator(".legend-item").first();
  await raw.focus();
  await page.keyboard.press("Space");
  expect(await raw.getAttribute("aria-pressed")).toBe("false");
  await page.focus("#accuracy-plot");
  await page.keyboard.press("ArrowLeft");
  const reading = page.locator("#accuracy-plot .reading");
  expect(await reading.textContent()).toContain("step 18");
  expect(await reading.textContent()).not.toContain("raw");
  await page.keyboard.press("ArrowLeft");
  expect(await reading.textContent()).toContain("step 12");
});

test("nothing on the page blocks the main thread for long while the engine trains", async () => {
  page = await openPage(browser, address);
  await apply({ ...small, epochs: "1000" });
  await page.evaluate(() => {
    const durations: number[] = [];
    Object.assign(window, { longTasks: durations });
    new PerformanceObserver((list) => {
      durations.push(...list.getEntries().map((entry) => entry.duration));
    }).observe({ type: "longtask" });
  });
  await page.click("#toggle");
  await page.waitForFunction(() => window.emascope.snapshot().points.length >= 2);
  const longTasks = await page.evaluate(() => (window as unknown as { longTasks: number[] }).longTasks);
  // Generous: the software adapter takes every core of a small machine, this thread's too.
  expect(Math.max(0, ...longTasks)).toBeLessThan(200);
});
