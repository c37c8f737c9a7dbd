import { expect, test, vi } from "vitest";

import type { Experiment } from "../engine";
import { batchFile, conducted } from "../testing/conducted";
import { methodsOf } from "../testing/averages";
import { type FakeEngine, named } from "../testing/fake-engine";
import { fakeExperiment } from "../testing/fake-module";
import { Driver } from "./driver";
import type { ChapterRun } from "./run";

vi.stubGlobal("location", { hash: "", pathname: "/", search: "" });

const settings: Experiment = { steps: 20, eval_every: 5, batch: 10, ema: ["0.9"] };
const plain: ChapterRun = { name: "only", settings };
const disturbed: ChapterRun = { name: "only", settings, disturb: { after: 10, evalEvery: 2 } };

/** A page with a run, and the driver on it. */
async function setUp() {
  const { conductor, sent, changed, settle, world } = conducted();
  const driver = new Driver(conductor);
  changed.mockImplementation((state) => {
    driver.update(state);
  });
  conductor.connect();
  await settle();
  const engine = (): FakeEngine => {
    const engine = world.engines.at(-1);
    if (engine === undefined) throw new Error("no engine was made");
    return engine;
  };
  return {
    conductor,
    driver,
    sent,
    world,
    engine,
    state: () => conductor.state,
    /** Waits until nothing moves any more. */
    rest: settle,
  };
}

test("runs one experiment after the other to its end, and collects their measurements", async () => {
  const { driver, rest, world } = await setUp();
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
  // One more is the page's own.
  expect(world.engines).toHaveLength(3);
});

test("a verdict does not use the early tests", async () => {
  const { driver, rest, state, engine } = await setUp();
  driver.begin({ ...fakeExperiment, eval_early: true }, [plain]);
  await rest();
  expect(engine().evaluatedAt).toEqual([1, 2, 4, 5, 10, 15, 20]);
  expect(state().points).toHaveLength(7);
  const { progress } = driver;
  if (progress.kind !== "done") throw new Error(`the lesson is ${progress.kind}`);
  expect(progress.results[0]?.points.map((point) => point.step)).toEqual([5, 10, 15, 20]);
});

test("settings that a lesson does not name have the page's defaults", async () => {
  const { driver, rest, engine } = await setUp();
  driver.begin({ ...fakeExperiment, lr: 0.5 }, [plain]);
  await rest();
  expect(engine().experiment()).toMatchObject({ lr: 0.5, steps: 20 });
});

test("stops for the bad batch, trains on it on request, and tests more often after it", async () => {
  const { driver, rest, engine, state, sent } = await setUp();
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

test("a pause by hand is only a pause, and the run stops for the reader all the same", async () => {
  const { conductor, driver, rest, engine, state, world } = await setUp();
  world.machine.millisecondsPerStep = 0.2;
  const long = { ...settings, steps: 2000, eval_every: 500 };
  driver.begin(fakeExperiment, [{ name: "only", settings: long, disturb: { after: 1000, evalEvery: 500 } }]);
  await vi.waitUntil(() => engine().step() > 0, { interval: 1 });
  conductor.pause();
  await rest();
  expect(state().step).toBeLessThan(1000);
  expect(driver.progress).toMatchObject({ kind: "running", paused: true });
  world.machine.millisecondsPerStep = 0;
  // As by the run bar, the space key, and a tab that is shown again.
  conductor.start();
  await rest();
  expect(driver.progress.kind).toBe("waiting");
  expect(state().step).toBe(1000);
  driver.proceed(2);
  await rest();
  expect(driver.progress.kind).toBe("done");
});

test("a stop that the reader had set for an earlier run does not hold up the chapter's", async () => {
  const { conductor, driver, rest, state } = await setUp();
  conductor.stopAfter(1);
  conductor.start();
  await rest();
  expect(state().step).toBe(10);
  conductor.stopAfter(null);
  driver.begin(fakeExperiment, [plain]);
  await rest();
  expect(driver.progress.kind).toBe("done");
});

test("what a run changes on the way suits other images than the page's own", async () => {
  const { conductor, driver, rest, engine, state } = await setUp();
  conductor.load([batchFile()]);
  await rest();
  driver.begin(fakeExperiment, [disturbed]);
  await rest();
  driver.proceed(5);
  await rest();
  expect(state().error).toBeUndefined();
  expect(engine().experiment()).toMatchObject({ data: "batch.bin", eval_every: 2 });
  expect(engine().disturbed).toEqual([{ step: 10, factor: 5 }]);
  expect(driver.progress.kind).toBe("done");
});

test("changes of the rate come at their steps, and are no changes by the reader", async () => {
  const { conductor, driver, rest, engine, state } = await setUp();
  conductor.load(undefined);
  await rest();
  const rates = [
    { after: 10, lr: 0.001 },
    { after: 15, lr: 0.0005 },
  ];
  driver.begin(fakeExperiment, [plain, { ...plain, name: "branch", waits: "before", rates }]);
  await rest();
  expect(driver.progress).toMatchObject({ kind: "waiting", run: 1, part: 0.5 });
  driver.proceed(1);
  await rest();
  expect(driver.progress.kind).toBe("done");
  expect(state().marks).toMatchObject(
    rates.map(({ after, lr }) => ({ step: after, kind: "change", changes: [{ key: "lr", to: String(lr) }] })),
  );
  expect(engine().experiment()).toMatchObject({ data: "synthetic", lr: 0.0005, steps: 20 });
});

test("stops following a run that is restarted, replaced or changed by hand", async () => {
  const hands: ((page: Awaited<ReturnType<typeof setUp>>) => void)[] = [
    ({ conductor }) => {
      conductor.reset();
    },
    ({ conductor }) => {
      conductor.open(fakeExperiment);
    },
    ({ conductor }) => {
      conductor.change("lr", 0.1);
    },
    ({ conductor }) => {
      conductor.send({ type: "disturb", factor: 5 });
      conductor.advance(1);
    },
  ];
  for (const [k, hand] of hands.entries()) {
    const page = await setUp();
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
  const refused = await setUp();
  refused.world.refuse = named("OutOfMemory", "too large");
  refused.driver.begin(fakeExperiment, [plain]);
  await refused.rest();
  expect(refused.driver.progress).toEqual({ kind: "stopped", why: "failed" });

  const failing = await setUp();
  failing.driver.begin(fakeExperiment, [disturbed]);
  await failing.rest();
  failing.engine().failure = named("Engine", "something broke");
  failing.driver.proceed(2);
  await failing.rest();
  expect(failing.driver.progress).toEqual({ kind: "stopped", why: "failed" });

  const diverging = await setUp();
  diverging.driver.begin(fakeExperiment, [disturbed]);
  await diverging.rest();
  diverging.engine().divergesAt = 12;
  diverging.driver.proceed(2);
  await diverging.rest();
  expect(diverging.driver.progress).toEqual({ kind: "stopped", why: "failed" });
});

test("after a lost device is replaced, the lesson continues", async () => {
  const { driver, rest, engine } = await setUp();
  driver.begin(fakeExperiment, [plain]);
  await new Promise((resolve) => setTimeout(resolve, 1));
  engine().failure = named("DeviceLost", "gone");
  await rest();
  expect(driver.progress.kind).toBe("done");
});

test("leaving the lesson does not stop the run", async () => {
  const { driver, rest, state, sent } = await setUp();
  driver.begin(fakeExperiment, [disturbed]);
  await rest();
  driver.leave();
  expect(driver.progress.kind).toBe("idle");
  expect(sent.at(-1)).toEqual({ type: "stop-at", step: null });
  expect(state().step).toBe(10);
});
