import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";

import type { Page } from "playwright-core";
import { expect, inject } from "vitest";

import { chapters } from "../../../www/chapters/list";
import { chapterNames } from "../../../www/chapters/table";
import { regular } from "../../../www/engine";
import { configure, openCheckpoint, saveCheckpoint, small, type Snapshot, until } from "../chromium";
import { pageTests } from "../fixtures";
import { emascope } from "../programs";

const STEPS = 20;
/**
 * Relative difference of a batch's loss that two adapters may have: they round differently, and training feeds the
 * difference back. A wrong learning rate, order of images or augmentation is tens of times larger within these steps.
 */
const TOLERANCE = 5e-3;

const test = pageTests(inject("address"));
const testOnProcessor = pageTests(inject("address"), { webgpu: false });

/** The steps and their losses in a log of the command line. */
async function losses(log: string): Promise<{ step: number; loss: number }[]> {
  const events = (await readFile(log, "utf8"))
    .trim()
    .split("\n")
    .map((line) => JSON.parse(line) as { event: string; step: number; loss: number });
  return events.filter(({ event }) => event === "step").map(({ step, loss }) => ({ step, loss }));
}

/** The same of the page. */
function lossesOf({ buckets }: Snapshot["metrics"]): { step: number; loss: number }[] {
  return buckets.map(({ last, loss }) => ({ step: last, loss: loss.last }));
}

/** The losses of two adapters, step by step. */
function expectAgreement(
  page: { step: number; loss: number }[],
  native: { step: number; loss: number }[],
): void {
  expect(page.map(({ step }) => step)).toEqual(native.map(({ step }) => step));
  const differences = page.map(({ loss }, k) => Math.abs(loss / (native[k]?.loss ?? NaN) - 1));
  expect(
    differences.every((difference) => difference <= TOLERANCE),
    differences.join(", "),
  ).toBe(true);
}

const settings = { ...small, batch: "32", limit_train: "320", steps: String(STEPS) };

/** Trains the same run here and there, on what `--compute` names. */
async function expectSameLosses(page: Page, folder: string, compute: "gpu" | "processor"): Promise<void> {
  await configure(page, settings);
  await page.click("#toggle");
  const { metrics, experiment, description, error } = await until(page, "finished", "failed");
  expect(error).toBeUndefined();
  expect(description?.adapter.backend === "processor").toBe(compute === "processor");

  const config = join(folder, "experiment.json");
  const log = join(folder, "run.jsonl");
  await writeFile(config, JSON.stringify(experiment));
  await emascope("train", "--compute", compute, "--config", config, "--log", log, "--log-steps");
  const native = await losses(log);
  expect(native).toHaveLength(STEPS);
  expectAgreement(lossesOf(metrics), native);
}

test(
  `the page and the command line have the same ${STEPS} losses`,
  { timeout: 600_000 },
  async ({ open, folder }) => {
    await expectSameLosses(await open(), folder, "gpu");
  },
);

testOnProcessor(
  `the processor has the same ${STEPS} losses in the page and natively`,
  { timeout: 600_000 },
  async ({ open, folder }) => {
    await expectSameLosses(await open(), folder, "processor");
  },
);

test(
  "a checkpoint goes from the page to the command line and back",
  { timeout: 600_000 },
  async ({ open, folder }) => {
    const page = await open();
    await configure(page, settings);
    await page.click("#apply");
    await page.waitForFunction(() => !window.emascope.snapshot().pending);
    await until(page, "paused");
    await page.click("#epoch");
    await page.waitForFunction(() => window.emascope.snapshot().step === 10);
    await until(page, "paused");
    const download = await saveCheckpoint(page);
    const half = join(folder, "half.safetensors");
    await download.saveAs(half);
    await page.click("#toggle");
    const here = await until(page, "finished", "failed");

    // The command line makes the second half of the same run.
    const [log, whole] = [join(folder, "half.jsonl"), join(folder, "whole.safetensors")];
    await emascope(
      "train",
      "--compute",
      "gpu",
      "--resume",
      half,
      "--log",
      log,
      "--log-steps",
      "--save",
      whole,
    );
    expectAgreement(lossesOf(here.metrics).slice(10), await losses(log));

    // The page takes what the command line ended with for its own.
    await openCheckpoint(page, whole);
    await page.waitForFunction(() => window.emascope.snapshot().marks.length === 1);
    const back = await until(page, "paused", "finished", "failed");
    expect(back.error).toBeUndefined();
    expect(back).toMatchObject({ step: STEPS, phase: "finished" });
    const [ours, theirs] = [regular(here.points), regular(back.points)];
    expect(theirs.map(({ step }) => step)).toEqual([10, 20]);
    expect(theirs[0]).toEqual(ours[0]);
    for (const [k, { name, loss }] of (theirs[1]?.methods ?? []).entries()) {
      expect(Math.abs(loss / (ours[1]?.methods[k]?.loss ?? NaN) - 1), name).toBeLessThan(TOLERANCE);
    }
  },
);

const runs = chapterNames.flatMap((id) =>
  (["short", "long"] as const).flatMap((length) =>
    chapters[id].runs(length, chapters[id].knob?.start ?? 0).map((run) => ({ ...run, id, length })),
  ),
);

test.for(runs)(
  "chapter $id, $length, run $name: its settings are some that the engine takes",
  async (run, { folder }) => {
    const config = join(folder, "chapter.json");
    await writeFile(config, JSON.stringify(run.settings));
    await emascope("train", "--config", config, "--print-config");
  },
);
