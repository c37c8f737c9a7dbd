import { afterEach, beforeEach, expect, test, vi } from "vitest";

import { regular } from "./engine";
import type { FromWorker, Snapshot, ToWorker } from "./protocol";
import { Session } from "./session";
import { type FakeEngine, fakeCheckpoint, named, readFakeCheckpoint } from "./testing/fake-engine";
import { fakeExperiment, fakeModule } from "./testing/fake-module";
import { FakeFileStore, MemoryFile, fakeStorage } from "./testing/storage";
import type { SavedRun, Vault } from "./vault";

type Opened = Extract<FromWorker, { type: "opened" }>;

function setUp() {
  const { module, world } = fakeModule();
  const posted: FromWorker[] = [];
  const stored: SavedRun[] = [];
  const write = vi.fn((run: SavedRun) => {
    stored.push(run);
    return Promise.resolve();
  });
  const vault: Vault = {
    write,
    read: () => Promise.resolve(stored.at(-1)),
    clear: () => Promise.resolve(),
  };
  const files = new FakeFileStore();
  const clock = { now: 0 };
  const session = new Session(
    module,
    (message) => posted.push(message),
    fakeStorage({ vault, files }),
    () => clock.now,
  );
  return {
    session,
    world,
    files,
    posted,
    stored,
    write,
    clock,
    /** Sends messages, each when nothing moves any more. */
    send: async (...messages: ToWorker[]): Promise<void> => {
      for (const message of messages) {
        await session.handle(message);
        await session.idle();
      }
    },
    engine: (index = -1): FakeEngine => {
      const engine = world.engines.at(index);
      if (engine === undefined) throw new Error("no engine was made");
      return engine;
    },
    snapshots: (): Snapshot[] =>
      posted.flatMap((message) =>
        message.type === "snapshot" || message.type === "opened" ? [message.snapshot] : [],
      ),
    opened: (): Opened[] => posted.filter((message) => message.type === "opened"),
    of: <T extends FromWorker["type"]>(type: T) =>
      posted.filter((message): message is Extract<FromWorker, { type: T }> => message.type === type),
  };
}

const open: ToWorker = { type: "open", experiment: fakeExperiment, files: undefined };
const start: ToWorker = { type: "start" };
const advance = (steps: number): ToWorker => ({ type: "advance", steps });

beforeEach(() => {
  vi.useFakeTimers({ shouldAdvanceTime: true, advanceTimeDelta: 5 });
});
afterEach(() => {
  vi.useRealTimers();
});

test("a run evaluates after every epoch and at its end, where it finishes", async () => {
  const { send, engine, snapshots } = setUp();
  await send(open, start);
  expect(engine().evaluatedAt).toEqual([10, 20, 25]);
  expect(snapshots().at(-1)).toMatchObject({ phase: "finished", step: 25, epoch: 2.5 });
});

test("early evaluations come at powers of two, once each, and are marked", async () => {
  const { send, engine, snapshots } = setUp();
  const experiment = { ...fakeExperiment, eval_early: true };
  await send({ ...open, experiment }, advance(3), start);
  expect(engine().evaluatedAt).toEqual([1, 2, 4, 8, 10, 20, 25]);
  const points = snapshots().flatMap((snapshot) => snapshot.points);
  expect(regular(points).map(({ step }) => step)).toEqual([10, 20, 25]);
});

test("every metric and every evaluation is posted once", async () => {
  const { send, snapshots } = setUp();
  await send(open, start);
  const steps = snapshots().flatMap((snapshot) => snapshot.metrics.map((metric) => metric.step));
  expect(steps).toEqual(Array.from({ length: 25 }, (_, k) => k + 1));
  expect(snapshots().flatMap((snapshot) => snapshot.points.map((point) => point.step))).toEqual([10, 20, 25]);
  expect(snapshots().flatMap(({ predictions }) => predictions?.step ?? [])).toEqual([10, 20, 25]);
});

test("two submits are in flight, never more", async () => {
  const { send, world } = setUp();
  await send(open, start);
  expect(world.mostInFlight).toBe(2);
});

