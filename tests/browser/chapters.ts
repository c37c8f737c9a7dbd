/** The chapters as a reader takes them. */
import type { Page } from "playwright-core";
import { expect } from "vitest";

import { chapters } from "../../www/chapters/list";
import type { ChapterName } from "../../www/chapters/table";

export const section = (name: ChapterName): string => `#chapter-${name}`;

export async function toChapter(page: Page, name: ChapterName): Promise<void> {
  // They are loaded when they come near.
  await page.evaluate(() => {
    document.getElementById("chapters")?.scrollIntoView();
  });
  await page.click(`.contents a[href="#chapter=${name}"]`);
  await page.waitForSelector(`${section(name)} .plot-area svg`);
}

/** Marks a guess in the middle of the plot. */
export async function mark(page: Page, name: ChapterName): Promise<void> {
  const plot = page.locator(`${section(name)} .plot-area.asks`);
  await plot.scrollIntoViewIfNeeded();
  const box = await plot.boundingBox();
  if (box === null) throw new Error("there is no plot");
  await plot.click({ position: { x: box.width * 0.7, y: box.height * 0.4 } });
}

/** Takes a chapter to its verdict. */
export async function take(page: Page, name: ChapterName): Promise<void> {
  const chapter = chapters[name];
  await toChapter(page, name);
  const go = page.locator(`${section(name)} [data-do="go"]`);
  const runs = chapter.runs("short", chapter.knob?.start ?? 0);
  if (chapter.asks === "before") {
    expect(await go.isDisabled(), name).toBe(true);
    await mark(page, name);
  }
  const short = page.locator(`${section(name)} [data-choice="short"]`);
  if ((await short.count()) > 0) await short.click();
  await go.click();
  if (chapter.asks === "waiting" && runs.length > 0) {
    await page.waitForSelector(`${section(name)} .plot-area.asks`, { timeout: 60_000 });
    expect(await go.isDisabled(), name).toBe(true);
    await mark(page, name);
    await go.click();
  }
  await page.waitForSelector(`${section(name)} .chapter-verdict`, { timeout: 60_000 });
}
