import { expect, test } from "vitest";

import { dip, distance, lateFluctuation, lastTests, secondHalf } from "./measures";
import { curve } from "./testing";

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

test("a dip has a depth, a lowest point and a way back", () => {
  const points = curve({ steps: [10, 20, 30, 35, 40, 45, 50], accuracy: [[39, 41, 40, 38, 20, 30, 39.5]] });
  expect(dip(points, 0, 30)).toEqual({ before: 40, depth: 20, lowestAfter: 10, backAfter: 20 });
});

test("without a drop there is no depth, and a lasting drop is reported", () => {
  const rising = curve({ steps: [10, 20, 30], accuracy: [[30, 35, 40]] });
  expect(dip(rising, 0, 10)).toMatchObject({ depth: 0 });
  const falling = curve({ steps: [10, 20, 30], accuracy: [[50, 40, 30]] });
  expect(dip(falling, 0, 10)).toMatchObject({ depth: 20, lowestAfter: 20, backAfter: null });
});

test("curves are compared after equally many images, whatever the batch", () => {
  const small = { points: curve({ steps: [64, 128, 192], accuracy: [[10, 20, 30]] }), method: 0, batch: 16 };
  const large = { points: curve({ steps: [16, 32, 40], accuracy: [[13, 24, 99]] }), method: 0, batch: 64 };
  expect(distance(small, large)).toBeCloseTo(Math.sqrt((9 + 16) / 2), 12);
  expect(distance(small, { ...large, batch: 63 })).toBeNaN();
});
