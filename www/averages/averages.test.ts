/** Averages as the engine and the page know them, held against the same vectors as `src/average/`. */
import { readFileSync } from "node:fs";

import { describe, expect, test } from "vitest";

import { uniform } from "../charts/theory/random";
import { average, specOf } from "../testing/averages";
import { grows, kept } from "./decay";
import { kernel, response } from "./kernel";
import { independent } from "./noise";
import { effectiveBeta, halfLife, horizon, lastUpdate, rateAt, updates } from "./rate";
import { type AverageSpec, parseSpec, parseSpecs, printSpec } from "./spec";

interface Vector extends AverageSpec {
  text: string;
  written: string;
  /** After step 13: of the weights that it began with, then of those at each update. */
  shares: number[];
  steps: {
    step: number;
    updates: number;
    rate: number;
    effective_beta: number;
    initial_share: number;
    half_life: number;
    variance_left: number;
  }[];
}

const file = readFileSync(new URL("../../tests/averages/vectors.json", import.meta.url), "utf8");
const { averages, refused } = JSON.parse(file) as { averages: Vector[]; refused: string[] };

test.each(averages)("$text is read and followed as everywhere", (vector) => {
  const spec = specOf(vector.text);
  const { decay, every, buffers, from } = vector;
  expect(spec).toEqual({ decay, every, buffers, from });
  expect(printSpec(spec)).toBe(vector.written);
  for (const { step, rate, ...expected } of vector.steps) {
    expect(updates(spec, step)).toBe(expected.updates);
    expect(effectiveBeta(spec, step)).toBeCloseTo(expected.effective_beta, 12);
    if (step > 0) expect(rateAt(spec, step)).toBeCloseTo(rate, 12);
    expect(halfLife(spec, step)).toBeCloseTo(expected.half_life, 9);
    const { weights, start } = kernel(spec, step, 0);
    expect(weights.reduce((sum, share) => sum + share * share, start.share ** 2)).toBeCloseTo(
      expected.variance_left,
      12,
    );
    expect(weights.reduce((sum, share) => sum + share, start.share)).toBeCloseTo(1, 12);
    if (step > from) expect(start.share).toBeCloseTo(expected.initial_share, 12);
    expect(kept(decay, 0, expected.updates)).toBeCloseTo(expected.initial_share, 12);
    if (grows(decay) && step >= from)
      expect(independent(decay, expected.updates)).toBeCloseTo(expected.variance_left, 12);
  }
  const n = vector.shares.length - 1;
  const shares = vector.shares.map((_, i) => kept(decay, i, n) - (i === 0 ? 0 : kept(decay, i - 1, n)));
  shares.forEach((share, i) => {
    expect(share).toBeCloseTo(vector.shares[i] ?? NaN, 12);
  });
});

test.each(refused)("`%s` is not an average", (text) => {
  expect(parseSpec(text)).toBeUndefined();
});

test("the averages of an experiment are numbers and texts", () => {
  expect(parseSpecs([0.9, "0.99, every=2"])).toEqual([specOf("0.9"), { ...specOf("0.99"), every: 2 }]);
  expect([parseSpecs(undefined), parseSpec(null)]).toEqual([[], undefined]);
});

test("the last update is the step that it was made at", () => {
  const late = specOf("0.9,every=4,from=10");
  expect([5, 10, 13, 14, 17].map((step) => lastUpdate(late, step))).toEqual([5, 10, 10, 14, 14]);
});

test("a bias-corrected average is the normalised mean of the weights since it began", () => {
  expect(average(specOf("0.5,warmup=bias-corrected"), [9, 1, 2]).at(-1)).toBeCloseTo((2 + 0.5 * 1) / 1.5, 12);
});

test("the horizon counts steps", () => {
  expect(horizon(specOf("0.98"), 1 - 0.98)).toBe(50);
  expect(horizon(specOf("0.75,every=3"), 0.25)).toBe(12);
});

describe("the kernel", () => {
  test("of a plain average is (1 − β) β^k, and β^t of the start is left", () => {
    const { weights, start } = kernel(specOf("0.98"), 100);
    expect(weights).toHaveLength(100);
    weights.forEach((weight, k) => {
      expect(weight).toBeCloseTo(0.02 * 0.98 ** k, 14);
    });
    expect(start.age).toBe(100);
    expect(start.share).toBeCloseTo(0.98 ** 100, 14);
  });

  test("ends where next to nothing is left", () => {
    const { weights, start } = kernel(specOf("0.9"), 100_000);
    expect(weights.length).toBeLessThan(200);
    expect(start).toEqual({ age: 100_000, share: 0 });
  });

  test("sums up to one and gives the average of any weights, whatever its kind", () => {
    const next = uniform(3);
    const weights = Array.from({ length: 61 }, () => next() - 0.5);
    const kinds = ["0.9", "0.9,warmup=ramp", "0.9,warmup=bias-corrected", "power=0.1", "half-life=20%"];
    for (const kind of kinds) {
      for (const every of [1, 4]) {
        for (const from of [0, 10]) {
          const spec: AverageSpec = { ...specOf(kind), every, from };
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
    expect(kernel(specOf("0.9"), 0)).toEqual({ weights: new Float64Array(0), start: { age: 0, share: 1 } });
  });
});

describe("the response to a displacement", () => {
  test("moves the average by the sum over its impulses", () => {
    const spec = specOf("0.9");
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
