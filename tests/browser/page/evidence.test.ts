/** The evidence: what was published, and the same runs made again on the page. */
import { expect, inject } from "vitest";

import { reached, snapshot } from "../chromium";
import { pageTests } from "../fixtures";
import { pace } from "../stand-in/control";
import { published } from "../../../www/evidence/claims";

const test = pageTests(inject("standIn"));

test("claims are made again with seeds, next to what was published", async ({ open }) => {
  const page = await open("");
  await pace(page, 0);
  const part = page.locator("#evidence");
  await part.scrollIntoViewIfNeeded();
  await page.waitForSelector("#evidence-title");
  const row = (claim: string): ReturnType<typeof page.locator> => part.locator(`[data-claim="${claim}"]`);
  const before = published("noise");
  if (before === undefined) throw new Error("the study of noise has been run");
  expect(await row("noise").innerText()).toContain(`${String(before.n)} seeds · ${before.verdict ?? ""}`);
  expect(await part.innerText()).toContain("It makes 3 runs and stops then, whatever they show");

  await part.locator('button:has-text("Repeat it here")').click();
  await expect.poll(() => part.innerText(), { timeout: 60_000 }).toContain("3 of 3 runs are there.");
  const { experiment, step, description } = await snapshot(page);
  expect([experiment?.seed, experiment?.ema, step]).toEqual([2, ["0.98"], description?.total_steps]);
  for (const claim of ["noise", "convergence", "generalisation"]) {
    expect(await row(claim).locator("td").last().innerText()).toMatch(
      /[+−][\d.]+ points \(.*3 seeds · (agrees|differs)/s,
    );
  }
  expect(await row("outlier").locator("td").last().innerText()).toBe("–");
  expect(await page.isVisible("#evidence-runs-plot")).toBe(true);

  // A run with a bad batch, which comes by itself.
  await part.locator("select").first().selectOption("bad-batch");
  await part.locator("select").last().selectOption("1");
  await part.locator('button:has-text("Repeat it here")').click();
  await expect.poll(() => part.innerText(), { timeout: 60_000 }).toContain("1 of 1 runs are there.");
  expect((await snapshot(page)).marks.map(({ kind, step }) => [kind, step])).toContainEqual(["outlier", 779]);
  expect(await row("outlier").locator("td").last().innerText()).toContain("one seed cannot say");
});

test("repeating is paused, goes on, and stops at a click; what had ended stays", async ({ open }) => {
  const page = await open("");
  const part = page.locator("#evidence");
  await part.scrollIntoViewIfNeeded();
  await page.waitForSelector("#evidence-title");
  await part.locator('button:has-text("Repeat it here")').click();
  await expect.poll(() => part.innerText()).toContain("Run 1 of 3");
  await reached(page, 5);
  await part.locator('button:has-text("Pause")').click();
  await part.locator('button:has-text("Go on")').click();
  await pace(page, 0);
  await expect.poll(() => part.innerText(), { timeout: 60_000 }).toContain("Run 2 of 3");
  await pace(page, 5);
  await part.locator('button:has-text("Stop")').click();
  await expect.poll(() => part.innerText()).toContain("1 of 3 runs");
  expect(await part.locator('[data-claim="noise"] td').last().innerText()).toContain("1 seed");
});