test("pause stops after the submits in flight, and start continues from there", async () => {
  const { session, send, engine, snapshots } = setUp();
  await send(open);
  await session.handle(start);
  await session.handle({ type: "pause" });
  const paused = engine().step();
  expect(paused).toBeGreaterThan(0);
  expect(paused).toBeLessThan(25);
  expect(snapshots().at(-1)).toMatchObject({ phase: "paused", step: paused });
  await send(start);
  expect(engine().step()).toBe(25);
});

test("a pause that overtakes a start still pauses", async () => {
  const { session, engine } = setUp();
  void session.handle(open);
  void session.handle(start);
  await session.handle({ type: "pause" });
  expect(engine().step()).toBeLessThan(25);
});

test("a command is executed at any time, even while the loop is ending", async () => {
  const { session, engine, send } = setUp();
  await send(open);
  for (let ticks = 0; ticks < 30; ticks++) {
    const watched = session.handle({ type: "watch", filters: false });
    for (let tick = 0; tick < ticks; tick++) await Promise.resolve();
    await Promise.all([watched, session.handle({ type: "advance", steps: 1 })]);
    await session.idle();
    expect(engine().step(), `after ${ticks} ticks`).toBe(1);
    await send({ type: "reset" });
  }
});

test("advance runs exactly the given number of steps", async () => {
  const { send, engine, snapshots } = setUp();
  await send(open, advance(1));
  expect(engine().step()).toBe(1);
  await send(advance(9));
  expect(engine().evaluatedAt).toEqual([10]);
  expect(snapshots().at(-1)).toMatchObject({ phase: "paused", step: 10 });
});

test("a run stops after the given step, and continues when started again", async () => {
  const { send, engine, snapshots } = setUp();
  await send(open, { type: "stop-at", step: 7 }, start);
  expect(snapshots().at(-1)).toMatchObject({ phase: "paused", step: 7 });
  await send(start);
  expect(engine().step()).toBe(25);
});

test("a run with a speed limit makes that many steps per second", async () => {
  const { session, send, engine, clock } = setUp();
  await send(open, { type: "pace", steps_per_second: 2 });
  await session.handle(start);
  for (let tick = 0; tick < 100; tick++) {
    clock.now += 50;
    await vi.advanceTimersByTimeAsync(50);
  }
  expect(engine().step()).toBeGreaterThanOrEqual(9);
  expect(engine().step()).toBeLessThanOrEqual(11);
  expect(new Set(engine().submits)).toEqual(new Set([1]));
  // It does not sleep through a pause, or through a faster pace.
  await send({ type: "pace", steps_per_second: null });
  expect(engine().step()).toBe(25);
});

test("the time left counts steps and tests that are still to come, and falls", async () => {
  const { send, world, engine, clock, snapshots } = setUp();
  Object.defineProperty(clock, "now", { get: () => Date.now() });
  world.machine.millisecondsPerStep = 20;
  await send(open);
  const evaluate = engine().evaluate.bind(engine());
  vi.spyOn(engine(), "evaluate").mockImplementation(async () => {
    await new Promise((resolve) => setTimeout(resolve, 200));
    return evaluate();
  });
  await send(start);
  const left = snapshots().flatMap(({ step, seconds_left }) =>
    seconds_left === null ? [] : [{ step, seconds_left }],
  );
  // After the first test at step 10: 15 steps and the tests at 20 and 25.
  expect(left[0]?.step).toBe(10);
  expect(left[0]?.seconds_left).toBeGreaterThan(0.6);
  expect(left[0]?.seconds_left).toBeLessThan(0.9);
  left.reduce((before, now) => {
    expect(now.seconds_left).toBeLessThan(1.2 * before.seconds_left + 0.001);
    return now;
  });
  expect(left.at(-1)).toEqual({ step: 25, seconds_left: 0 });
});

test("reset stops the run and returns to step 0", async () => {
  const { session, send, world, engine, opened } = setUp();
  await send(open);
  await session.handle(start);
  await send({ type: "reset" });
  expect(engine().step()).toBe(0);
  expect(opened().at(-1)).toMatchObject({
    reason: "reset",
    snapshot: { phase: "paused", step: 0, metrics: [] },
  });
  expect(opened().at(-1)?.history.metrics.buckets).toEqual([]);
  expect(world.engines).toHaveLength(1);
});

