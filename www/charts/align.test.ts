import { expect, test } from "vitest";

import { align, lastAt, nearest } from "./align";

test("lines with the same x values stay as they are", () => {
  const x = [1, 2, 3];
  expect(
    align([
      { x, y: [5, NaN, 7] },
      { x, y: [1, 2, 3] },
    ]),
  ).toEqual({
    x,
    y: [
      [5, null, 7],
      [1, 2, 3],
    ],
  });
});

test("lines with different x values are aligned on all of them, and a gap differs from no value", () => {
  const every = { x: Float64Array.of(1, 2, 3, 4), y: Float32Array.of(1, 2, 3, 4) };
  const some = { x: [2, 4, 6], y: [20, Infinity, 60] };
  expect(align([every, some])).toEqual({
    x: [1, 2, 3, 4, 6],
    y: [
      [1, 2, 3, 4, undefined],
      [undefined, 20, undefined, null, 60],
    ],
  });
  expect(align([])).toEqual({ x: [], y: [] });
  expect(align([{ x: [], y: [] }, some]).x).toEqual([2, 4, 6]);
});

test("finds the last x value at or before another", () => {
  const x = [10, 20, 30];
  expect([9, 10, 19, 20, 35].map((place) => lastAt(x, place))).toEqual([-1, 0, 0, 1, 2]);
  expect(lastAt([], 1)).toBe(-1);
});

test("finds the nearest x value", () => {
  expect([0, 14, 16, 99].map((place) => nearest([10, 20], place))).toEqual([10, 10, 20, 20]);
  expect(nearest([], 1)).toBeUndefined();
});
