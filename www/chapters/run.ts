import { parseSpecs } from "../averages/spec";
import type { Average, EvaluationPoint, Experiment, Method, Predictions } from "../engine";
import type { Mark } from "../history/mark";

/** Short runs end within a minute on a processor; long ones are surer, and want a graphics card. */
export type Length = "short" | "long";

/** One of the runs that a chapter is made of. */
export interface ChapterRun {
  /** Its name in the results. */
  name: string;
  /** Settings that differ from the engine's defaults. */
  settings: Experiment;
  /** It waits for the reader before it begins, or after this step. */
  waits?: "before" | number;
  /** After this step the reader has it train on a batch with wrong labels; from there on, tests come more often. */
  disturb?: { after: number; evalEvery: number };
  /** After these steps the learning rate is changed to these values. */
  rates?: readonly { after: number; lr: number }[];
}

/** The measurements of a run, or as much of them as there is. */
export interface RunResult {
  name: string;
  experiment: Experiment;
  /** The methods, raw first. */
  methods: Method[];
  /** The evaluations, without the early ones. */
  points: EvaluationPoint[];
  marks: Mark[];
  averages: Average[];
  /** The data set, for its name. */
  dataset: { name: string; synthetic: boolean } | undefined;
  testImages: number;
  classes: number;
  /** What each method took the test images for at the newest evaluation, and what they are. */
  predictions: Predictions | undefined;
  labels: Uint8Array | undefined;
  /** The share of the test images, in percent, that each method took for something else than at the evaluation before. */
  flips: { step: number; methods: number[] }[];
}

/**
 * Images that runs cost, counted in training images; an image that is only looked at costs a third.
 *
 * @param recompute images that batch norm's statistics are measured on before a test, where they are
 */
export function cost(runs: readonly Pick<ChapterRun, "settings" | "disturb">[], recompute: number): number {
  return runs.reduce((total, { settings, disturb }) => {
    const value = (key: string): number => Number(settings[key]);
    const averages = parseSpecs(settings.ema);
    const recomputed = averages.filter((spec) => spec?.buffers === "recompute").length * recompute;
    const early = settings.eval_early === false ? 0 : Math.ceil(Math.log2(value("eval_every")));
    const steps = value("steps");
    const before = disturb?.after ?? steps;
    const after = disturb === undefined ? 0 : Math.ceil((steps - before) / disturb.evalEvery);
    const tests = early + Math.ceil(before / value("eval_every")) + after;
    const looks = tests * ((1 + averages.length) * value("limit_test") + recomputed);
    return total + steps * value("batch") + looks / 3;
  }, 0);
}
