/** The view of the runs of this browser: what is kept of them, over a reload too, and what can be done with it. */
import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";

import type { Page } from "playwright-core";
import { expect, inject } from "vitest";

import { resultLog } from "../../../www/testing/result";
import { fromMenu, restsAt, snapshot, until } from "../chromium";
import { pageTests } from "../fixtures";
import { diverge, pace } from "../stand-in/control";

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

test("a run that is paused and reloaded goes on in its row", async ({ open }) => {
  const page = await open();
  await pace(page, 5);
  await page.click("#toggle");
  await page.waitForFunction(() => window.emascope.snapshot().step > 100);
  await page.click("#toggle");
  const { step } = await until(page, "paused");
  await toRuns(page);
  // The row is up to date, and what the worker saves becomes the checkpoint.
  await expect.poll(() => rows(page).first().innerText()).toContain(String(step));
  await page.waitForFunction((step) => window.emascope.snapshot().savedStep === step, step);
  await page.reload();
  await until(page, "paused");
  const button = page.locator("#runs .open button");
  await expect.poll(() => button.innerText()).toBe("Open");
  expect(await page.innerText("#runs .open small")).toBe(`at step ${step}`);
  await button.click();
  await page.waitForSelector("#toggle:visible");
  await restsAt(page, step);
  await page.click("#epoch");
  await until(page, "paused");
  await toRuns(page);
  await expect.poll(() => rows(page).count()).toBe(1);
});

test("a run that diverges is a row that says so", async ({ open }) => {
  const page = await open();
  await diverge(page, 20);
  await page.click("#toggle");
  await until(page, "diverged");
  await toRuns(page);
  await expect.poll(() => page.innerText("#runs .differs")).toContain("diverged");
});

test("a name is kept while it is typed, and given in a second tab it stays", async ({ open, context }) => {
  const page = await open();
  await pace(page, 20);
  await page.click("#toggle");
  await toRuns(page);
  await page.waitForSelector("#runs tbody tr");
  const name = page.locator(".run-name");
  await name.pressSequentially("half a na");
  const { step } = await snapshot(page);
  await page.waitForFunction((step) => (window.emascope.snapshot().points.at(-1)?.step ?? 0) > step, step);
  expect(await name.inputValue()).toBe("half a na");
  await page.keyboard.press("Tab");

  const second = await open("#view=runs");
  await second.locator(".run-name").fill("from the second tab");
  await second.keyboard.press("Tab");
  await page.bringToFront();
  await page.click("#bar-toggle");
  const { step: last } = await until(page, "paused");
  await second.close();
  // Written as it rests, by the tab in which it was trained.
  await page.waitForTimeout(500);
  const third = await context.newPage();
  await third.goto(page.url());
  await toRuns(third);
  await expect.poll(() => third.locator(".run-name").inputValue()).toBe("from the second tab");
  expect(await rows(third).innerText()).toContain(String(last));
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
  // It stays in another language.
  await fromMenu(page, '[data-language="zh"]');
  await expect.poll(() => page.innerText("#compared-accuracy-legend")).toContain("第 1 次, 原始权重");
  await fromMenu(page, '[data-language="en"]');
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

test("the results of a class are one chart, and every file that is left out has its reason", async ({
  open,
  folder,
}) => {
  const page = await open("#view=runs");
  const file = async (name: string, text: string): Promise<string> => {
    await writeFile(join(folder, name), text);
    return join(folder, name);
  };
  const rows = (raw: number, average: number): object[] =>
    [raw, average - 2, average].map((accuracy) => ({ accuracy }));
  const good = [
    [58.1, 61],
    [60, 61.3],
    [61.4, 60.9],
    [57, 62],
  ].map(([raw = 0, average = 0], seed) =>
    file(`seed-${seed}.jsonl`, resultLog({ config: { seed }, summary: { rows: rows(raw, average) } })),
  );
  const bad = [
    file("other.jsonl", resultLog({ config: { seed: 9, lr: 0.5 } })),
    file("again.jsonl", resultLog({ config: { seed: 2 } })),
    file("cut.jsonl", resultLog({ config: { seed: 8 } }).slice(0, -30)),
    file("shopping.txt", "milk, eggs"),
  ];
  await page.setInputFiles("#class-files", await Promise.all([...good, ...bad]));
  const results = page.locator("#class-results");
  // Differences 2.9, 1.3, −0.5, 5: mean 2.175, t(0.975, 3) s/√4 = 3.71.
  await expect
    .poll(() => results.innerText())
    .toContain(
      "Over 4 seeds, EMA 0.98 is ahead of the raw weights by 2.2 points on average (95% interval −1.5 to 5.9).",
    );
  const said = await results.innerText();
  expect(said).toContain("1 of 4 students would have said that the average is not ahead, and 1 that");
  expect(said).toContain("Left out: 4");
  expect(said).toMatch(/other\.jsonl It has other settings: Learning rate 0\.5/u);
  expect(said).toContain("again.jsonl Seed 2 is there already, from seed-2.jsonl.");
  expect(said).toMatch(/cut\.jsonl Line \d+ is not valid JSON/u);
  expect(said).toContain("shopping.txt It is not a result of Emascope");
  expect(await page.locator(".class-table tbody tr").count()).toBe(4);
  expect(await page.locator(".strip circle.raw").count()).toBe(4);

  // Another average, another language, and more files, which are dropped.
  await page.selectOption('[name="class-average"]', { label: "EMA 0.9" });
  await expect.poll(() => results.innerText()).toContain("EMA 0.9 is ahead of the raw weights by 0.2 points");
  await fromMenu(page, '[data-language="zh"]');
  await expect.poll(() => results.innerText()).toContain("未计入：4");
  await fromMenu(page, '[data-language="en"]');
  await page.evaluate(
    (text) => {
      const transfer = new DataTransfer();
      transfer.items.add(new File([text], "dropped.jsonl"));
      document.body.dispatchEvent(
        new DragEvent("drop", { dataTransfer: transfer, bubbles: true, cancelable: true }),
      );
    },
    resultLog({ config: { seed: 5 } }),
  );
  await expect.poll(() => page.locator(".class-table tbody tr").count()).toBe(5);
  await page.click("#clear-class");
  await expect.poll(() => results.innerText()).toBe("");
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
