/** The run bar, its tools and its keys, the settings and the address: what the page does with an engine. */
import type { Page } from "playwright-core";
import { expect, inject } from "vitest";

import { regular } from "../../../www/engine";
import { configure, fromMenu, reached, restsAt, snapshot, until } from "../chromium";
import { LABORATORY, pageTests } from "../fixtures";
import { disturbances, pace } from "../stand-in/control";

const test = pageTests(inject("standIn"));

const step = async (page: Page): Promise<number> => (await snapshot(page)).step;

test("start, pause, step, epoch and reset, and a reset taken back", async ({ open }) => {
  const page = await open();
  // Slow enough for the pause to come within the first epoch on a busy machine, too.
  await pace(page, 50);
  expect(await page.textContent("#toggle span")).toBe("Start");
  await page.click("#toggle");
  await reached(page, 5);
  expect(await page.textContent("#toggle span")).toBe("Pause");
  await page.click("#toggle");
  const paused = (await until(page, "paused")).step;
  expect(await page.textContent("#toggle span")).toBe("Resume");
  expect(await page.textContent("#status-phase")).toBe("Paused");
  await page.waitForTimeout(200);
  expect(await step(page)).toBe(paused);
  await pace(page, 10);

  await page.click("#step");
  await restsAt(page, paused + 1);
  await page.click("#epoch");
  await restsAt(page, 78);
  await page.click("#reset");
  await restsAt(page, 0);
  expect((await snapshot(page)).points).toEqual([]);
  await page.click("#undo");
  await restsAt(page, 78);
  expect((await snapshot(page)).points.map((point) => point.step)).toEqual([1, 2, 4, 8, 16, 32, 64, 78]);
  expect(await page.isVisible("#undo")).toBe(false);
  await page.click("#toggle");
  await reached(page, 90);
});

test("the keyboard does what the buttons do, but not where something is typed", async ({ open }) => {
  const page = await open();
  await pace(page, 10);
  await page.keyboard.press("ArrowRight");
  await restsAt(page, 1);
  await page.keyboard.press("Shift+ArrowRight");
  await restsAt(page, 78);
  await page.keyboard.press("Space");
  await reached(page, 80);
  await page.keyboard.press("Space");
  await until(page, "paused");
  await page.keyboard.press("r");
  await restsAt(page, 0);

  await configure(page, {});
  await page.focus('[name="seed"]');
  for (const key of ["Space", "ArrowRight", "r"]) await page.keyboard.press(key);
  await page.waitForTimeout(100);
  expect(await step(page)).toBe(0);
  await page.click("#revert");

  // A focused button is pressed by Space, once.
  await page.focus("#step");
  await page.keyboard.press("Space");
  await restsAt(page, 1);

  await page.keyboard.press("?");
  expect(await page.isVisible("dialog[open]")).toBe(true);
  expect(await page.textContent("dialog[open]")).toContain("Start or pause");
  await page.keyboard.press("Space");
  await page.keyboard.press("Escape");
  expect(await page.isVisible("dialog[open]")).toBe(false);
});

test("speed: a number of steps per second, and full again", async ({ open }) => {
  const page = await open();
  await page.selectOption("#speed", "10");
  await page.click("#toggle");
  await reached(page, 3);
  const [first, began] = [await step(page), Date.now()];
  await page.waitForTimeout(1500);
  const rate = ((await step(page)) - first) / ((Date.now() - began) / 1000);
  expect(rate).toBeGreaterThan(6);
  expect(rate).toBeLessThan(14);
  await page.selectOption("#speed", "");
  await reached(page, 200);
});

test("a start pauses after the chosen number of epochs", async ({ open }) => {
  const page = await open();
  await page.fill("#stop-after", "2");
  await page.keyboard.press("Tab");
  await page.click("#toggle");
  await restsAt(page, 156);
  await page.click("#toggle");
  await restsAt(page, 312);
  await page.fill("#stop-after", "no number");
  await page.keyboard.press("Tab");
  expect(await page.inputValue("#stop-after")).toBe("");
  await page.click("#toggle");
  expect((await until(page, "finished")).step).toBe(1092);
  expect(await page.isDisabled("#toggle")).toBe(true);
});

test("a bad batch reaches the engine and is marked", async ({ open }) => {
  const page = await open();
  await page.click("#epoch");
  await restsAt(page, 78);
  await page.selectOption("#disturb-factor", "30");
  await page.click("#disturb");
  await page.waitForFunction(() => window.emascope.snapshot().marks.length === 1);
  expect(await disturbances(page)).toEqual([{ step: 78, factor: 30 }]);
  expect((await snapshot(page)).marks).toEqual([{ step: 78, kind: "outlier", factor: 30 }]);
});

