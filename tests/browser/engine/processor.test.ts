/** The page where the processor computes: without WebGPU, and instead of a software adapter. */
import type { Page } from "playwright-core";
import { describe, expect, inject } from "vitest";

import { beforeWorker, configure, reached, small, snapshot, until } from "../chromium";
import { pageTests } from "../fixtures";

const titles = (page: Page): Promise<string[]> => page.locator("#messages .message-title").allInnerTexts();

const test = pageTests(inject("address"), { webgpu: false });
const softwareTest = pageTests(inject("address"), { software: true });

describe("without WebGPU", () => {
  test("the page trains on the processor at once, and names it", async ({ open }) => {
    const page = await open();
    await configure(page, small);
    await page.click("#toggle");
    const { description, points, step } = await until(page, "finished", "failed");
    expect(step).toBe(18);
    expect(points.at(-1)?.methods).toHaveLength(3);
    expect(description).toMatchObject({
      adapter: { backend: "processor", name: "WebAssembly relaxed SIMD" },
    });
    expect(await page.innerText("#status-adapter")).toBe("processor, WebAssembly relaxed SIMD");
    expect(await page.locator("#replay").isVisible()).toBe(false);
    expect(await page.isVisible("#notice")).toBe(false);
    expect(await page.innerText("#summary-notes")).toContain("processor, WebAssembly");
  });

  test("a pause is answered between two kernels, and a single step follows", async ({ open }) => {
    const page = await open("#batch=256&steps=1000&limit_test=32");
    await page.click("#toggle");
    await reached(page, 1);
    await page.click("#toggle");
    const { step } = await until(page, "paused");
    expect(step).toBeLessThan(20);
    await page.click("#step");
    await reached(page, step + 1);
  });

  test("only a graphics adapter will do where the address says so", async ({ open }) => {
    const page = await open("#compute=gpu&view=laboratory");
    expect((await snapshot(page)).description?.recorded?.reason.name).toMatch(/NoWebGpu|NoAdapter/u);
    expect(await page.inputValue('[name="compute"]')).toBe("gpu");
    await page.evaluate(() => {
      for (const details of document.querySelectorAll("details")) details.open = true;
    });
    await page.selectOption('[name="compute"]', "processor");
    await page.waitForFunction(() => window.emascope.snapshot().description?.adapter.backend === "processor");
    expect(new URL(page.url()).hash).toContain("compute=processor");
  });

  test("a choice that nothing here can meet is taken back, and the run stays", async ({ open }) => {
    const page = await open("#compute=processor&view=laboratory");
    await configure(page, small);
    await page.click("#step");
    await reached(page, 1);
    await page.evaluate(() => {
      for (const details of document.querySelectorAll("details")) details.open = true;
    });
    const choice = page.locator('[name="compute"]');
    await choice.selectOption("gpu");
    await expect.poll(() => choice.inputValue()).toBe("processor");
    expect(new URL(page.url()).hash).toContain("compute=processor");
    expect(await page.innerText("#notice")).not.toBe("");
    const { step, description } = await snapshot(page);
    expect([step, description?.adapter.backend]).toEqual([1, "processor"]);
    await page.click("#step");
    await reached(page, 2);
  });

  test("a browser without vector instructions shows the recorded run", async ({ context, open }) => {
    await beforeWorker(context, "WebAssembly.validate = () => false;");
    const page = await open();
    expect((await snapshot(page)).description?.recorded).toBeDefined();
  });

  test("a browser without relaxed vector instructions trains with the others", async ({ context, open }) => {
    // The instructions that are tried first are the relaxed ones.
    const script =
      "{ const { validate } = WebAssembly; let tried = 0; WebAssembly.validate = (bytes) => tried++ > 0 && validate.call(WebAssembly, bytes); }";
    await beforeWorker(context, script);
    const page = await open();
    expect((await snapshot(page)).description?.adapter.name).toBe("WebAssembly SIMD");
    await page.click("#step");
    await reached(page, 1);
  });
});

describe("on a software adapter", () => {
  softwareTest(
    "the faster processor is offered; the run moves there, and the choice is kept",
    async ({ open }) => {
      const page = await open("#batch=16&limit_train=320&limit_test=32&steps=1000000&eval_every=1000000");
      expect((await snapshot(page)).description?.adapter.backend).not.toBe("processor");
      await page.click("#toggle");
      const offer = page.locator('[data-message="processor-faster"]');
      await offer.waitFor({ timeout: 120_000 });
      expect(await offer.innerText()).toMatch(/The processor alone is \d+\.\d times faster here/u);
      const { step, metrics } = await snapshot(page);
      await offer.locator("button.primary").click();
      await page.waitForFunction(
        () => window.emascope.snapshot().description?.adapter.backend === "processor",
      );
      // It goes on where it was, with its curve.
      await reached(page, step + 5);
      const moved = await snapshot(page);
      expect(["running", "evaluating"]).toContain(moved.phase);
      expect(moved.metrics.buckets[0]).toEqual(metrics.buckets[0]);
      expect(await offer.count()).toBe(0);
      expect((await titles(page)).join()).toContain("continues.");
      expect(new URL(page.url()).hash).not.toContain("compute");

      await page.click("#toggle");
      await until(page, "paused");
      await page.reload();
      const again = await until(page, "paused");
      expect(again.description?.adapter.backend).toBe("processor");
    },
  );
});
