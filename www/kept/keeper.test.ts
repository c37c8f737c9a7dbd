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

  #act<T>(act: () => T): Promise<T> {
    return this.refuses ? Promise.reject(new Error("no storage")) : Promise.resolve(act());
  }
  runs = () => this.#act(() => [...this.rows.values()]);
  write = (run: KeptRun) => this.#act(() => void this.rows.set(run.id, run));
  remove = (id: string) => this.#act(() => void this.rows.delete(id));
  checkpoints = () =>
    this.#act(() => new Map([...this.saved].map(([id, { checkpoint }]) => [id, checkpoint.size])));
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
  expect(keeper.hasCheckpoint(id)).toBe(false);
  // The worker has not written it yet; it is looked for again.
  vault.saved = saved(10);
  await vi.advanceTimersByTimeAsync(2000);
  expect(keeper.hasCheckpoint(id)).toBe(true);
  expect((await keeper.checkpoint(id))?.step).toBe(10);
  expect(keeper.taken).toMatchObject({ runs: 1, checkpoints: 1 });
  keeper.delete([id]);
  expect(store.saved.size).toBe(1);
  keeper.delete([]);
  expect(store.saved.size).toBe(0);
  vi.useRealTimers();
});

test("there is room for so many runs and checkpoints: the oldest go first, named ones last", async () => {
  const store = new FakeStore();
  for (let n = 1; n <= MOST_RUNS; n++) {
    store.rows.set(`${n}`, keptRunOf([[n]], { id: `${n}`, number: n, name: n === 1 ? "mine" : "" }));
  }
  const size = MOST_CHECKPOINTS / 2;
  for (const id of ["7", "8", "9"]) store.saved.set(id, { checkpoint: { size } } as SavedRun);
  const { keeper, after } = setUp(store);
  await keeper.begin();
  expect(["7", "8", "9"].filter((id) => keeper.hasCheckpoint(id))).toEqual(["8", "9"]);
  after(opened(), tested(5));
  expect(keeper.runs).toHaveLength(MOST_RUNS);
  expect(keeper.runs.slice(-2).map(({ id }) => id)).toEqual(["3", "1"]);
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