test("a reset can be undone: the previous run continues at its step, with its curves", async () => {
  const { send, engine, opened } = setUp();
  await send(open, advance(12), { type: "reset" }, advance(3));
  expect(opened().at(-1)?.undo).toBe(12);
  await send({ type: "undo" });
  const last = opened().at(-1);
  expect(last).toMatchObject({ reason: "undone", undo: null, snapshot: { phase: "paused", step: 12 } });
  expect(last?.history.points.points.map(({ step }) => step)).toEqual([10]);
  expect(last?.history.metrics.last?.step).toBe(12);
  expect(engine().history()).toHaveLength(1);
  await send(start);
  expect(engine().evaluatedAt).toEqual([20, 25]);
});

test("a live change takes effect at the next step, is marked, and keeps the run", async () => {
  const { session, send, engine, world, of } = setUp();
  await send(open, advance(4));
  await session.handle(start);
  const experiment = { ...fakeExperiment, lr: 0.01, ema: ["0.9", "0.99", "0.5"] };
  await send({ type: "change", experiment });
  expect(world.engines).toHaveLength(1);
  expect(engine().step()).toBe(25);
  const [changed] = of("changed");
  expect(changed?.description.methods).toHaveLength(4);
  const marks = of("snapshot").flatMap(({ snapshot }) => snapshot.marks);
  const { step } = marks[0] ?? { step: NaN };
  expect(step).toBeGreaterThanOrEqual(4);
  expect(marks).toEqual([
    {
      step,
      kind: "change",
      changes: [
        { key: "lr", from: "0.002", to: "0.01" },
        { key: "ema", from: "0.98", to: "0.99" },
        { key: "ema", from: null, to: `0.5,from=${step}` },
      ],
    },
  ]);
});

test("a change before the first step is not marked", async () => {
  const { send, of } = setUp();
  await send(open, { type: "change", experiment: { ...fakeExperiment, lr: 0.01 } });
  expect(of("changed")).toHaveLength(1);
  expect(of("snapshot").flatMap(({ snapshot }) => snapshot.marks)).toEqual([]);
});

test("evaluations follow a change of their interval during a run", async () => {
  const { send, engine } = setUp();
  await send(open, advance(10), { type: "change", experiment: { ...fakeExperiment, eval_every: 4 } }, start);
  expect(engine().evaluatedAt).toEqual([10, 12, 16, 20, 24, 25]);
});

test("a change that needs a reset is refused, and the run continues", async () => {
  const { session, send, engine, posted } = setUp();
  await send(open);
  await session.handle(start);
  await send({ type: "change", experiment: { ...fakeExperiment, batch: 5 } });
  expect(posted).toContainEqual({
    type: "failed",
    error: { name: "BadSetting", message: "batch needs a reset" },
    lost: false,
    subject: "change",
  });
  expect(engine().step()).toBe(25);
});

test("a bad batch reaches the engine and is marked at its step", async () => {
  const { send, engine, of } = setUp();
  await send(open, advance(5), { type: "disturb", factor: 10 }, advance(1));
  expect(engine().disturbed).toEqual([{ step: 5, factor: 10 }]);
  const marks = of("snapshot").flatMap(({ snapshot }) => snapshot.marks);
  expect(marks).toEqual([{ step: 5, kind: "outlier", factor: 10 }]);
});

test("probed weights come with the snapshots, also after a reset and in a new engine", async () => {
  const { send, engine, snapshots } = setUp();
  const probes = [{ tensor: 0, index: 26 }];
  const steps = (): number[] =>
    snapshots().flatMap(({ probes }) =>
      probes === null ? [] : Array.from({ length: probes.steps }, (_, k) => probes.first_step + k),
    );
  await send({ type: "probe", probes: [...probes, { tensor: 0, index: 27 }] }, open, advance(3));
  expect(engine().probed).toEqual(probes);
  expect(snapshots().at(-1)?.probed).toEqual(probes);
  expect(steps()).toEqual([1, 2, 3]);
  await send({ type: "reset" }, advance(2));
  expect(steps()).toEqual([1, 2, 3, 1, 2]);
  await send(open, advance(1));
  expect(steps()).toEqual([1, 2, 3, 1, 2, 1]);
});

