import { describe, expect, test, vi } from "vitest";

import type { EngineModule } from "../engine";
import type { FromWorker } from "../protocol";
import { Session } from "../session";
import { named } from "../testing/fake-engine";
import { FakeFiles, FakeLog, fakeLimits, fakeSurvey, fakeModule } from "../testing/fake-module";
import { fakeStorage } from "../testing/storage";
import { ReplayEngine } from "./engine";
import { EVERY, STEPS, exampleRecording } from "./example";
import { parseRecording, withReplay } from "./module";

const reason = { name: "NoWebGpu", message: "no WebGPU here" } as const;
const engine = () => new ReplayEngine(exampleRecording(), reason, () => Promise.resolve());

describe("a recorded run plays as it was recorded", () => {
  test("its steps come once and in order, and NaN stays NaN", async () => {
    const recording = exampleRecording();
    recording.steps.loss[4] = null;
    const run = new ReplayEngine(recording, reason, () => Promise.resolve());
    await run.train(4);
    await run.train(2);
    const metrics = await run.metrics();
    expect(metrics.map(({ step }) => step)).toEqual([1, 2, 3, 4, 5, 6]);
    expect(metrics[0]).toEqual({ step: 1, loss: 2.9, accuracy: 5 });
    expect(metrics[4]?.loss).toBeNaN();
    expect(await run.metrics()).toEqual([]);
    await run.train(1);
    expect((await run.metrics()).map(({ step }) => step)).toEqual([7]);
  });

  test("it is tested where it was, with the table and the predictions of then", async () => {
    const run = engine();
    expect(run.next_evaluation()).toBe(EVERY);
    expect(run.summary()).toEqual([]);
    expect(run.predictions()).toBeNull();
    await run.train(EVERY);
    expect(await run.evaluate()).toMatchObject({ step: 4, methods: [{ accuracy: 4 }, { accuracy: 14 }] });
    expect(run.summary().map((row) => row.accuracy)).toEqual([4, 14]);
    expect(run.predictions()).toMatchObject({ step: 4, images: 3, methods: 2 });
    expect([...(run.predictions()?.classes ?? [])]).toEqual([0, 1, 0, 1, 0, 1]);
    await run.train(1);
    await expect(run.evaluate()).rejects.toThrow("step 5");
  });

  test("recorded weights start at the step of their request, and others are unknown", async () => {
    const run = engine();
    expect(await run.probes()).toBeNull();
    await run.train(2);
    run.probe([
      { tensor: 0, index: 1 },
      { tensor: 0, index: 7 },
    ]);
    expect(await run.probes()).toBeNull();
    await run.train(2);
    const samples = await run.probes();
    expect(samples).toMatchObject({ first_step: 3, steps: 2, probes: 2, methods: 2 });
    expect([...(samples?.values ?? [])]).toEqual([310, 311, NaN, NaN, 410, 411, NaN, NaN]);
    expect(await run.probes()).toBeNull();
  });

  test("averages and filters are those of the step", async () => {
    const run = engine();
    expect(run.averages()[0]?.initial_share).toBe(1);
    expect((await run.filters()).step).toBe(0);
    await run.train(5);
    expect(run.averages()[0]?.initial_share).toBe(0.9 ** 5);
    expect(await run.filters()).toMatchObject({ step: 4, shape: [1, 1, 1, 1] });
    expect([...((await run.filters()).methods[1] ?? [])]).toEqual([5]);
  });

  test("test images are the recorded ones, opaque", () => {
    const { indices, labels, pixels } = engine().test_images(Uint32Array.of(2, 9, 0));
    expect(indices).toEqual([2, 0]);
    expect([...labels]).toEqual([0, 0]);
    expect([...pixels.subarray(0, 4)]).toEqual([30, 31, 32, 255]);
    expect([...pixels.subarray(4 * 1024, 4 * 1024 + 4)]).toEqual([10, 11, 12, 255]);
  });

  test("reset plays it again, without the steps that were under way", async () => {
    let free: () => void = () => undefined;
    const held = new Promise<void>((resolve) => (free = resolve));
    const run = new ReplayEngine(exampleRecording(), reason, () => held);
    const before = run.train(4);
    run.reset();
    free();
    await before;
    expect(run.step()).toBe(0);
    expect(await run.metrics()).toEqual([]);
    await run.train(1);
    expect((await run.metrics()).map(({ step }) => step)).toEqual([1]);
  });

  test("it cannot be changed, disturbed or saved", async () => {
    const run = engine();
    await expect(run.change()).rejects.toMatchObject({ name: "BadSetting" });
    await expect(run.checkpoint()).rejects.toThrow("no weights");
    await expect(run.state_dict()).rejects.toThrow("no weights");
    expect(() => {
      run.disturb();
    }).toThrow("disturbed");
  });

  test("at full speed a step takes its time", async () => {
    const waited: number[] = [];
    const run = new ReplayEngine(exampleRecording(), reason, (milliseconds) => {
      waited.push(milliseconds);
      return Promise.resolve();
    });
    await run.train(5);
    expect(waited).toEqual([100]);
  });
});

