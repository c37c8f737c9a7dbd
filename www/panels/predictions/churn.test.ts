import { expect, test } from "vitest";

import type { Predictions } from "../../engine";
import { FlipCounter, disagreements, flips, laterMean } from "./churn";

/** One row a method. */
function predicted(step: number, ...rows: number[][]): Predictions {
  const images = rows[0]?.length ?? 0;
  return {
    step,
    images,
    methods: rows.length,
    classes: Uint8Array.from(rows.flat()),
    confidences: new Float32Array(rows.length * images).fill(0.5),
  };
}

test("flips are counted for each method", () => {
  const before = predicted(1, [0, 1, 2, 3], [0, 1, 2, 3]);
  const now = predicted(2, [1, 1, 3, 3], [0, 1, 2, 4]);
  expect(flips(before, now)).toEqual([2, 1]);
});

test("an average that was added has nothing to be compared with, nor have other images", () => {
  expect(flips(predicted(1, [0, 1]), predicted(2, [0, 2], [0, 1]))).toEqual([1, null]);
  expect(flips(predicted(1, [0, 1]), predicted(2, [0]))).toEqual([null]);
});

test("disagreements with the raw weights", () => {
  const predictions = predicted(1, [0, 1, 2, 3], [0, 9, 2, 9], [0, 1, 2, 3]);
  expect(disagreements(predictions, 1)).toEqual([1, 3]);
  expect(disagreements(predictions, 2)).toEqual([]);
});

test("the later half", () => {
  expect(laterMean([])).toBeNull();
  expect(laterMean([4])).toBe(4);
  expect(laterMean([100, 4, 6])).toBe(5);
  expect(laterMean([100, 100, 4, 6])).toBe(5);
});

test("a run's flips are its own", () => {
  const counted = new FlipCounter();
  const points = [predicted(1, [0, 0]), predicted(2, [1, 1]), predicted(3, [1, 0])];
  expect(counted.add(points[0], undefined)).toBe(true);
  expect(counted.latest(0)).toBeNull();
  counted.add(points[1], points[0]);
  counted.add(points[2], points[1]);
  expect(counted.add(points[2], points[1])).toBe(false);
  expect([counted.latest(0), counted.mean(0)]).toEqual([1, 1]);
  counted.add(undefined, undefined);
  expect([counted.latest(0), counted.mean(0)]).toEqual([null, null]);
  counted.add(points[1], points[0]);
  expect([counted.latest(0), counted.mean(0)]).toEqual([2, 2]);
});

test("flips between irregular tests are shown but not in the mean", () => {
  const counted = new FlipCounter();
  const points = [predicted(1, [0, 0]), predicted(2, [1, 1]), predicted(3, [1, 0])];
  counted.add(points[0], undefined, true);
  counted.add(points[1], points[0], false);
  expect([counted.latest(0), counted.mean(0)]).toEqual([2, null]);
  counted.add(points[2], points[1]);
  expect([counted.latest(0), counted.mean(0)]).toEqual([1, 1]);
});
