/** The chapters as a reader takes them, and what of the page a presentation or a link shows. */
import type { Page } from "playwright-core";
import { expect, inject } from "vitest";

import { chapters } from "../../../www/chapters/list";
import { chapterNames } from "../../../www/chapters/table";
import { mark, section, take, toChapter } from "../chapters";
import { fromMenu, reached, snapshot, until } from "../chromium";
import { LABORATORY, pageTests } from "../fixtures";
import { pace } from "../stand-in/control";

const address = inject("standIn");
const test = pageTests(address);

const text = (page: Page, selector: string): Promise<string> => page.locator(selector).innerText();
const wide = (page: Page): Promise<number> => page.evaluate(() => document.documentElement.scrollWidth);
/** The filled buttons in the window that can be pressed or will be. */
const primaries = (page: Page): Promise<(string | null)[]> =>
  page.$$eval("button.primary", (buttons) =>
    buttons
      .filter((button) => {
        const { top, bottom, width } = button.getBoundingClientRect();
        return width > 0 && bottom > 0 && top < innerHeight;
      })
      .map((button) => button.textContent.trim()),
  );

const shown = (page: Page): Promise<(string | undefined)[]> =>
  page.$$eval("[data-part]", (cards) =>
    cards
      .filter((card): card is HTMLElement => card instanceof HTMLElement && card.offsetParent !== null)
      .map((card) => card.dataset.part),
  );

/** The name of the button that has the focus. */
const focused = (page: Page): Promise<string | undefined> =>
  page.evaluate(() => (document.activeElement as HTMLElement | null)?.dataset.do);

