/** The views and the first screen of the story. */

import type { Page } from "playwright-core";
import { expect, inject } from "vitest";

import { configure, fromMenu, reached, snapshot, until } from "../chromium";
import { LABORATORY, ONLY_GPU, pageTests } from "../fixtures";
import { disturbances, pace } from "../stand-in/control";

const test = pageTests(inject("standIn"));
const testWithoutWebGpu = pageTests(`${inject("address")}${ONLY_GPU}`, { webgpu: false });

const hash = (page: Page): string => new URL(page.url()).hash;
const goTo = (page: Page, view: string): Promise<void> => page.click(`#views [data-view="${view}"]`);
const text = (page: Page, selector: string): Promise<string> => page.locator(selector).innerText();
const value = (page: Page): Promise<string | null> => page.getAttribute("#memory", "aria-valuetext");
const averagePath = (page: Page): Promise<string | null> => page.getAttribute(".weight .average.line", "d");

const wide = (page: Page): Promise<number> => page.evaluate(() => document.documentElement.scrollWidth);

test("views have addresses, titles and a place in the browser's history, and share one run", async ({
  open,
}) => {
  const page = await open("");
  expect(hash(page)).toBe("");
  expect(await page.title()).toBe("Story — Emascope");
  await pace(page, 10);
  await page.click("#story-go");
  await reached(page, 20);
  await goTo(page, "laboratory");
  await page.waitForSelector("#part-accuracy .u-over");
  expect(await page.title()).toBe("Laboratory — Emascope");
  expect(await page.isVisible("#story")).toBe(false);
  await page.evaluate(() => {
    scrollTo(0, 700);
  });
  // The head is out of sight; a screen reader or a keyboard follows its links all the same.
  await page.locator('#views [data-view="training"]').dispatchEvent("click");
  await page.waitForSelector("#training:not([hidden])");
  expect(hash(page)).toContain("view=training");
  expect(await page.evaluate(() => scrollY)).toBe(0);
  await goTo(page, "runs");
  await page.waitForSelector("#runs:not([hidden])");
  await page.goBack();
  await page.waitForSelector("#training:not([hidden])");
  await page.goBack();
  await page.waitForSelector("#board:not([hidden])");
  await expect.poll(() => page.evaluate(() => scrollY)).toBe(700);
  await page.goBack();
  await page.waitForSelector("#story:not([hidden])");
  expect(hash(page)).toBe("");
  // It is the run that was begun, and it goes on.
  const { step, pastRuns, experiment } = await snapshot(page);
  expect(step).toBeGreaterThan(20);
  expect(pastRuns).toEqual([]);
  expect(experiment?.ema).toContain("0.98,warmup=bias-corrected");
  await page.goForward();
  await page.waitForSelector("#board:not([hidden])");
  await page.reload();
  await until(page, "paused");
  expect(await page.isVisible("#board")).toBe(true);
  expect((await snapshot(page)).experiment?.ema).toEqual(experiment?.ema);
});

test("after a change during the run, Back to another view goes on with it", async ({ open }) => {
  const page = await open("");
  await pace(page, 10);
  await page.click("#story-go");
  await reached(page, 20);
  await goTo(page, "laboratory");
  await configure(page, { lr: "0.004" });
  await page.keyboard.press("Tab");
  await page.waitForFunction(() => window.emascope.snapshot().experiment?.lr === 0.004);
  await page.goBack();
  await page.waitForSelector("#story:not([hidden])");
  await expect.poll(() => hash(page)).toBe("#v=1&lr=0.004&view=story");
  const { step, pastRuns, experiment } = await snapshot(page);
  expect([experiment?.lr, pastRuns]).toEqual([0.004, []]);
  expect(step).toBeGreaterThan(20);
});