/** A module whose engine cannot be made for this reason. */
function failing(name: string): EngineModule {
  const fail = (): Promise<never> => Promise.reject(Object.assign(new Error("why"), { name }));
  return {
    settings: () => [],
    limits: () => fakeLimits,
    default_experiment: () => ({}),
    compute_on: () => undefined,
    adapter: fail,
    processor_speed: fail,
    training_speed: fail,
    survey: fakeSurvey,
    nearest: () => ({ experiment: {}, adjustments: [] }),
    pytorch_script: () => "",
    Files: FakeFiles,
    Log: FakeLog,
    Engine: { create: fail, resume: fail },
  };
}

describe("the module falls back to the recorded run", () => {
  test.each(["NoWebGpu", "NoAdapter"])("for %s, and shows why", async (name) => {
    const module = withReplay(failing(name), () => Promise.resolve(exampleRecording()));
    const run = await module.Engine.create({}, undefined);
    expect(run.describe().recorded).toMatchObject({
      reason: { name, message: "why" },
      program: "emascope 0.1.0",
    });
  });

  test("with the default of a setting that is newer than the recording", async () => {
    const recording = exampleRecording();
    const failed = {
      ...failing("NoWebGpu"),
      default_experiment: () => ({ ...recording.experiment, seed: 99, newer: 7 }),
    };
    const run = await withReplay(failed, () => Promise.resolve(recording)).Engine.create({}, undefined);
    expect(run.experiment()).toEqual({ newer: 7, seed: 99, ...recording.experiment });
  });

  test("but not for errors that the reader can fix", async () => {
    const load = vi.fn(() => Promise.resolve(exampleRecording()));
    const module = withReplay(failing("BadSetting"), load);
    await expect(module.Engine.create({}, undefined)).rejects.toMatchObject({ name: "BadSetting" });
    expect(load).not.toHaveBeenCalled();
  });

  test("nor in the place of a run whose device is gone", async () => {
    const { module, world } = fakeModule();
    const load = vi.fn(() => Promise.resolve(exampleRecording()));
    const guarded = withReplay(module, load);
    await guarded.Engine.create({}, undefined);
    world.refuseAll = named("NoAdapter", "gone");
    await expect(guarded.Engine.create({}, undefined)).rejects.toMatchObject({ name: "NoAdapter" });
    expect(load).not.toHaveBeenCalled();
  });

  test("and without the recording the reason stays", async () => {
    const module = withReplay(failing("NoWebGpu"), () => Promise.reject(new Error("offline")));
    await expect(module.Engine.create({}, undefined)).rejects.toMatchObject({ name: "NoWebGpu" });
  });

  test("a file that is not a recording is refused", () => {
    expect(parseRecording(JSON.stringify(exampleRecording())).program).toBe("emascope 0.1.0");
    expect(() => parseRecording('{"format":"emascope-recording","version":2}')).toThrow("version 1");
    expect(() => parseRecording("<!doctype html>")).toThrow();
    expect(() => parseRecording("null")).toThrow("no recorded run");
  });

  test.each<[string, (recording: ReturnType<typeof exampleRecording>) => void]>([
    ["steps.loss is not a list of 12", ({ steps }) => steps.loss.pop()],
    ["steps.accuracy[3] is not a number or null", ({ steps }) => (steps.accuracy[3] = "9" as never)],
    [
      "probes.probes[1].tensor is not a whole number below 1",
      ({ probes }) => (probes.probes[1] = { tensor: 1, index: 0 }),
    ],
    [
      "predictions[0].classes[2] is not a whole number below 2",
      ({ predictions }) => predictions[0]?.classes.splice(2, 1, 7),
    ],
    ["points[1].step is not after the one before", ({ points }) => (points[1] = { ...points[0] } as never)],
    ["it has no filters at step 0", ({ filters }) => filters.frames.shift()],
    ["test_images.pixels are not those of its images", ({ test_images }) => (test_images.pixels = "AAAA")],
    ["description.tensors is not a list of values", ({ description }) => (description.tensors = {} as never)],
  ])("a damaged recording is refused with the place: %s", (where, damage) => {
    const recording = exampleRecording();
    damage(recording);
    expect(() => parseRecording(JSON.stringify(recording))).toThrow(`the recorded run is damaged: ${where}`);
  });
});

test("a session plays it to its end, without a training speed", async () => {
  const posted: FromWorker[] = [];
  const module = withReplay(failing("NoWebGpu"), () => Promise.resolve(exampleRecording()));
  const session = new Session(module, (message) => posted.push(message), fakeStorage());
  await session.handle({ type: "open", experiment: {}, files: undefined });
  await session.handle({ type: "start" });
  await session.idle();
  const snapshots = posted.flatMap((message) => (message.type === "snapshot" ? [message.snapshot] : []));
  expect(snapshots.flatMap(({ points }) => points.map(({ step }) => step))).toEqual([4, 8, 12]);
  expect(snapshots.flatMap(({ metrics }) => metrics)).toHaveLength(STEPS);
  expect(snapshots.at(-1)).toMatchObject({ phase: "finished", step: STEPS, images_per_second: null });
});
