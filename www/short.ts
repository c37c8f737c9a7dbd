import { sameValue } from "./controls/values";
import type { Experiment } from "./engine";

/**
 * The settings of a short run for software (CPU) adapters, where they differ from the defaults: a tenth of the work.
 *
 * The averages suit the number of steps: 0.98 averages over about 50 of the 240 steps, and its warm-up removes the
 * untrained start, which 0.99 and above would still contain at the end. A batch of 32 reaches its first point sooner
 * than one of 64, and its gradients are noisier. On the CIFAR-10 subset (lavapipe; seeds 0 and 1) the mean accuracy
 * over the second half is 39.6 and 38.9 % for the raw weights, 48.1 and 46.0 % for 0.9, 50.7 and 48.7 % for 0.98, which
 * is ahead of the raw weights in 19 and 17 of its last 20 tests; the fluctuation is 6.3 and 9.2, 5.3 and 4.8, 3.8 and
 * 2.6 points.
 */
export const shortSettings: Experiment = {
  batch: 32,
  steps: 240,
  limit_test: 96,
  eval_every: 6,
  ema: ["0.9", "0.98,warmup=ramp"],
};

/** The memories of the story's averages, of which the second is shown first; on a software adapter only the first two. */
const STORY = ["0.9", "0.98", "0.99", "0.995", "0.999"];

/**
 * The settings that a fresh run of the story has, where they differ from the defaults: averages whose start is corrected, so that
 * none of them is held back by the untrained weights for longer than its memory.
 */
export function ownSettings(software: boolean): Experiment {
  const ema = STORY.slice(0, software ? 2 : STORY.length).map((beta) => `${beta},warmup=bias-corrected`);
  return { ...(software ? shortSettings : {}), ema };
}

/** The settings that decide how long a run takes. */
const keys = [...Object.keys(shortSettings), "epochs", "eval_early"];

/** Whether one of these settings decides how long a run takes. */
export function asksForLength(named: readonly string[]): boolean {
  return named.some((key) => keys.includes(key));
}

/** Whether a run is the short one. */
export function isShort(experiment: Experiment): boolean {
  return Object.entries(shortSettings).every(([key, value]) => sameValue(experiment[key], value));
}

/** Whether a run has its default length. */
export function isFull(experiment: Experiment, defaults: Experiment): boolean {
  return keys.every((key) => sameValue(experiment[key], defaults[key]));
}

/** The experiment at its default length. */
export function lengthened(experiment: Experiment, defaults: Experiment): Experiment {
  return { ...experiment, ...Object.fromEntries(keys.map((key) => [key, defaults[key]])) };
}

/** The experiment with the settings of a short run. */
export function shortened(experiment: Experiment): Experiment {
  return { ...experiment, ...shortSettings };
}
