/** The lessons as a reader takes them, and what of the page a presentation or a link shows. */
import type { Page } from "playwright-core";
import { expect, inject } from "vitest";

import { lessons } from "../../../www/lessons/list";
import type { Lesson } from "../../../www/lessons/lesson";
import { fromMenu, snapshot, until } from "../chromium";
import { LABORATORY, pageTests } from "../fixtures";

const address = inject("standIn");
const test = pageTests(address);

async function predict(page: Page, lesson: Lesson): Promise<void> {
  if (lesson.question.kind === "choice") await page.click(".option >> nth=0");
  else await page.locator(".slider input").press("ArrowLeft");
}

/** Takes a lesson, short, to its verdict. */
async function take(page: Page, lesson: Lesson): Promise<void> {
  await page.click(`.chip[data-lesson="${lesson.id}"]`);
  const run = page.locator(".lesson-form button[type=submit]");
  // The result of the lesson before is not announced as this one's.
  expect(await page.textContent("#part-lesson > [role=status]"), lesson.id).toBe("");
  expect(await run.isDisabled(), lesson.id).toBe(true);
  await predict(page, lesson);
  await page.click('[data-choice="lesson.length short"]');
  await run.click();
  if (lesson.runs("short", 0)[0]?.disturb !== undefined) await page.click(".lesson-run .primary");
  await page.waitForSelector(".headline", { timeout: 60_000 });
}

