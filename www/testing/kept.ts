import type { KeptRun } from "../kept/run";
import { methodsOf } from "./averages";

/** A kept run of 1,000 test images with these accuracies of its methods at steps 10, 20, …, the last of which is its end. */
export function keptRunOf(
  accuracies: readonly number[][],
  { averages = ["0.9", "0.98"], ...rest }: Partial<KeptRun> & { averages?: string[] } = {},
): KeptRun {
  const methods = methodsOf(...averages);
  const step = accuracies.map((_, k) => 10 * (k + 1));
  const column = (method: number): number[] => accuracies.map((row) => row[method] ?? NaN);
  const mean = (values: readonly number[]): number =>
    values.reduce((sum, value) => sum + value, 0) / values.length;
  return {
    version: 1,
    id: "a",
    number: 1,
    name: "",
    began: 0,
    updated: 0,
    experiment: { data: "subset", seed: 0, lr: 0.002, ema: averages },
    source: "subset",
    dataset: { name: "CIFAR-10", synthetic: false, train: 5000, test: 1000, classes: [] },
    network: "tiny",
    parameters: 72_954,
    adapter: { name: "GPU", backend: "webgpu", software: false },
    methods,
    step: step.at(-1) ?? 0,
    totalSteps: step.at(-1) ?? 0,
    seconds: 12,
    diverged: false,
    summary: methods.map(({ name }, method) => ({
      method: name,
      accuracy: column(method).at(-1) ?? NaN,
      loss: 1,
      best_accuracy: Math.max(...column(method)),
      best_epoch: 1,
      mean_accuracy: mean(column(method)),
      fluctuation: 2,
    })),
    errors: methods.map(() => null),
    curves: {
      step,
      epoch: step.map((step) => step / 78),
      early: 0,
      accuracy: methods.map((_, method) => column(method)),
      loss: methods.map(() => step.map(() => 1)),
    },
    marks: [],
    ...rest,
  };
}
