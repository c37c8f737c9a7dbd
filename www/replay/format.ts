/**
 * A recorded run: what `emascope train --record FILE` writes, and what the page plays without WebGPU.
 *
 * One JSON object. All values are the engine's own, rounded to the digits that a screen can show; none are left out.
 * Numbers that are not finite are null. The types in it are those of `engine.ts`, by the same names.
 */

import type { Description, EvaluationPoint, Experiment, Probe, SummaryRow } from "../engine";

export const FORMAT = "emascope-recording";
export const VERSION = 1;

export interface Recording {
  format: typeof FORMAT;
  version: typeof VERSION;
  /** The program that wrote it, such as "emascope 0.1.0". */
  program: string;
  experiment: Experiment;
  description: Description;
  /** Training speed without evaluations. */
  images_per_second: number;
  /** Training loss and accuracy (percent) of each step's batch, from step 1 on. */
  steps: { loss: (number | null)[]; accuracy: (number | null)[] };
  /** The evaluations in order; the last one is after the last step. */
  points: EvaluationPoint[];
  /** The summary after each of the points. */
  summaries: SummaryRow[][];
  /** The memory of each average after each step, from step 0 on. */
  averages: {
    name: string;
    /** The average, as the setting `ema` spells it. */
    average: string;
    beta: number | null;
    effective_beta: number[];
    half_life: (number | null)[];
    initial_share: number[];
  }[];
  /** The probed weights after each step from step 1 on: `values[((step - 1) * probes + probe) * methods + method]`. */
  probes: { probes: Probe[]; values: (number | null)[] };
  /** At every point: `classes[method * images + image]`, and the probability the method gives that class. */
  predictions: { step: number; classes: number[]; confidences: (number | null)[] }[];
  /** The first convolution, at step 0 and at every point: outputs, inputs, height, width; one list a method. */
  filters: {
    shape: [number, number, number, number];
    frames: { step: number; methods: (number | null)[][] }[];
  };
  /** The first test images: `pixels` is base64 of 32×32 RGB bytes each, row by row. */
  test_images: { labels: number[]; pixels: string };
}
