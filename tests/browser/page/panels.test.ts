/** Filters, predictions, the table's copies and the glossary, with the engine that takes no GPU. */
import type { Page } from "playwright-core";
import { expect, inject } from "vitest";

import { configure, fromMenu, snapshot, until } from "../chromium";
import { LABORATORY, pageTests } from "../fixtures";
import { pace } from "../stand-in/control";

const test = pageTests(inject("standIn"));

/** A run of a few tests, to its end. */
async function run(page: Page, epochs = 5): Promise<void> {
  await configure(page, { epochs: String(epochs) });
  await page.click("#toggle");
  await until(page, "finished");
}

const text = (page: Page, selector: string): Promise<string> => page.innerText(selector);

test("filters are read while they are seen, and not otherwise", async ({ open }) => {
  const page = await open();
  // Slow enough for the run to last, and for the page to notice that nobody looks.
  await pace(page, 4);
  await page.click("#toggle");
  await page.waitForFunction(() => window.emascope.snapshot().step > 20);
  expect((await snapshot(page)).filters).toBeUndefined();

  await page.locator("#part-filters").scrollIntoViewIfNeeded();
  await page.waitForFunction(() => (window.emascope.snapshot().filters?.step ?? 0) > 40);
  const label = await page.getAttribute('[data-picture="raw"] canvas', "aria-label");
  expect(label).toMatch(/^raw weights, step [\d,]+: 16 colour kernels of 3×3/);

  await page.evaluate(() => {
    scrollTo(0, 0);
  });
  // Messages under way still arrive.
  const stays = async (): Promise<boolean> => {
    const { filters, step } = await snapshot(page);
    await page.waitForFunction((step) => window.emascope.snapshot().step > step + 100, step);
    return (await snapshot(page)).filters?.step === filters?.step;
  };
  await expect.poll(stays, { timeout: 20_000 }).toBe(true);
});

test("filters are drawn on one scale, their difference on its own, and listed as numbers", async ({
  open,
}) => {
  const page = await open();
  await run(page, 1);
  await page.locator("#part-filters").scrollIntoViewIfNeeded();
  await page.waitForFunction(() => window.emascope.snapshot().filters !== undefined);
  const { filters } = await snapshot(page);
  const [raw, , third] = filters?.methods ?? [];
  const largest = (values: Float32Array | undefined): number =>
    Math.max(...[...(values ?? [])].map((value) => Math.abs(value)));
  const scale = Math.max(largest(raw), largest(third)).toPrecision(3);
  await page.selectOption("#part-filters select", "2");
  for (const picture of ["raw", "average"])
    expect(await text(page, `[data-picture="${picture}"] figcaption`)).toContain(`full brightness +${scale}`);
  const apart = raw?.map((value, k) => (third?.[k] ?? 0) - value);
  expect(await text(page, '[data-picture="difference"] figcaption')).toContain(largest(apart).toPrecision(3));

  /** The pixel in the middle of the first weight. */
  const first = await page.evaluate(() => {
    const canvas = document.querySelector<HTMLCanvasElement>('[data-picture="raw"] canvas');
    return [...(canvas?.getContext("2d")?.getImageData(3, 3, 1, 1).data ?? [])];
  });
  const brightness = (value: number): number =>
    Math.round(127.5 + (127.5 * value) / Math.max(largest(raw), largest(third)));
  expect(first).toEqual([...[0, 9, 18].map((k) => brightness(raw?.[k] ?? 0)), 255]);

  await page.click("#part-filters summary");
  expect(await page.locator("#part-filters tbody tr").count()).toBe(16);
});

