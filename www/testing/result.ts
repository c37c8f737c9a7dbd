/** The settings of its run. */
export const CONFIG = {
  data: "subset",
  preset: "tiny",
  lr: 0.002,
  steps: null,
  seed: 3,
  ema: ["0.9", "0.98"],
};

/** A log as the command line writes it, of a run that has ended; without a summary if that is null. */
export function resultLog({
  config = {},
  summary = {},
  events = [],
}: {
  config?: object;
  summary?: object | null;
  events?: object[];
} = {}): string {
  const settings = { ...CONFIG, ...config };
  const rows = ["raw", "ema-0.9", "ema-0.98"].map((method, k) => ({
    method,
    accuracy: 60 + k,
    loss: 1,
    best_accuracy: 70,
    best_epoch: 1,
    mean_accuracy: 61,
    fluctuation: null,
  }));
  const provenance = {
    dataset: "CIFAR-10",
    synthetic: false,
    train_images: 5000,
    test_images: 1000,
    network: "tiny",
    parameters: 72_954,
    steps: 1092,
    batch: 64,
    seed: settings.seed,
    adapter: "GPU",
  };
  const lines = [
    { event: "start", config: settings, step: 0, parameters: 72_954, dataset: "CIFAR-10", adapter: "GPU" },
    { event: "step", step: 1, loss: 2.3 },
    { event: "epoch", epoch: 1, step: 78, train_loss: 2, raw: { accuracy: 40, loss: 2 }, ema: [] },
    ...events,
    ...(summary === null
      ? []
      : [
          {
            event: "summary",
            rows,
            averages: [],
            images_per_second: 1,
            interrupted: false,
            ...provenance,
            ...summary,
          },
        ]),
  ];
  return lines.map((line) => `${JSON.stringify(line)}\n`).join("");
}