test("a new seed begins another run, and the run before stays as a faint one", async ({ open }) => {
  const page = await open();
  await page.fill("#stop-after", "2");
  await page.keyboard.press("Tab");
  await page.click("#toggle");
  await restsAt(page, 156);
  const before = (await snapshot(page)).experiment?.seed;
  await page.click("#new-seed");
  await restsAt(page, 0);
  const { experiment, pastRuns } = await snapshot(page);
  expect(experiment?.seed).not.toBe(before);
  expect(pastRuns).toHaveLength(1);
  expect(regular(pastRuns[0]?.points ?? []).map((point) => point.step)).toEqual([78, 156]);
});

test("live settings change at once and are marked; the others wait for a reset and say so", async ({
  open,
}) => {
  const page = await open();
  await page.click("#step");
  await restsAt(page, 1);
  await configure(page, { lr: "0.01" });
  await page.keyboard.press("Tab");
  await page.waitForFunction(() => window.emascope.snapshot().experiment?.lr === 0.01);
  expect((await snapshot(page)).marks).toMatchObject([{ step: 1, kind: "change", changes: [{ key: "lr" }] }]);
  expect(await page.isVisible("#pending")).toBe(false);

  await configure(page, { ema: "0.9 0.98 0.99 0.995 0.999 0.5" });
  await page.keyboard.press("Tab");
  await page.waitForFunction(() => window.emascope.snapshot().description?.methods.length === 7);

  await configure(page, { batch: "32" });
  expect(await page.isVisible("#pending")).toBe(true);
  expect(await page.textContent('.field:has([name="batch"]) .badge')).toBe("needs a reset");
  await page.click("#revert");
  expect(await page.isVisible("#pending")).toBe(false);
  expect(await page.inputValue('[name="batch"]')).toBe("64");
  await configure(page, { batch: "32" });
  await page.click("#apply");
  await page.waitForFunction(() => window.emascope.snapshot().experiment?.batch === 32);
  expect(await step(page)).toBe(0);
});

test("a value out of range is named at its control, in reach of the keyboard, and changes nothing", async ({
  open,
}) => {
  const page = await open();
  await configure(page, { label_noise: "2" });
  await page.click("#apply");
  expect(await page.textContent("#setting-label_noise-error")).toBe("Enter a number from 0 to 1.");
  expect(await page.getAttribute("#setting-label_noise", "aria-invalid")).toBe("true");
  expect(await page.evaluate(() => document.activeElement?.id)).toBe("setting-label_noise");
  expect((await snapshot(page)).phase).toBe("paused");
});

test("every setting has a control that follows the address, and the address follows the controls", async ({
  open,
}) => {
  const settings = {
    preset: "small",
    norm: "group",
    steps: "500",
    batch: "32",
    optimizer: "adamw",
    lr: "0.003",
    weight_decay: "0.01",
    schedule: "cosine",
    warmup_steps: "20",
    label_smoothing: "0.1",
    label_noise: "0.4",
    limit_train: "320",
    eval_every: "50",
    seed: "7",
  };
  const list = { ema: ["0.9", "0.99,warmup=ramp"] };
  const page = await open();
  await configure(page, { ...settings, ema: list.ema.join(" ") });
  await page.click("#apply");
  await page.waitForFunction(() => window.emascope.snapshot().experiment?.seed === 7);
  const { experiment } = await snapshot(page);
  const link = new URL(page.url()).hash;
  expect(link).toContain("seed=7");

  const opened = await open(link, {});
  expect((await snapshot(opened)).experiment).toEqual(experiment);
  for (const [key, value] of Object.entries(settings)) {
    expect(await opened.inputValue(`[name="${key}"]`), key).toBe(value);
  }
  expect(new URL(opened.url()).hash).toBe(link);
  expect(await opened.isVisible("[data-message]")).toBe(false);
});

test("errors in a link are corrected and listed", async ({ open }) => {
  const page = await open("#v=1&batch=1e9&colour=red&lr=fast&seed=5");
  const message = await page.textContent('[data-message="address"]');
  expect(message).toContain("colour");
  expect(message).toContain("fast");
  const { experiment } = await snapshot(page);
  expect(experiment).toMatchObject({ seed: 5, lr: 0.002 });
  expect(experiment?.batch).toBeLessThan(1e9);
  expect(message).toContain(String(experiment?.batch));
});

test("back and forward go between runs", async ({ open }) => {
  const page = await open();
  await configure(page, { batch: "32" });
  await page.click("#apply");
  await page.waitForFunction(() => window.emascope.snapshot().experiment?.batch === 32);
  await page.goBack();
  await page.waitForFunction(() => window.emascope.snapshot().experiment?.batch === 64);
  await page.goForward();
  await page.waitForFunction(() => window.emascope.snapshot().experiment?.batch === 32);
});

