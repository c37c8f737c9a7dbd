import { expect, test, vi } from "vitest";

import type { Description } from "../engine";
import { noHistory } from "../history/runhistory";
import type { FromWorker, Snapshot } from "../protocol";
import { type PastRun, initialState, reduce } from "../state";
import { keptRunOf } from "../testing/kept";
import { fakeSnapshot } from "../testing/snapshot";
import type { SavedRun } from "../vault";
import { Keeper, MOST_CHECKPOINTS, MOST_RUNS } from "./keeper";
import type { KeptRun } from "./run";
import type { RunStore } from "./store";

const description = {
  adapter: { name: "fake", backend: "none", software: true },
  dataset: { name: "CIFAR-10", synthetic: false, train: 100, test: 10, classes: [] },
  network: "tiny",
  parameters: 1,
  gpu_bytes: 1,
  steps_per_epoch: 10,
  total_steps: 20,
  tensors: [],
  methods: [{ name: "raw" }],
} satisfies Description;

const point = (step: number, accuracy = step) => ({
  step,
  epoch: step / 10,
  methods: [{ name: "raw", accuracy, loss: 1 }],
});

type Opened = Extract<FromWorker, { type: "opened" }>;

const opened = (part: Partial<Opened> = {}): Opened => ({
  type: "opened",
  adjustments: [],
  reason: "new",
  description,
  experiment: { seed: 1 },
  snapshot: fakeSnapshot(),
  history: noHistory,
  undo: null,
  ...part,
});

const tested = (step: number, phase: Snapshot["phase"] = "running"): FromWorker => ({
  type: "snapshot",
  snapshot: fakeSnapshot({ phase, step, points: [point(step)] }),
});

/** A store in memory. */
class FakeStore implements RunStore {
  readonly rows = new Map<string, KeptRun>();
  readonly saved = new Map<string, SavedRun>();
  refuses = false;
  #lastNumber = 0;

  #act<T>(act: () => T): Promise<T> {
    return this.refuses ? Promise.reject(new Error("no storage")) : Promise.resolve(act());
  }
  runs = () => this.#act(() => [...this.rows.values()]);
  write = (run: KeptRun) =>
    this.#act(() => void this.rows.set(run.id, { ...run, name: this.rows.get(run.id)?.name ?? run.name }));
  writeName = (run: KeptRun) =>
    this.#act(() => void this.rows.set(run.id, { ...(this.rows.get(run.id) ?? run), name: run.name }));
  claim = (wanted: number) => this.#act(() => (this.#lastNumber = Math.max(this.#lastNumber + 1, wanted)));
  remove = (id: string) => this.#act(() => void this.rows.delete(id));
  checkpoints = () =>
    this.#act(
      () =>
        new Map([...this.saved].map(([id, { step, checkpoint }]) => [id, { step, bytes: checkpoint.size }])),
    );
  checkpoint = (id: string) => this.#act(() => this.saved.get(id));
  writeCheckpoint = (id: string, saved: SavedRun) => this.#act(() => void this.saved.set(id, saved));
  removeCheckpoint = (id: string) => this.#act(() => void this.saved.delete(id));
}

function setUp(store = new FakeStore()) {
  let state = initialState();
  let now = 1_000_000;
  let shown: PastRun[] = [];
  const vault: { saved: SavedRun | undefined } = { saved: undefined };
  const keeper = new Keeper(
    store,
    { read: () => Promise.resolve(vault.saved) },
    {
      changed(pastRuns) {
        shown = pastRuns;
      },
    },
    () => now,
  );
  return {
    store,
    keeper,
    vault,
    shown: () => shown,
    wait: (milliseconds: number) => (now += milliseconds),
    /** The reader has paused the run, and the worker has not answered yet. */
    pausing: (): void => {
      const before = state;
      state = { ...state, phase: "pausing" };
      keeper.observe(state, before, undefined, "subset");
    },
    /** The worker says these. */
    after: (...messages: FromWorker[]): void => {
      for (const message of messages) {
        const before = state;
        state = reduce(state, message);
        keeper.observe(state, before, message, "subset");
      }
    },
    saved: (step: number, experiment = { seed: 1 }, size = 10): SavedRun =>
      ({
        version: 2,
        step,
        experiment,
        description,
        story: { ...noHistory, points: { points: state.points, stride: 1, count: state.points.length } },
        savedAt: now,
        checkpoint: new Blob([new Uint8Array(size)]),
      }) as unknown as SavedRun,
  };
}

