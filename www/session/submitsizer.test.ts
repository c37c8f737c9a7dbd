import { expect, test } from "vitest";

import { SubmitSizer } from "./submitsizer";

/** Submits until the size settles, on an adapter that takes so long a step. */
function settle(pacer: SubmitSizer, millisecondsPerStep: number): number[] {
  return Array.from({ length: 30 }, () => {
    const { steps } = pacer;
    pacer.record(steps, steps * millisecondsPerStep);
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

test("a step longer than the target goes alone", () => {
  expect(new Set(settle(new SubmitSizer(75), 500))).toEqual(new Set([1]));
});

test("the first submit, which compiles pipelines, does not count", () => {
  const pacer = new SubmitSizer(75);
  pacer.record(1, 3000);
  expect(pacer.millisecondsPerStep).toBeNull();
  pacer.record(1, 10);
  expect(pacer.millisecondsPerStep).toBe(10);
});

test("a slower adapter makes submits shrink again", () => {
  const pacer = new SubmitSizer(75);
  settle(pacer, 2);
  expect(settle(pacer, 25).at(-1)).toBe(3);
});
