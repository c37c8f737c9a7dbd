import { expect, test } from "vitest";

import { isShort, shortSettings, storySettings } from "./short";

/** Images of a test for one of training, on the processor. */
const TESTED = 4;

test.each([220, 380, 700, 2000])("at %i images per second a short run ends within 90 seconds", (speed) => {
  const settings = storySettings(shortSettings(speed));
  const [steps, batch, pictures, every] = ["steps", "batch", "limit_test", "eval_every"].map((key) =>
    Number(settings[key]),
  ) as [number, number, number, number];
  const sets = 1 + (settings.ema as string[]).length;
  const early = Math.floor(Math.log2(every)) + 1;
  const tests = steps / every;
  expect(tests).toBe(20);
  const seconds = (steps * batch + ((tests + early) * pictures * sets) / TESTED) / speed;
  expect(seconds).toBeGreaterThan(20);
  expect(seconds).toBeLessThan(90);
});

test("a faster machine trains longer, and every size is known as a short run", () => {
  const sizes = [null, 100, 250, 400, 900].map(shortSettings);
  const steps = sizes.map((size) => Number(size.steps));
  expect(steps).toEqual([...steps].sort((a, b) => a - b));
  for (const size of sizes) expect(isShort({ ...size, seed: 7 })).toBe(true);
  expect(isShort({ ...sizes[0], steps: 241 })).toBe(false);
});