test("filters are read while the page watches them: at once, and after each evaluation", async () => {
  const { send, snapshots } = setUp();
  const read = (): number[] => snapshots().flatMap(({ filters }) => filters?.step ?? []);
  await send(open, advance(2));
  expect(read()).toEqual([]);
  await send({ type: "watch", filters: true });
  expect(read()).toEqual([2]);
  await send(advance(9));
  expect(read()).toEqual([2, 10]);
  await send({ type: "watch", filters: false }, start);
  expect(read()).toEqual([2, 10]);
});

test("a picture is classified at once, at every test, and in the next run, until it is taken away", async () => {
  const { send, snapshots } = setUp();
  const read = (): number[] => snapshots().flatMap(({ classified }) => classified?.step ?? []);
  await send(open, advance(2));
  expect(read()).toEqual([]);
  await send({ type: "classify", picture: Uint8Array.of(255) });
  expect(read()).toEqual([2]);
  expect(snapshots().at(-1)?.classified?.probabilities).toHaveLength(3 * 2);
  await send(advance(9));
  expect(read()).toEqual([2, 10]);
  await send(open);
  expect(read()).toEqual([2, 10, 0]);
  await send({ type: "classify", picture: null }, start);
  expect(read()).toEqual([2, 10, 0]);
});

test("a network is surveyed, and its speed measured, on request, without a run too", async () => {
  const { send, of } = setUp();
  const experiment = { preset: "small", model: { name: "mine", layers: ["relu", "misfit"] } };
  await send({ type: "survey", experiment, tag: "one" }, { type: "measure", experiment, tag: "two" });
  const [surveyed] = of("surveyed");
  if (surveyed === undefined || !("layers" in surveyed.survey)) throw new Error("nothing was surveyed");
  expect([surveyed.tag, surveyed.survey.error?.layer, surveyed.survey.parameters]).toEqual(["one", 1, 1]);
  expect(of("measured")).toEqual([{ type: "measured", tag: "two", speed: 100 }]);
  await send(open, advance(2), { type: "measure", experiment: { preset: "tiny" }, tag: "three" }, advance(1));
  expect(of("measured").at(-1)).toMatchObject({ tag: "three", speed: 400 });
});

test("the labels of all test images come on request", async () => {
  const { send, of } = setUp();
  await send(open, { type: "test-labels" });
  expect(of("test-labels").map(({ labels }) => [...labels])).toEqual([[0, 1, 0, 1, 0, 1, 0, 1, 0, 1]]);
});

test("test images, a checkpoint and a state dict come on request", async () => {
  const { send, of } = setUp();
  await send(
    open,
    advance(3),
    { type: "test-images", indices: [1, 9, 10] },
    { type: "save" },
    { type: "export", method: 2 },
  );
  expect(of("test-images")[0]?.images.indices).toEqual([1, 9]);
  const [checkpoint] = of("checkpoint");
  expect(checkpoint?.step).toBe(3);
  expect(readFakeCheckpoint(checkpoint?.bytes ?? new Uint8Array()).step).toBe(3);
  expect(of("exported")[0]).toMatchObject({ method: 2, name: "ema-0.98", bytes: new Uint8Array([2]) });
});

const batch = (length = 2, name = "batch.bin"): MemoryFile =>
  new MemoryFile(new Uint8Array(length).fill(7), name);
const openOn = (files: File[], request?: number): ToWorker => ({
  type: "open",
  experiment: fakeExperiment,
  files,
  ...(request === undefined ? {} : { request }),
});

test("files reach the engine as bytes, one after the other", async () => {
  const { send, world, of } = setUp();
  await send(openOn([batch(9), batch(2, "test.bin")]));
  expect(world.files).toEqual([
    { name: "batch.bin", bytes: new Uint8Array(9).fill(7) },
    { name: "test.bin", bytes: new Uint8Array(2).fill(7) },
  ]);
  expect(of("opened")[0]?.reason).toBe("new");
});

