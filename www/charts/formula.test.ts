import { expect, test } from "vitest";

import { addProbes, noProbes } from "../history/probes";
import { rateAt } from "../averages/rate";
import type { AverageSpec } from "../averages/spec";
import { specOf as spec } from "../testing/averages";
import { factor, lastUpdateOf } from "./formula";

/** One weight, 1, 2, 3, … after the steps 1, 2, 3, …, and its average. */
function history(average: AverageSpec, steps: number): ReturnType<typeof addProbes> {
  const values = new Float32Array(2 * steps);
  let v = 0;
  for (let step = 1; step <= steps; step++) {
    v += rateAt(average, step) * (step - v);
    values.set([step, v], 2 * (step - 1));
  }
  return addProbes(noProbes, [{ tensor: 0, index: 0 }], {
    first_step: 1,
    steps,
    probes: 1,
    methods: 2,
    values,
  });
}

test("the numbers of the last update fulfil the formula", () => {
  for (const text of ["0.98", "0.9,every=4", "0.99,warmup=ramp", "0.9,from=3"]) {
    const average = spec(text);
    const update = lastUpdateOf(history(average, 10), average, 0, 1);
    if (update === undefined) throw new Error(text);
    expect(update.step).toBe(text.includes("every") ? 8 : 10);
    expect(update.weight).toBe(update.step);
    expect((1 - update.rate) * update.before + update.rate * update.weight).toBeCloseTo(update.after, 5);
  }
});

test("without two steps, or an update among them, there are no numbers", () => {
  const average = spec("0.98");
  expect(lastUpdateOf(noProbes, average, 0, 1)).toBeUndefined();
  expect(lastUpdateOf(history(average, 1), average, 0, 1)).toBeUndefined();
  const rare = spec("0.9,every=100");
  expect(lastUpdateOf(history(rare, 10), rare, 0, 1)).toBeUndefined();
});

test("factors have enough digits to distinguish β from 1", () => {
  expect([0.9, 0.98, 0.995, 0.9999, 0.1, 1 - 0.98, 1 - 0.995, 0, 1].map(factor)).toEqual([
    "0.9",
    "0.98",
    "0.995",
    "0.9999",
    "0.1",
    "0.02",
    "0.005",
    "0",
    "1",
  ]);
  expect(factor(2 / 11)).toBe("0.182");
});
