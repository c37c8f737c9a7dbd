/** The charts: what they draw, read out, list and save, with the engine that takes no GPU. */
import { readFile } from "node:fs/promises";

import type { Page } from "playwright-core";
import { expect, inject } from "vitest";

import { configure, reached, snapshot, until } from "../chromium";
import { LABORATORY, pageTests } from "../fixtures";

const test = pageTests(inject("standIn"));

/** A run of `steps` steps, tested every 20. */
async function run(page: Page, steps = 200, ema = "0.9 0.98"): Promise<void> {
  await configure(page, { steps: String(steps), eval_every: "20", ema });
  await page.click("#toggle");
  await until(page, "finished");
}

/** Each drawn chart by its name, and how many of its pixels are no background. */
function inked(page: Page): Promise<Record<string, number>> {
  return page.$$eval(".plot", (plots) =>
    Object.fromEntries(
      plots.flatMap((plot) => {
        const canvas = plot.querySelector("canvas");
        const context = canvas?.getContext("2d");
        if (canvas == null || context == null) return [];
        const { data } = context.getImageData(0, 0, canvas.width, canvas.height);
        return [[plot.id, data.filter((value, k) => k % 4 === 3 && value > 0).length]];
      }),
    ),
  );
}

test("every chart is drawn, also where it is out of sight", async ({ open }) => {
  const page = await open();
  await run(page);
  const charts = ["accuracy", "loss", "path", "kernel", "fluctuation"];
  for (const chart of charts) await page.locator(`#${chart}-empty`).waitFor({ state: "hidden" });
  const drawn = await inked(page);
  for (const chart of charts) expect(drawn[`${chart}-plot`], chart).toBeGreaterThan(1000);
  expect(await page.isVisible("#impulse-plot")).toBe(false);
});

test("arrow keys read a chart out and leave the run alone", async ({ open }) => {
  const page = await open();
  // Both charts are in sight, so that they are drawn at once.
  await page.setViewportSize({ width: 1280, height: 1400 });
  await run(page);
  const plot = page.locator("#loss-plot");
  await plot.focus();
  await page.keyboard.press("ArrowLeft");
  const { metrics, points } = await snapshot(page);
  const batch = metrics.last?.loss.toPrecision(3) ?? "";
  expect(await plot.getAttribute("aria-valuenow")).toBe("200");
  const said = await plot.getAttribute("aria-valuetext");
  expect(said).toMatch(/^step 200 · epoch [\d.]+: /);
  expect(said).toContain(`batch ${batch}`);
  expect(said).toContain(`raw ${points.at(-1)?.methods[0]?.loss.toPrecision(3) ?? ""}`);
  // Between two tests, the last one is read, under its own step.
  await page.keyboard.press("ArrowLeft");
  expect(await plot.getAttribute("aria-valuetext")).toMatch(/^step 199 .*; step 180 /);
  expect(await page.isVisible("#loss-plot .reading")).toBe(true);
  await page.keyboard.press("Home");
  expect(await plot.getAttribute("aria-valuenow")).toBe("1");
  await page.keyboard.press("Escape");
  expect(await page.isVisible("#loss-plot .reading")).toBe(false);
  expect((await snapshot(page)).step).toBe(200);
});

test("charts over steps are read together", async ({ open }) => {
  const page = await open();
  // Both charts are in sight, so that they are drawn at once.
  await page.setViewportSize({ width: 1280, height: 1400 });
  await run(page);
  await page.hover("#accuracy-plot .u-over", { position: { x: 200, y: 100 } });
  const value = page.locator('#fluctuation-legend [data-key="method-0"] .legend-value');
  await page.waitForFunction(() => !document.querySelector<HTMLElement>("#accuracy-plot .reading")?.hidden);
  const cursor = await page.$eval("#loss-plot .u-cursor-x", (line) => line.getBoundingClientRect().left);
  const box = await page.locator("#loss-plot .u-over").boundingBox();
  expect(cursor).toBeGreaterThan(box?.x ?? Infinity);
  expect(await page.isVisible("#loss-plot .reading")).toBe(false);
  await page.mouse.move(0, 0);
  await page.waitForFunction(() => document.querySelector<HTMLElement>("#accuracy-plot .reading")?.hidden);
  await expect.poll(() => value.textContent()).toMatch(/\d/);
});