test("the progress of reading is reported in bytes of all files, at most ten times per second, and so is its end", async () => {
  const { send, of, clock } = setUp();
  // A piece takes 60 ms, and the clock is looked at before each.
  let time = 0;
  Object.defineProperty(clock, "now", { get: () => (time += 60) });
  await send(openOn([batch(8), batch(8, "test.bin")]));
  const total = 16;
  expect(of("reading").map(({ reading }) => reading)).toEqual([
    { name: "batch.bin", done: 0, total },
    { name: "test.bin", done: 8, total },
    null,
  ]);
});

test("a file that the browser cannot read is named with the browser's reason, and the current run stays", async () => {
  const { send, posted, files } = setUp();
  await send({ type: "store", on: true }, open, openOn([new File(["x"], "gone.bin")]));
  expect(posted.at(-1)).toMatchObject({
    type: "failed",
    error: { name: "BadFile", message: "gone.bin: The file has gone." },
    lost: false,
  });
  expect(files.kept).toBeUndefined();
});

test("a later request cancels the reading for earlier ones, and only the last is answered", async () => {
  const { session, send, world, opened, of } = setUp();
  const first = batch();
  vi.spyOn(first, "slice").mockImplementation(() => {
    void session.handle({ ...open, request: 2 });
    return batch();
  });
  await send(openOn([first, batch(2, "test.bin")], 1));
  expect(opened().map(({ request }) => request)).toEqual([2]);
  expect(of("failed")).toEqual([]);
  expect(world.engines).toHaveLength(1);
  expect(world.files).toBeUndefined();
});

test("a request that failed with a lost device is named while the run is rebuilt", async () => {
  const { session, send, world, of, opened } = setUp();
  await send(open, advance(3), { type: "save-state" });
  world.refuse = named("DeviceLost", "gone");
  await session.handle(openOn([batch()], 7));
  await session.idle();
  expect(of("recovering")).toEqual([{ type: "recovering", step: 3, request: 7 }]);
  expect(opened().at(-1)).toMatchObject({ reason: "restored", snapshot: { step: 3 } });
  expect(opened().at(-1)?.request).toBeUndefined();
});

test("an engine that was finished too late is freed", async () => {
  const built: number[] = [];
  for (let ticks = 0; ticks < 12; ticks++) {
    const { session, world, opened } = setUp();
    const first = session.handle({ ...open, request: 1 });
    for (let tick = 0; tick < ticks; tick++) await Promise.resolve();
    await Promise.all([first, session.handle({ ...open, request: 2 })]);
    expect(opened().at(-1)?.request).toBe(2);
    expect(world.engines.filter(({ freed }) => !freed)).toHaveLength(1);
    if (opened().length === 1) built.push(world.engines.length);
  }
  // Some of those that were never answered had been built.
  expect(built).toContain(2);
});

test("files are stored once the engine has read them, if that is allowed", async () => {
  const { send, files, of, world } = setUp();
  const own = [batch()];
  await send(openOn(own));
  expect(files.kept).toBeUndefined();
  await send({ type: "store", on: true });
  expect(files.kept).toEqual(own);
  expect(of("files-stored")).toEqual([
    { type: "files-stored", files: { name: "batch.bin", count: 1, bytes: 2 } },
  ]);
  // What the engine refuses is not kept.
  world.refuse = named("BadFile", "no record");
  await send(openOn([batch(3)]));
  expect(files.kept).toEqual(own);
  // Nor are images that can be fetched again.
  await send(openOn([batch(3, "cifar10-subset/data_batch.bin")]));
  expect(files.kept).toEqual(own);
});

test("files that cannot be stored do not fail the run, and the reason is reported", async () => {
  const { send, files, of, opened } = setUp();
  files.failure = named("QuotaExceededError", "no room");
  await send({ type: "store", on: true }, openOn([batch()]));
  files.failure = named("SecurityError", "a private window");
  await send(openOn([batch()]));
  expect(opened()).toHaveLength(2);
  expect(of("files-not-stored").map(({ failure }) => failure)).toEqual([
    { reason: "full", detail: "no room" },
    { reason: "refused", detail: "a private window" },
  ]);
});

