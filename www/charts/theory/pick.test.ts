import { expect, test } from "vitest";

import { coordinates, pick } from "./pick";

test("picks different numbers, the same for the same seed", () => {
  const eight = pick(1000, 8, 1);
  expect(new Set(eight).size).toBe(8);
  expect(eight).toEqual([...eight].sort((a, b) => a - b));
  expect(eight.every((index) => Number.isInteger(index) && index >= 0 && index < 1000)).toBe(true);
  expect(pick(1000, 8, 1)).toEqual(eight);
  expect(pick(1000, 8, 2)).not.toEqual(eight);
  expect(pick(3, 8, 1)).toEqual([0, 1, 2]);
  expect(pick(0, 8, 1)).toEqual([]);
});

test("coordinates are PyTorch's", () => {
  expect(coordinates(0, [2, 3, 4])).toEqual([0, 0, 0]);
  expect(coordinates(23, [2, 3, 4])).toEqual([1, 2, 3]);
  expect(coordinates(17, [2, 3, 4])).toEqual([1, 1, 1]);
  expect(coordinates(5, [8])).toEqual([5]);
});
