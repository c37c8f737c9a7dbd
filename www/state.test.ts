import { expect, test } from "vitest";

import type { Description } from "./engine";
import type { Mark } from "./history/mark";
import { noHistory } from "./history/runhistory";
import type { FromWorker, Snapshot } from "./protocol";
import { type State, initialState, reduce } from "./state";
import { fakeSnapshot } from "./testing/snapshot";

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

const snapshot = (part: Partial<Snapshot>): Snapshot => fakeSnapshot({ phase: "running", ...part });

const opened: FromWorker = {
  type: "opened",
  adjustments: [],
  reason: "new",
  description,
  experiment: { seed: 1 },
  snapshot: snapshot({ phase: "paused" }),
  history: noHistory,
  undo: null,
};
const point = (step: number) => ({ step, epoch: step / 10, methods: [] });

const after = (state: State, ...messages: FromWorker[]): State => messages.reduce(reduce, state);

test("snapshots add up", () => {
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
    { type: "failed", error, lost: false, subject: "run" },
    opened,
  );
  expect(state).toMatchObject({ phase: "paused", step: 0, metrics: { buckets: [] }, error: undefined });
});

test("a failure that leaves the engine keeps the run", () => {
  const error = { name: "BadFile", message: "" } as const;
  const running = after(initialState(), opened, { type: "snapshot", snapshot: snapshot({ step: 7 }) });
  const opening: State = { ...running, phase: "opening" };
  expect(reduce(opening, { type: "failed", error, lost: false, subject: "run" })).toMatchObject({
    phase: "paused",
    step: 7,
    error,
  });
  expect(reduce(running, { type: "failed", error, lost: true, subject: "run" })).toMatchObject({
    phase: "failed",
    step: 7,
  });
});

test("a snapshot sent earlier does not undo a pause or a new engine", () => {
  const opening: State = { ...after(initialState(), opened), phase: "opening" };
  const late = snapshot({ phase: "paused", step: 3 });
  expect(reduce(opening, { type: "snapshot", snapshot: late }).phase).toBe("opening");

  const pausing: State = { ...after(initialState(), opened), phase: "pausing" };
  expect(reduce(pausing, { type: "snapshot", snapshot: snapshot({ step: 3 }) }).phase).toBe("pausing");
  const paused = snapshot({ phase: "paused", step: 3 });
  expect(reduce(pausing, { type: "snapshot", snapshot: paused }).phase).toBe("paused");
});

test("a change that is refused does not stop the run", () => {
  const error = { name: "BadSetting", message: "" } as const;
  const running = after(initialState(), opened, { type: "snapshot", snapshot: snapshot({ step: 7 }) });
  expect(reduce(running, { type: "failed", error, lost: false, subject: "change" }).phase).toBe("running");
});

const grown = (step: number): FromWorker => ({
  type: "snapshot",
  snapshot: snapshot({ phase: "paused", step, points: [point(step)] }),
});

test("each run has a number of its own, and undoing a reset has the earlier one again", () => {
  const reset: FromWorker = { ...opened, reason: "reset", undo: 10 };
  let state = after(initialState(), opened, grown(10));
  const { runId } = state;
  state = after(state, reset);
  expect(state.runId).not.toBe(runId);
  expect(state.undo).toEqual({ id: runId, step: 10 });
  // Another reset before the first step leaves the same run to be had back.
  state = after(state, reset, grown(20));
  const numbers = [runId, state.runId];
  const points = { points: [point(10)], stride: 1, count: 1 };
  state = after(state, { ...opened, reason: "undone", history: { ...noHistory, points } });
  expect(state.runId).toBe(runId);
  expect(state.points.map(({ step }) => step)).toEqual([10]);
  expect(state.undo).toBeUndefined();
  expect(numbers).not.toContain(after(state, opened).runId);
});

test("the earlier runs of the charts stay when another run begins", () => {
  const pastRuns = [{ id: "a", experiment: {}, step: 3, methods: [], points: [] }] as never;
  expect(after({ ...initialState(), pastRuns }, opened).pastRuns).toBe(pastRuns);
});

test("a run resumed from a saved state shows its history and is not a new run", () => {
  const mark: Mark = { step: 10, kind: "restored" };
  const history = { ...noHistory, points: { points: [point(10)], stride: 1, count: 1 }, marks: [mark] };
  const state = after(initialState(), opened, grown(10), grown(20), {
    ...opened,
    reason: "restored",
    history,
  });
  expect(state).toMatchObject({ points: [point(10)], marks: [mark], pastRuns: [], runId: 1 });
});

test("a run of 100,000 steps takes no more memory than one of 10,000", () => {
  const probed = Array.from({ length: 8 }, (_, index) => ({ tensor: 0, index }));
  /** Numbers that the state holds, about. */
  const size = ({ metrics, points, probes }: State): number =>
    6 * metrics.buckets.length + 3 * points.length + probes.whole.values.length + probes.latest.values.length;
  let state = after(initialState(), opened);
  const sizes: number[] = [];
  for (let step = 0; step < 100_000; step += 100) {
    const metrics = Array.from({ length: 100 }, (_, k) => ({ step: step + k + 1, loss: 1, accuracy: 0 }));
    const probes = {
      first_step: step + 1,
      steps: 100,
      probes: 8,
      methods: 6,
      values: new Float32Array(100 * 48),
    };
    const part = { step: step + 100, metrics, points: [point(step + 100)], probed, probes };
    state = reduce(state, { type: "snapshot", snapshot: snapshot(part) });
    if ((step + 100) % 10_000 === 0) sizes.push(size(state));
  }
  expect(Math.max(...sizes)).toBeLessThan(1.1 * (sizes[0] ?? 0));
  expect(state.metrics.buckets[0]?.first).toBe(1);
  expect(state.metrics.last?.step).toBe(100_000);
});
