import { expect, test } from "vitest";

import type { Description } from "../engine";
import type { Mark } from "../history/mark";
import { type State, initialState } from "../state";
import { lastOutlier, shareLines } from "./impulse";

const description: Description = {
  adapter: { name: "none", backend: "none", software: true },
  dataset: { name: "synthetic", synthetic: true, train: 100, test: 10, classes: [] },
  network: "tiny",
  parameters: 0,
  gpu_bytes: 0,
  steps_per_epoch: 10,
  total_steps: 100,
  methods: [{ name: "raw" }, { name: "ema-0.9" }, { name: "ema-0.98" }],
  tensors: [],
};

const outlier = (step: number): Mark => ({ step, kind: "outlier", factor: 10 });

const state = (marks: Mark[]): State => ({
  ...initialState(),
  description,
  experiment: { ema: ["0.9", "0.98"] },
  marks,
});

test("the share of the bad step falls as (1 − β) β^k, from the step after the mark", () => {
  const [first, second] = shareLines(state([outlier(50)]), false, 90);
  expect(first?.key).toBe("method-1");
  expect(Array.from(first?.x ?? []).slice(0, 3)).toEqual([50, 51, 52]);
  [0, 10, 9, 8.1].forEach((share, k) => {
    expect(first?.y[k]).toBeCloseTo(share, 9);
  });
  expect(second?.y[40]).toBeCloseTo(100 * 0.02 * 0.98 ** 39, 9);
});

test("the latest of several bad batches is shown", () => {
  const marks: Mark[] = [outlier(10), { step: 30, kind: "restored" }, outlier(20)];
  expect(lastOutlier(marks)?.step).toBe(20);
  expect(shareLines(state(marks), false, 90)[0]?.x[0]).toBe(20);
  expect(shareLines(state([]), false, 90)).toEqual([]);
});

test("a share too small to see ends the line", () => {
  const [line] = shareLines(state([outlier(50)]), false, 1_000_000);
  expect(line?.x.length).toBeLessThan(150);
  expect(line?.y[20]).toBeCloseTo(10 * 0.9 ** 19, 9);
});
