import { describe, expect, test } from "vitest";

import { average, specOf } from "../../testing/averages";
import vectors from "../../../tests/averages/fluctuation.json" with { type: "json" };
import { fluctuation, rollingFluctuation } from "./fluctuation";
import { reduction } from "../../averages/noise";
import { detrended, median, noise } from "./noise";
import { uniform } from "./random";

describe("noise", () => {
  test("is the residual of a straight line", () => {
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

  test("of AR(1), measured after an average, agrees with the theory", () => {
    for (const rho of [0, 0.8]) {
      const next = uniform(11);
      let w = 0;
      const weights = Array.from({ length: 40_000 }, () => (w = rho * w + next() - 0.5));
      const measured = noise(weights);
      expect(measured?.correlation).toBeCloseTo(rho, 1);
      for (const beta of [0.9, 0.98]) {
        const after = noise(average(specOf(String(beta)), weights));
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
    for (const { accuracies, fluctuation: expected } of vectors) {
      if (expected === null) expect(fluctuation(accuracies)).toBeUndefined();
      else expect(fluctuation(accuracies)).toBeCloseTo(expected, 12);
    }
  });

  test("rolls over the latest changes", () => {
    expect(rollingFluctuation([50, 48, 52, 56], 2)).toEqual([NaN, NaN, expect.closeTo(Math.sqrt(18), 12), 0]);
    expect(rollingFluctuation([], 5)).toEqual([]);
  });
});
