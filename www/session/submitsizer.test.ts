import { expect, test } from "vitest";

import { SubmitSizer } from "./submitsizer";

/** Submits until the size settles, on an adapter where a step takes this long. */
function settle(sizer: SubmitSizer, millisecondsPerStep: number): number[] {
  return Array.from({ length: 30 }, () => {
    const { steps } = sizer;
    sizer.record(steps, steps * millisecondsPerStep);
    return steps;
  });
}

test("a submit grows to its target and no further, at most doubling", () => {
  const sizes = settle(new SubmitSizer(75), 2);
  expect(sizes.at(-1)).toBe(37);
  sizes.reduce((before, size) => {
    expect(size).toBeLessThanOrEqual(2 * before);
    return size;
  });
});

test("a step longer than the target gets a submit of its own", () => {
  expect(new Set(settle(new SubmitSizer(75), 500))).toEqual(new Set([1]));
});

test("the first submit, which compiles pipelines, does not count", () => {
  const sizer = new SubmitSizer(75);
  sizer.record(1, 3000);
  expect(sizer.steps).toBe(1);
  expect(settle(sizer, 25).at(-1)).toBe(3);
});

test("a slower adapter makes submits shrink again", () => {
  const sizer = new SubmitSizer(75);
  settle(sizer, 2);
  expect(settle(sizer, 25).at(-1)).toBe(3);
});