test("an engine that cannot be built leaves the current one in place", async () => {
  const { send, world, engine, posted } = setUp();
  await send(open, advance(3));
  world.refuse = named("BadFile", "no record");
  await send(open);
  expect(posted.at(-1)).toEqual({
    type: "failed",
    error: { name: "BadFile", message: "no record" },
    lost: false,
    subject: "run",
  });
  expect(engine().freed).toBe(false);
  await send(start);
  expect(engine().step()).toBe(25);
});

test("a new engine replaces the old one, which is freed", async () => {
  const { session, send, world } = setUp();
  await send(open);
  await session.handle(start);
  await send(open);
  expect(world.engines.map((engine) => engine.freed)).toEqual([true, false]);
});

test("a checkpoint of the command line continues with the points in it", async () => {
  const { send, engine, opened, posted } = setUp();
  const point = { step: 10, epoch: 1, methods: [] };
  const bytes = fakeCheckpoint({ experiment: fakeExperiment, step: 12, history: [point] });
  await send({ type: "resume", checkpoint: new Blob([bytes]), files: undefined, history: null });
  expect(opened().at(-1)).toMatchObject({
    reason: "resumed",
    history: { points: { points: [point] }, marks: [{ step: 12, kind: "restored" }] },
    snapshot: { step: 12, phase: "paused" },
  });
  expect(engine().history()).toEqual([point]);

  await send({ type: "resume", checkpoint: new Blob([new Uint8Array(3)]), files: undefined, history: null });
  expect(posted.at(-1)).toMatchObject({ type: "failed", lost: false, subject: "checkpoint" });
});

test("a running run is saved every half minute, and stored in the browser if that is allowed", async () => {
  const { session, send, clock, of, stored, engine } = setUp();
  const long = { ...fakeExperiment, steps: 1e6 };
  await send({ type: "store", on: true }, { type: "open", experiment: long, files: undefined });
  await session.handle(start);
  const seconds = async (count: number): Promise<void> => {
    for (let second = 0; second < count; second++) {
      clock.now += 1000;
      await vi.advanceTimersByTimeAsync(20);
    }
  };
  await seconds(6);
  expect(of("state-saved")).toHaveLength(1);
  await seconds(65);
  expect(of("state-saved")).toHaveLength(3);
  await send({ type: "pause" });
  const last = stored.at(-1);
  expect(last?.step).toBe(of("state-saved").at(-1)?.step);
  expect(last?.story.metrics.last?.step).toBe(last?.step);
  expect(last?.step).toBeLessThanOrEqual(engine().step());
});

test("a paused run is saved, and so is a run before the page is closed", async () => {
  const { send, session, of } = setUp();
  await send(open, advance(3));
  expect(of("state-saved")).toEqual([]);
  await vi.advanceTimersByTimeAsync(1100);
  await session.idle();
  expect(of("state-saved")).toEqual([{ type: "state-saved", step: 3 }]);
  await send(advance(1), { type: "save-state" }, { type: "save-state" });
  expect(of("state-saved").map(({ step }) => step)).toEqual([3, 4]);
});

test.each([
  ["QuotaExceededError", "full"],
  ["NS_ERROR_FILE_NO_DEVICE_SPACE", "full"],
  ["SecurityError", "forbidden"],
  ["InvalidStateError", "other"],
])(
  "a write to storage that fails with %s is retried, then reported once, and the run continues",
  async (name, reason) => {
    const { send, write, of, engine } = setUp();
    write.mockRejectedValue(named(name, "no"));
    await send(open, { type: "store", on: true }, advance(3), { type: "save-state" });
    expect(of("not-stored")).toEqual([]);
    await vi.advanceTimersByTimeAsync(6_000);
    expect(write).toHaveBeenCalledTimes(3);
    await send(advance(1), { type: "save-state" }, advance(1), { type: "save-state" });
    const failure = { reason, error: `${name}: no` };
    expect(of("not-stored")).toEqual([{ type: "not-stored", failure }]);
    await send(start);
    expect(engine().step()).toBe(25);
  },
);

