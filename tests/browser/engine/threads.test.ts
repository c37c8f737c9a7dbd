/** The processor on several threads, which an isolated page has. */
import { availableParallelism } from "node:os";

import type { Page } from "playwright-core";
import { expect, inject } from "vitest";

import { beforeWorker, configure, reached, small, snapshot, until } from "../chromium";
import { LABORATORY, pageTests } from "../fixtures";

const test = pageTests(inject("isolated"), { webgpu: false });
const cardTest = pageTests(inject("isolated"), { software: true });
const name = `WebAssembly relaxed SIMD, ${availableParallelism()} threads`;

/** What a run measured. */
async function measured(page: Page) {
  await configure(page, small);
  await page.click("#toggle");
  const { description, metrics, points } = await until(page, "finished", "failed");
  return { name: description?.adapter.name, metrics, points };
}

test.skipIf(availableParallelism() < 2)(
  "a run on all threads measures the same bits as one on a page that is not isolated",
  async ({ open, newContext }) => {
    const threads = await measured(await open());
    expect(threads.name).toBe(name);
    const other = await (await newContext()).newPage();
    await other.goto(inject("address") + LABORATORY);
    await until(other, "paused", "failed");
    expect(await other.evaluate(() => crossOriginIsolated)).toBe(false);
    const one = await measured(other);
    expect(one.name).toBe("WebAssembly relaxed SIMD");
    expect(threads.metrics).toEqual(one.metrics);
    expect(threads.points).toEqual(one.points);
  },
);

test("a pause is answered while all threads compute", async ({ open }) => {
  const page = await open("#batch=256&steps=1000&limit_test=32");
  await page.click("#toggle");
  await reached(page, 1);
  await page.click("#toggle");
  expect((await until(page, "paused")).step).toBeLessThan(20);
});

test("without relaxed vector instructions one thread computes with the others", async ({ context, open }) => {
  const script =
    "{ const { validate } = WebAssembly; let tried = 0; WebAssembly.validate = (bytes) => tried++ > 0 && validate.call(WebAssembly, bytes); }";
  await beforeWorker(context, script);
  const page = await open();
  expect((await snapshot(page)).description?.adapter.name).toBe("WebAssembly SIMD");
  await page.click("#step");
  await reached(page, 1);
});

test.for([
  ["threads", /\/thread-[^/]+\.js$/u],
  ["their script", /\/emascope_threads-[^/]+\.js$/u],
  ["their module", /_threads-[^/]+\.wasm$/u],
] as const)("if %s cannot be loaded, one thread computes", async ([, files], { context, open }) => {
  await context.route(files, (route) => route.abort());
  const page = await open();
  expect((await snapshot(page)).description?.adapter.name).toBe("WebAssembly relaxed SIMD");
  await page.click("#step");
  await reached(page, 1);
});

cardTest("a software adapter and the processor compute in the same page", async ({ open }) => {
  const page = await open("#batch=16&limit_train=320&limit_test=32");
  expect((await snapshot(page)).description?.adapter.backend).not.toBe("processor");
  await page.click("#step");
  await reached(page, 1);
  await page.evaluate(() => {
    for (const details of document.querySelectorAll("details")) details.open = true;
  });
  await page.selectOption('[name="compute"]', "processor");
  await page.waitForFunction(() => window.emascope.snapshot().description?.adapter.backend === "processor");
  expect((await snapshot(page)).description?.adapter.name).toBe(name);
  await page.click("#step");
  await reached(page, 2);
});
