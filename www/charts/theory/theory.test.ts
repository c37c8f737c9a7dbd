import { describe, expect, test } from "vitest";

import { fluctuation, rollingFluctuation } from "./fluctuation";
import { kernel, response, shareOf } from "./kernel";
import { detrended, median, noise, reduction } from "./noise";
import { uniform } from "./random";
import {
  type EmaSpec,
  effectiveBeta,
  halfLife,
  horizon,
  lastUpdate,
  parseSpec,
  parseSpecs,
  rate,
  rateAt,
  updates,
} from "./spec";

const plain = (beta: number, more: Partial<EmaSpec> = {}): EmaSpec => ({
  beta,
  every: 1,
  warmup: "none",
  from: 0,
  ...more,
});

/** The average of a sequence w_0, w_1, …, step by step. */
function average(spec: EmaSpec, weights: readonly number[]): number[] {
  let v = weights[0] ?? 0;
  return weights.map((w, step) => (step === 0 ? v : (v += rateAt(spec, step) * (w - v))));
}

describe("an average's settings", () => {
  test("are read from the experiment's text", () => {
    expect(parseSpec("0.98")).toEqual(plain(0.98));
    expect(parseSpec("0.98,every=4,warmup=ramp,buffers=copy,from=500")).toEqual(
      plain(0.98, { every: 4, warmup: "ramp", from: 500 }),
    );
    expect(parseSpecs([0.9, "0.99, every=2"])).toEqual([plain(0.9), plain(0.99, { every: 2 })]);
    for (const bad of ["", "1", "-0.1", "abc", "0.9,every=0", null]) expect(parseSpec(bad)).toBeUndefined();
    expect(parseSpecs(undefined)).toEqual([]);
  });

  test("give the rates of the published formulas", () => {
    expect(rate(plain(0.98), 7)).toBeCloseTo(0.02, 15);
    const ramp = plain(0.999, { warmup: "ramp" });
    expect(1 - rate(ramp, 8988)).toBeLessThan(0.999);
    expect(1 - rate(ramp, 8990)).toBe(0.999);
    // Bias-corrected: the first update takes the weights as they are, and the n-th is the normalised mean.
    const corrected = plain(0.5, { warmup: "bias-corrected" });
    expect(rate(corrected, 1)).toBe(1);
    expect(average(corrected, [9, 1, 2]).at(-1)).toBeCloseTo((2 + 0.5 * 1) / 1.5, 12);
  });

  test("count updates from the step that the average begins at", () => {
    const late = plain(0.9, { every: 4, from: 10 });
    expect([8, 10, 13, 14, 17, 18].map((step) => updates(late, step))).toEqual([0, 0, 0, 1, 1, 2]);
    expect([9, 10, 12, 14].map((step) => rateAt(late, step))).toEqual([1, 1, 0, 1 - 0.9]);
    expect([5, 10, 13, 14, 17].map((step) => lastUpdate(late, step))).toEqual([5, 10, 10, 14, 14]);
    expect(effectiveBeta(late, 9)).toBe(0);
    expect(effectiveBeta(late, 10)).toBeCloseTo(0.9, 12);
    expect(effectiveBeta(plain(0.9, { warmup: "ramp" }), 5)).toBeCloseTo(6 / 15, 12);
  });

  test("give half-life and horizon", () => {
    expect(0.999 ** halfLife(plain(0.999))).toBeCloseTo(0.5, 12);
    expect(halfLife(plain(0.999 ** 4, { every: 4 }))).toBeCloseTo(halfLife(plain(0.999)), 9);
    expect(halfLife(plain(0))).toBe(0);
    expect(horizon(plain(0.98))).toBeCloseTo(50, 9);
    expect(horizon(plain(0.75, { every: 3 }))).toBe(12);
  });
});

describe("the kernel", () => {
  test("of a plain average is (1 − β) β^k, and β^t of the start is left", () => {
    const { weights, start } = kernel(plain(0.98), 100);
    expect(weights).toHaveLength(100);
    weights.forEach((weight, k) => {
      expect(weight).toBeCloseTo(0.02 * 0.98 ** k, 14);
    });
    expect(start.age).toBe(100);
    expect(start.share).toBeCloseTo(0.98 ** 100, 14);
  });

  test("ends where next to nothing is left", () => {
    const { weights, start } = kernel(plain(0.9), 100_000);
    expect(weights.length).toBeLessThan(200);
    expect(start).toEqual({ age: 100_000, share: 0 });
  });

  test("sums up to one and gives the average of any weights, whatever the warm-up", () => {
    const next = uniform(3);
    const weights = Array.from({ length: 61 }, () => next() - 0.5);
    for (const warmup of ["none", "ramp", "bias-corrected"] as const) {
      for (const every of [1, 4]) {
        for (const from of [0, 10]) {
          const spec = plain(0.9, { warmup, every, from });
          const v = average(spec, weights).at(-1) ?? NaN;
          const { weights: shares, start } = kernel(spec, 60, 0);
          const sum = shares.reduce((sum, share) => sum + share, start.share);
          const mean = shares.reduce(
            (sum, share, k) => sum + share * (weights[60 - k] ?? NaN),
            start.share * (weights[60 - start.age] ?? NaN),
          );
          expect(sum).toBeCloseTo(1, 12);
          expect(mean).toBeCloseTo(v, 12);
        }
      }
    }
  });

  test("at step 0 there is nothing but the start", () => {
    expect(kernel(plain(0.9), 0)).toEqual({ weights: new Float64Array(0), start: { age: 0, share: 1 } });
  });
});

