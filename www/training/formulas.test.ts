import { describe, expect, test } from "vitest";

import {
  type Decay,
  type Warmup,
  decayHalfLife,
  decayOf,
  decayRate,
  decayValue,
  kept,
  kinds,
  parameterOf,
  printDecay,
  warmups,
} from "../averages/decay";
import { formatBeta, horizon, judge, reaches, recommend, rescale, rounded } from "./formulas";

const constant = (beta: number, warmup: Warmup = "none"): Decay => ({ kind: "constant", beta, warmup });

/** Shares of a run that were checked. */
const RULE = [0.01, 0.1] as const;

/** What the formulas have to agree with: the updates, one by one. */
function product(decay: Decay, from: number, to: number): number {
  let share = 1;
  for (let n = from + 1; n <= to; n++) share *= 1 - decayRate(decay, n);
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
      const expected = product(constant(beta, warmup), from, to);
      const actual = kept(constant(beta, warmup), from, to);
      expect(Math.abs(actual - expected), `${from} to ${to}: ${actual}, ${expected}`).toBeLessThanOrEqual(
        1e-5 * expected + 1e-300,
      );
    }
  });

  test("reaches β at the stated step", () => {
    for (const beta of [0.9, 0.98, 0.999]) {
      const n = reaches(constant(beta, warmup)) ?? NaN;
      const near = warmup === "bias-corrected" ? 1.01 : 1;
      const rate = (n: number): number => decayRate(constant(beta, warmup), n);
      expect(rate(n)).toBeLessThanOrEqual((1 - beta) * near * (1 + 1e-9));
      if (n > 1) expect(rate(n - 1)).toBeGreaterThan((1 - beta) * near * (1 + 1e-9));
    }
  });
});

test("the known values of the warm-ups", () => {
  expect(reaches(constant(0.999, "ramp"))).toBe(8990);
  expect(reaches(decayOf("power"))).toBeUndefined();
  expect(kept(constant(0.999), 0, 1000)).toBeCloseTo(0.3677, 4);
  expect(kept(constant(0.999, "bias-corrected"), 0, 1000)).toBe(0);
});

test("the bias-corrected start weighs every step as a normalised mean does", () => {
  const beta = 0.97;
  const total = 50;
  const powers = Array.from({ length: total }, (_, i) => beta ** (total - 1 - i));
  const sum = powers.reduce((a, b) => a + b);
  const first10 = powers.slice(0, 10).reduce((a, b) => a + b);
  expect(kept(constant(beta, "bias-corrected"), 10, total)).toBeCloseTo(first10 / sum, 12);
});

test("half-life, horizon and batch scaling", () => {
  for (const beta of [0.5, 0.98, 0.9999]) {
    const halfLife = decayHalfLife(constant(beta), 1);
    expect(beta ** halfLife).toBeCloseTo(0.5, 12);
    expect(1 - 1 / horizon(constant(beta), 1)).toBeCloseTo(beta, 12);
    // κ times the batch, 1/κ of the steps: the same half-life in images.
    expect(decayHalfLife(rescale(constant(beta), 4), 1) * 4).toBeCloseTo(halfLife, 6);
  }
  expect(decayValue(rescale(constant(0.999), 1 / 8))).toBeCloseTo(0.999875, 6);
  for (const kind of kinds.slice(1)) expect(rescale(decayOf(kind), 4)).toEqual(decayOf(kind));
});

test("the rule of thumb takes in the β that were measured best, and not those that were worse", () => {
  // README, “Measured”: 1,092 steps, best at .98 and .99, worse at .9 and .995, useless at .999.
  const steps = 1092;
  const values = (steps: number): number[] =>
    Object.values<Decay>({ ...recommend("constant", steps, RULE) }).map(decayValue);
  const [low, middle, high] = values(steps);
  expect(low).toBeCloseTo(0.9084, 4);
  expect(middle).toBeCloseTo(0.971, 3);
  expect(high).toBeCloseTo(0.9908, 4);
  const judged = (decay: Decay): string => judge(horizon(decay, steps) / steps, RULE);
  expect([0.9, 0.98, 0.99, 0.995, 0.999].map((beta) => judged(constant(beta)))).toEqual([
    "short",
    "fits",
    "fits",
    "long",
    "long",
  ]);
  const [least, , most] = values(20);
  expect(least).toBeCloseTo(0, 12);
  expect(most).toBeCloseTo(0.5, 12);
  expect(judge(horizon(constant(0), 20) / 20, RULE)).toBe("fits");
});

test.each(kinds)("what the rule recommends of the kind %s is within it", (kind) => {
  for (const steps of [1092, 1e6]) {
    const recommended = Object.values<Decay>({ ...recommend(kind, steps, RULE) });
    for (const decay of recommended)
      expect(judge(horizon(decay, steps) / steps, RULE), printDecay(decay)).toBe("fits");
    expect(recommended).toHaveLength(parameterOf(kind) === undefined ? 0 : 3);
  }
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

test("an average is written with the digits that matter", () => {
  const texts = [constant(0.98 ** 4), decayOf("power", 0.082_512_34)];
  expect(texts.map((decay) => printDecay(rounded(decay)))).toEqual(["0.9224", "power=0.0825123"]);
  expect(printDecay(rounded(decayOf("half-life", 6.93), 2))).toBe("half-life=6.9%");
});