test.for([
  ["#lr=0.004", "#part-accuracy", "#story"],
  ["#lesson=noise", "#noise-title", "#board"],
  ["#embed=loss", "#part-loss", "#masthead"],
  ["#embed=story", "#story-go", "#runbar"],
  ["#present=story", "#story-go", "#runbar"],
  ["#present=memory", "#part-memory", "#masthead"],
  ["#hide=settings", "#part-accuracy", "#part-settings"],
  ["#embed=calculator", "#part-calculator", "#story"],
  ["#view=training", "#part-calculator", "#board"],
  ["#view=story&lr=0.004", "#story-go", "#board"],
  ["#compute=auto", "#story-go", "#board"],
])("%s opens %s", async ([link = "", there = "", absent = ""], { open }) => {
  const page = await open(link);
  await page.waitForSelector(`${there}:visible`);
  expect(await page.isVisible(absent)).toBe(false);
});

test("a switch keeps the charts, and P comes back to the view it was pressed in", async ({ open }) => {
  const page = await open(LABORATORY);
  await page.click("#toggle");
  await until(page, "finished");
  await page.click("#accuracy-legend .legend-item >> nth=1");
  await goTo(page, "story");
  await expect.poll(() => text(page, "#story-tag")).toBe("your run · 1,092 steps");
  await page.keyboard.press("p");
  expect(await page.getAttribute("html", "data-view")).toBe("present");
  await page.keyboard.press("Escape");
  await page.waitForSelector("#story-go:visible");
  await goTo(page, "laboratory");
  expect(await page.getAttribute("#accuracy-legend .legend-item >> nth=1", "aria-pressed")).toBe("false");
});

test("before Start everything shown was recorded, and says so; after it, nothing was", async ({ open }) => {
  const page = await open("");
  expect(await text(page, "#story-tag")).toContain("recorded run");
  expect(await text(page, "#story-verdict")).toContain("In this recorded run, the 50-step average");
  expect(await text(page, ".figure h2 >> nth=1")).toBe("Test pictures right, of 1,000");
  const recorded = await averagePath(page);
  expect(await page.isDisabled("#story-hit")).toBe(true);
  await pace(page, 30);
  await page.click("#story-go");
  await reached(page, 3);
  // The stand-in tests on 200 pictures, the recorded run did on 1,000.
  expect(await text(page, ".figure h2 >> nth=1")).toBe("Test pictures right, of 200");
  expect(await text(page, "#story-tag")).toMatch(/^your run · step \d+ of 1,092$/u);
  expect(await page.locator(".first-screen.recorded").count()).toBe(0);
  expect(await averagePath(page)).not.toBe(recorded);
  // A segment for each step, and not one more.
  const { step } = await snapshot(page);
  expect((await averagePath(page))?.match(/[ML]/gu)?.length).toBeLessThanOrEqual(step + 10);
  await page.waitForFunction(() => window.emascope.snapshot().points.length > 2);
  await expect.poll(() => text(page, "#story-verdict")).not.toContain("recorded");
  await page.focus("#story-go");
  await page.keyboard.press("Enter");
  await until(page, "paused");
  await expect.poll(() => text(page, "#story-go")).toContain("Go on");
  // The button is another one now, and still has the focus.
  expect(await page.evaluate(() => document.activeElement?.id)).toBe("story-go");
  expect(await text(page, "#story-tag")).toMatch(/^paused at step/u);
  await page.keyboard.press("r");
  await page.waitForFunction(() => window.emascope.snapshot().step === 0);
  await expect.poll(() => averagePath(page)).toBe(recorded);
});

test("a run goes from Start to one next thing, past a bad batch that both panels mark", async ({ open }) => {
  const page = await open("");
  await pace(page, 2);
  await page.click("#story-go");
  await reached(page, 200);
  await page.click("#story-hit");
  await until(page, "finished");
  expect(await disturbances(page)).toHaveLength(1);
  await expect.poll(() => page.locator(".panel .hit").count()).toBe(2);
  const primaries = (): Promise<string[]> => page.locator(".primary:enabled:visible").allInnerTexts();
  expect(await primaries()).toEqual(["Next: a bad batch"]);
  expect(await text(page, "#story-verdict")).toMatch(/50-step average|The bad batch cost/u);
  await page.click("#story-again");
  await page.waitForFunction(() => window.emascope.snapshot().pastRuns.length > 0);
  expect((await snapshot(page)).pastRuns).toHaveLength(1);
  await until(page, "finished");
  await page.click("#story-go");
  await page.waitForSelector("#outlier-title:visible");
  expect(hash(page)).toContain("chapter=outlier");
});

