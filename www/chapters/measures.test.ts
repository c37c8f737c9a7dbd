import { expect, test } from "vitest";

import { paired } from "../charts/error";
import type { Predictions } from "../engine";
import { methodsOf } from "../testing/averages";
import { differenceOf, dip, distance, lateFluctuation, lastTests, secondHalf } from "./measures";
import { curve, result } from "./testing";

test("fluctuation is the table's: spread of the changes over the second half", () => {
  // The second half is 50, 52, 50, 52: changes 2, -2, 2 with mean 2/3.
  expect(lateFluctuation([0, 90, 10, 50, 52, 50, 52])).toBeCloseTo(Math.sqrt(16 / 3), 12);
  expect(lateFluctuation([1, 2, 3, 4, 5, 6])).toBeCloseTo(0, 12);
  expect(lateFluctuation([50])).toBeNaN();
});

test("the last evaluations are averaged, as far as there are any", () => {
  expect(lastTests([10, 40, 50, 60])).toBe(50);
  expect(lastTests([40])).toBe(40);
  expect(secondHalf([1, 2, 3])).toEqual([2, 3]);
});

test("a dip has a depth and a lowest point", () => {
  const points = curve({ steps: [10, 20, 30, 35, 40, 45, 50], accuracy: [[39, 41, 40, 38, 20, 30, 39.5]] });
  expect(dip(points, 0, 30)).toEqual({ before: 40, depth: 20, lowestAfter: 10 });
});

test("without a drop there is no depth, and a lasting drop is reported", () => {
  const rising = curve({ steps: [10, 20, 30], accuracy: [[30, 35, 40]] });
  expect(dip(rising, 0, 10)).toMatchObject({ depth: 0 });
  const falling = curve({ steps: [10, 20, 30], accuracy: [[50, 40, 30]] });
  expect(dip(falling, 0, 10)).toMatchObject({ depth: 20, lowestAfter: 20 });
});

test("curves are compared after equally many images, whatever the batch", () => {
  const small = { points: curve({ steps: [64, 128, 192], accuracy: [[10, 20, 30]] }), method: 0, batch: 16 };
  const large = { points: curve({ steps: [16, 32, 40], accuracy: [[13, 24, 99]] }), method: 0, batch: 64 };
  expect(distance(small, large)).toBeCloseTo(Math.sqrt((9 + 16) / 2), 12);
  expect(distance(small, { ...large, batch: 63 })).toBeNaN();
});

test("on the same pictures a difference is that of pairs; without predictions it is less sure", () => {
  const n = 100;
  const labels = new Uint8Array(n);
  // Of a hundred pictures the first gets 60 right, the second 50 of these.
  const right = (count: number): number[] => Array.from({ length: n }, (_, image) => (image < count ? 0 : 1));
  const predictions: Predictions = {
    step: 10,
    images: n,
    methods: 2,
    classes: Uint8Array.from([...right(50), ...right(60)]),
    confidences: new Float32Array(2 * n),
  };
  const measured = (over: object) =>
    result({ methods: methodsOf("0.9"), testImages: n, labels, predictions, ...over }, [10], [[50], [60]]);
  const apart = (over: object) =>
    differenceOf({ result: measured(over), method: 1 }, { result: measured(over), method: 0 });
  const pairs = paired({ average: 10, raw: 0, n });
  expect(apart({})).toEqual({ printed: 10, error: pairs, clear: true });
  for (const over of [
    { predictions: undefined },
    { labels: undefined },
    { predictions: { ...predictions, step: 5 } },
  ]) {
    const { error, clear } = apart(over);
    expect(error).toBeGreaterThan(1.5 * pairs);
    expect(clear).toBe(false);
  }
});
