import { expect, test } from "vitest";

import { ticks } from "./comparison";

test("ticks are round, within the bounds, and not too many", () => {
  expect(ticks(10, 50, 5)).toEqual([10, 20, 30, 40, 50]);
  expect(ticks(15, 50, 5)).toEqual([20, 30, 40, 50]);
  expect(ticks(0, 8192, 5)).toEqual([0, 2500, 5000, 7500]);
  expect(ticks(0, 9600, 5)).toEqual([0, 2500, 5000, 7500]);
  expect(ticks(60, 65, 5)).toEqual([60, 62, 64]);
});
