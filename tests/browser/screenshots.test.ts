import { mkdirSync } from "node:fs";

import type { Browser } from "playwright-core";
import { afterAll, beforeAll, expect, inject, test } from "vitest";

import { configure, launch, openPage, small, until } from "./chromium";

const address = inject("address");
let browser: Browser;

beforeAll(async () => {
  mkdirSync("screenshots", { recursive: true });
  browser = await launch();
});
afterAll(async () => {
  await browser.close();
});

/** Widths of a phone, a laptop and a projector. */
const widths = [390, 1280, 1920];

test("the page fits phone, laptop and projector, light and dark, in both languages", async () => {
  const page = await openPage(browser, address);
  await configure(page, { ...small, ema: "0.9 0.98 0.99 0.995 0.999" });
  await page.click("#toggle");
  await until(page, "finished");
  for (const width of widths) {
    for (const colorScheme of ["light", "dark"] as const) {
      for (const language of ["en", "zh"]) {
        await page.setViewportSize({ width, height: width === 390 ? 844 : 1000 });
        await page.emulateMedia({ colorScheme });
        await page.click(`[data-language="${language}"]`);
        await page.waitForTimeout(150);
        await page.screenshot({
          path: `screenshots/finished-${width}-${colorScheme}-${language}.png`,
          fullPage: true,
        });
        const wide = await page.evaluate(() => document.documentElement.scrollWidth);
        expect(wide, `${width} px, ${language}`).toBeLessThanOrEqual(width);
      }
    }
  }
  await page.close();
});
