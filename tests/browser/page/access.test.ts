/** Whether everybody can use the page: what axe-core finds in its main states. */
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";

import type { AxeResults } from "axe-core";
import type { Page } from "playwright-core";
import { expect, inject } from "vitest";

import { chapterNames } from "../../../www/chapters/table";
import { resultLog } from "../../../www/testing/result";
import { fromMenu, openCheckpoint, until } from "../chromium";
import { ONLY_GPU, pageTests } from "../fixtures";

const axe = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");
const test = pageTests(inject("standIn"));
const testWithoutWebGpu = pageTests(`${inject("address")}${ONLY_GPU}`, { webgpu: false });

/** axe-core's findings, as sentences with the first element of each. */
async function findings(page: Page): Promise<{ grave: string[]; slight: string[] }> {
  await page.evaluate(axe);
  const { violations } = await page.evaluate(async () => {
    const { axe } = window as unknown as { axe: { run: () => Promise<AxeResults> } };
    return axe.run();
  });
  const grave: string[] = [];
  const slight: string[] = [];
  for (const { id, impact, help, nodes } of violations) {
    const list = impact === "serious" || impact === "critical" ? grave : slight;
    list.push(`${id} (${impact ?? "?"}): ${help}: ${nodes.map((node) => node.target.join(" ")).join(", ")}`);
  }
  return { grave, slight };
}

async function expectAccessible(page: Page, state: string): Promise<void> {
  for (const theme of ["light", "dark"] as const) {
    await page.emulateMedia({ colorScheme: theme, reducedMotion: "reduce" });
    await page.waitForTimeout(1200);
    // Charts take on a theme one a frame, and a busy machine without a graphics card has few frames a second.
    let found = await findings(page);
    for (let patience = 5; found.grave.length > 0 && patience > 0; patience--) {
      await page.waitForTimeout(1000);
      found = await findings(page);
    }
    for (const finding of found.slight) process.stdout.write(`   ${state}, ${theme}: ${finding}\n`);
    expect(found.grave, `${state}, ${theme}`).toEqual([]);
  }
}

test("axe-core finds nothing serious: before the start, in the run, after it, in both themes", async ({
  open,
}) => {
  const page = await open();
  await expectAccessible(page, "ready");
  await page.click("#toggle");
  await page.waitForFunction(() => window.emascope.snapshot().points.length > 1);
  await expectAccessible(page, "running");
  await until(page, "finished");
  await page.evaluate(() => {
    for (const details of document.querySelectorAll("details")) details.open = true;
  });
  await expectAccessible(page, "finished, everything open");
  await page.setViewportSize({ width: 390, height: 844 });
  await expectAccessible(page, "on a phone");
  await fromMenu(page, '[data-language="zh"]');
  await expectAccessible(page, "in Chinese");
});

test("axe-core finds nothing serious in the story: recorded, in the run, after it, on a phone, in both themes", async ({
  open,
}) => {
  const page = await open("");
  await expectAccessible(page, "story");
  await page.click("#story-go");
  await page.waitForFunction(() => window.emascope.snapshot().points.length > 1);
  await expectAccessible(page, "story, running");
  await until(page, "finished");
  await expectAccessible(page, "story, finished");
  await page.click("#menu-open");
  await expectAccessible(page, "menu");
  await page.keyboard.press("Escape");
  await page.setViewportSize({ width: 390, height: 844 });
  await expectAccessible(page, "story on a phone");
  await fromMenu(page, '[data-language="zh"]');
  await expectAccessible(page, "story in Chinese");
});