test("each lesson asks first, runs, and compares the result with the prediction", async ({ open }) => {
  const page = await open();
  for (const lesson of lessons) {
    await take(page, lesson);
    const { experiment, marks, phase } = await snapshot(page);
    expect(phase, lesson.id).toBe("finished");
    const runs = lesson.runs("short", lesson.dial?.start ?? 0);
    expect(experiment, lesson.id).toMatchObject({
      ...runs.at(-1)?.settings,
      ...(runs[0]?.disturb === undefined ? {} : { eval_every: runs[0].disturb.evalEvery }),
    });
    expect(marks.some((mark) => mark.kind === "outlier")).toBe(lesson.id === "outlier");
    expect(await page.textContent(".headline"), lesson.id).toMatch(
      /^You predicted: .+\. (You were|The result was|This run)/,
    );
    expect(await page.locator(".lesson-result tbody tr").count(), lesson.id).toBeGreaterThan(1);
    expect(await page.textContent(".lesson-result"), lesson.id).not.toMatch(/NaN|undefined|\{/);
    expect(await page.isVisible(".lesson-limits"), lesson.id).toBe(true);
  }
  expect(await page.locator(".chip.taken").count()).toBe(7);
  // Kept for the next visit, at its place in the story.
  await page.reload();
  await until(page, "paused");
  expect(await page.locator("#part-lessons .gallery-outcome").count()).toBe(7);
});

test("a lesson that ends after a change by hand says so, and leaves the run to the reader", async ({
  open,
}) => {
  const page = await open();
  await page.click('.chip[data-lesson="outlier"]');
  await page.click(".option >> nth=1");
  await page.click('[data-choice="lesson.length short"]');
  await page.click(".lesson-form button[type=submit]");
  await page.waitForSelector(".lesson-run .primary");
  expect((await snapshot(page)).step).toBe(200);
  await page.click("#reset");
  await page.waitForSelector(".lesson-stopped");
  await page.click("#toggle");
  expect((await until(page, "finished")).step).toBe(280);
});

test("a link opens its lesson, in either language, and closing it gives the settings their place back", async ({
  open,
}) => {
  const page = await open("#lesson=beta", { locale: "zh-CN" });
  expect(await page.textContent("#lesson-title")).toBe("记忆太长，训练太短");
  await fromMenu(page, '[data-language="en"]');
  expect(await page.textContent("#lesson-title")).toBe("A memory that is too long for the run");
  await page.click('.lesson-moves [aria-label="Close the lesson"]');
  expect(await page.isVisible("#part-lesson")).toBe(false);
  expect(await page.evaluate(() => document.activeElement?.getAttribute("data-lesson"))).toBe("beta");
  expect(page.url()).not.toContain("lesson");
});

test("every lesson is in Chinese, too", async ({ open }) => {
  const page = await open(LABORATORY, { locale: "zh-CN" });
  for (const { id } of lessons) {
    await page.click(`.chip[data-lesson="${id}"]`);
    const text = await page.locator("#part-lesson").innerText();
    // Names of papers and people stay; a sentence of English would not.
    const lines = text.split("\n").filter((line) => !/\(\d{4}\)/u.test(line));
    for (const line of lines) expect(line, id).not.toMatch(/[a-z]{2,} [a-z]{2,} [a-z]{2,}/u);
  }
});

const shown = (page: Page): Promise<(string | undefined)[]> =>
  page.$$eval("[data-part]", (cards) =>
    cards
      .filter((card): card is HTMLElement => card instanceof HTMLElement && card.offsetParent !== null)
      .map((card) => card.dataset.part),
  );

test("a presentation shows one view at a time, in large type, by its keys", async ({ open }) => {
  const page = await open(LABORATORY, { viewport: { width: 1920, height: 1080 } });
  const size = (): Promise<number> =>
    page.evaluate(() => Number.parseFloat(getComputedStyle(document.body).fontSize));
  const before = await size();
  await page.keyboard.press("p");
  expect(await shown(page)).toEqual(["story"]);
  await page.keyboard.press("PageDown");
  expect(await shown(page)).toEqual(["accuracy"]);
  expect(await size()).toBeGreaterThan(1.3 * before);
  expect(await page.isVisible("#masthead")).toBe(false);
  await page.keyboard.press("PageDown");
  expect(await shown(page)).toEqual(["loss"]);
  await page.click('#slides [data-to="fluctuation"]');
  expect(await shown(page)).toEqual(["accuracy", "fluctuation"]);
  await page.keyboard.press("PageUp");
  expect(await shown(page)).toEqual(["memory"]);
  expect(page.url()).toContain("present=memory");
  await page.keyboard.press("Escape");
  expect(await page.isVisible("#masthead")).toBe(true);
  expect(page.url()).not.toContain("present");
});

test("the dialog makes a link that shows the chosen parts, and a way to all of it", async ({ open }) => {
  const page = await open();
  await fromMenu(page, "#share-open");
  await page.click('[data-share="parts"]');
  await page.uncheck('[data-share="table"]');
  await page.check('[data-share="loss"]');
  const link = await page.inputValue("#share-link");
  expect(await page.inputValue("#share-code")).toContain("<iframe");
  await page.goto("about:blank");
  await page.goto(link);
  await until(page, "paused");
  expect(await shown(page)).toEqual(["accuracy", "loss"]);
  expect(await page.isVisible("#masthead")).toBe(false);
  expect(await page.isVisible("#runbar")).toBe(true);
  expect(await page.getAttribute("#embedded a", "href")).not.toContain("embed");

  await page.goto("about:blank");
  await page.goto(`${address}#hide=run,head,table,calculator`);
  await until(page, "paused");
  expect(await page.isVisible("#runbar")).toBe(false);
  expect(await shown(page)).toEqual(expect.not.arrayContaining(["table", "calculator"]));
  expect(await shown(page)).toContain("accuracy");
});

test("no view is wider than a phone, with a lesson open and its result shown", async ({ open }) => {
  const page = await open(LABORATORY, { viewport: { width: 390, height: 844 } });
  const wide = (): Promise<number> => page.evaluate(() => document.documentElement.scrollWidth);
  const [lesson] = lessons;
  if (lesson === undefined) throw new Error("there are no lessons");
  await page.click('.chip[data-lesson="noise"]');
  expect(await wide()).toBeLessThanOrEqual(390);
  await take(page, lesson);
  expect(await wide()).toBeLessThanOrEqual(390);
});
