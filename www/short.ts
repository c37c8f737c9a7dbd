import { same } from "./controls/values";
import type { Experiment } from "./engine";

/**
 * The experiment for adapters that are played by the processor, as far as it differs from the defaults.
 */
export const short: Experiment = {
  batch: 32,
  steps: 300,
  limit_test: 128,
  eval_every: 10,
  ema: ["0.9", "0.98,warmup=ramp"],
};

/** What decides how long a run takes, and is left as it is wherever the reader has a word in it. */
const keys = [...Object.keys(short), "epochs", "eval_early"];

/** Whether one of these settings has to do with the length of a run. */
export function asksForLength(named: readonly string[]): boolean {
  return named.some((key) => keys.includes(key));
}

/** Whether a run is the short one. */
export function isShort(experiment: Experiment): boolean {
  return Object.entries(short).every(([key, value]) => same(experiment[key], value));
}

/** Whether a run is as long as it is by default. */
export function isFull(experiment: Experiment, defaults: Experiment): boolean {
  return keys.every((key) => same(experiment[key], defaults[key]));
}

/** The same experiment at its full length. */
export function lengthened(experiment: Experiment, defaults: Experiment): Experiment {
  return { ...experiment, ...Object.fromEntries(keys.map((key) => [key, defaults[key]])) };
}

/** The same experiment, short. */
export function shortened(experiment: Experiment): Experiment {
  return { ...experiment, ...short };
}
