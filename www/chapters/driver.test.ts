import { expect, test } from "vitest";

import type { Experiment } from "../engine";
import type { FromWorker, ToWorker } from "../protocol";
import { Session } from "../session";
import { type State, initialState, reduce } from "../state";
import { methodsOf } from "../testing/averages";
import { type FakeEngine, named } from "../testing/fake-engine";
import { fakeExperiment, fakeModule } from "../testing/fake-module";
import { fakeStorage } from "../testing/storage";
import { Driver } from "./driver";
import type { ChapterRun } from "./run";

const settings: Experiment = { steps: 20, eval_every: 5, batch: 10, ema: ["0.9"] };
const plain: ChapterRun = { name: "only", settings };
const disturbed: ChapterRun = { name: "only", settings, disturb: { after: 10, evalEvery: 2 } };

/** A page with the driver on one end and a real session with a fake engine on the other. */
function setUp() {
  const { module, world } = fakeModule();
  const sent: ToWorker[] = [];
  let state: State = initialState();
  const set = (next: State): void => {
    state = next;
    driver.update(state);
  };
  const receive = (message: FromWorker): void => {
    set(reduce(state, message));
  };
  const session = new Session(module, receive, fakeStorage());
  const send = (message: ToWorker): void => {
    sent.push(message);
    void session.handle(message);
  };
  const open = (experiment: Experiment): void => {
    set({ ...state, phase: "opening", error: undefined });
    send({ type: "open", experiment, files: undefined });
  };
  const driver = new Driver({ open, send });
  const engine = (index = -1): FakeEngine => {
    const engine = world.engines.at(index);
    if (engine === undefined) throw new Error("no engine was made");
    return engine;
  };
  return {
    driver,
    sent,
    send,
    open,
    world,
    engine,
    state: () => state,
    /** Waits until nothing moves any more. */
    rest: async (): Promise<void> => {
      for (let calm = 0; calm < 3; calm++) {
        await session.idle();
        await new Promise((resolve) => setTimeout(resolve, 2));
      }
    },
  };
}

test("runs one experiment after the other to its end, and collects their measurements", async () => {
  const { driver, rest, world } = setUp();
  driver.begin(fakeExperiment, [
    { name: "first", settings: { ...settings, seed: 1 } },
    { name: "second", settings: { ...settings, seed: 2 } },
  ]);
  expect(driver.progress).toEqual({ kind: "running", run: 0, runs: 2, part: 0, paused: false });
  await rest();
  const { progress } = driver;
  if (progress.kind !== "done") throw new Error(`the lesson is ${progress.kind}`);
  expect(progress.results.map((result) => [result.name, result.experiment.seed])).toEqual([
    ["first", 1],
    ["second", 2],
  ]);
  expect(progress.results[0]?.methods).toEqual(methodsOf("0.9"));
  for (const { points } of progress.results) {
    expect(points.map((point) => point.step)).toEqual([5, 10, 15, 20]);
  }
  expect(world.engines).toHaveLength(2);
});

test("a verdict does not use the early tests", async () => {
  const { driver, rest, state, engine } = setUp();
  driver.begin({ ...fakeExperiment, eval_early: true }, [plain]);
  await rest();
  expect(engine().evaluatedAt).toEqual([1, 2, 4, 5, 10, 15, 20]);
  expect(state().points).toHaveLength(7);
  const { progress } = driver;
  if (progress.kind !== "done") throw new Error(`the lesson is ${progress.kind}`);
  expect(progress.results[0]?.points.map((point) => point.step)).toEqual([5, 10, 15, 20]);
});

test("settings that a lesson does not name have the page's defaults", async () => {
  const { driver, rest, engine } = setUp();
  driver.begin({ ...fakeExperiment, lr: 0.5 }, [plain]);
  await rest();
  expect(engine().experiment()).toMatchObject({ lr: 0.5, steps: 20 });
});

