import { expect, test } from "vitest";

import { reduction } from "../../averages/noise";
import { noise } from "./noise";
import { uniform } from "./random";
import {
  averagedCovariance,
  averagedResidualVariance,
  correctedCorrelation,
  residualCorrelation,
  residualVariance,
} from "./window";

/** Normal numbers (Box and Muller), the same every time. */
function normals(seed: number): () => number {
  const next = uniform(seed);
  return () => Math.sqrt(-2 * Math.log(1 - next())) * Math.cos(2 * Math.PI * next());
}

/** Means of what `runs` windows of n values show of AR(1) noise and of its average. */
function shown(beta: number, rho: number, n: number, runs: number): { ratio: number; correlation: number } {
  const normal = normals(7);
  const sums = { raw: 0, average: 0, products: 0 };
  for (let run = 0; run < runs; run++) {
    let w = normal() / Math.sqrt(1 - rho * rho);
    let v = w;
    const raw: number[] = [];
    const averages: number[] = [];
    const before = Math.ceil(8 / (1 - beta));
    for (let k = -before; k < n; k++) {
      w = rho * w + normal();
      v += (1 - beta) * (w - v);
      if (k >= 0) {
        raw.push(w);
        averages.push(v);
      }
    }
    const of = noise(raw);
    sums.raw += of?.variance ?? NaN;
    sums.products += (of?.variance ?? NaN) * (of?.correlation ?? NaN);
    sums.average += noise(averages)?.variance ?? NaN;
  }
  return { ratio: sums.average / sums.raw, correlation: sums.products / sums.raw };
}

test("the covariance of an average begins at the closed form and follows its recursion", () => {
  for (const beta of [0, 0.9]) {
    for (const rho of [0, 0.7]) {
      const covariance = averagedCovariance(beta, rho, 5);
      const terms = Array.from({ length: 400 }, (_, k) => (1 - beta) * beta ** k);
      covariance.forEach((value, lag) => {
        let sum = 0;
        terms.forEach((a, i) => {
          terms.forEach((b, j) => {
            sum += a * b * (rho === 0 ? Number(i - j === lag) : rho ** Math.abs(i - j - lag));
          });
        });
        expect(value).toBeCloseTo(sum, 9);
      });
      expect(covariance[0]).toBe(reduction(beta, rho));
    }
  }
});

test("white noise loses nothing but the two degrees of freedom", () => {
  const white = Float64Array.from({ length: 50 }, (_, lag) => Number(lag === 0));
  expect(residualVariance(white, 50)).toBeCloseTo(1, 12);
});

test("a window of a slow noise shows less of it, by as much as expected", () => {
  for (const [beta, rho, n] of [
    [0.98, 0, 250],
    [0.98, 0.9, 250],
    [0.99, 0.98, 1000],
  ] as const) {
    const expected =
      residualVariance(averagedCovariance(beta, rho, n), n) /
      residualVariance(averagedCovariance(0, rho, n), n);
    const { ratio, correlation } = shown(beta, rho, n, 400);
    expect(expected).toBeLessThan(0.75 * reduction(beta, rho));
    expect(Math.abs(ratio / expected - 1)).toBeLessThan(0.1);
    expect(Math.abs(correlation - residualCorrelation(rho, n))).toBeLessThan(0.005);
  }
});

test("of constant rates, the variance by way of the updates is that of the closed form", () => {
  const [count, apart] = [60, 3];
  for (const [beta, rho] of [
    [0.9, 0],
    [0.95, 0.8],
  ] as const) {
    const covariance = averagedCovariance(beta, rho, count * apart);
    const sampled = Float64Array.from({ length: count }, (_, lag) => covariance[lag * apart] ?? NaN);
    // By then the start is forgotten.
    const first = 1000;
    const rates = new Float64Array(first + (count - 1) * apart).fill(1 - beta);
    expect(averagedResidualVariance(rates, rho, { first, apart, count })).toBeCloseTo(
      residualVariance(sampled, count),
      12,
    );
  }
});

test("the autocorrelation is inferred from what the window shows", () => {
  for (const rho of [-0.5, 0, 0.6, 0.95]) {
    expect(correctedCorrelation(residualCorrelation(rho, 300), 300)).toBeCloseTo(rho, 3);
  }
  expect(correctedCorrelation(0.999, 50)).toBe(0.9999);
});