test("the verdict names the average, its lead and how sure it is", async ({ open }) => {
  const page = await open("");
  await page.click("#story-go");
  await until(page, "finished");
  const { points, predictions, labels, description } = await snapshot(page);
  const [raw, average] = [0, 2].map((method) => points.at(-1)?.methods[method]?.accuracy ?? NaN) as [
    number,
    number,
  ];
  expect(description?.methods[2]?.average).toBe("0.98,warmup=bias-corrected");
  // The error is that of a paired comparison, from the predictions themselves.
  let [b, c] = [0, 0];
  for (let image = 0; image < 200; image++) {
    const right = (method: number): boolean => predictions?.classes[method * 200 + image] === labels?.[image];
    if (right(2) && !right(0)) b += 1;
    if (right(0) && !right(2)) c += 1;
  }
  const d = (b - c) / 200;
  const error = 100 * 2 * Math.sqrt(((b + c) / 200 - d * d) / 200);
  const verdict = (await text(page, "#story-verdict")).replaceAll("\u00a0", " ");
  expect(verdict).toContain(`${average.toFixed(0)}% right, the raw network ${raw.toFixed(0)}%`);
  if (Math.abs(average - raw) <= error) expect(verdict).toContain("too close to call on 200 pictures");
  else expect(verdict).toContain(`± ${error.toFixed(0)} points`);
});

test("the slider is moved by keys: the average of the weight follows, and its accuracy is named", async ({
  open,
}) => {
  const page = await open("");
  await page.focus("#memory");
  expect(await value(page)).toBe(
    "β = 0.98, remembers about 50 steps: 3,200 pictures, 0.64 epochs, 4.6% of the run",
  );
  expect(await text(page, "#story-nearest")).toBe("");
  const before = await averagePath(page);
  await page.keyboard.press("PageUp");
  await page.keyboard.press("PageUp");
  await expect.poll(() => value(page)).toContain("remembers about 300 steps");
  expect(await averagePath(page)).not.toBe(before);
  expect(await text(page, "#story-nearest")).toContain("nearest average tested: 200 steps");
  expect(await text(page, "#story-verdict")).toContain("200-step average");
  await page.keyboard.press("Shift+ArrowLeft");
  await expect.poll(() => value(page)).toContain("remembers about 200 steps");
  await page.keyboard.press("Home");
  await expect.poll(() => value(page)).toContain("β = 0, ");
  expect(await averagePath(page)).toBe(await page.getAttribute(".weight .raw.line", "d"));
  expect(await text(page, "#story-verdict")).toContain("One step of memory is no average");
  await page.keyboard.press("End");
  await expect.poll(() => page.getAttribute("#memory", "aria-valuenow")).toBe("100");
  await page.keyboard.press("Backspace");
  await expect.poll(() => averagePath(page)).toBe(before);
  // The arrows are the slider's, not the run's.
  await page.keyboard.press("ArrowRight");
  expect((await snapshot(page)).step).toBe(0);
});