test("a chart's table holds its values, and is there only while it is open", async ({ open }) => {
  const page = await open();
  await run(page);
  const button = page.locator("#part-accuracy").getByRole("button", { name: "Test accuracy as a table" });
  expect(await page.locator("#accuracy-table table").count()).toBe(0);
  await button.click();
  const rows = await page.$$eval("#accuracy-table tbody tr", (rows) =>
    rows.map((row) => [...row.children].map((cell) => cell.textContent)),
  );
  const { points } = await snapshot(page);
  expect(rows).toEqual(
    points.map(({ step, methods }) => [
      String(step),
      ...methods.map(({ accuracy }) => `${accuracy.toFixed(1)} %`),
    ]),
  );
  await button.click();
  expect(await page.locator("#accuracy-table table").count()).toBe(0);
});

test("a chart is saved as a picture of a slide's size", async ({ open }) => {
  const page = await open();
  await run(page);
  const download = page.waitForEvent("download");
  await page.getByRole("button", { name: "Save Loss as a PNG image" }).click();
  const file = await download;
  expect(file.suggestedFilename()).toBe("emascope-loss.png");
  const bytes = await readFile(await file.path());
  expect(bytes.subarray(1, 4).toString()).toBe("PNG");
  expect([bytes.readUInt32BE(16), bytes.readUInt32BE(20)]).toEqual([1920, 1080]);
  expect(bytes.length).toBeGreaterThan(20_000);
});

test("a weight's path: eight weights of the middle convolution, others on demand, and the formula in numbers", async ({
  open,
}) => {
  const page = await open();
  await run(page);
  // The first one is the story's.
  const probed = async (): Promise<{ tensor: number; index: number }[]> =>
    (await snapshot(page)).probes.probed.slice(1);
  const first = await probed();
  expect(first).toHaveLength(8);
  expect(new Set(first.map(({ tensor }) => tensor))).toEqual(new Set([1]));
  await page.waitForFunction(() => document.querySelectorAll(".thumb").length === 8);
  // The last steps' paths come a moment after the end.
  await page.waitForFunction(() =>
    document.querySelector("#part-path .formula-box h3")?.textContent.includes("step 200"),
  );

  // v = 0.98 · v + 0.02 · w, to the digits that are shown.
  const [before = NaN, weight = NaN, after = NaN] = await page.$$eval(".substituted .number", (numbers) =>
    numbers.map((number) => Number(number.textContent.replace("\u2212", "-"))),
  );
  await page.click('.formula-box .segmented button:text-is("0.98")');
  expect(await page.textContent(".formula-box .math")).toContain("0.98 · v + 0.02 · w");
  for (const number of [before, weight, after]) expect(number).not.toBeNaN();

  await page.locator(".thumb").nth(3).click();
  await page.locator('.thumb:nth-child(4)[aria-pressed="true"]').waitFor();
  expect(await page.inputValue("#path-weight")).toBe(String(first[3]?.index));

  await page.selectOption("#path-layer", { index: 2 });
  await page.waitForFunction(() => window.emascope.snapshot().probes.probed[1]?.tensor === 2);
  const drawn = await probed();
  await page.click(".picker button");
  await page.waitForFunction(
    (drawn) => JSON.stringify(window.emascope.snapshot().probes.probed.slice(1)) !== drawn,
    JSON.stringify(drawn),
  );
  expect(await probed()).not.toEqual(drawn);

  await page.fill("#path-weight", "17");
  await page.press("#path-weight", "Enter");
  await page.waitForFunction(() => window.emascope.snapshot().probes.probed[1]?.index === 17);
  await page.locator("#part-path .about", { hasText: "[0, 17]" }).waitFor();
});

