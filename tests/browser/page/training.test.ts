/** The view of the reader's own training: the questions, their answers and code, and a log of the reader's own. */
import { writeFile } from "node:fs/promises";
import { join } from "node:path";

import type { Page } from "playwright-core";
import { expect, inject } from "vitest";

import { kinds } from "../../../www/averages/decay";
import { pageTests } from "../fixtures";
import { pace } from "../stand-in/control";

const test = pageTests(inject("standIn"));
const TRAINING = "#view=training";

const ask = (page: Page, question: string): Promise<void> => page.click(`[data-question="${question}"]`);
const said = (page: Page): Promise<string> => page.innerText(".answer");

test("a question is answered with the reader's numbers, and its code is copied", async ({ open }) => {
  const page = await open(TRAINING, { permissions: ["clipboard-read", "clipboard-write"] });
  await expect.poll(() => page.innerText(".answer .bold")).toBe("β between 0.999 and 0.9995");
  await page.fill('#training [name="steps"]', "2k");
  await expect.poll(() => page.innerText(".answer .bold")).toBe("β between 0.99 and 0.995");
  await page.selectOption('#training [name="schedule"]', "decays");
  expect(await said(page)).toContain("0.5–2%");
  await page.selectOption('#training [name="schedule"]', "constant");
  await page.click('[data-library="optax"]');
  expect(await page.innerText("pre")).toContain("optax.ema(0.9929, debias=True)");
  await page.click('[data-library="keras"]');
  expect(await page.innerText("#part-calculator")).toContain("Keras has no bias-corrected start");
  await page.click('[data-library="pytorch"]');
  await page.click("#copy-code");
  await expect.poll(() => page.innerText(".copied")).toBe("Copied: PyTorch.");
  expect(await page.evaluate(() => navigator.clipboard.readText())).toContain(
    "AveragedModel(model, avg_fn=average",
  );
});

test("a number that does not suit is named with its range, and the answer waits", async ({ open }) => {
  const page = await open(TRAINING);
  await page.fill('#training [name="steps"]', "many");
  await expect
    .poll(() => page.innerText("#field-error"))
    .toBe("steps: a whole number from 1 to 1,000,000,000,000.");
  expect(await page.getAttribute('#training [name="steps"]', "aria-invalid")).toBe("true");
  expect(await page.isVisible(".answer")).toBe(false);
  // What is being typed stays.
  expect(await page.inputValue('#training [name="steps"]')).toBe("many");
  await page.fill('#training [name="steps"]', "1,000");
  await page.waitForSelector(".answer");
  expect(await page.innerText("#field-error")).toBe("");
});

test("a number stays as it is typed until its field is left", async ({ open }) => {
  const page = await open(TRAINING);
  await ask(page, "gpus");
  const box = page.locator('#training [name="constant"]');
  await box.fill("");
  await box.pressSequentially("0.905");
  expect(await box.inputValue()).toBe("0.905");
  await box.fill("");
  await box.pressSequentially("0.9990");
  expect(await box.inputValue()).toBe("0.9990");
  await expect.poll(() => page.innerText(".answer .bold")).toBe("β 0.99203");
  await page.keyboard.press("Tab");
  expect(await box.inputValue()).toBe("0.999");
});

test("the fields of the epochs stay while one of them does not suit", async ({ open }) => {
  const page = await open(TRAINING);
  await page.click("#training details summary");
  await page.fill('#training [name="images"]', "x");
  await expect.poll(() => page.innerText("#field-error")).toContain("training images: a whole number");
  expect(await page.isDisabled("#use-steps")).toBe(true);
  await page.fill('#training [name="images"]', "25,600");
  await expect.poll(() => page.innerText("#use-steps")).toBe("Use 10,000 steps");
  await page.click("#use-steps");
  expect(await page.inputValue('#training [name="steps"]')).toBe("10,000");
});