test("each chapter asks for a mark, runs, and compares the two", async ({ open }) => {
  const page = await open("");
  for (const name of chapterNames) {
    await take(page, name);
    const chapter = chapters[name];
    const runs = chapter.runs("short", chapter.knob?.start ?? 0);
    const { experiment, marks, phase } = await snapshot(page);
    if (runs.length > 0) {
      expect(phase, name).toBe("finished");
      const { lr, ...settings } = runs.at(-1)?.settings ?? {};
      expect(experiment, name).toMatchObject({
        ...settings,
        ...(lr === undefined || runs.at(-1)?.rates !== undefined ? {} : { lr }),
        ...(runs[0]?.disturb === undefined ? {} : { eval_every: runs[0].disturb.evalEvery }),
      });
      expect(marks.some((mark) => mark.kind === "outlier")).toBe(name === "outlier");
    }
    // The mark stays, with the way from it to the result.
    expect(await page.locator(`${section(name)} .plot-area .mark`).count(), name).toBe(1);
    const verdict = await text(page, `${section(name)} .chapter-verdict`);
    expect(verdict, name).not.toBe("");
    expect(await text(page, section(name)), name).not.toMatch(/NaN|undefined|\{|\[\[/);
  }
  expect(await page.locator(".contents li span").count()).toBe(chapterNames.length);
  // Kept for the next visit.
  await page.reload();
  await until(page, "paused");
  await page.evaluate(() => {
    document.getElementById("chapters")?.scrollIntoView();
  });
  await expect.poll(() => page.locator(".contents li span").count()).toBe(chapterNames.length);
});

test("the mark has no preset value, is moved by keys, and Enter leads on to the button", async ({ open }) => {
  const page = await open("#chapter=beta");
  const plot = page.locator(`${section("beta")} [role=slider]`);
  await plot.waitFor();
  expect(await page.locator(`${section("beta")} .mark`).count()).toBe(0);
  expect(await plot.getAttribute("aria-valuetext")).toBe("no mark yet");
  await plot.focus();
  await page.keyboard.press("ArrowUp");
  expect(await plot.getAttribute("aria-valuetext")).toBe("0%");
  for (let k = 0; k < 3; k++) await page.keyboard.press("Shift+ArrowUp");
  await page.keyboard.press("ArrowUp");
  expect(await plot.getAttribute("aria-valuetext")).toBe("16%");
  await page.keyboard.press("Enter");
  expect(await page.evaluate(() => document.activeElement?.getAttribute("data-do"))).toBe("go");
  await page.click(`${section("beta")} [data-choice="short"]`);
  await page.click(`${section("beta")} [data-do="go"]`);
  const verdict = page.locator(`${section("beta")} .chapter-verdict`);
  await verdict.waitFor({ timeout: 60_000 });
  expect(await verdict.innerText()).toMatch(/^You said 16%/u);
  // What the figure shows of the results can be changed; the mark stays.
  await page.click(`${section("beta")} [data-choice="1"]`);
  expect(await page.locator(`${section("beta")} .square`).count()).toBe(3);
  expect(await verdict.innerText()).toContain("With a plain start");
  await page.click(`${section("beta")} [data-do="next"]`);
  await expect.poll(() => page.url()).toContain("chapter=decay");
});

test("a chapter that is stopped by a change by hand says so, and leaves the run to the reader", async ({
  open,
}) => {
  const page = await open("#chapter=outlier");
  const go = page.locator(`${section("outlier")} [data-do="go"]`);
  await go.waitFor();
  await page.click(`${section("outlier")} [data-choice="short"]`);
  await go.click();
  await page.waitForSelector(`${section("outlier")} .plot-area.asks`);
  expect((await snapshot(page)).step).toBe(200);
  await page.keyboard.press("r");
  await expect
    .poll(() => text(page, `${section("outlier")} .chapter-status`))
    .toContain("changed or started again");
  await page.keyboard.press(" ");
  expect((await until(page, "finished")).step).toBe(280);
});

test("a chapter's run can be paused, gone on with and stopped", async ({ open }) => {
  const page = await open("#chapter=beta");
  await page.waitForSelector(`${section("beta")} .plot-area.asks`);
  await mark(page, "beta");
  await pace(page, 20);
  await page.click(`${section("beta")} [data-do="go"]`);
  await reached(page, 5);
  const go = page.locator(`${section("beta")} [data-do="go"]`);
  expect(await primaries(page)).toEqual(["Pause"]);
  const top = async (): Promise<number | undefined> =>
    (await page.locator(`${section("beta")} .plot-area`).boundingBox())?.y;
  const before = await top();
  await go.click();
  await expect.poll(() => go.innerText()).toBe("Go on");
  // A click never moves the plot, and the focus stays on the button that leads on.
  expect(await top()).toBe(before);
  expect(await focused(page)).toBe("go");
  await page.keyboard.press("Enter");
  await expect.poll(() => go.innerText()).toBe("Pause");
  expect(await focused(page)).toBe("go");
  await page.click(`${section("beta")} [data-do="stop"]`);
  await until(page, "paused");
  await expect.poll(() => go.innerText()).toBe("Run it");
  // Where the button is gone, the focus is on what there is to read.
  await pace(page, 0);
  await go.focus();
  await page.keyboard.press("Enter");
  await page.waitForSelector(`${section("beta")} .chapter-verdict`, { timeout: 60_000 });
  expect(await page.evaluate(() => document.activeElement?.className)).toBe("chapter-verdict");
});

test("a swipe over a plot scrolls the page and leaves the mark as it was", async ({ open }) => {
  const page = await open("#chapter=remember", { viewport: { width: 390, height: 844 }, hasTouch: true });
  const plot = page.locator(`${section("remember")} .plot-area.asks`);
  await plot.scrollIntoViewIfNeeded();
  const box = await plot.boundingBox();
  if (box === null) throw new Error("there is no plot");
  const [x, y] = [box.x + box.width / 2, box.y + box.height / 2];
  const touch = await page.context().newCDPSession(page);
  const swipe = async (by: number): Promise<void> => {
    await touch.send("Input.dispatchTouchEvent", { type: "touchStart", touchPoints: [{ x, y }] });
    for (let moved = 20; moved <= by; moved += 20) {
      await touch.send("Input.dispatchTouchEvent", { type: "touchMove", touchPoints: [{ x, y: y - moved }] });
    }
    await touch.send("Input.dispatchTouchEvent", { type: "touchEnd", touchPoints: [] });
  };
  await swipe(200);
  await expect.poll(async () => (await plot.boundingBox())?.y).toBeLessThan(box.y);
  expect(await page.locator(`${section("remember")} .mark`).count()).toBe(0);
  // A touch places it; the slider has the value of the direction in which it moves.
  await plot.tap({ position: { x: box.width / 2, y: 20 } });
  expect(await page.locator(`${section("remember")} .mark`).count()).toBe(1);
  expect(Number(await plot.getAttribute("aria-valuemin"))).toBe(-200);
  expect(Number(await plot.getAttribute("aria-valuenow"))).toBeCloseTo(-100, -1);
});

test("where nothing has to be trained, the page's run goes on", async ({ open }) => {
  const page = await open("");
  await pace(page, 20);
  await page.click("#story-go");
  await reached(page, 3);
  const { runId } = await snapshot(page);
  await toChapter(page, "shake");
  await mark(page, "shake");
  await page.click(`${section("shake")} [data-do="go"]`);
  await page.waitForSelector(`${section("shake")} .chapter-verdict`);
  expect(await snapshot(page)).toMatchObject({ runId, phase: "running" });
});

test("in a presentation and in a frame, one chapter leads to the next", async ({ open }) => {
  for (const [hash, next, parts] of [
    ["#present=shake", "present=remember", ["remember"]],
    ["#embed=shake", "embed=shake", ["shake", "remember"]],
  ] as const) {
    const page = await open(hash);
    await mark(page, "shake");
    await page.click(`${section("shake")} [data-do="go"]`);
    await page.click(`${section("shake")} [data-do="next"]`);
    await page.waitForSelector(`${section("remember")} .plot-area svg:visible`);
    expect(page.url(), hash).toContain(next);
    expect(await shown(page), hash).toEqual(parts);
    expect(await page.isVisible("#masthead"), hash).toBe(false);
    await expect.poll(() => page.evaluate(() => document.activeElement?.id)).toBe("remember-title");
  }
});

test("a link that is to open elsewhere does, and the page stays", async ({ open }) => {
  const page = await open("");
  const before = page.url();
  for (const selector of [".story-next a", '.contents a[href="#chapter=beta"]']) {
    const link = page.locator(selector);
    await link.waitFor();
    const other = page.context().waitForEvent("page");
    await link.click({ modifiers: ["ControlOrMeta"] });
    expect((await other).url()).toContain("#chapter=");
    await (await other).close();
    expect(page.url()).toBe(before);
    // The contents are loaded when they come near.
    await page.evaluate(() => {
      document.getElementById("chapters")?.scrollIntoView();
    });
  }
});

test("wherever the reader is, there is one primary button", async ({ open }) => {
  const page = await open("");
  await pace(page, 20);
  await page.click("#story-go");
  await reached(page, 3);
  expect(await primaries(page)).toEqual(["❚❚ Pause"]);
  await toChapter(page, "decay");
  // The run of the first screen goes on; the chapter's button is the primary one.
  await expect.poll(() => page.isVisible("#bar-toggle")).toBe(true);
  await page.locator(`${section("decay")} [data-do="go"]`).scrollIntoViewIfNeeded();
  await expect.poll(() => primaries(page)).toEqual(["Run it"]);
  await page.click("#bar-toggle");
  await until(page, "paused");
  await expect.poll(() => primaries(page)).toEqual(["Run it"]);
  // A pause changes nothing more, wherever the reader goes meanwhile.
  await page.evaluate(() => {
    scrollTo(0, 0);
  });
  await expect.poll(() => primaries(page)).toEqual(["▶ Go on"]);
  await page.locator(`${section("decay")} [data-do="go"]`).scrollIntoViewIfNeeded();
  await expect.poll(() => primaries(page)).toEqual(["Run it"]);
});

test("a link opens its chapter, in either language; so do links to the lessons that there were", async ({
  open,
}) => {
  const page = await open("#lesson=beta", { locale: "zh-CN" });
  const title = page.locator("#beta-title");
  await title.waitFor();
  expect(await title.innerText()).toBe("记忆多长才算太长？");
  await expect.poll(async () => (await title.boundingBox())?.y ?? Infinity).toBeLessThan(800);
  await fromMenu(page, '[data-language="en"]');
  expect(await title.innerText()).toBe("How long a memory is too long?");
  await page.goto("about:blank");
  await page.goto(`${address}#embed=beta`);
  await page.waitForSelector(`${section("beta")} .plot-area svg`);
  expect(await shown(page)).toEqual(["beta"]);
  expect(await page.isVisible("#masthead")).toBe(false);
});

test("every chapter is in Chinese, too", async ({ open }) => {
  const page = await open("", { locale: "zh-CN" });
  for (const name of chapterNames) {
    await toChapter(page, name);
    await page.evaluate((selector) => {
      for (const details of document.querySelectorAll<HTMLDetailsElement>(`${selector} details`))
        details.open = true;
    }, section(name));
    // Names of papers and people stay; a sentence of English would not.
    const lines = (await text(page, section(name))).split("\n").filter((line) => !/\(\d{4}\)/u.test(line));
    for (const line of lines) expect(line, name).not.toMatch(/[a-z]{2,} [a-z]{2,} [a-z]{2,}/u);
  }
});

test("a term is explained next to its sentence, and the figure stays", async ({ open }) => {
  const page = await open("#chapter=outlier");
  const term = page.locator(`${section("outlier")} .term`).first();
  await term.focus();
  await page.keyboard.press("Shift+Tab");
  await page.keyboard.press("Tab");
  await page.waitForSelector(".tip:popover-open");
  expect(await page.isVisible(`${section("outlier")} .plot-area`)).toBe(true);
  await page.keyboard.press("Escape");
  expect(await page.locator(".tip:popover-open").count()).toBe(0);
});

test("on a phone no chapter is wider than the screen, and its plot is at least 290 pixels wide", async ({
  open,
}) => {
  const page = await open("", { viewport: { width: 390, height: 844 } });
  for (const name of chapterNames) {
    await take(page, name);
    expect(await wide(page), name).toBeLessThanOrEqual(390);
    const axis = await page
      .locator(`${section(name)} .plot-area .axis`)
      .first()
      .boundingBox();
    if (name !== "buffers") expect(axis?.width, name).toBeGreaterThanOrEqual(290);
    const small = await page.$$eval(`${section(name)} button:not(.term), ${section(name)} summary`, (all) =>
      all.filter((one) => one.getBoundingClientRect().height < 44).map((one) => one.textContent),
    );
    expect(small, name).toEqual([]);
  }
});

test("a presentation shows one view at a time, in large type, by its keys", async ({ open }) => {
  const page = await open(LABORATORY, { viewport: { width: 1920, height: 1080 } });
  const size = (): Promise<number> =>
    page.evaluate(() => Number.parseFloat(getComputedStyle(document.body).fontSize));
  const before = await size();
  await page.keyboard.press("p");
  expect(await shown(page)).toEqual(["story"]);
  await page.keyboard.press("PageDown");
  expect(await shown(page)).toEqual(["chapters"]);
  await page.keyboard.press("PageDown");
  expect(await shown(page)).toEqual([chapterNames[0]]);
  await page.waitForSelector(`.chapter .plot-area svg:visible`);
  await page.click('#slides [data-to="accuracy"]');
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
