import type { EvaluationPoint, SummaryRow } from "../engine";
import { FORMAT, type Recording, VERSION } from "./format";

export const STEPS = 12;
export const EVERY = 4;
const methods = [{ name: "raw" }, { name: "ema-0.9", beta: 0.9 }];
const IMAGES = 3;

/** A recording of 12 steps, tested every 4, whose every value identifies its place. For tests. */
export function exampleRecording(): Recording {
  const steps = Array.from({ length: STEPS }, (_, k) => k + 1);
  const tested = steps.filter((step) => step % EVERY === 0);
  const points = tested.map<EvaluationPoint>((step) => ({
    step,
    epoch: step / EVERY,
    methods: methods.map(({ name }, k) => ({ name, accuracy: 10 * k + step, loss: 2 - step / 100 })),
  }));
  const row = (point: EvaluationPoint): SummaryRow[] =>
    point.methods.map(({ name, accuracy, loss }) => ({
      method: name,
      accuracy,
      loss,
      best_accuracy: accuracy,
      best_epoch: point.epoch,
      mean_accuracy: accuracy,
      fluctuation: null,
    }));
  const frame = (step: number) => ({ step, methods: methods.map((_, k) => [step + k]) });
  return {
    format: FORMAT,
    version: VERSION,
    program: "emascope 0.1.0",
    experiment: { batch: 16, epochs: 3, ema: ["0.9"] },
    description: {
      adapter: { name: "An adapter", backend: "vulkan", software: false },
      dataset: { name: "synthetic", synthetic: true, train: 64, test: IMAGES, classes: ["a", "b"] },
      network: "tiny",
      parameters: 2,
      gpu_bytes: 1,
      steps_per_epoch: EVERY,
      total_steps: STEPS,
      methods,
      tensors: [{ name: "0.weight", shape: [2] }],
    },
    images_per_second: 400,
    steps: {
      loss: steps.map((step) => 3 - step / 10),
      accuracy: steps.map((step) => 5 * step),
    },
    points,
    summaries: points.map(row),
    averages: [
      {
        name: "ema-0.9",
        average: "0.9",
        beta: 0.9,
        effective_beta: [0, ...steps].map(() => 0.9),
        half_life: [0, ...steps].map(() => 6.6),
        initial_share: [0, ...steps].map((step) => 0.9 ** step),
      },
    ],
    probes: {
      probes: [
        { tensor: 0, index: 0 },
        { tensor: 0, index: 1 },
      ],
      values: steps.flatMap((step) =>
        [0, 1].flatMap((probe) => [0, 1].map((k) => 100 * step + 10 * probe + k)),
      ),
    },
    predictions: tested.map((step) => ({
      step,
      classes: methods.flatMap((_, k) =>
        Array.from({ length: IMAGES }, (_, image) => (step + k + image) % 2),
      ),
      confidences: methods.flatMap(() => Array.from({ length: IMAGES }, () => 0.75)),
    })),
    filters: { shape: [1, 1, 1, 1], frames: [0, ...tested].map(frame) },
    test_images: {
      labels: [0, 1, 0],
      pixels: btoa(
        [10, 20, 30]
          .map((shade) => String.fromCharCode(shade, shade + 1, shade + 2).repeat(32 * 32))
          .join(""),
      ),
    },
  };
}
