/** The laboratory's tools: the network's layers, a picture of one's own, speed, sound, and what is put away. */
import type { Page } from "playwright-core";
import { expect, inject } from "vitest";

import { configure, snapshot, until } from "../chromium";
import { pageTests } from "../fixtures";

const test = pageTests(inject("standIn"));

const text = (page: Page, selector: string): Promise<string> => page.innerText(selector);

/** A picture of 8×4 pixels, red on the left and blue on the right, as the browser writes it. */
function picture(page: Page): Promise<Buffer> {
  return page
    .evaluate(() => {
      const canvas = document.createElement("canvas");
      [canvas.width, canvas.height] = [8, 4];
      const context = canvas.getContext("2d");
      if (context === null) throw new Error("no canvas");
      context.fillStyle = "red";
      context.fillRect(0, 0, 4, 4);
      context.fillStyle = "blue";
      context.fillRect(4, 0, 4, 4);
      return canvas.toDataURL("image/png").split(",")[1] ?? "";
    })
    .then((base64) => Buffer.from(base64, "base64"));
}

test("layers are changed, undone, refused while they do not fit, and go into the address", async ({
  open,
}) => {
  const page = await open();
  await configure(page, {});
  const rows = page.locator(".network .layer");
  const problem = (): Promise<string> => text(page, ".network > .field-error");
  const summary = (): Promise<string> => text(page, ".network-summary");
  await expect.poll(summary).toBe("tiny, batch norm: 72,954 parameters, 59 MFLOP an image");
  const preset = await rows.count();
  await page.selectOption('.network [aria-label="Add a layer"]', "conv");
  await expect.poll(() => rows.count()).toBe(preset + 1);
  // Before the pooling that ends the preset.
  const added = page.locator(".network .layer").nth(preset - 3);
  expect(await added.locator("select").first().inputValue()).toBe("conv");
  await added.locator('[aria-label="outputs"]').fill("24");
  await added.locator('[aria-label="outputs"]').press("Enter");
  await expect.poll(() => added.innerText()).toContain("8×8×24");
  expect(await summary()).toMatch(/^your own: [\d,]+ parameters/);
  expect(await page.isVisible("#pending")).toBe(true);
  await page.click(`[aria-label="Remove layer ${String(preset + 1)}"]`);
  await expect.poll(problem).toContain("The last layer does not suit the loss");
  // What does not fit is not opened.
  await page.click("#apply");
  expect((await snapshot(page)).experiment?.model).toBeUndefined();
  await page.click('.layer-buttons button:has-text("Undo")');
  await expect.poll(problem).toBe("");

  const layers = ["global_average_pool", "flatten", { dense: { out: 10, bias: false } }];
  for (const [json, says] of [
    ['["no_such_layer"]', "cannot be read"],
    ["{", "cannot be read"],
    [JSON.stringify(layers), ""],
  ] as const) {
    await page.fill(".layer-json textarea", json);
    await page.click(".layer-json button");
    await expect.poll(problem).toContain(says);
  }
  await expect.poll(summary).toBe("your own: 30 parameters, 0 MFLOP an image");
  await page.click("#apply");
  await page.waitForFunction(() => window.emascope.snapshot().experiment?.model !== undefined);
  expect((await snapshot(page)).experiment?.model).toEqual({ name: "own", layers });
  expect(decodeURIComponent(await page.evaluate(() => location.hash))).toContain('model={"name":"own"');

  await page.click('.layer-buttons button:has-text("Back to the preset")');
  await page.click("#apply");
  await page.waitForFunction(() => window.emascope.snapshot().experiment?.model === undefined);
});

test("a picture of one's own is reduced to its middle and classified at every test", async ({ open }) => {
  const page = await open();
  await configure(page, { epochs: "1" });
  const part = page.locator("#part-picture");
  await part.scrollIntoViewIfNeeded();
  const file = { name: "own.png", mimeType: "image/png", buffer: await picture(page) };
  await page.setInputFiles("#part-picture input[type=file]", file);
  await page.waitForFunction(() => window.emascope.snapshot().classified?.step === 0);
  const pixels = await page.evaluate(() => {
    const context = document.querySelector<HTMLCanvasElement>("#part-picture canvas")?.getContext("2d");
    return [0, 31].map((x) => [...(context?.getImageData(x, 16, 1, 1).data ?? [])]);
  });
  // The left and the right edge of the middle square.
  expect(pixels).toEqual([
    [255, 0, 0, 255],
    [0, 0, 255, 255],
  ]);
  expect(await part.locator("tbody tr").count()).toBe(10);
  await page.click("#toggle");
  await until(page, "finished");
  const { step, classified } = await snapshot(page);
  expect(classified?.step).toBe(step);
  expect(await text(page, "#part-picture [role=status]")).toMatch(
    /^After step [\d,]+, the raw weights say plane \(25 %\), and EMA/,
  );

  await page.setInputFiles("#part-picture input[type=file]", {
    ...file,
    name: "own.txt",
    buffer: Buffer.from("no"),
  });
  await expect.poll(() => text(page, "#part-picture")).toContain("own.txt is not a picture");
  await page.click('#part-picture button:has-text("Remove")');
  await expect.poll(() => part.locator("table").count()).toBe(0);
});

test("the speed of each network is measured and can be copied", async ({ open }) => {
  const page = await open();
  await page.locator("#part-speed").scrollIntoViewIfNeeded();
  await page.click('#part-speed button:has-text("Measure")');
  await expect.poll(() => page.locator(".speed-table tbody tr").count()).toBe(4);
  await expect.poll(() => text(page, "#part-speed")).toContain("Measure again");
  expect(await text(page, ".speed-table tbody tr:first-child")).toMatch(/^tiny\s+59\.\d\s+400\s+23\.\d$/);
});

test("a chart can be heard, and stopped", async ({ open }) => {
  const page = await open();
  await configure(page, { epochs: "2" });
  await page.click("#toggle");
  await until(page, "finished");
  const button = page.locator('#part-accuracy [aria-label^="Listen"]');
  await button.click();
  await expect.poll(() => button.getAttribute("aria-pressed")).toBe("true");
  expect(await button.getAttribute("title")).toMatch(/^Left: raw.*Right: EMA/);
  await button.click();
  await expect.poll(() => button.getAttribute("aria-pressed")).toBe("false");
});

test("parts that are put away stay away at the next visit, and come back", async ({ open }) => {
  const page = await open();
  const button = page.locator('.shelf [data-part-name="loss"]');
  await button.click();
  expect(await page.isVisible("#part-loss")).toBe(false);
  await page.reload();
  await page.waitForSelector(".shelf");
  expect(await button.getAttribute("aria-pressed")).toBe("false");
  expect(await page.isVisible("#part-loss")).toBe(false);
  await button.click();
  expect(await page.isVisible("#part-loss")).toBe(true);
});