test("predictions: right and wrong, disagreements, pages, and how many changed", async ({ open }) => {
  const page = await open();
  await page.locator("#part-predictions").scrollIntoViewIfNeeded();
  expect(await text(page, "#part-predictions")).toContain("Predictions appear with the first test.");
  await run(page);
  const { predictions, predictionsBefore, description } = await snapshot(page);
  if (predictions === undefined || predictionsBefore === undefined) throw new Error("there were five tests");
  const { images, methods, classes } = predictions;
  const say = (method: number, image: number): number => classes[method * images + image] ?? NaN;
  const indices = Array.from({ length: images }, (_, image) => image);
  const names = description?.dataset.classes ?? [];
  await page.selectOption("#part-predictions select", "1");

  const cards = page.locator("#part-predictions .image");
  expect(await cards.count()).toBe(24);
  const fifth = cards.nth(5);
  expect(await fifth.locator(".image-label").innerText()).toContain(names[5]);
  for (const method of [0, 1]) {
    const word = fifth.locator(".word").nth(method);
    expect(await word.locator(".word-class").innerText()).toBe(names[say(method, 5)]);
    expect(await word.innerText()).toContain(say(method, 5) === 5 ? "✓" : "✗");
    expect(await word.textContent()).toContain(say(method, 5) === 5 ? "right" : "wrong");
  }
  const drawn = await fifth
    .locator("canvas")
    .evaluate((canvas: HTMLCanvasElement) => [
      ...(canvas.getContext("2d")?.getImageData(0, 0, 1, 1).data ?? []),
    ]);
  expect(drawn[3]).toBe(255);

  expect(await text(page, "#part-predictions .range")).toBe(`1–24 of ${images}`);
  await page.click('#part-predictions button[aria-label="Next images"]');
  expect(await text(page, "#part-predictions .range")).toBe(`25–48 of ${images}`);
  expect(await cards.first().getAttribute("data-index")).toBe("24");

  await page.check("#part-predictions input[type=checkbox]");
  const differ = indices.filter((image) => say(0, image) !== say(1, image));
  expect(await text(page, "#part-predictions .range")).toBe(
    `1–${Math.min(24, differ.length)} of ${differ.length}`,
  );
  const shown = await cards.evaluateAll((cards: HTMLElement[]) =>
    cards.map((card) => Number(card.dataset.index)),
  );
  expect(shown).toEqual(differ.slice(0, 24));

  for (let method = 0; method < methods; method++) {
    const row = page.locator("#part-predictions .churn-table tbody tr").nth(method);
    const changed = indices.filter(
      (image) => say(method, image) !== predictionsBefore.classes[method * images + image],
    ).length;
    expect(await row.locator(".count").innerText()).toBe(String(changed));
    expect(await row.locator(".points").innerText()).toBe(((100 * changed) / images).toFixed(1));
  }

  await page.setViewportSize({ width: 390, height: 844 });
  const wide = await page.evaluate(() => document.documentElement.scrollWidth);
  expect(wide, "a table scrolls for itself, not the page").toBeLessThanOrEqual(390);
});

test("a reader of Chinese finds Chinese names for the classes", async ({ open }) => {
  const page = await open(LABORATORY, { locale: "zh-CN" });
  await page.locator("#part-predictions").scrollIntoViewIfNeeded();
  await page.waitForFunction(
    () => document.querySelector(".image-label")?.textContent.includes("…") === false,
  );
  expect(await text(page, "#part-predictions .images")).toContain("青蛙");
});

test("the table is copied with its conditions, which a screen reader hears, and fits a phone", async ({
  open,
}) => {
  const page = await open(LABORATORY, {
    viewport: { width: 390, height: 844 },
    permissions: ["clipboard-read", "clipboard-write"],
  });
  await run(page, 3);
  const clipboard = (): Promise<string> => page.evaluate(() => navigator.clipboard.readText());
  const { summary, experiment } = await snapshot(page);

  await page.click('#summary-copy [data-text="copy.markdown"]');
  const said = page.locator("#summary-copy [role=status]");
  await expect.poll(() => said.innerText()).toBe("Copied: Markdown.");
  expect(await clipboard()).toContain("| raw weights | 92.3, high |");
  expect(await clipboard()).toContain("- adapter: stand-in");

  await page.click('#summary-copy [data-text="copy.csv"]');
  await expect.poll(() => said.innerText()).toBe("Copied: CSV.");
  expect((await clipboard()).split("\r\n")[1]).toContain(`raw,,92.3,high,${summary[0]?.accuracy ?? ""},`);

  await page.click('#summary-copy [data-text="copy.json"]');
  await expect.poll(() => said.innerText()).toBe("Copied: JSON.");
  expect(JSON.parse(await clipboard())).toMatchObject({
    adapter: { name: "stand-in" },
    run: { seed: 0, settings: experiment },
    methods: summary.map(({ accuracy }) => ({ measured: { accuracy } })),
  });

  const [scroll, client] = await page
    .locator(".table-card")
    .evaluate((card) => [card.scrollWidth, card.clientWidth]);
  expect(scroll).toBeLessThanOrEqual(client);
  const cell = page.locator('#summary tr[data-method="raw"] td.accuracy');
  expect(await cell.getAttribute("role")).toBe("cell");
});

