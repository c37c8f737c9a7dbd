import { expect, test } from "vitest";

import type { StepMetric } from "../engine";
import { addMetrics, noMetrics } from "./metrics";

const steps = (from: number, to: number, loss: (step: number) => number = (step) => step): StepMetric[] =>
  Array.from({ length: to - from + 1 }, (_, k) => ({ step: from + k, loss: loss(from + k), accuracy: 1 }));

test("while there is room, every step stands alone with its values", () => {
  const history = addMetrics(noMetrics, steps(1, 5), 8);
  expect(history.width).toBe(1);
  expect(history.buckets.map(({ first, last, loss }) => [first, last, loss.last])).toEqual(
    [1, 2, 3, 4, 5].map((step) => [step, step, step]),
  );
});

test("in a long run no step is dropped, and extremes are kept", () => {
  const random = (step: number): number => Math.sin(step * 12.9898) * 100;
  let history = noMetrics;
  for (let step = 1; step <= 1000; step += 7)
    history = addMetrics(history, steps(step, step + 6, random), 16);
  const { buckets } = history;
  expect(buckets.length).toBeLessThanOrEqual(16);
  expect(buckets[0]?.first).toBe(1);
  buckets.forEach((bucket, k) => {
    if (k > 0) expect(bucket.first).toBe((buckets[k - 1]?.last ?? 0) + 1);
    const losses = steps(bucket.first, bucket.last, random).map(({ loss }) => loss);
    expect(bucket.loss).toEqual({
      min: Math.min(...losses),
      max: Math.max(...losses),
      last: losses.at(-1),
    });
  });
  expect(history.last?.step).toBe(buckets.at(-1)?.last);
});

test("an older history does not change", () => {
  const before = addMetrics(noMetrics, steps(1, 3), 4);
  const copy = structuredClone(before);
  addMetrics(before, steps(4, 20), 4);
  expect(before).toEqual(copy);
});

test("a NaN loss does not hide the other numbers", () => {
  const history = addMetrics(
    noMetrics,
    steps(1, 6, (step) => (step === 2 ? NaN : step)),
    4,
  );
  expect(history.buckets[0]?.loss).toEqual({ min: 1, max: 1, last: NaN });
});