describe("a batch that went wrong", () => {
  test("leaves (1 − β) β^k of itself", () => {
    for (const k of [0, 1, 10]) expect(shareOf(plain(0.98), 50, 50 + k)).toBeCloseTo(0.02 * 0.98 ** k, 14);
    expect(shareOf(plain(0.98), 50, 49)).toBe(0);
    // Between updates an average does not see it at all.
    expect(shareOf(plain(0.98, { every: 4 }), 50, 60)).toBe(0);
  });

  test("moves the average by the sum over its impulses", () => {
    const spec = plain(0.9);
    const impulse = response(spec, 7, [1, 0, 0, 0]);
    impulse.forEach((moved, k) => {
      expect(moved).toBeCloseTo(0.1 * 0.9 ** k, 14);
    });
    const step = response(spec, 7, [1, 1, 1, 1]);
    step.forEach((moved, k) => {
      expect(moved).toBeCloseTo(1 - 0.9 ** (k + 1), 14);
    });
    const both = response(spec, 7, [3, 2, 2, 2]);
    both.forEach((moved, k) => {
      expect(moved).toBeCloseTo(2 * (step[k] ?? NaN) + (impulse[k] ?? NaN), 14);
    });
  });
});

describe("noise", () => {
  test("is what a straight line leaves over", () => {
    for (const value of detrended([3, 5, 7, 9, 11])) expect(value).toBeCloseTo(0, 12);
    // 0, 1, 0: the line is flat at ⅓, the residuals −⅓, ⅔, −⅓.
    const corner = [...detrended([0, 1, 0])];
    [-1 / 3, 2 / 3, -1 / 3].forEach((residual, k) => {
      expect(corner[k]).toBeCloseTo(residual, 12);
    });
    const { variance, correlation } = noise([0, 1, 0]) ?? { variance: NaN, correlation: NaN };
    expect(variance).toBeCloseTo(6 / 9, 12);
    expect(correlation).toBeCloseTo(-4 / 6, 12);
    expect(noise([1, 2])).toBeUndefined();
    expect(noise([2, 2, 2, 2])).toBeUndefined();
    expect(detrended([5])).toEqual(Float64Array.of(0));
  });

  test("that alternates has autocorrelation −1, whatever its trend", () => {
    const values = Array.from({ length: 1000 }, (_, k) => 0.01 * k + (k % 2 === 0 ? 1 : -1));
    expect(noise(values)?.correlation).toBeCloseTo(-1, 2);
    expect(noise(values)?.variance).toBeCloseTo(1, 2);
  });

  test("shrinks by the closed form of the double sum over the kernel", () => {
    for (const beta of [0, 0.5, 0.9, 0.98]) {
      for (const rho of [-0.5, 0, 0.5, 0.95]) {
        const terms = Float64Array.from({ length: 1200 }, (_, k) => (1 - beta) * beta ** k);
        const powers = terms.map((_, lag) => rho ** lag);
        let sum = 0;
        for (let i = 0; i < terms.length; i++) {
          for (let j = 0; j < terms.length; j++) {
            sum += (terms[i] ?? NaN) * (terms[j] ?? NaN) * (powers[Math.abs(i - j)] ?? NaN);
          }
        }
        expect(reduction(beta, rho)).toBeCloseTo(sum, 9);
      }
    }
    expect(reduction(0.98, 0)).toBeCloseTo(0.02 / 1.98, 14);
    expect(reduction(0, 0.7)).toBe(1);
  });

  test("of AR(1), measured after an average, is what the theory says", () => {
    for (const rho of [0, 0.8]) {
      const next = uniform(11);
      let w = 0;
      const weights = Array.from({ length: 40_000 }, () => (w = rho * w + next() - 0.5));
      const measured = noise(weights);
      expect(measured?.correlation).toBeCloseTo(rho, 1);
      for (const beta of [0.9, 0.98]) {
        const after = noise(average(plain(beta), weights));
        const ratio = (after?.variance ?? NaN) / (measured?.variance ?? NaN);
        const theory = reduction(beta, measured?.correlation ?? NaN);
        expect(Math.abs(ratio / theory - 1)).toBeLessThan(0.1);
      }
    }
  });

  test("medians", () => {
    expect(median([3, 1, 2])).toBe(2);
    expect(median([4, 1, 2, 3])).toBe(2.5);
    expect(median([])).toBeNaN();
  });
});

describe("fluctuation", () => {
  test("is the table's: standard deviation of the changes", () => {
    // The changes −2 and +4 lie 3 from their mean: sqrt((9 + 9) / 1).
    expect(fluctuation([50, 48, 52])).toBeCloseTo(Math.sqrt(18), 12);
    expect(fluctuation([40, 50, 60])).toBe(0);
    expect(fluctuation([40, 50])).toBeUndefined();
  });

  test("rolls over the latest changes", () => {
    expect(rollingFluctuation([50, 48, 52, 56], 2)).toEqual([NaN, NaN, expect.closeTo(Math.sqrt(18), 12), 0]);
    expect(rollingFluctuation([], 5)).toEqual([]);
  });
});
