import { expect, test } from "vitest";

import type { EvaluationPoint } from "../engine";
import { type State, initialState } from "../state";
import { FakeEngine } from "../testing/fake-engine";
import { fakeExperiment, fakeModule } from "../testing/fake-module";
import { firstEvaluation, stepAxisEnd } from "./runlines";

const description = new FakeEngine(fakeModule().world, fakeExperiment).describe();
const point = (step: number, early?: true): EvaluationPoint => ({
  step,
  epoch: step / 10,
  ...(early === undefined ? {} : { early }),
  methods: [],
});
const state = (points: EvaluationPoint[], settings = {}): State => ({
  ...initialState(),
  description,
  experiment: { ...fakeExperiment, ...settings },
  points,
});

test("the first evaluation is after step 1, or after an epoch or interval where none is early", () => {
  expect(firstEvaluation(state([], { eval_early: true }))).toBe(1);
  expect(firstEvaluation(state([]))).toBe(10);
  expect(firstEvaluation(state([], { eval_every: 4 }))).toBe(4);
});

test("early points get an axis on which they are distinguishable, and the others four intervals", () => {
  expect(stepAxisEnd(state([]))).toBe(40);
  expect(stepAxisEnd(state([point(1, true)]))).toBe(8);
  expect(stepAxisEnd(state([point(8, true)]))).toBe(16);
  expect(stepAxisEnd(state([point(64, true)]))).toBe(40);
  expect(stepAxisEnd(state([point(8, true), point(10)]))).toBe(40);
});