test("a failed write that succeeds when retried is not reported, and a success withdraws an earlier report", async () => {
  const { send, write, of } = setUp();
  write.mockRejectedValueOnce(named("UnknownError", "once"));
  await send(open, { type: "store", on: true }, advance(3), { type: "save-state" });
  await vi.advanceTimersByTimeAsync(1_100);
  expect(write).toHaveBeenCalledTimes(2);
  expect(of("not-stored")).toEqual([]);
  for (let k = 0; k < 3; k++) write.mockRejectedValueOnce(named("UnknownError", "often"));
  await send(advance(1), { type: "save-state" });
  await vi.advanceTimersByTimeAsync(6_000);
  expect(of("not-stored")).toHaveLength(1);
  await send(advance(1), { type: "save-state" });
  await vi.advanceTimersByTimeAsync(0);
  expect(of("not-stored").at(-1)).toEqual({ type: "not-stored", failure: null });
});

test("an engine that failed for good is freed", async () => {
  const { send, session, engine, of } = setUp();
  await send(open, advance(2));
  engine().failure = named("Engine", "broken");
  await send(start);
  await session.idle();
  expect(of("failed").at(-1)).toMatchObject({ lost: true });
  expect(engine().freed).toBe(true);
});

test("a lost device is replaced, and the run continues by itself from the last saved state", async () => {
  const { session, send, world, engine, of, opened } = setUp();
  await send(open, advance(12), { type: "save-state" }, advance(2));
  engine().failure = named("DeviceLost", "the device is lost");
  await session.handle(start);
  await session.idle();
  expect(of("recovering")).toHaveLength(1);
  expect(of("failed")).toEqual([]);
  expect(world.engines.map(({ freed }) => freed)).toEqual([true, false]);
  expect(opened().at(-1)).toMatchObject({
    reason: "restored",
    snapshot: { step: 12 },
    history: { marks: [{ step: 12, kind: "restored" }], metrics: { last: { step: 12 } } },
  });
  expect(engine().step()).toBe(25);
});

test("a device lost before anything was saved restarts the run", async () => {
  const { session, send, engine, opened } = setUp();
  await send(open, advance(2));
  engine().failure = named("DeviceLost", "the device is lost");
  await session.handle(advance(2));
  await session.idle();
  expect(opened().at(-1)).toMatchObject({ reason: "restored", snapshot: { step: 0 } });
  expect(engine().step()).toBe(4);
});

test("a run whose device is lost again and again is given up", async () => {
  const { session, send, world, of } = setUp();
  await send(open);
  for (let k = 0; k < 4; k++) {
    const engine = world.engines.at(-1);
    if (engine !== undefined) engine.failure = named("DeviceLost", "the device is lost");
    await session.handle(advance(1));
    await session.handle({ type: "pause" });
    await session.idle();
  }
  expect(of("recovering")).toHaveLength(3);
  expect(of("failed").at(-1)).toMatchObject({ error: { name: "DeviceLost" }, lost: true });
});

test("a device that cannot be replaced is reported as lost", async () => {
  const { session, send, world, engine, of } = setUp();
  await send(open);
  engine().failure = named("DeviceLost", "the device is lost");
  world.refuseAll = named("NoAdapter", "none");
  await session.handle(start);
  for (let k = 0; k < 10; k++) await vi.advanceTimersByTimeAsync(1000);
  await session.idle();
  expect(of("failed").at(-1)).toMatchObject({ error: { name: "NoAdapter" }, lost: true });
});