test("a run has a row from its first test on, and the time of training is counted without pauses", () => {
  const { keeper, after, wait, store } = setUp();
  after(opened());
  expect(keeper.runs).toEqual([]);
  after({ type: "snapshot", snapshot: fakeSnapshot({ phase: "running", step: 1 }) });
  wait(2000);
  after(tested(5));
  wait(3000);
  after(tested(10, "paused"));
  wait(60_000);
  after(tested(15));
  expect(keeper.runs).toMatchObject([{ number: 1, step: 15, seconds: 5, source: "subset" }]);
  expect(keeper.runs[0]?.curves.step).toEqual([5, 10, 15]);
  expect(keeper.current).toBe(keeper.runs[0]?.id);
  expect([...store.rows.values()]).toMatchObject([{ step: 15 }]);
});

test("runs of earlier visits come first in number, and the newest are in the charts", async () => {
  const store = new FakeStore();
  for (let n = 1; n <= 9; n++) store.rows.set(`${n}`, keptRunOf([[n]], { id: `${n}`, number: n }));
  const { keeper, after, shown } = setUp(store);
  after(opened(), tested(5));
  await keeper.begin();
  expect(keeper.runs.map(({ number }) => number)).toEqual([10, 9, 8, 7, 6, 5, 4, 3, 2, 1]);
  expect(shown().map(({ id }) => id)).toEqual(["4", "5", "6", "7", "8", "9"]);
  after(opened());
  expect(shown()).toHaveLength(6);
  expect(shown().at(-1)?.points).toEqual([point(5)]);
});

test("runs of two tabs have different numbers, and so have runs that began before those of earlier visits were read", async () => {
  const store = new FakeStore();
  for (const n of [1, 2]) store.rows.set(`${n}`, keptRunOf([[n]], { id: `${n}`, number: n }));
  const [one, other] = [setUp(store), setUp(store)];
  const read = [one.keeper.begin(), other.keeper.begin()];
  // The second run of a tab opens without a test.
  one.after(opened(), tested(5), opened({ experiment: { seed: 2 } }));
  await Promise.all(read);
  other.after(opened(), tested(5));
  one.after(tested(6));
  await new Promise((resolve) => setTimeout(resolve));
  const numbers = [...one.keeper.runs, ...other.keeper.runs].map(({ number }) => number);
  expect(numbers.sort()).toEqual([1, 1, 2, 2, 3, 4, 5]);
  expect([...store.rows.values()].map(({ number }) => number).sort()).toEqual([1, 2, 3, 4, 5]);
});

test("a run that is paused has a row that is up to date", () => {
  const { keeper, after, pausing, wait, store } = setUp();
  after(opened(), tested(5));
  pausing();
  wait(1000);
  after({ type: "snapshot", snapshot: fakeSnapshot({ phase: "paused", step: 8 }) });
  expect(keeper.runs).toMatchObject([{ step: 8, seconds: 1 }]);
  expect([...store.rows.values()]).toMatchObject([{ step: 8 }]);
});

test("a run that goes on is written as it is when the page is closed, and goes on in its row when it is resumed", async () => {
  const { store, keeper, after, saved } = setUp();
  after(opened(), tested(10));
  after({ type: "snapshot", snapshot: fakeSnapshot({ phase: "running", step: 15 }) });
  const state = saved(15);
  keeper.flush();
  expect([...store.rows.values()]).toMatchObject([{ step: 15 }]);
  after({ type: "snapshot", snapshot: fakeSnapshot({ phase: "running", step: 17 }) });

  const next = setUp(store);
  next.vault.saved = state;
  await next.keeper.begin();
  const [row] = next.keeper.runs;
  // What the visit before left is the checkpoint of its run, whatever the reader opens next.
  expect(next.keeper.checkpointStep(row?.id ?? "")).toBe(15);
  const resumed = { reason: "resumed", history: state.story, snapshot: fakeSnapshot({ step: 17 }) } as const;
  next.after(opened(resumed), tested(20));
  expect(next.keeper.runs.map(({ id, curves }) => [id, curves.step])).toEqual([[row?.id, [10, 20]]]);
});

