import { describe, expect, test } from "vitest";

import {
  betaOfHorizon,
  effectiveBeta,
  formatBeta,
  horizon,
  judge,
  kept,
  reaches,
  recommend,
  rescale,
} from "./formulas";
import { decayHalfLife, warmups } from "../../averages/decay";

const halfLife = (beta: number): number => decayHalfLife({ kind: "constant", beta, warmup: "none" }, 1);

/** What the formulas have to agree with: the updates, one by one. */
function product(beta: number, from: number, to: number, warmup: (typeof warmups)[number]): number {
  let share = 1;
  for (let n = from + 1; n <= to; n++) share *= effectiveBeta(beta, n, warmup);
  return share;
}

describe.each(warmups)("warm-up %s", (warmup) => {
  test.each([0.05, 0.5, 0.9, 0.98, 0.999])("keeps the product of what its updates keep, β = %d", (beta) => {
    for (const [from, to] of [
      [0, 0],
      [0, 1],
      [0, 7],
      [1, 2],
      [3, 900],
      [80, 431],
      [431, 9500],
      [1500, 9500],
      [9500, 40_000],
    ] as const) {
      const expected = product(beta, from, to, warmup);
      const actual = kept(beta, from, to, warmup);
      expect(Math.abs(actual - expected), `${from} to ${to}: ${actual}, ${expected}`).toBeLessThanOrEqual(
        1e-5 * expected + 1e-300,
      );
    }
  });

  test("reaches β at the stated step", () => {
    for (const beta of [0.9, 0.98, 0.999]) {
      const n = reaches(beta, warmup);
      const near = warmup === "bias-corrected" ? 1.01 : 1;
      const rate = (n: number): number => 1 - effectiveBeta(beta, n, warmup);
      expect(rate(n)).toBeLessThanOrEqual((1 - beta) * near * (1 + 1e-9));
      if (n > 1) expect(rate(n - 1)).toBeGreaterThan((1 - beta) * near * (1 + 1e-9));
    }
  });
});

test("the known values of the warm-ups", () => {
  expect(reaches(0.999, "ramp")).toBe(8990);
  expect(kept(0.999, 0, 1000, "none")).toBeCloseTo(0.3677, 4);
  expect(kept(0.999, 0, 1000, "bias-corrected")).toBe(0);
});

test("the bias-corrected start weighs every step as a normalised mean does", () => {
  const beta = 0.97;
  const total = 50;
  const powers = Array.from({ length: total }, (_, i) => beta ** (total - 1 - i));
  const sum = powers.reduce((a, b) => a + b);
  const first10 = powers.slice(0, 10).reduce((a, b) => a + b);
  expect(kept(beta, 10, total, "bias-corrected")).toBeCloseTo(first10 / sum, 12);
});

test("half-life, horizon and batch scaling", () => {
  for (const beta of [0.5, 0.98, 0.9999]) {
    expect(beta ** halfLife(beta)).toBeCloseTo(0.5, 12);
    expect(betaOfHorizon(horizon(beta))).toBeCloseTo(beta, 12);
    // κ times the batch, 1/κ of the steps: the same half-life in images.
    expect(halfLife(rescale(beta, 4)) * 4).toBeCloseTo(halfLife(beta), 6);
  }
  expect(halfLife(0)).toBe(0);
  expect(rescale(0.999, 1 / 8)).toBeCloseTo(0.999875, 6);
  expect(betaOfHorizon(0.3)).toBe(0);
});

test("the rule of thumb takes in the β that were measured best, and not those that were worse", () => {
  // README, “Measured”: 1,092 steps, best at .98 and .99, worse at .9 and .995, useless at .999.
  const steps = 1092;
  const { low, middle, high } = recommend(steps);
  expect(low).toBeCloseTo(0.9084, 4);
  expect(middle).toBeCloseTo(0.971, 3);
  expect(high).toBeCloseTo(0.9908, 4);
  expect([0.9, 0.98, 0.99, 0.995, 0.999].map((beta) => judge(beta, steps))).toEqual([
    "short",
    "fits",
    "fits",
    "long",
    "long",
  ]);
  expect([low, middle, high].map((beta) => judge(beta, steps))).toEqual(["fits", "fits", "fits"]);
  expect(recommend(20)).toEqual({ low: 0, middle: 0, high: 0.5 });
  expect(judge(0, 20)).toBe("fits");
});

test("β is written with the digits that matter", () => {
  expect([0.98, 0.9999, 0.98 ** 4, 0.999 ** (1 / 8), 0, 0.5].map((beta) => formatBeta(beta))).toEqual([
    "0.98",
    "0.9999",
    "0.9224",
    "0.999875",
    "0",
    "0.5",
  ]);
  expect(formatBeta(0.990_842, 2)).toBe("0.9908");
});