test("the link is copied", async ({ open }) => {
  const page = await open("#seed=9");
  await page.context().grantPermissions(["clipboard-read", "clipboard-write"]);
  const address = page.url();
  await page.click('#views [data-view="runs"]');
  await page.click("#copy-link");
  await expect.poll(() => page.innerText("#copy-link")).toBe("Copied");
  expect(await page.evaluate(() => navigator.clipboard.readText())).toBe(address);
});

test("speaks English and Chinese, chosen by the browser and switched by hand", async ({ open }) => {
  const page = await open(LABORATORY, { locale: "zh-CN" });
  expect(await page.getAttribute("html", "lang")).toBe("zh-CN");
  expect(await page.textContent("#toggle span")).toBe("开始");
  await fromMenu(page, '[data-language="en"]');
  expect(await page.textContent("#toggle span")).toBe("Start");
  expect(await page.title()).toBe("Laboratory — Emascope");
  await page.reload();
  await until(page, "paused");
  expect(await page.textContent("#toggle span")).toBe("Start");
});

test("in Chinese nothing visible is left in English", async ({ open }) => {
  const page = await open();
  await page.click("#toggle");
  await until(page, "finished");
  await page.evaluate(() => {
    for (const details of document.querySelectorAll("details")) details.open = true;
  });
  await fromMenu(page, '[data-language="zh"]');
  // Parts out of view are drawn a second later.
  await page.waitForTimeout(1200);
  const words = await page.evaluate(() => {
    const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
    const found: string[] = [];
    while (walker.nextNode() !== null) {
      const text = walker.currentNode.textContent ?? "";
      const parent = walker.currentNode.parentElement;
      const english = "[lang=en], noscript, script, code, pre, [translate=no]";
      if (parent?.closest(english) !== null || !parent.checkVisibility()) continue;
      // Three English words in a row are a sentence; names and symbols are shorter.
      if (/[a-z]{2,} [a-z]{2,} [a-z]{2,}/iu.test(text) && !/[\u4e00-\u9fff]/u.test(text))
        found.push(text.trim());
    }
    return found;
  });
  expect(words).toEqual([]);
});

test("light and dark follow the system, until the reader chooses", async ({ open }) => {
  const page = await open(LABORATORY, { colorScheme: "dark" });
  const theme = (): Promise<string | undefined> =>
    page.evaluate(() => document.documentElement.dataset.theme);
  expect(await theme()).toBe("dark");
  await fromMenu(page, "#theme");
  expect(await theme()).toBe("light");
  await page.reload();
  await until(page, "paused");
  expect(await theme()).toBe("light");
});

test("a hidden tab keeps training or pauses, as chosen", async ({ open }) => {
  const page = await open();
  await pace(page, 5);
  const hide = (hidden: boolean): Promise<void> =>
    page.evaluate((hidden) => {
      Object.defineProperty(document, "visibilityState", {
        configurable: true,
        get: () => (hidden ? "hidden" : "visible"),
      });
      document.dispatchEvent(new Event("visibilitychange"));
    }, hidden);
  await page.click("#toggle");
  await reached(page, 5);
  await hide(true);
  const there = await step(page);
  await reached(page, there + 10);
  await hide(false);
  await page.selectOption("#hidden-tab", "pause");
  await hide(true);
  await until(page, "paused");
  await hide(false);
  await until(page, "running", "evaluating");
});

test("checkpoint, weights, script and log are handed over as files", async ({ open }) => {
  const page = await open();
  await page.click("#epoch");
  await restsAt(page, 78);
  await page.click('#views [data-view="runs"]');
  await page.waitForSelector("#save");
  for (const [id, name] of [
    ["save", "emascope-tiny-78.safetensors"],
    ["export", "emascope-tiny-raw-weights.safetensors"],
    ["export-script", "emascope_run.py"],
    ["log", "emascope-78.jsonl"],
  ] as const) {
    const [download] = await Promise.all([page.waitForEvent("download"), page.click(`#${id}`)]);
    expect(download.suggestedFilename()).toBe(name);
  }
});

test("every setting of the engine has a label and a help in both languages", async ({ open }) => {
  const page = await open();
  for (const language of ["en", "zh"]) {
    await fromMenu(page, `[data-language="${language}"]`);
    const fields = await page.$$eval(".field:not(.network)", (fields) =>
      fields.map((field) => ({
        key: field.querySelector("[name]")?.getAttribute("name") ?? "",
        label: field.querySelector(".field-name")?.textContent ?? "",
        help: field.querySelector(".help")?.textContent ?? "",
      })),
    );
    expect(fields.length).toBeGreaterThan(15);
    for (const { key, label, help } of fields) {
      expect(label, key).not.toBe(key);
      // The engine's own English sentence stands in for a help that is missing.
      if (language === "zh") expect(help, key).toMatch(/[\u4e00-\u9fff]{3}/u);
    }
  }
});