test("where the clipboard is forbidden, the text is there to be copied by hand", async ({ open }) => {
  const page = await open();
  await page.evaluate(() => {
    navigator.clipboard.writeText = () => Promise.reject(new Error("forbidden"));
  });
  await page.click('#summary-copy [data-text="copy.csv"]');
  await page.waitForSelector("#summary-copy textarea:visible");
  expect(await page.inputValue("#summary-copy textarea")).toMatch(/^method,beta,claimed_accuracy/);
  expect(await page.evaluate(() => document.activeElement?.tagName)).toBe("TEXTAREA");
});

const TRAINING = "#view=training";

test("a term explains itself to the pointer and the keyboard, and opens the glossary at itself", async ({
  open,
}) => {
  const page = await open(TRAINING);
  const word = page.locator('#part-calculator [data-term="half-life"]');
  const tip = page.locator(".tip");
  await word.scrollIntoViewIfNeeded();
  await word.hover();
  expect(await tip.innerText()).toContain("k½ = ln ½ / ln β");
  const description = await word.getAttribute("aria-describedby");
  expect(await page.textContent(`#${description ?? ""}`)).toContain("share in the average is halved");
  // The pointer may go to the explanation.
  await tip.hover();
  await page.waitForTimeout(400);
  expect(await tip.isVisible()).toBe(true);
  await page.keyboard.press("Escape");
  expect(await tip.isVisible()).toBe(false);

  await page.mouse.move(0, 0);
  await page.focus('#part-calculator [data-term="initial-share"]');
  await page.keyboard.press("Tab");
  expect(await page.evaluate(() => document.activeElement?.textContent)).toBe("batch scaling");
  expect(await tip.innerText()).toContain("β̂ = β^κ");
  await page.keyboard.press("Enter");
  const dialog = page.locator("dialog.glossary");
  expect(await dialog.locator(".sought dt").innerText()).toBe("batch scaling");
  expect(await dialog.locator(".sought a").getAttribute("href")).toContain("2307.13813");
  await page.keyboard.press("Escape");
  expect(await dialog.isVisible()).toBe(false);

  await fromMenu(page, '[data-language="zh"]');
  await fromMenu(page, "#glossary-open");
  expect(await dialog.innerText()).toContain("半衰期");
  expect(await word.innerText()).toBe("半衰期");
});

test("a touch explains a term, another opens the glossary, one elsewhere ends it", async ({ open }) => {
  const page = await open(TRAINING, {
    viewport: { width: 390, height: 844 },
    hasTouch: true,
    isMobile: true,
  });
  const word = page.locator('#part-calculator [data-term="horizon"]');
  const tip = page.locator(".tip");
  await word.scrollIntoViewIfNeeded();
  await word.tap();
  expect(await tip.innerText()).toContain("1 / (1 − β)");
  const box = await tip.boundingBox();
  expect(box?.x).toBeGreaterThanOrEqual(0);
  expect((box?.x ?? 0) + (box?.width ?? 0)).toBeLessThanOrEqual(390);
  await page.tap("#training h1");
  expect(await tip.isVisible()).toBe(false);
  await word.tap();
  await word.tap();
  expect(await page.locator(".sought dt").innerText()).toBe("horizon");
});