test("stops for the bad batch, trains on it on request, and tests more often after it", async () => {
  const { driver, rest, engine, state, sent } = setUp();
  driver.begin(fakeExperiment, [disturbed]);
  await rest();
  expect(driver.progress).toMatchObject({ kind: "waiting", part: 0.5 });
  expect(state().step).toBe(10);
  driver.proceed(20);
  await rest();
  expect(engine().disturbed).toEqual([{ step: 10, factor: 20 }]);
  const { progress } = driver;
  if (progress.kind !== "done") throw new Error(`the lesson is ${progress.kind}`);
  const [result] = progress.results;
  expect(result?.points.map((point) => point.step)).toEqual([5, 10, 12, 14, 16, 18, 20]);
  expect(result?.marks).toContainEqual({ step: 10, kind: "outlier", factor: 20 });
  expect(sent.filter((message) => message.type === "stop-at")).toEqual([
    { type: "stop-at", step: 10 },
    { type: "stop-at", step: null },
  ]);
});

test("a pause by hand is only a pause", async () => {
  const { driver, rest, send } = setUp();
  driver.begin(fakeExperiment, [{ ...plain, settings: { ...settings, steps: 2000 } }]);
  await new Promise((resolve) => setTimeout(resolve, 20));
  send({ type: "pause" });
  await rest();
  expect(driver.progress).toMatchObject({ kind: "running", paused: true });
  send({ type: "start" });
  await rest();
  expect(driver.progress.kind).toBe("done");
});

test("stops following a run that is restarted, replaced or changed by hand", async () => {
  const hands: ((page: ReturnType<typeof setUp>) => void)[] = [
    ({ send }) => {
      send({ type: "reset" });
    },
    ({ open }) => {
      open(fakeExperiment);
    },
    ({ send, state }) => {
      send({ type: "change", experiment: { ...state().experiment, lr: 0.1 } });
    },
    ({ send }) => {
      send({ type: "disturb", factor: 5 });
      send({ type: "advance", steps: 1 });
    },
  ];
  for (const [k, hand] of hands.entries()) {
    const page = setUp();
    page.driver.begin(fakeExperiment, [disturbed]);
    await page.rest();
    hand(page);
    await page.rest();
    expect(page.driver.progress, String(k)).toEqual({ kind: "stopped", why: "changed" });
    // Nothing is left behind that would stop the reader's own run.
    expect(page.sent.at(-1), String(k)).toEqual({ type: "stop-at", step: null });
  }
});

test("an engine that cannot be built or fails stops the lesson", async () => {
  const refused = setUp();
  refused.world.refuse = named("OutOfMemory", "too large");
  refused.driver.begin(fakeExperiment, [plain]);
  await refused.rest();
  expect(refused.driver.progress).toEqual({ kind: "stopped", why: "failed" });

  const failing = setUp();
  failing.driver.begin(fakeExperiment, [disturbed]);
  await failing.rest();
  failing.engine().failure = named("Engine", "something broke");
  failing.driver.proceed(2);
  await failing.rest();
  expect(failing.driver.progress).toEqual({ kind: "stopped", why: "failed" });

  const diverging = setUp();
  diverging.driver.begin(fakeExperiment, [disturbed]);
  await diverging.rest();
  diverging.engine().divergesAt = 12;
  diverging.driver.proceed(2);
  await diverging.rest();
  expect(diverging.driver.progress).toEqual({ kind: "stopped", why: "failed" });
});

test("after a lost device is replaced, the lesson continues", async () => {
  const { driver, rest, engine } = setUp();
  driver.begin(fakeExperiment, [plain]);
  await new Promise((resolve) => setTimeout(resolve, 1));
  engine().failure = named("DeviceLost", "gone");
  await rest();
  expect(driver.progress.kind).toBe("done");
});

test("leaving the lesson does not stop the run", async () => {
  const { driver, rest, state, sent } = setUp();
  driver.begin(fakeExperiment, [disturbed]);
  await rest();
  driver.leave();
  expect(driver.progress.kind).toBe("idle");
  expect(sent.at(-1)).toEqual({ type: "stop-at", step: null });
  expect(state().step).toBe(10);
});
