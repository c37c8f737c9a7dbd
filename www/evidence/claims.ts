import type { ChapterRun, RunResult } from "../chapters/run";
import { accuracies, lateFluctuation, mean } from "../chapters/measures";
import type { EvaluationPoint, Experiment } from "../engine";
import { deviation } from "../statistics";
import results from "./results.json";

/** What is said of averages, and what a bad batch does to them. */
export type ClaimName = "noise" | "convergence" | "generalisation" | "outlier";

/** Runs that are made again here: undisturbed ones, or ones with a bad batch. */
export type Kind = "undisturbed" | "bad-batch";

/** The step whose labels are wrong, at so many times the learning rate, and the steps after it in which the fall is looked for. */
export const BAD = { step: 780, factor: 20, within: 156, every: 26 };
/** Evaluations before it whose mean is the accuracy before. */
const BEFORE = 4;

/** A number with its interval. */
export interface Published {
  mean: number;
  low: number;
  high: number;
  n: number;
  verdict: string | null;
}

/** A study's result, as `cargo xtask evidence` writes it. */
interface Study {
  study: string;
  comparisons: (Omit<Published, "mean" | "low" | "high"> & {
    measure: string;
    of: Side;
    against: Side | null;
    mean: number | null;
    low: number | null;
    high: number | null;
  })[];
}

interface Side {
  arm: string;
  method: string | null;
}

const studies: readonly Study[] = results;

interface Claim {
  kind: Kind;
  study: string;
  measure: string;
  arm: string;
  /** The average's value minus that of the raw weights, in points; NaN where the run is too short to say. */
  difference(points: readonly EvaluationPoint[]): number;
}

const apart = (
  points: readonly EvaluationPoint[],
  measure: (points: readonly EvaluationPoint[], method: number) => number,
): number => measure(points, 1) - measure(points, 0);

export const claims: Record<ClaimName, Claim> = {
  noise: {
    kind: "undisturbed",
    study: "noise",
    measure: "fluctuation",
    arm: "constant rate",
    difference: (points) => apart(points, (points, method) => lateFluctuation(accuracies(points, method))),
  },
  convergence: {
    kind: "undisturbed",
    study: "convergence",
    measure: "area",
    arm: "constant rate",
    difference: (points) => apart(points, area),
  },
  generalisation: {
    kind: "undisturbed",
    study: "generalisation",
    measure: "accuracy",
    arm: "constant rate",
    difference: (points) => apart(points, (points, method) => accuracies(points, method).at(-1) ?? NaN),
  },
  outlier: {
    kind: "bad-batch",
    study: "outlier-batch",
    measure: `fall_depth=${String(BAD.step)},within=${String(BAD.within)}`,
    arm: "bad batch",
    difference: (points) => apart(points, fallDepth),
  },
};

export const claimNames = Object.keys(claims) as ClaimName[];

/** The area under a method's curve of accuracy over the steps, divided by its length. */
export function area(points: readonly EvaluationPoint[], method: number): number {
  const values = accuracies(points, method);
  let sum = 0;
  for (let k = 1; k < points.length; k++) {
    const width = (points[k]?.step ?? 0) - (points[k - 1]?.step ?? 0);
    sum += (width * ((values[k - 1] ?? NaN) + (values[k] ?? NaN))) / 2;
  }
  return sum / ((points.at(-1)?.step ?? 0) - (points[0]?.step ?? 0));
}

/** How far a method's accuracy falls after the bad batch. */
export function fallDepth(points: readonly EvaluationPoint[], method: number): number {
  const values = accuracies(points, method);
  const at = (keep: (step: number) => boolean): number[] =>
    values.filter((_, k) => keep(points[k]?.step ?? NaN));
  const before = at((step) => step < BAD.step).slice(-BEFORE);
  const after = at((step) => step >= BAD.step && step <= BAD.step + BAD.within);
  return after.length === 0 ? NaN : mean(before) - Math.min(...after);
}

/** What the project's study says of a claim; nothing before it was run. */
export function published(name: ClaimName): Published | undefined {
  const { study, measure, arm } = claims[name];
  const found = studies
    .find((one) => one.study === study)
    ?.comparisons.find(
      ({ measure: of, of: side, against }) =>
        of === measure &&
        side.arm === arm &&
        side.method === "ema-0.98" &&
        against?.method === "raw" &&
        against.arm === arm,
    );
  const { mean = null, low = null, high = null, n = 0, verdict = null } = found ?? {};
  // A study in which every run diverged has no mean.
  if (mean === null || low === null || high === null) return undefined;
  return { mean, low, high, n, verdict };
}

/** The study's settings, with the one average that the claims are about: the others change nothing in it. */
const settings: Experiment = {
  preset: "tiny",
  norm: "batch",
  epochs: 14,
  steps: null,
  batch: 64,
  lr: 0.002,
  schedule: "constant",
  eval_early: false,
  limit_train: null,
  limit_test: null,
  ema: ["0.98"],
};

/** The runs of these seeds. */
export function runsOf(kind: Kind, seeds: number): ChapterRun[] {
  const bad = kind === "bad-batch";
  return Array.from({ length: seeds }, (_, seed) => ({
    name: String(seed),
    settings: { ...settings, eval_every: bad ? BAD.every : null, seed },
    ...(bad ? { disturb: { after: BAD.step - 1, evalEvery: BAD.every } } : {}),
  }));
}

/** The differences of the runs that have ended. */
export function differences(name: ClaimName, ended: readonly RunResult[]): number[] {
  return ended.map(({ points }) => claims[name].difference(points)).filter(Number.isFinite);
}

/** Mean accuracy of a method over runs, and a standard deviation below and above, where at least two were tested. */
export interface Band {
  step: number[];
  mean: number[];
  low: number[];
  high: number[];
}

export function bandOf(runs: readonly RunResult[], method: number): Band {
  const byStep = new Map<number, number[]>();
  for (const { points } of runs) {
    accuracies(points, method).forEach((value, k) => {
      const step = points[k]?.step ?? 0;
      byStep.set(step, [...(byStep.get(step) ?? []), value]);
    });
  }
  const band: Band = { step: [], mean: [], low: [], high: [] };
  for (const [step, values] of [...byStep].sort(([a], [b]) => a - b)) {
    const middle = mean(values);
    const spread = values.length < 2 ? 0 : deviation(values);
    band.step.push(step);
    band.mean.push(middle);
    band.low.push(middle - spread);
    band.high.push(middle + spread);
  }
  return band;
}
