import { expect, test } from "vitest";

import type { Description } from "./engine";
import type { FromWorker, Snapshot } from "./protocol";
import { type State, initialState, reduce } from "./state";

const description: Description = {
  adapter: { name: "fake", backend: "none", software: true },
  dataset: { name: "synthetic", synthetic: true, train: 100, test: 10, classes: [] },
  network: "tiny",
  parameters: 1,
  gpu_bytes: 1,
  steps_per_epoch: 10,
  total_steps: 20,
  tensors: [],
  methods: [{ name: "raw" }],
};

const snapshot = (part: Partial<Snapshot>): Snapshot => ({
  phase: "running",
  step: 0,
  epoch: 0,
  images_per_second: null,
  metrics: [],
  points: [],
  summary: [],
  averages: [],
  marks: [],
  probed: [],
  probes: null,
  predictions: null,
  filters: null,
  ...part,
});

const opened: FromWorker = {
  type: "opened",
  description,
  experiment: { seed: 1 },
  snapshot: snapshot({ phase: "paused" }),
};

const after = (state: State, ...messages: FromWorker[]): State => messages.reduce(reduce, state);

test("snapshots add up", () => {
  const point = (step: number) => ({ step, epoch: step / 10, methods: [] });
  const state = after(
    initialState(),
    opened,
    { type: "snapshot", snapshot: snapshot({ step: 10, points: [point(10)] }) },
    { type: "snapshot", snapshot: snapshot({ step: 12 }) },
    { type: "snapshot", snapshot: snapshot({ step: 20, points: [point(20)] }) },
  );
  expect(state.points.map(({ step }) => step)).toEqual([10, 20]);
  expect(state.step).toBe(20);
});

test("a new run forgets the one before and its error", () => {
  const error = { name: "BadFile", message: "" } as const;
  const state = after(
    initialState(),
    opened,
    { type: "snapshot", snapshot: snapshot({ step: 7, metrics: [{ step: 7, loss: 1, accuracy: 0 }] }) },
    { type: "failed", error, lost: false },
    opened,
  );
  expect(state).toMatchObject({ phase: "paused", step: 0, metrics: { buckets: [] }, error: undefined });
});

test("a failure that leaves the engine keeps the run", () => {
  const error = { name: "BadFile", message: "" } as const;
  const running = after(initialState(), opened, { type: "snapshot", snapshot: snapshot({ step: 7 }) });
  expect(reduce(running, { type: "failed", error, lost: false })).toMatchObject({
    phase: "paused",
    step: 7,
    error,
  });
  expect(reduce(running, { type: "failed", error, lost: true })).toMatchObject({ phase: "failed", step: 7 });
});

test("a snapshot that was on its way does not undo a pause or a new engine", () => {
  const opening: State = { ...after(initialState(), opened), phase: "opening" };
  const late = snapshot({ phase: "paused", step: 3 });
  expect(reduce(opening, { type: "snapshot", snapshot: late }).phase).toBe("opening");

  const pausing: State = { ...after(initialState(), opened), phase: "pausing" };
  expect(reduce(pausing, { type: "snapshot", snapshot: snapshot({ step: 3 }) }).phase).toBe("pausing");
  const paused = snapshot({ phase: "paused", step: 3 });
  expect(reduce(pausing, { type: "snapshot", snapshot: paused }).phase).toBe("paused");
});
