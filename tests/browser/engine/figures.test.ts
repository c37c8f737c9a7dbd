/**
 * The page's costs: how long it blocks, how much memory it holds, how soon it trains. The figures are printed and kept. The limits
 * on time are far above what an idle machine shows, because other work on the machine adds to it.
 */
import { appendFileSync, mkdirSync, writeFileSync } from "node:fs";

import type { Page } from "playwright-core";
import { expect, inject } from "vitest";

import { reached, snapshot, until } from "../chromium";
import { pageTests } from "../fixtures";
import { Heap } from "../heap";
import { pace } from "../stand-in/control";

const FILE = "screenshots/figures.txt";
/** Milliseconds that a task of the main thread may take; on an idle machine none should take 50. */
const LONGEST_TASK = 1000;
/** Seconds from Start to the first step; on an idle machine it should be 3. */
const FIRST_STEP = 15;
/** Bytes by which a run may hold more at its end than early on. */
const GROWTH = 4e6;
/** Milliseconds between looks at the run, each of which is work for the page. */
const polling = 250;
const test = pageTests(inject("standIn"));
const testWithEngine = pageTests(inject("address"));

mkdirSync("screenshots", { recursive: true });
writeFileSync(FILE, "");

function report(figure: string): void {
  appendFileSync(FILE, `${figure}\n`);
  process.stdout.write(`   ${figure}\n`);
}

/** In milliseconds; `after` counts from when the watch began. */
interface LongTask {
  after: number;
  duration: number;
}

/** Counts the page's long tasks from now on. */
async function watchLongTasks(page: Page): Promise<() => Promise<LongTask[]>> {
  await page.evaluate(() => {
    const began = performance.now();
    const tasks: LongTask[] = [];
    Object.assign(window, { longTasks: tasks });
    new PerformanceObserver((list) => {
      for (const { startTime, duration } of list.getEntries())
        tasks.push({ after: startTime - began, duration });
    }).observe({ type: "longtask" });
  });
  return () => page.evaluate(() => (window as unknown as { longTasks: LongTask[] }).longTasks);
}

const megabytes = (bytes: number): string => (bytes / 1e6).toFixed(1);

test("a run is shown to its end, and no task of the page is long", async ({ open }) => {
  const page = await open();
  await pace(page, 5);
  const longTasks = await watchLongTasks(page);
  await page.click("#toggle");
  // Not by a snapshot, which to hand over takes the page longer than anything it does itself.
  await page.waitForFunction(() => window.emascope.snapshot().phase === "finished", null, { polling });
  const tasks = await longTasks();
  report(`tasks of the main thread of 50 ms or more, 1,092 steps on the stand-in: ${listed(tasks)}`);
  expectShort(tasks);
  const { step, points } = await snapshot(page);
  expect(step).toBe(1092);
  expect(points.at(-1)?.step).toBe(1092);
});

test("a run's memory does not grow: after 1,000 and after 20,000 steps", async ({ open }) => {
  const page = await open("#steps=20000");
  expect((await snapshot(page)).description?.total_steps).toBe(20_000);
  const heap = await Heap.of(page);
  await pace(page, 0.5);
  await page.click("#toggle");
  await reached(page, 1000, { polling });
  await page.click("#toggle");
  await until(page, "paused");
  const { step } = await snapshot(page);
  const early = await heap.measure();
  await page.click("#toggle");
  await until(page, "finished");
  const late = await heap.measure();
  for (const [when, { page, worker }] of [
    [step, early],
    [20_000, late],
  ] as const) {
    report(`held after ${when} steps: page ${megabytes(page)} MB, worker ${megabytes(worker)} MB`);
  }
  expect(late.page).toBeLessThan(early.page + GROWTH);
  expect(late.worker).toBeLessThan(early.worker + GROWTH);
});

testWithEngine(
  "ten steps are made in software, the first one soon, and no task of the page is long",
  async ({ open }) => {
    const page = await open();
    const longTasks = await watchLongTasks(page);
    const began = Date.now();
    await page.click("#toggle");
    await page.waitForFunction(() => window.emascope.snapshot().step > 0, undefined, { polling: 20 });
    const seconds = (Date.now() - began) / 1000;
    report(`first step after Start: ${seconds.toFixed(2)} s`);
    expect(seconds).toBeLessThan(FIRST_STEP);
    await reached(page, 10, { polling });
    const tasks = await longTasks();
    report(`tasks of the main thread of 50 ms or more, the engine in software beside it: ${listed(tasks)}`);
    expectShort(tasks);
    expect((await snapshot(page)).metrics.last?.loss).toBeGreaterThan(0);
  },
);

function expectShort(tasks: readonly LongTask[]): void {
  expect(Math.max(0, ...tasks.map(({ duration }) => duration))).toBeLessThan(LONGEST_TASK);
}

function listed(tasks: readonly LongTask[]): string {
  const told = tasks.map(
    ({ after, duration }) => `${duration.toFixed(0)} ms at ${(after / 1000).toFixed(1)} s`,
  );
  return tasks.length === 0 ? "none" : told.join(", ");
}
