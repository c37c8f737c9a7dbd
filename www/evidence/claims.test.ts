import { expect, test } from "vitest";

import type { EvaluationPoint } from "../engine";
import { type RunResult } from "../chapters/run";
import { BAD, area, bandOf, claimNames, claims, differences, fallDepth, published, runsOf } from "./claims";
import results from "./results.json";

/** Evaluations of the raw weights and an average at these steps. */
function pointsOf(
  steps: readonly number[],
  raw: readonly number[],
  average: readonly number[],
): EvaluationPoint[] {
  return steps.map((step, k) => ({
    step,
    epoch: 0,
    early: false,
    methods: [raw, average].map((values, method) => ({
      name: method === 0 ? "raw" : "ema-0.98",
      accuracy: values[k] ?? NaN,
      loss: 1,
    })),
  }));
}

const run = (points: EvaluationPoint[]): RunResult => ({ points }) as unknown as RunResult;

test("the area under a curve is its mean height by the trapezoidal rule", () => {
  const points = pointsOf([10, 20, 40], [0, 10, 30], [5, 5, 5]);
  // (10 · 5 + 20 · 20) / 30 steps.
  expect(area(points, 0)).toBeCloseTo(15);
  expect(area(points, 1)).toBe(5);
  expect(claims.convergence.difference(points)).toBeCloseTo(-10);
});

test("a fall is measured from the mean of four tests before to the lowest within two epochs", () => {
  const steps = [676, 702, 728, 754, 780, 806, 936, 962];
  const points = pointsOf(steps, [50, 52, 54, 56, 40, 30, 45, 10], [60, 60, 60, 60, 58, 57, 60, 0]);
  expect(fallDepth(points, 0)).toBe(53 - 30);
  expect(fallDepth(points, 1)).toBe(3);
  expect(claims.outlier.difference(points)).toBe(-20);
  // Before the bad batch there is nothing to say.
  expect(differences("outlier", [run(points.slice(0, 4))])).toEqual([]);
});

test("the runs are those of the studies, with seeds from 0", () => {
  const [first, second] = runsOf("undisturbed", 2);
  expect([first?.settings.seed, second?.settings.seed, first?.settings.eval_every]).toEqual([0, 1, null]);
  const [bad] = runsOf("bad-batch", 1);
  expect(bad?.disturb).toEqual({ after: BAD.step - 1, evalEvery: BAD.every });
});

test("what was published is the comparison of .98 with the raw weights of the same arm", () => {
  for (const name of claimNames) {
    const there = results.some(({ study }) => study === claims[name].study);
    expect(published(name) === undefined).toBe(!there);
  }
  const { mean, low, high, n } = published("noise") ?? { mean: NaN, low: NaN, high: NaN, n: 0 };
  expect(low < mean && mean < high && n >= 5).toBe(true);
});

test("a band is a standard deviation to both sides of the mean, of as many runs as were tested", () => {
  const runs = [run(pointsOf([1, 2], [10, 20], [0, 0])), run(pointsOf([1], [14], [0]))];
  const { step, mean, low, high } = bandOf(runs, 0);
  expect([step, mean]).toEqual([
    [1, 2],
    [12, 20],
  ]);
  expect(high[0]).toBeCloseTo(12 + Math.SQRT2 * 2);
  expect(low[0]).toBeCloseTo(12 - Math.SQRT2 * 2);
  expect([low[1], high[1]]).toEqual([20, 20]);
});
