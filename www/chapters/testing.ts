import type { EvaluationPoint, Method } from "../engine";
import type { RunResult } from "./run";

/** Evaluations at these steps: the accuracies of each method in turn. */
export function curve({
  steps,
  accuracy,
  methods,
}: {
  steps: readonly number[];
  accuracy: readonly (readonly number[])[];
  methods?: readonly Method[] | undefined;
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

/** The measurements of a chapter's run. */
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
    dataset: { name: "CIFAR-10", synthetic: false },
    testImages: 200,
    classes: 10,
    predictions: undefined,
    labels: undefined,
    flips: [],
    ...over,
  };
}