test("axe-core finds nothing serious in the views of runs and of the reader's own training", async ({
  open,
}) => {
  const page = await open("#view=runs");
  await expectAccessible(page, "runs, none");
  for (const runs of [1, 2]) {
    await page.click("#bar-toggle");
    await page
      .locator("#runs tbody tr")
      .nth(runs - 1)
      .waitFor();
    await until(page, "finished");
  }
  for (const box of [0, 1]) await page.locator(".choose input").nth(box).check();
  await page.click("#compare");
  await expectAccessible(page, "runs, two compared");
  const results = [1, 2, 2].map((seed, k) => ({
    name: `${k}.jsonl`,
    mimeType: "application/jsonl",
    buffer: Buffer.from(resultLog({ config: { seed } })),
  }));
  await page.setInputFiles("#class-files", results);
  await page.waitForSelector(".class-left");
  await expectAccessible(page, "a class together");
  await page.setViewportSize({ width: 390, height: 844 });
  await expectAccessible(page, "runs on a phone");
  await page.setViewportSize({ width: 1280, height: 900 });
  await page.click('#views [data-view="training"]');
  await expectAccessible(page, "training");
  await page.click('[data-question="worse"]');
  const buffer = Buffer.from("step,acc,ema\n1,2,3\n2,3,4\n3,3,5\n4,4,6\n5,5,6\n");
  await page.setInputFiles("#log-file", { name: "mine.csv", mimeType: "text/csv", buffer });
  await page.waitForSelector("#own-log-plot canvas");
  await page.fill('#training [name="at"]', "none");
  await expectAccessible(page, "training, a log, and a number that does not suit");
});

test("axe-core finds nothing serious in the chapters: asked, waiting, answered, on a phone", async ({
  open,
}) => {
  const page = await open("");
  // All of them are loaded.
  await page.evaluate(() => {
    document.getElementById("chapters")?.scrollIntoView();
  });
  await page.waitForSelector(".contents a");
  for (const name of chapterNames) {
    await page.locator(`#chapter-${name}`).scrollIntoViewIfNeeded();
    await page.waitForSelector(`#chapter-${name} .plot-area svg`);
  }
  await expectAccessible(page, "chapters, asked");
  const beta = page.locator("#chapter-beta");
  await beta.locator(".plot-area").focus();
  await page.keyboard.press("ArrowUp");
  await beta.locator('[data-choice="short"]').click();
  await beta.locator('[data-do="go"]').click();
  await beta.locator(".chapter-verdict").waitFor({ timeout: 60_000 });
  const outlier = page.locator("#chapter-outlier");
  await outlier.locator('[data-choice="short"]').click();
  await outlier.locator('[data-do="go"]').click();
  await outlier.locator(".plot-area.asks").waitFor({ timeout: 60_000 });
  await page.evaluate(() => {
    for (const details of document.querySelectorAll<HTMLDetailsElement>(".chapter details"))
      details.open = true;
  });
  await expectAccessible(page, "chapters, waiting and answered");
  await page.setViewportSize({ width: 390, height: 844 });
  await expectAccessible(page, "chapters on a phone");
});

test("axe-core finds nothing serious in a presentation and the dialog of links", async ({ open }) => {
  const page = await open();
  await page.keyboard.press("p");
  await expectAccessible(page, "presentation");
  await page.keyboard.press("p");
  await fromMenu(page, "#share-open");
  await page.click('[data-share="parts"]');
  await expectAccessible(page, "dialog of links");
});

test("axe-core finds nothing serious in an error, in messages and in a dialog", async ({ open }) => {
  const page = await open("#colour=red");
  await openCheckpoint(page, {
    name: "no.safetensors",
    mimeType: "",
    buffer: Buffer.alloc(10),
  });
  await page.waitForSelector("#notice:not([hidden])");
  await expectAccessible(page, "error and message");
  await fromMenu(page, "#glossary-open");
  await expectAccessible(page, "glossary");
  await page.keyboard.press("Escape");
  await fromMenu(page, "#keys");
  await expectAccessible(page, "keys");
});

testWithoutWebGpu("axe-core finds nothing serious in a recorded run", async ({ open }) => {
  const page = await open();
  await page.click("#epoch");
  await page.waitForFunction(() => window.emascope.snapshot().points.length > 0);
  await expectAccessible(page, "recorded run");
});
