import { expect, test } from "vitest";

import { apart, extentOf, stepTicks, within } from "./axis";

test("the time axis doubles when the newest step passes 92 % of it", () => {
  expect([0, 90, 91, 180, 358, 359, 780].map((step) => extentOf(step, 780))).toEqual([
    98, 98, 195, 390, 390, 780, 780,
  ]);
});

test("steps are labelled at round numbers, and not too many of them", () => {
  expect(stepTicks(780, 5)).toEqual([0, 200, 400, 600]);
  expect(stepTicks(98, 5)).toEqual([0, 20, 40, 60, 80]);
  expect(stepTicks(3, 5)).toEqual([0, 1, 2, 3]);
});

test("labels keep apart in the order of their values", () => {
  expect(apart(10, 60, 18)).toEqual([10, 60]);
  expect(apart(30, 34, 18)).toEqual([23, 41]);
  expect(apart(34, 30, 18)).toEqual([41, 23]);
  expect(within([41, 59], 0, 50)).toEqual([32, 50]);
  expect(within([-5, 13], 0, 50)).toEqual([0, 18]);
});
