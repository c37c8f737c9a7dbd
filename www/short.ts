import { sameValue } from "./controls/values";
import type { Experiment } from "./engine";

/** What runs without a graphics card have in common: averages that suit few steps, and half the batch, which reaches its tests sooner. */
const common: Experiment = { batch: 32, ema: ["0.9", "0.98,warmup=ramp"] };

/**
 * The settings of a short run where there is no graphics card, by the speed that it takes, in images per second with batches of 64.
 * Each ends within 90 seconds at that speed, on the processor: its tests, twenty at regular intervals with three sets of weights,
 * take a quarter of the time, and an image of a test a quarter of the time of one of training.
 *
 * An average of 0.98 suits them: it remembers about 50 steps. In the run of 720 steps, with the story's averages (CIFAR-10 subset,
 * processor, seeds 0 to 4), it is ahead of the raw weights in each of the last ten tests of every seed; mean accuracies over these
 * tests are 47.2% for the raw weights, 51.1% for 0.9 and 54.3% for 0.98, their fluctuations 4.8, 3.9 and 1.5 points.
 */
const SIZES: readonly { speed: number; settings: Experiment }[] = [
  { speed: 700, settings: { ...common, steps: 1080, limit_test: 1000, eval_every: 54 } },
  { speed: 380, settings: { ...common, steps: 720, limit_test: 500, eval_every: 36 } },
  { speed: 220, settings: { ...common, steps: 400, limit_test: 300, eval_every: 20 } },
  { speed: 0, settings: { ...common, steps: 240, limit_test: 96, eval_every: 12 } },
];

/** The settings of a short run at this speed; null if it is not known. */
export function shortSettings(speed: number | null): Experiment {
  const size = SIZES.find((size) => size.speed <= (speed ?? 0)) ?? SIZES.at(-1);
  return size?.settings ?? {};
}

/** The memories of the story's averages, of which the second is shown first; without a graphics card only the first two. */
const STORY = ["0.9", "0.98", "0.99", "0.995", "0.999"];

/**
 * The settings that a fresh run of the story has, where they differ from the defaults: averages whose start is corrected, so that
 * none of them is held back by the untrained weights for longer than its memory.
 *
 * @param short the settings of a short run; undefined on a graphics card
 */
export function storySettings(short: Experiment | undefined): Experiment {
  const betas = short === undefined ? STORY : STORY.slice(0, 2);
  return { ...short, ema: betas.map((beta) => `${beta},warmup=bias-corrected`) };
}

/** The settings that decide how long a run takes. */
const keys = [...Object.keys(shortSettings(null)), "epochs", "eval_early"];

/** Whether one of these settings decides how long a run takes. */
export function asksForLength(named: readonly string[]): boolean {
  return named.some((key) => keys.includes(key));
}

/** Whether a run is a short one. */
export function isShort(experiment: Experiment): boolean {
  return SIZES.some(({ settings }) =>
    Object.entries(settings).every(([key, value]) => sameValue(experiment[key], value)),
  );
}

/** Whether a run has its default length. */
export function isFull(experiment: Experiment, defaults: Experiment): boolean {
  return keys.every((key) => sameValue(experiment[key], defaults[key]));
}

/** The experiment at its default length. */
export function lengthened(experiment: Experiment, defaults: Experiment): Experiment {
  return { ...experiment, ...Object.fromEntries(keys.map((key) => [key, defaults[key]])) };
}
