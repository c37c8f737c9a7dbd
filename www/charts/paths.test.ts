import { expect, test } from "vitest";

import { area, dots, drawn, line } from "./paths";

test("a short line has all its points", () => {
  expect(drawn([3, 1, 2], 3, 100)).toEqual([0, 1, 2]);
});

test("the work of drawing is bounded by the width, not by the run", () => {
  for (const steps of [2_000, 20_000, 200_000]) {
    const values = Float64Array.from({ length: steps }, (_, k) => (Math.sin(k * 12.9898) * 43_758.5453) % 1);
    expect(drawn(values, steps, 700).length).toBeLessThanOrEqual(2 * 700 + 2);
  }
});

test("a long line keeps its extremes, its ends and its order", () => {
  const values = Array.from({ length: 1000 }, (_, k) => (k === 333 ? 9 : k === 777 ? -9 : k % 2));
  const kept = drawn(values, 1000, 10);
  expect(kept).toEqual(expect.arrayContaining([0, 333, 777, 999]));
  expect([...kept].sort((a, b) => a - b)).toEqual(kept);
});

test("lines, areas and dots are paths", () => {
  expect(
    line([
      [0, 1],
      [2, NaN],
      [3, 4],
      [5, 6],
    ]),
  ).toBe("M0.0 1.0M3.0 4.0L5.0 6.0");
  expect(
    area([
      [0, 5, 1],
      [9, 6, 2],
    ]),
  ).toBe("M0.0 1.0L9.0 2.0L9.0 6.0L0.0 5.0Z");
  expect([dots([[1, 2]]), area([])]).toEqual(["M1.0 2.0h0", ""]);
});