test("what averages remember: half of a weight's share at the half-life, and variance where the run is long enough", async ({
  open,
}) => {
  const page = await open();
  await run(page, 700);
  const row = page.locator('#averages [data-method="ema-0.98"]');
  expect(await row.textContent()).toContain("34.3");
  await page.waitForFunction(() => document.querySelectorAll("#noise tbody td").length === 6);
  const noise = await page.$$eval("#noise tbody tr", (rows) =>
    rows.map((row) => [...row.querySelectorAll("td")].map((cell) => cell.textContent)),
  );
  // The stand-in's averages shrink white noise by the closed form, without its memory.
  for (const [k, beta] of [0.9, 0.98].entries()) {
    const measured = Number.parseFloat(noise[k]?.[0] ?? "");
    expect(measured / 100 / ((1 - beta) / (1 + beta))).toBeCloseTo(1, 1);
  }
  await page.locator("#part-memory .segmented").last().locator("button").first().click();
  await page.waitForFunction(() => document.querySelector("#noise td[colspan]") !== null);
  expect(await page.textContent("#noise td[colspan]")).toBe("needs a window of 250 steps");
});

test("a bad batch is marked, drawn over the accuracy, and traced in the weights", async ({ open }) => {
  const page = await open();
  await configure(page, { steps: "20000", eval_every: "20", ema: "0.9 0.98" });
  await page.evaluate(() => {
    scrollTo(0, 0);
  });
  await page.click("#toggle");
  await reached(page, 60);
  await page.click("#disturb");
  await page.waitForFunction(() => {
    const { step, marks } = window.emascope.snapshot();
    return step > (marks[0]?.step ?? Infinity) + 100;
  });
  await page.click("#toggle");
  const { marks } = await until(page, "paused");
  const bad = marks.find((mark) => mark.kind === "outlier")?.step ?? NaN;
  await page.locator("#impulse-plot canvas").waitFor();
  expect(await page.textContent("#impulse-title")).toContain(`step ${bad.toLocaleString("en")}`);

  const share = page.getByRole("button", { name: "Predicted share of the bad batch" });
  expect(await share.getAttribute("aria-pressed")).toBe("true");
  await share.click();
  expect(await share.getAttribute("aria-pressed")).toBe("false");

  await page.focus("#accuracy-plot");
  await page.keyboard.press("Home");
  const next = 20 * Math.ceil((bad + 1) / 20);
  // Past the tests after steps 1, 2, 4, 8 and 16.
  for (let early = 0; early < 5; early++) await page.keyboard.press("ArrowRight");
  for (let step = 20; step < next; step += 20) await page.keyboard.press("ArrowRight");
  expect(await page.getAttribute("#accuracy-plot", "aria-valuetext")).toContain(
    "one batch with wrong labels",
  );
  await page.getByRole("button", { name: "Test accuracy as a table" }).click();
  expect(await page.textContent("#accuracy-table .done:not(:empty):not(th)")).toContain("wrong labels");
});

test("fluctuation needs several tests, and shows how many", async ({ open }) => {
  const page = await open();
  await run(page, 80);
  await page.locator("#fluctuation-empty", { hasText: "Needs 6 tests; 4 so far." }).waitFor();
});

test("the charts speak Chinese", async ({ open }) => {
  const page = await open(LABORATORY, { locale: "zh-CN" });
  await run(page, 140);
  for (const chart of ["accuracy", "loss", "path", "kernel", "fluctuation"]) {
    expect(await page.textContent(`#${chart}-title`), chart).toMatch(/[\u4e00-\u9fff]/u);
    expect(await page.getAttribute(`#${chart}-plot`, "aria-label"), chart).toContain("方向键");
  }
});
