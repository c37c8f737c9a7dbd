import { expect, test } from "vitest";

import { type Measured, experiments, gigaflops, megaflops } from "./measured";

const survey = {
  model: { name: "x", layers: [] },
  layers: [],
  parameters: 0,
  multiply_adds: 10e6,
  error: null,
};

test("each preset is measured under the run's settings, and a network of the reader's own too", () => {
  const run = { preset: "small", batch: 32, ema: ["0.9"] };
  const of = (measured: Measured[]): unknown[] =>
    measured.map(({ experiment: { preset, model, batch } }) => [preset, model, batch]);
  expect(of(experiments(run, ["tiny", "small"]))).toEqual([
    ["tiny", null, 32],
    ["small", null, 32],
  ]);
  const own = { name: "mine", layers: ["relu"] };
  expect(of(experiments({ ...run, model: own }, ["tiny"]))).toEqual([
    ["tiny", null, 32],
    ["small", own, 32],
  ]);
});

test("a multiply–add counts twice in each of the three passes", () => {
  const measured: Measured = { experiment: {}, tag: "", survey, speed: 500 };
  expect(megaflops(measured)).toBe(60);
  expect(gigaflops(measured)).toBe(30);
  const refused: Measured = { ...measured, speed: { name: "OutOfMemory", message: "too large" } };
  expect(gigaflops(refused)).toBeNaN();
});
