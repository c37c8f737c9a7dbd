import { afterEach, expect, test, vi } from "vitest";

import { setLanguage } from "../i18n";
import { type State, initialState } from "../state";
import { csv, json, markdown } from "./export";

vi.stubGlobal("localStorage", { getItem: () => null, setItem: () => undefined });
afterEach(() => {
  setLanguage("en");
});

const state: State = {
  ...initialState(),
  experiment: { preset: "tiny", norm: "batch", batch: 64, seed: 7, ema: ["0.99"] },
  description: {
    adapter: { name: 'Quick "GPU", model 2', backend: "vulkan", software: false },
    dataset: { name: "CIFAR-10", synthetic: false, train: 5000, test: 1000, classes: [] },
    network: "tiny",
    parameters: 72_954,
    gpu_bytes: 1,
    steps_per_epoch: 78,
    total_steps: 1092,
    methods: [{ name: "raw" }, { name: "ema-0.99", average: "0.99" }],
    tensors: [],
  },
  points: [{ step: 1092, epoch: 14, methods: [] }],
  summary: [
    {
      method: "raw",
      accuracy: 57.25,
      best_accuracy: 60.1,
      best_epoch: 12,
      mean_accuracy: 57.5,
      fluctuation: 4.0625,
      loss: 1.21875,
    },
    {
      method: "ema-0.99",
      accuracy: 65.5,
      best_accuracy: 65.5,
      best_epoch: 13.5,
      mean_accuracy: 65.25,
      fluctuation: null,
      loss: 0.98,
    },
  ],
  marks: [{ step: 500, kind: "outlier", factor: 10 }],
};

test("as Markdown: the table as it is shown, with its conditions", () => {
  const [head, rule, raw, average, missing, , ...notes] = markdown(state).split("\n");
  expect(head).toBe("| method | claimed | accuracy, % | fluctuation, points | best, % | loss |");
  expect(rule?.split("|").length).toBe(head?.split("|").length);
  expect(raw).toBe("| raw weights | 92.3, high | 57.3 | 4.06 | 60.1 (at epoch 12) | 1.219 |");
  expect(average).toBe("| EMA 0.99 | 93.2, middle | 65.5 | – | 65.5 (at epoch 13.5) | 0.980 |");
  expect(missing).toBe("| EMA 0.999 | 93.7, low | – | – | – | – |");
  const text = notes.join("\n");
  for (const condition of [
    "data: CIFAR-10 (5,000 training images, 1,000 test images)",
    "network: tiny, 72,954 parameters",
    "steps: 1,092",
    "seed: 7",
    'adapter: Quick "GPU", model 2',
    "After step 500: one batch with wrong labels",
    "Nothing here confirms them",
  ])
    expect(text).toContain(condition);
});

test("as Markdown in Chinese", () => {
  setLanguage("zh");
  expect(markdown(state)).toContain("| 原始权重 | 92.3, 高 | 57.3 |");
});

/** The fields of RFC 4180. */
function parse(text: string): string[][] {
  return text
    .trimEnd()
    .split("\r\n")
    .map((line) =>
      [...line.matchAll(/(?:^|,)(?:"((?:[^"]|"")*)"|([^,]*))/g)].map(
        ([, quoted, plain]) => quoted?.replaceAll('""', '"') ?? plain ?? "",
      ),
    );
}

test("as CSV: one row per method, unrounded, with the conditions", () => {
  const [names = [], ...records] = parse(csv(state));
  const [raw, average, missing] = records.map((record) =>
    Object.fromEntries(names.map((name, k) => [name, record[k]])),
  );
  expect(records.every((record) => record.length === names.length)).toBe(true);
  expect(raw).toMatchObject({
    method: "raw",
    beta: "",
    claimed_accuracy: "92.3",
    claimed_fluctuation: "high",
    accuracy: "57.25",
    fluctuation: "4.0625",
    data: "CIFAR-10",
    network: "tiny",
    steps: "1092",
    seed: "7",
    adapter: 'Quick "GPU", model 2',
    done_in_mid_run: '[{"step":500,"kind":"outlier","factor":10}]',
  });
  expect(average).toMatchObject({ method: "ema-0.99", beta: "0.99", fluctuation: "" });
  expect(missing).toMatchObject({ method: "ema-0.999", claimed_accuracy: "93.7", accuracy: "" });
});

test("as JSON: everything, with the settings", () => {
  expect(JSON.parse(json(state))).toMatchObject({
    data: { name: "CIFAR-10", synthetic: false, train_images: 5000, test_images: 1000 },
    network: { name: "tiny", norm: "batch", parameters: 72_954 },
    run: {
      steps: 1092,
      epochs: 14,
      seed: 7,
      recorded: false,
      done_in_mid_run: state.marks,
      settings: state.experiment,
    },
    adapter: { name: 'Quick "GPU", model 2' },
    methods: [
      {
        method: "raw",
        beta: null,
        claimed: { accuracy: 92.3, fluctuation: "high" },
        measured: state.summary[0],
      },
      { method: "ema-0.99", beta: 0.99, measured: state.summary[1] },
      { method: "ema-0.999", measured: null },
    ],
  });
});

test("synthetic images are labelled, and a page without a run exports nothing", () => {
  const { description } = state;
  if (description === undefined) throw new Error("there is one");
  const synthetic = {
    ...description,
    dataset: { ...description.dataset, name: "synthetic", synthetic: true },
  };
  expect(markdown({ ...state, description: synthetic })).toContain("data: synthetic images, not CIFAR-10");
  expect(csv({ ...state, description: synthetic })).toContain(",synthetic,true,");
  expect(parse(csv(initialState())).length).toBe(4);
  expect(JSON.parse(json(initialState()))).toMatchObject({ run: { steps: 0 } });
});
