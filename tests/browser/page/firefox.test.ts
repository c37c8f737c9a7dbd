/** The page in a second browser, which has no WebGPU: the processor computes, and nothing is complained of. */
import { readFile } from "node:fs/promises";
import { availableParallelism } from "node:os";

import type { Browser, Page } from "puppeteer-core";
import { afterAll, afterEach, beforeAll, expect, inject, test } from "vitest";

import { parseRecording } from "../../../www/replay/module";
import { launch, until, watch } from "../firefox";
import { ONLY_GPU } from "../fixtures";

const address = inject("address");
let browser: Browser;
let page: Page;
const complaints: string[][] = [];

beforeAll(async () => {
  browser = await launch();
});
afterAll(async () => {
  await browser.close();
});
afterEach(async () => {
  await Promise.all((await browser.pages()).map((page) => page.close()));
  expect(complaints.splice(0).flat()).toEqual([]);
});

/** Opens a link as a reader does who gets it from another. */
async function open(hash: string, on = address): Promise<void> {
  page = await browser.newPage();
  complaints.push(watch(page));
  await page.goto(`${on}${hash}`);
  expect((await until(page, "paused", "failed")).error).toBeUndefined();
}

/** Presses what is in the menu. */
async function fromMenu(selector: string): Promise<void> {
  if (!(await visible("#menu"))) await page.click("#menu-open");
  await page.click(selector);
}

const text = (selector: string): Promise<string> => page.$eval(selector, (found) => found.textContent);

const visible = (selector: string): Promise<boolean> =>
  page.$eval(selector, (found) => found.checkVisibility());

/** The parts of the page that are shown. */
const shown = (): Promise<(string | undefined)[]> =>
  page.$$eval("[data-part]", (cards) =>
    cards
      .filter((card): card is HTMLElement => card instanceof HTMLElement && card.offsetParent !== null)
      .map((card) => card.dataset.part),
  );

test("it trains on the processor, and says so", async () => {
  await open("#batch=16&limit_train=96&limit_test=32&epochs=3&ema=0.5&ema=0.98");
  await page.click("#toggle");
  const { step, points, description, error } = await until(page, "finished", "failed");
  expect(error).toBeUndefined();
  expect(step).toBe(18);
  expect(points.at(-1)?.methods).toHaveLength(3);
  expect(description?.adapter.backend).toBe("processor");
  expect(await text("#status-adapter")).toMatch(/^processor, WebAssembly/u);
  expect(await visible("#replay")).toBe(false);
  expect(await visible("#notice")).toBe(false);
});

test("isolated, it trains to the same bits, on all threads if it has relaxed vector instructions", async () => {
  const losses = async (on: string): Promise<unknown> => {
    await open("#batch=16&limit_train=96&limit_test=32&epochs=1", on);
    await page.click("#toggle");
    return (await until(page, "finished", "failed")).metrics;
  };
  const alone = await losses(address);
  expect(await losses(inject("isolated"))).toEqual(alone);
  const adapter = await text("#status-adapter");
  expect(adapter).toMatch(
    adapter.includes("relaxed") && availableParallelism() > 1 ? / threads$/u : /SIMD$/u,
  );
});

test("asked for a graphics adapter, it shows that the run is recorded", async () => {
  await open(`${ONLY_GPU}&view=laboratory`);
  expect(await text("#replay .banner-title")).toBe("Recorded run");
  expect(await text("#replay-about")).toContain("no WebGPU");
  expect(await visible("#notice")).toBe(false);
});

test("the recorded run plays to its end, with the recorded numbers", async () => {
  await open(`${ONLY_GPU}&view=laboratory`);
  const recording = parseRecording(await readFile("www/replay/recorded.json", "utf8"));
  await page.click("#toggle");
  const end = await until(page, "finished", "failed");
  expect(end.error).toBeUndefined();
  expect(end.step).toBe(recording.steps.loss.length);
  expect(end.points).toEqual(recording.points);
  const rows = await page.$$eval("#summary tbody tr", (rows) => rows.length);
  // Two figures are claimed for plain averages, which the recorded run does not have.
  expect(rows).toBe((recording.summaries.at(-1)?.length ?? NaN) + 2);
});

test("language and theme are switched, and kept", async () => {
  await open(`${ONLY_GPU}&view=laboratory`);
  const theme = (): Promise<string | undefined> =>
    page.evaluate(() => document.documentElement.dataset.theme);
  const before = await theme();
  await fromMenu('[data-language="zh"]');
  await fromMenu("#theme");
  const after = await theme();
  expect(after).not.toBe(before);
  await page.reload();
  await until(page, "paused");
  expect(await page.evaluate(() => document.documentElement.lang)).toBe("zh-CN");
  expect(await text("#replay-about")).toContain("WebGPU");
  expect(await theme()).toBe(after);
  await fromMenu('[data-language="en"]');
  await fromMenu("#theme");
  expect(await text("#replay .banner-title")).toBe("Recorded run");
  expect(await theme()).toBe(before);
});

test("a chapter opens by its link and from the contents", async () => {
  await open("#chapter=noise");
  await page.waitForSelector("#noise-title");
  const first = await text("#noise-title");
  await page.click('.contents a[href="#chapter=beta"]');
  await page.waitForSelector("#beta-title");
  expect(await text("#beta-title")).not.toBe(first);
  expect(page.url()).toContain("chapter=beta");
});

test("links show what they name, and the page makes such a link", async () => {
  await open("#embed=accuracy,table");
  expect(await shown()).toEqual(["accuracy", "table"]);
  expect(await visible("#masthead")).toBe(false);
  await open("#present=loss");
  expect(await shown()).toEqual(["loss"]);
  await page.keyboard.press("Escape");
  expect(await visible("#masthead")).toBe(true);
  await open("#lr=0.003&hide=calculator");
  expect(await shown()).not.toContain("calculator");
  await fromMenu("#share-open");
  await page.click('[data-share="parts"]');
  expect(await page.$eval("#share-link", (field) => (field as HTMLInputElement).value)).toContain("embed=");
});