test("every question opens, for every kind of average, with a table of starts where it matters", async ({
  open,
}) => {
  const page = await open(TRAINING);
  for (const kind of kinds) {
    await ask(page, "beta");
    await page.selectOption('#training [name="kind"]', kind);
    await ask(page, "worse");
    const rows = kind === "constant" ? 3 : 1;
    await expect.poll(() => page.locator(".beginnings tbody tr").count()).toBe(rows);
  }
  await ask(page, "beta");
  await page.selectOption('#training [name="kind"]', "constant");
  await ask(page, "worse");
  await page.selectOption('#training [name="start"]', "none");
  expect(await said(page)).toContain("22% of it is still the untrained start.");
  const bold: Record<string, string> = {
    catchup: "After about 4,600 steps",
    accumulate: "Update it once per optimizer step",
    gpus: "β 0.99203",
    batch: "β 0.99601",
    every: "β 0.99004",
    resume: "Save the average and its count of updates",
    half: "Keep it in float32",
    evaluate: "Evaluate both, save both, stop by the average",
    start: "At once, with a bias-corrected start",
  };
  for (const [question, text] of Object.entries(bold)) {
    await ask(page, question);
    await expect.poll(() => page.innerText(".answer .bold")).toBe(text);
    expect(await page.getAttribute(`[data-question="${question}"]`, "aria-current")).toBe("true");
  }
});

test("the numbers of the page's run can be taken, and an average added to it", async ({ open }) => {
  const page = await open(TRAINING);
  // Slow enough for the run to last.
  await pace(page, 20);
  await page.click("#take-run");
  expect(await page.inputValue('#training [name="steps"]')).toBe("1,092");
  expect(await page.inputValue('#training [name="batch"]')).toBe("64");
  await ask(page, "start");
  await page.fill('#training [name="constant"]', "0.97");
  await page.click("#bar-toggle");
  await page.click("#try-average:enabled");
  await page.waitForFunction(() =>
    window.emascope.snapshot().description?.methods.some(({ name }) => name.startsWith("ema-0.97")),
  );
  await expect.poll(() => page.innerText(".tried")).toBe("Added. Its line starts at the next test.");
  expect(await page.isDisabled("#try-average")).toBe(true);
});

test("a log of one's own is drawn and measured; a bad one is explained with its line", async ({
  open,
  folder,
}) => {
  const page = await open(TRAINING);
  const rows = Array.from({ length: 40 }, (_, k) => {
    const raw = 30 + k + (k % 2 === 0 ? 2 : -2);
    return `${100 * k},${raw},${k < 10 ? 30 + Math.max(0, k - 4) : 33 + k}`;
  });
  const good = join(folder, "mine.csv");
  await writeFile(good, ["step,val_acc,val_acc_ema", ...rows].join("\n"));
  await page.setInputFiles("#log-file", good);
  await page.waitForSelector("#own-log-plot canvas");
  const says = page.locator(".log-says");
  await expect.poll(() => says.innerText()).toContain("The average caught up at step 1,000");
  expect(await says.innerText()).toMatch(
    /lagged by about \d+ steps[^]*raw jumps by [\d.]+ and the average by [\d.]+[^]*better by/u,
  );
  expect(await page.innerText("#own-log-legend")).toContain("average: val_acc_ema");
  await page.selectOption('#training [name="log-average"]', { label: "val_acc" });
  await expect.poll(() => says.innerText()).toBe("Choose two different columns for raw and average.");

  const bad = join(folder, "broken.jsonl");
  await writeFile(bad, '{"step": 1, "acc": 2, "ema": 3}\n{"step": 2, "acc": \n');
  await page.setInputFiles("#log-file", bad);
  await expect
    .poll(() => page.innerText(".log-error"))
    .toContain("Line 2 of broken.jsonl is not valid JSON.");
  await page.click("#remove-log");
  await page.waitForSelector(".log-error", { state: "detached" });
});

test("a log is dropped anywhere on the view", async ({ open }) => {
  const page = await open(TRAINING);
  await page.waitForSelector("#log-file", { state: "attached" });
  await page.evaluate(() => {
    const transfer = new DataTransfer();
    transfer.items.add(new File(["step,acc,ema\n1,2,3\n2,3,4\n"], "dropped.csv"));
    document.body.dispatchEvent(
      new DragEvent("drop", { dataTransfer: transfer, bubbles: true, cancelable: true }),
    );
  });
  await page.waitForSelector("#own-log-plot canvas");
  expect(await page.innerText("#own-log-title")).toBe("Your log: dropped.csv");
});

test("on a phone the questions are a list to choose from, and nothing is wider than the screen", async ({
  open,
}) => {
  const page = await open(TRAINING, { viewport: { width: 320, height: 700 } });
  await page.selectOption(".pick", "worse");
  await expect.poll(() => page.innerText(".answer .bold")).toContain("too long for step 1,500");
  expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBe(320);
  for (const control of await page.locator("#training :is(button, select, input):visible").all()) {
    const box = await control.boundingBox();
    expect(
      box?.height,
      await control.evaluate((element) => element.outerHTML.slice(0, 80)),
    ).toBeGreaterThanOrEqual(44);
  }
});