test("of two equal runs, the one whose checkpoint is opened goes on", async () => {
  const { keeper, after, store, saved } = setUp();
  after(opened(), tested(10), opened(), tested(10), opened({ experiment: { seed: 2 } }));
  const [, first] = keeper.runs.map(({ id }) => id) as [string, string];
  const points = { points: [point(10)], stride: 1, count: 1 };
  store.saved.set(first, saved(10));
  await keeper.checkpoint(first);
  after(
    opened({ reason: "resumed", history: { ...noHistory, points }, snapshot: fakeSnapshot({ step: 10 }) }),
  );
  expect(keeper.current).toBe(first);
});

test("a run that diverges is kept and marked, before its first test too", () => {
  const { keeper, after, store, shown } = setUp();
  const diverging = (step: number): FromWorker[] => [
    { type: "snapshot", snapshot: fakeSnapshot({ phase: "running", step: 1 }) },
    { type: "snapshot", snapshot: fakeSnapshot({ phase: "diverged", step }) },
    { type: "diverged", step, good: 0 },
  ];
  after(opened(), ...diverging(3));
  expect(keeper.runs).toMatchObject([{ step: 3, diverged: true, curves: { step: [] } }]);
  after(opened({ experiment: { seed: 2 } }), tested(5), ...diverging(7));
  expect([...store.rows.values()]).toMatchObject([
    { step: 3, diverged: true },
    { step: 7, diverged: true, curves: { step: [5] } },
  ]);
  after(opened());
  expect(shown().map(({ step }) => step)).toEqual([7]);
});

test("a name that a second tab gives stays, and so does what the run's own tab has written since", async () => {
  const own = setUp();
  own.after(opened(), tested(5));
  const second = setUp(own.store);
  await second.keeper.begin();
  own.after(tested(10, "paused"));
  second.keeper.rename(second.keeper.runs[0]?.id ?? "", "mine");
  own.after(tested(12), tested(15, "paused"));
  expect([...own.store.rows.values()]).toMatchObject([{ name: "mine", step: 15 }]);
});

test("a reset begins another row, and undoing it goes on with the first", () => {
  const { keeper, after } = setUp();
  after(opened(), tested(10), opened({ reason: "reset", undo: 10 }), tested(5));
  const points = { points: [point(10)], stride: 1, count: 1 };
  after(
    opened({ reason: "undone", history: { ...noHistory, points }, snapshot: fakeSnapshot({ step: 10 }) }),
    tested(20),
  );
  expect(keeper.runs.map(({ number, step }) => [number, step])).toEqual([
    [2, 5],
    [1, 20],
  ]);
});

test("a run that is taken up again goes on in its row, which keeps what it has until then", () => {
  const { keeper, after } = setUp();
  after(opened(), tested(10), tested(20, "finished"), opened({ experiment: { seed: 2 } }), tested(5));
  const points = { points: [point(10)], stride: 1, count: 1 };
  const resumed = opened({
    reason: "resumed",
    history: { ...noHistory, points },
    snapshot: fakeSnapshot({ step: 10 }),
  });
  after(resumed, {
    type: "snapshot",
    snapshot: fakeSnapshot({ phase: "running", step: 15, points: [point(15)] }),
  });
  const steps = () => keeper.runs.map(({ number, curves }) => [number, curves.step]);
  expect(steps()).toEqual([
    [2, [5]],
    [1, [10, 20]],
  ]);
  after(tested(20, "finished"));
  expect(steps()[1]).toEqual([1, [10, 15, 20]]);
});