test("the slider and the edge of the wedge are dragged, and where the reader lets go is tracked from then on", async ({
  open,
}) => {
  const page = await open("");
  await pace(page, 10);
  await page.click("#story-go");
  await reached(page, 100);
  const slider = await page.locator("#memory").boundingBox();
  if (slider === null) throw new Error("the slider is not laid out");
  const at = (place: number): [number, number] => [slider.x + place * slider.width, slider.y + 24];
  await page.mouse.move(...at(0.56));
  await page.mouse.down();
  await page.mouse.move(...at(0.48), { steps: 4 });
  await page.mouse.up();
  await page.waitForFunction(() => window.emascope.snapshot().description?.methods.length === 7);
  const dragged = await value(page);
  const memory = Number(/about (\d+) steps/u.exec(dragged ?? "")?.[1]);
  expect(memory).toBeGreaterThan(24);
  expect(memory).toBeLessThan(34);
  const { description } = await snapshot(page);
  const added = String(description?.methods.at(-1)?.average);
  expect(Number.parseFloat(added)).toBeCloseTo(1 - 1 / memory, 5);
  expect(added).toContain("warmup=bias-corrected");
  // The settings in the laboratory follow, so that nothing waits for a reset there.
  expect((await snapshot(page)).pending).toBe(false);
  expect(await page.inputValue("[name=ema]")).toContain(added.split(",from")[0]);
  // Until it has been tested, nothing is said of it.
  await page.waitForFunction(() => window.emascope.snapshot().points.at(-1)?.methods.length === 7);
  await expect.poll(() => text(page, "#story-nearest")).toMatch(/since step \d+$/u);

  await page.click("#story-go");
  await until(page, "paused");
  const grip = await page.locator(".grip circle").boundingBox();
  if (grip === null) throw new Error("the edge is not laid out");
  await page.mouse.move(grip.x + 9, grip.y + 9);
  await page.mouse.down();
  await page.mouse.move(grip.x - 60, grip.y + 9, { steps: 3 });
  await expect
    .poll(async () => Number(/about (\d+) steps/u.exec((await value(page)) ?? "")?.[1]))
    .toBeGreaterThan(memory + 5);
  // Escape is for the drag.
  await page.focus("#memory");
  await page.keyboard.press("Escape");
  await expect.poll(() => value(page)).toBe(dragged);
  await page.mouse.up();
});

test("an input on the slider changes attributes and texts, and builds nothing", async ({ open }) => {
  const page = await open("");
  const changes = await page.evaluate(async () => {
    const counts: Record<string, number> = {};
    const paths = new Set<string>();
    const observer = new MutationObserver((records) => {
      for (const { type, attributeName, target } of records) {
        const what = type === "attributes" ? String(attributeName) : type;
        counts[what] = (counts[what] ?? 0) + 1;
        if (attributeName === "d") paths.add((target as Element).getAttribute("class") ?? "grip");
      }
    });
    const figure = document.querySelector(".panel.weight svg");
    if (figure === null) throw new Error("the figure is not laid out");
    observer.observe(figure, { subtree: true, childList: true, attributes: true, characterData: true });
    const slider = document.getElementById("memory");
    slider?.dispatchEvent(new KeyboardEvent("keydown", { key: "ArrowRight", bubbles: true }));
    await new Promise((resolve) => requestAnimationFrame(() => setTimeout(resolve)));
    await new Promise((resolve) => requestAnimationFrame(() => setTimeout(resolve)));
    return { counts, paths: [...paths].sort() };
  });
  expect(changes.counts.childList).toBeUndefined();
  expect(changes.paths).toEqual(["average line", "grip", "wedge"]);
  expect(Object.values(changes.counts).reduce((sum, n) => sum + n, 0)).toBeLessThan(16);
});

test.for([
  [1280, 800, ""],
  [1280, 800, "zh"],
  [1920, 1080, ""],
  [390, 844, ""],
  [390, 844, "zh"],
] as const)(
  "at %i × %i the whole first screen is in view, before the run, in it and after it %s",
  async ([width, height, language], { open }) => {
    const page = await open("", {
      viewport: { width, height },
      locale: language === "zh" ? "zh-CN" : "en-GB",
    });
    const whole = async (): Promise<void> => {
      const lowest = await page.evaluate(() =>
        Math.max(
          ...["h1", ".figure", "#story-verdict", "#memory", "#story-go", "#story-hit, #story-again"].map(
            (selector) =>
              document.querySelector(`#story :is(${selector})`)?.getBoundingClientRect().bottom ?? Infinity,
          ),
        ),
      );
      expect(lowest).toBeLessThanOrEqual(height);
      expect(await wide(page)).toBeLessThanOrEqual(width);
      // The chapters are below it, and not loaded yet.
      const controls = page.locator(":is(a, button, [role=slider]):visible:not(.skip)");
      expect(await controls.count()).toBeLessThanOrEqual(width < 720 ? 6 : 9);
      expect(await page.locator("#chapters a").count()).toBe(0);
      for (const box of await page.locator("#story :is(button, [role=slider]), #menu-open").all()) {
        expect((await box.boundingBox())?.height).toBeGreaterThanOrEqual(44);
      }
    };
    await whole();
    await pace(page, 2);
    await page.click("#story-go");
    await reached(page, 100);
    await whole();
    await until(page, "finished");
    await whole();
  },
);

