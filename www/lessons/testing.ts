import type { EvaluationPoint, Method } from "../engine";
import type { RunResult } from "./lesson";

/** Evaluations at these steps: the accuracies of each method in turn. */
export function curve({
  steps,
  accuracy,
  methods,
}: {
  steps: readonly number[];
  accuracy: readonly (readonly number[])[];
  methods?: readonly Method[];
}): EvaluationPoint[] {
  return steps.map((step, k) => ({
    step,
    epoch: step / 10,
    methods: accuracy.map((values, method) => ({
      name: methods?.[method]?.name ?? String(method),
      accuracy: values[k] ?? NaN,
      loss: 1,
    })),
  }));
}

/** The measurements of a lesson's run. */
export function result(
  over: Partial<RunResult> & Pick<RunResult, "methods">,
  steps: readonly number[],
  accuracy: readonly (readonly number[])[],
): RunResult {
  return {
    name: "only",
    experiment: {},
    points: curve({ steps, accuracy, methods: over.methods }),
    marks: [],
    averages: [],
    testImages: 200,
    ...over,
  };
}