test("a loss that is not a number stops the run, which goes back to its last good state", async () => {
  const { send, engine, of, opened, snapshots } = setUp();
  const long = { ...fakeExperiment, steps: 1000 };
  await send({ type: "open", experiment: long, files: undefined }, advance(12), { type: "save-state" });
  engine().divergesAt = 60;
  await send(start);
  expect(snapshots().at(-1)?.phase).toBe("diverged");
  expect(of("diverged")).toEqual([{ type: "diverged", step: 60, good: 12 }]);
  const { step } = snapshots().at(-1) ?? { step: Infinity };
  expect(step).toBeLessThan(200);
  // Nothing is kept of it, and it does not go on.
  await send({ type: "save-state" }, start);
  expect(of("state-saved").map((kept) => kept.step)).toEqual([12]);
  expect(engine().step()).toBe(step);

  await send({ type: "go-back" });
  expect(opened().at(-1)).toMatchObject({
    reason: "gone-back",
    snapshot: { phase: "paused", step: 12 },
    history: { marks: [{ step: 12, kind: "restored" }] },
  });
  await send(advance(3));
  expect(engine().step()).toBe(15);
});

test("a run that diverges at once goes back to its start", async () => {
  const { send, engine, of, opened } = setUp();
  await send(open);
  engine().divergesAt = 5;
  await send(start);
  expect(of("diverged")).toEqual([{ type: "diverged", step: 5, good: 0 }]);
  await send({ type: "go-back" });
  expect(opened().at(-1)).toMatchObject({ reason: "gone-back", snapshot: { phase: "paused", step: 0 } });
});

test("an engine that breaks is reported as lost", async () => {
  const { send, engine, posted } = setUp();
  await send(open);
  engine().failure = new Error("unreachable");
  await send(start);
  expect(posted.at(-1)).toMatchObject({ type: "failed", error: { name: "Engine" }, lost: true });
});

test("a run moves to something else that computes, with its curves, and goes on training", async () => {
  const { session, send, world, engine, opened, snapshots } = setUp();
  await send({ type: "compute", compute: "auto" }, open, advance(12));
  const before = engine();
  void session.handle(start);
  await send({ type: "compute", compute: "processor" });
  expect(world.computes).toEqual(["auto", "processor"]);
  expect(before.freed).toBe(true);
  const moved = opened().at(-1);
  expect(moved?.reason).toBe("moved");
  expect(moved?.snapshot.step).toBeGreaterThanOrEqual(12);
  expect(moved?.history.points.points.length).toBeGreaterThan(0);
  expect(snapshots().at(-1)).toMatchObject({ phase: "finished", step: 25 });
});

test("a moved run that is reset was computed in one place only", async () => {
  const { send, world, opened } = setUp();
  world.movedFrom = { name: "a card", backend: "webgpu", software: false };
  await send({ type: "compute", compute: "auto" }, open, advance(12), {
    type: "compute",
    compute: "processor",
  });
  expect(opened().at(-1)?.description.moved_from).toEqual(world.movedFrom);
  await send({ type: "reset" });
  expect(opened().at(-1)?.description.moved_from).toBeUndefined();
});

test("a run without a step moves to its own start", async () => {
  const { send, opened } = setUp();
  await send({ type: "compute", compute: "auto" }, open, { type: "compute", compute: "gpu" });
  expect(opened().at(-1)).toMatchObject({ reason: "moved", snapshot: { step: 0, phase: "paused" } });
});

test("a run stays, and trains on, where nothing else can compute", async () => {
  const { session, send, world, of, opened, snapshots } = setUp();
  await send({ type: "compute", compute: "processor" }, open, advance(12));
  world.refuse = named("NoAdapter", "there is none");
  void session.handle(start);
  await send({ type: "compute", compute: "gpu" });
  expect(world.computes).toEqual(["processor", "gpu", "processor"]);
  expect(of("failed")).toMatchObject([{ error: { name: "NoAdapter" }, lost: false, subject: "change" }]);
  expect(opened()).toHaveLength(1);
  expect(snapshots().at(-1)).toMatchObject({ phase: "finished", step: 25 });
});

test("where a software adapter computes, the processor is measured once", async () => {
  const { session, send, clock, engine, of } = setUp();
  await send(open, { type: "pace", steps_per_second: 10 });
  await session.handle(start);
  for (let tick = 0; tick < 60; tick++) {
    clock.now += 50;
    await vi.advanceTimersByTimeAsync(50);
  }
  expect(engine().step()).toBe(25);
  expect(of("processor-measured")).toEqual([
    { type: "processor-measured", here: expect.any(Number) as number, processor: 400 },
  ]);
});