test("runs and training have the run in a bar at the foot, with the one thing to do next", async ({
  open,
}) => {
  const page = await open("#view=runs");
  // Filled are those whose text has not the colour of other text.
  const primaries = (): Promise<string[]> =>
    page
      .locator(".primary:enabled:visible")
      .evaluateAll((all) =>
        all
          .filter((one) => getComputedStyle(one).color !== getComputedStyle(document.body).color)
          .map((one) => (one as HTMLElement).innerText),
      );
  await expect.poll(primaries).toEqual(["Start"]);
  await pace(page, 2);
  await page.click("#bar-toggle");
  await reached(page, 100);
  await expect.poll(primaries).toEqual(["Pause"]);
  expect(await text(page, "#bar")).toMatch(/step \d+ of 1,092 · .* left[^]*average \d+%, raw \d+%/u);
  await goTo(page, "training");
  await page.click("#bar-toggle");
  await until(page, "paused");
  // There, the code is what to take next.
  await expect.poll(primaries).toEqual(["Copy the code"]);
  expect(await text(page, "#bar-toggle")).toBe("Go on");
  await goTo(page, "story");
  await page.waitForSelector("#bar", { state: "hidden" });
  await expect.poll(primaries).toEqual([expect.stringContaining("Go on")]);
  await goTo(page, "laboratory");
  await page.waitForSelector("#toggle:visible");
  expect(await page.isVisible("#bar")).toBe(false);
  await goTo(page, "runs");
  await page.click("#bar-toggle");
  await until(page, "finished");
  await expect.poll(primaries).toEqual(["Run again"]);
  await page.click("#bar-toggle");
  await page.locator("#runs tbody tr", { hasText: "1,092" }).nth(1).waitFor();
});

test("where the story's controls have left the screen, the bar has them", async ({ open }) => {
  const page = await open("", { viewport: { width: 1280, height: 800 } });
  await page.waitForSelector("#memory");
  expect(await page.isVisible("#bar")).toBe(false);
  await page.evaluate(() => {
    document.getElementById("story")?.append(Object.assign(document.createElement("div"), { id: "more" }));
    document.getElementById("more")?.style.setProperty("height", "2000px");
    scrollTo(0, 1600);
  });
  await page.waitForSelector("#bar:visible");
  await page.evaluate(() => {
    scrollTo(0, 0);
  });
  await page.waitForSelector("#bar", { state: "hidden" });
});

test("nothing is wider than a phone of 320 pixels, in every view", async ({ open }) => {
  const page = await open("", { viewport: { width: 320, height: 640 } });
  expect(await wide(page)).toBeLessThanOrEqual(320);
  expect(await text(page, "#menu-open")).toContain("Story");
  for (const view of ["runs", "training"]) {
    await page.click("#menu-open");
    await page.click(`#menu-views [data-view="${view}"]`);
    await page.waitForSelector(`#${view}:visible`);
    expect(await wide(page)).toBeLessThanOrEqual(320);
  }
});

test("the story speaks Chinese, and follows a change of language", async ({ open }) => {
  const page = await open("", { locale: "zh-CN" });
  expect(await text(page, "#story h1")).toMatch(/训练时权重晃个不停。\s*取平均更稳，也更准。/u);
  expect(await text(page, "#story-verdict")).toContain("这次录制的训练里，50 步的平均答对");
  await fromMenu(page, '[data-language="en"]');
  expect(await text(page, "#story h1")).toContain("Their average is steadier");
});

testWithoutWebGpu("where nothing trains, the story is the recorded run, and plays it", async ({ open }) => {
  const page = await open("#view=story");
  expect(await text(page, "#story-tag")).toBe("recorded run");
  await page.click("#story-go");
  await reached(page, 70);
  expect(await text(page, "#story-tag")).toBe("recorded run");
  expect(await page.isDisabled("#story-hit")).toBe(true);
});
