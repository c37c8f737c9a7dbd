import { expect, test } from "vitest";

import { keptRunOf } from "../testing/kept";
import { differencesOf, laterHalf } from "./compare";

test("two runs are compared at the steps at which both were tested", () => {
  const first = keptRunOf([[10], [20], [30], [40]], { averages: [] });
  const second = keptRunOf([[11], [22], [33]], { averages: [] });
  second.curves.step = [20, 25, 40];
  const found = differencesOf(first, 0, second, 0);
  expect(found.step).toEqual([20, 40]);
  expect(found.difference).toEqual([-9, -7]);
  // 2 √(20·80/1000 + 11·89/1000)
  expect(found.error[0]).toBeCloseTo(2 * Math.sqrt(1.6 + 0.979), 9);
});

test("the later half is summed up by its mean and its extremes", () => {
  const later = laterHalf({ step: [10, 20, 30, 40], difference: [9, 9, 1, -3], error: [] });
  expect(later).toEqual({ mean: -1, least: -3, greatest: 1, tests: 2 });
  expect(laterHalf({ step: [], difference: [], error: [] })).toBeUndefined();
});
