import { execFile } from "node:child_process";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";

import type { Browser } from "playwright-core";
import { afterAll, beforeAll, expect, inject, test } from "vitest";

import { configure, launch, openPage, small, until } from "./chromium";

const STEPS = 20;
/**
 * Relative difference of a batch's loss that two adapters may have: they round differently, and training feeds the
 * difference back. A wrong learning rate, order of images or augmentation is tens of times larger within these steps.
 */
const TOLERANCE = 1e-3;

let browser: Browser;
let folder: string;

beforeAll(async () => {
  browser = await launch();
  folder = await mkdtemp(join(tmpdir(), "emascope-"));
});
afterAll(async () => {
  await browser.close();
  await rm(folder, { recursive: true });
});

/** The losses of the steps that the command line's program takes with this experiment. */
async function nativeLosses(experiment: object): Promise<number[]> {
  const config = join(folder, "experiment.json");
  const log = join(folder, "run.jsonl");
  await writeFile(config, JSON.stringify(experiment));
  const train = ["train", "--config", config, "--log", log, "--log-steps"];
  // `cargo xtask test` has built the program and names it. Otherwise cargo builds what the sources say now, so that this
  // never compares with an old one.
  const cargo = ["cargo", "run", "--quiet", "--bin", "emascope", "--"];
  const program = process.env.EMASCOPE === undefined ? cargo : [process.env.EMASCOPE];
  const [file = "", ...words] = [...program, ...train];
  await promisify(execFile)(file, words);
  const events = (await readFile(log, "utf8"))
    .trim()
    .split("\n")
    .map((line) => JSON.parse(line) as { event: string; loss: number });
  return events.filter(({ event }) => event === "step").map(({ loss }) => loss);
}

test(`the page and the command line have the same ${STEPS} losses`, { timeout: 600_000 }, async () => {
  const page = await openPage(browser, inject("address"));
  await configure(page, { ...small, batch: "32", limit_train: "320", steps: String(STEPS) });
  await page.click("#toggle");
  const { metrics, experiment, error } = await until(page, "finished", "failed");
  expect(error).toBeUndefined();
  await page.close();

  const losses = await nativeLosses(experiment ?? {});
  expect(metrics.buckets.map(({ first }) => first)).toEqual(Array.from({ length: STEPS }, (_, k) => k + 1));
  expect(losses).toHaveLength(STEPS);
  const differences = metrics.buckets.map(({ loss }, k) => Math.abs(loss.last / (losses[k] ?? NaN) - 1));
  expect(
    differences.every((difference) => difference <= TOLERANCE),
    differences.join(", "),
  ).toBe(true);
});