test("a deleted run can be had back until the next deletion, and goes on while it is open", async () => {
  const { keeper, after, store } = setUp();
  after(opened(), tested(5), opened(), tested(6));
  const [open, earlier] = keeper.runs.map(({ id }) => id) as [string, string];
  keeper.delete([open, earlier]);
  expect([keeper.runs, keeper.current]).toEqual([[], undefined]);
  after(tested(7));
  expect(keeper.runs).toEqual([]);
  keeper.undelete();
  expect(keeper.runs.map(({ id }) => id)).toEqual([open, earlier]);
  after(tested(8));
  expect(keeper.runs[0]?.step).toBe(8);
  keeper.delete([earlier]);
  keeper.delete([]);
  keeper.undelete();
  expect(keeper.runs.map(({ id }) => id)).toEqual([open]);
  await Promise.resolve();
  expect([...store.rows.keys()]).toEqual([open]);
});

test("the state that the worker saved becomes the checkpoint of its run, and of no other", async () => {
  vi.useFakeTimers();
  const { keeper, after, vault, saved, store } = setUp();
  after(opened(), tested(10, "paused"));
  const id = keeper.current ?? "";
  vault.saved = saved(10, { seed: 5 });
  after({ type: "state-saved", step: 10 });
  await vi.advanceTimersByTimeAsync(500);
  expect(keeper.checkpointStep(id)).toBeUndefined();
  // The worker has not written it yet; it is looked for again.
  vault.saved = saved(10);
  await vi.advanceTimersByTimeAsync(2000);
  expect(keeper.checkpointStep(id)).toBe(10);
  expect((await keeper.checkpoint(id))?.step).toBe(10);
  expect(keeper.taken).toMatchObject({ runs: 1, checkpoints: 1 });
  keeper.delete([id]);
  expect(store.saved.size).toBe(1);
  keeper.delete([]);
  expect(store.saved.size).toBe(0);
  vi.useRealTimers();
});

test("there is room for so many runs and checkpoints: the oldest go first, those of named runs last", async () => {
  const store = new FakeStore();
  for (let n = 1; n <= MOST_RUNS; n++)
    store.rows.set(`${n}`, keptRunOf([[n]], { id: `${n}`, number: n, name: n < 3 ? "mine" : "" }));
  const checkpoint = { size: MOST_CHECKPOINTS / 2 };
  for (const id of ["1", "7", "8", "9"]) store.saved.set(id, { step: 10, checkpoint } as SavedRun);
  const { keeper, after } = setUp(store);
  await keeper.begin();
  const withCheckpoint = (): string[] =>
    keeper.runs.map(({ id }) => id).filter((id) => keeper.checkpointStep(id) !== undefined);
  expect(withCheckpoint()).toEqual(["9", "1"]);
  after(opened(), tested(5));
  expect(keeper.runs).toHaveLength(MOST_RUNS);
  expect(keeper.runs.slice(-3).map(({ id }) => id)).toEqual(["4", "2", "1"]);
  // Where all have a name, the oldest of them has to go.
  for (const { id } of keeper.runs) keeper.rename(id, "mine too");
  after(opened({ experiment: { seed: 2 } }), tested(5));
  expect(keeper.runs).toHaveLength(MOST_RUNS);
  expect(keeper.runs.at(-1)?.id).toBe("2");
  expect(store.rows.size).toBe(MOST_RUNS);
});

test("where nothing can be stored, the runs of this tab stay, and it is known", async () => {
  const store = new FakeStore();
  store.refuses = true;
  const { keeper, after } = setUp(store);
  await keeper.begin();
  after(opened(), tested(5));
  expect([keeper.refused, keeper.runs.length]).toEqual([true, 1]);
});

test("a recorded run is not kept", () => {
  const { keeper, after } = setUp();
  const recorded = { reason: { name: "NoWebGpu", message: "" }, program: "", probes: [] } as const;
  after(opened({ description: { ...description, recorded: { ...recorded, probes: [] } } }), tested(5));
  expect(keeper.runs).toEqual([]);
});
