/** Pictures of the page's main states, to be judged by eye, and what a machine can judge of them: nothing is cut off. */
import { mkdirSync } from "node:fs";

import type { Page } from "playwright-core";
import { expect, inject } from "vitest";

import { chapterNames } from "../../../www/chapters/table";
import { fromMenu, openCheckpoint, reached, until } from "../chromium";
import { ONLY_GPU, pageTests } from "../fixtures";
import { diverge, pace } from "../stand-in/control";

interface Look {
  width: number;
  colorScheme: "light" | "dark";
  language: "en" | "zh";
}

/** Widths of a phone, a laptop and a projector. */
const every: Look[] = [390, 1280, 1920].flatMap((width) =>
  (["light", "dark"] as const).flatMap((colorScheme) =>
    (["en", "zh"] as const).map((language) => ({ width, colorScheme, language })),
  ),
);
const some: Look[] = [
  { width: 390, colorScheme: "light", language: "zh" },
  { width: 1280, colorScheme: "light", language: "en" },
  { width: 1920, colorScheme: "dark", language: "en" },
];

const test = pageTests(inject("standIn"));
const testWithoutWebGpu = pageTests(`${inject("address")}${ONLY_GPU}`, { webgpu: false });

mkdirSync("screenshots", { recursive: true });

async function picture(page: Page, name: string, looks: readonly Look[], fullPage = true): Promise<void> {
  for (const { width, colorScheme, language } of looks) {
    await page.setViewportSize({ width, height: width === 390 ? 844 : 1000 });
    await page.emulateMedia({ colorScheme });
    await page.evaluate((language) => {
      document.querySelector<HTMLElement>(`[data-language="${language}"]`)?.click();
    }, language);
    await page.evaluate(async (wanted) => {
      // The filters and the test images are fetched once they are seen.
      for (const card of wanted ? document.querySelectorAll("#part-filters, #part-predictions") : []) {
        card.scrollIntoView();
        await new Promise((resolve) => setTimeout(resolve, 300));
      }
      scrollTo(0, 0);
    }, fullPage);
    // Parts out of view are drawn a second later.
    await page.waitForTimeout(1100);
    const path = `screenshots/${name}-${width}-${colorScheme}-${language}.png`;
    await page.screenshot({ path, fullPage });
    const wide = await page.evaluate(() => document.documentElement.scrollWidth);
    expect(wide, path).toBeLessThanOrEqual(width);
  }
}

test("before the start", async ({ open }) => {
  const page = await open();
  await picture(page, "ready", every);
});

testWithoutWebGpu("a run that is over, with numbers that were really measured", async ({ open }) => {
  const page = await open();
  await page.click("#toggle");
  await until(page, "finished");
  await picture(page, "recorded", every);
});

test("the story before the start, in the run and after it, and the other views", async ({ open }) => {
  const page = await open("");
  await picture(page, "story", every, false);
  await pace(page, 5);
  await page.click("#story-go");
  await reached(page, 150);
  await page.click("#story-go");
  await until(page, "paused");
  await picture(page, "story-paused", some, false);
  await page.click("#story-go");
  await until(page, "finished");
  await picture(page, "story-finished", every, false);
});

test("the questions about the reader's own training, and a log of theirs", async ({ open }) => {
  const page = await open("#view=training");
  await picture(page, "training", every);
  await page.click('[data-question="worse"]');
  await page.selectOption('#training [name="start"]', "none");
  const rows = Array.from({ length: 60 }, (_, k) => {
    const rise = 70 * (1 - Math.exp(-k / 12));
    return `${100 * k},${(10 + rise + 3 * Math.sin(7 * k)).toFixed(2)},${(12 + rise - 9 * Math.exp(-k / 6)).toFixed(2)}`;
  });
  const buffer = Buffer.from(["step,val_acc,val_acc_ema", ...rows].join("\n"));
  await page.setInputFiles("#log-file", { name: "mine.csv", mimeType: "text/csv", buffer });
  await page.waitForSelector("#own-log-plot canvas");
  await picture(page, "training-log", every);
});

test("the runs of this browser: none, some, and two compared", async ({ open }) => {
  const page = await open("#view=runs");
  await picture(page, "runs-none", some, false);
  await page.click("#bar-toggle");
  await until(page, "finished");
  for (const seed of [2, 3]) {
    await page.click("#bar-toggle");
    await page
      .locator("#runs tbody tr")
      .nth(seed - 1)
      .waitFor();
    await until(page, "finished");
  }
  await picture(page, "runs", every);
  for (const box of [0, 1]) await page.locator(".choose input").nth(box).check();
  await page.click("#compare");
  await picture(page, "runs-compared", every);
});

test("every chapter as it asks, and one with its answer", async ({ open }) => {
  const page = await open("");
  for (const name of chapterNames) {
    await page.evaluate(() => {
      document.getElementById("chapters")?.scrollIntoView();
    });
    await page.click(`.contents a[href="#chapter=${name}"]`);
    await page.waitForSelector(`#chapter-${name} .plot-area svg`);
    await picture(page, `chapter-${name}`, some, false);
  }
  const beta = page.locator("#chapter-beta");
  await page.evaluate(() => {
    document.getElementById("chapters")?.scrollIntoView();
  });
  await page.click('.contents a[href="#chapter=beta"]');
  await beta.locator(".plot-area").click({ position: { x: 600, y: 150 } });
  await beta.locator('[data-choice="short"]').click();
  await beta.locator('[data-do="go"]').click();
  await beta.locator(".chapter-verdict").waitFor({ timeout: 60_000 });
  await picture(page, "chapter-answered", some, false);
});

test("a presentation, embedded parts and dialogs", async ({ open }) => {
  const page = await open();
  await page.click("#toggle");
  await until(page, "finished");
  await fromMenu(page, "#glossary-open");
  await picture(page, "glossary", some, false);
  await page.keyboard.press("Escape");
  await fromMenu(page, "#share-open");
  await picture(page, "share", some, false);
  await page.keyboard.press("Escape");
  await page.keyboard.press("p");
  await picture(page, "presentation", some, false);
  const embedded = await open("#embed=accuracy,table");
  await embedded.click("#toggle");
  await until(embedded, "finished");
  await picture(embedded, "embedded", some);
});

test("a run that diverged, and a file that is none", async ({ open }) => {
  const page = await open();
  await diverge(page, 120);
  await page.click("#toggle");
  await until(page, "diverged");
  await openCheckpoint(page, {
    name: "broken.safetensors",
    mimeType: "",
    buffer: Buffer.alloc(10),
  });
  await page.waitForSelector("#notice:not([hidden])");
  await picture(page, "trouble", some, false);
});
