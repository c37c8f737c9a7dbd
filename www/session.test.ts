import { expect, test, vi } from "vitest";

import type {
  Description,
  Engine,
  EngineModule,
  EvaluationPoint,
  Experiment,
  Filters,
  StepMetric,
  TestImages,
} from "./engine";
import type { FromWorker, Snapshot } from "./protocol";
import { Session } from "./session";

/** An engine that takes no time and learns nothing, and notes what it was asked. */
class FakeEngine implements Engine {
  static inFlight = 0;
  static mostInFlight = 0;
  readonly submits: number[] = [];
  readonly evaluatedAt: number[] = [];
  freed = false;
  failure: Error | undefined;
  #step = 0;
  #metrics: StepMetric[] = [];

  describe(): Description {
    return {
      adapter: { name: "fake", backend: "none", software: true },
      dataset: { name: "synthetic", synthetic: true, train: 100, test: 10, classes: [] },
      network: "tiny",
      parameters: 1,
      gpu_bytes: 1,
      steps_per_epoch: 10,
      total_steps: 25,
      methods: [{ name: "raw" }],
      tensors: [],
    };
  }
  step(): number {
    return this.#step;
  }
  async train(steps: number): Promise<void> {
    this.submits.push(steps);
    FakeEngine.inFlight += 1;
    FakeEngine.mostInFlight = Math.max(FakeEngine.mostInFlight, FakeEngine.inFlight);
    // A macrotask, as a real GPU takes, so that messages can come between.
    await new Promise((resolve) => setTimeout(resolve, 0));
    FakeEngine.inFlight -= 1;
    if (this.failure !== undefined) throw this.failure;
    for (let k = 0; k < steps; k++) {
      this.#step += 1;
      this.#metrics.push({ step: this.#step, loss: 1 / this.#step, accuracy: 0 });
    }
  }
  metrics(): Promise<StepMetric[]> {
    return Promise.resolve(this.#metrics.splice(0));
  }
  evaluate(): Promise<EvaluationPoint> {
    expect(FakeEngine.inFlight).toBe(0);
    this.evaluatedAt.push(this.#step);
    return Promise.resolve({ step: this.#step, epoch: this.#step / 10, methods: [] });
  }
  summary() {
    return [];
  }
  averages() {
    return [];
  }
  reset(): void {
    this.#step = 0;
    this.#metrics = [];
  }
  experiment(): Experiment {
    return {};
  }
  change(): Promise<Description> {
    return Promise.resolve(this.describe());
  }
  disturb = vi.fn();
  probe = vi.fn();
  probes(): Promise<null> {
    return Promise.resolve(null);
  }
  predictions(): null {
    return null;
  }
  filters(): Promise<Filters> {
    return Promise.resolve({ step: this.#step, shape: [1, 1, 1, 1], methods: [] });
  }
  test_images(indices: Uint32Array): TestImages {
    return { indices: [...indices], pixels: new Uint8ClampedArray(), labels: new Uint8Array() };
  }
  checkpoint(): Promise<Uint8Array<ArrayBuffer>> {
    return Promise.resolve(new Uint8Array());
  }
  state_dict(): Promise<Uint8Array<ArrayBuffer>> {
    return Promise.resolve(new Uint8Array());
  }
  load_history = vi.fn();
  free(): void {
    this.freed = true;
  }
}

function setUp() {
  const engines: FakeEngine[] = [];
  const create = vi.fn((): Promise<Engine> => {
    const engine = new FakeEngine();
    engines.push(engine);
    return Promise.resolve(engine);
  });
  const module: EngineModule = {
    settings: () => [],
    default_experiment: () => ({}),
    Engine: { create, resume: create },
  };
  const posted: FromWorker[] = [];
  const session = new Session(module, (message) => posted.push(message));
  const snapshots = (): Snapshot[] =>
    posted.flatMap((message) =>
      message.type === "snapshot" || message.type === "opened" ? [message.snapshot] : [],
    );
  return { session, engines, create, posted, snapshots };
}

const experiment: Experiment = { batch: 10 };
const open = { type: "open", experiment, files: undefined } as const;

test("a run evaluates at every epoch and at its end, and then is finished", async () => {
  const { session, engines, snapshots } = setUp();
  await session.handle(open);
  await session.handle({ type: "start" });
  await session.idle();
  expect(engines[0]?.evaluatedAt).toEqual([10, 20, 25]);
  expect(snapshots().at(-1)).toMatchObject({ phase: "finished", step: 25, epoch: 2.5 });
});

test("every metric and every evaluation is posted once", async () => {
  const { session, snapshots } = setUp();
  await session.handle(open);
  await session.handle({ type: "start" });
  await session.idle();
  const steps = snapshots().flatMap((snapshot) => snapshot.metrics.map((metric) => metric.step));
  expect(steps).toEqual(Array.from({ length: 25 }, (_, k) => k + 1));
  expect(snapshots().flatMap((snapshot) => snapshot.points.map((point) => point.step))).toEqual([10, 20, 25]);
});

test("two submits are in flight, never more", async () => {
  const { session } = setUp();
  FakeEngine.mostInFlight = 0;
  await session.handle(open);
  await session.handle({ type: "start" });
  await session.idle();
  expect(FakeEngine.mostInFlight).toBe(2);
});

test("pause stops after what is in flight, and start goes on from there", async () => {
  const { session, engines, snapshots } = setUp();
  await session.handle(open);
  await session.handle({ type: "start" });
  await session.handle({ type: "pause" });
  const paused = engines[0]?.step() ?? 0;
  expect(paused).toBeGreaterThan(0);
  expect(paused).toBeLessThan(25);
  expect(snapshots().at(-1)).toMatchObject({ phase: "paused", step: paused });
  await session.handle({ type: "start" });
  await session.idle();
  expect(engines[0]?.step()).toBe(25);
});

test("a pause that overtakes a start still pauses", async () => {
  const { session, engines } = setUp();
  void session.handle(open);
  void session.handle({ type: "start" });
  await session.handle({ type: "pause" });
  expect(engines[0]?.step()).toBeLessThan(25);
});

test("advance runs exactly so many steps", async () => {
  const { session, engines, snapshots } = setUp();
  await session.handle(open);
  await session.handle({ type: "advance", steps: 1 });
  await session.idle();
  expect(engines[0]?.step()).toBe(1);
  await session.handle({ type: "advance", steps: 9 });
  await session.idle();
  expect(engines[0]?.evaluatedAt).toEqual([10]);
  expect(snapshots().at(-1)).toMatchObject({ phase: "paused", step: 10 });
});

test("reset stops the run and begins again at step 0", async () => {
  const { session, engines, posted } = setUp();
  await session.handle(open);
  await session.handle({ type: "start" });
  await session.handle({ type: "reset" });
  expect(engines[0]?.step()).toBe(0);
  expect(posted.at(-1)).toMatchObject({
    type: "opened",
    snapshot: { phase: "paused", step: 0, metrics: [] },
  });
  expect(engines).toHaveLength(1);
});

test("evaluations follow a change of their interval in mid-run", async () => {
  const { session, engines } = setUp();
  await session.handle(open);
  await session.handle({ type: "advance", steps: 10 });
  await session.idle();
  await session.handle({ type: "evaluate-every", steps: 4 });
  await session.handle({ type: "start" });
  await session.idle();
  expect(engines[0]?.evaluatedAt).toEqual([10, 12, 16, 20, 24, 25]);
});

test("files reach the engine as bytes", async () => {
  const { session, create } = setUp();
  await session.handle({
    type: "open",
    experiment,
    files: [new File([new Uint8Array([7, 8])], "batch.bin")],
  });
  expect(create).toHaveBeenCalledWith(experiment, [{ name: "batch.bin", bytes: new Uint8Array([7, 8]) }]);
});

test("an engine that cannot be built leaves the one before in place", async () => {
  const { session, engines, create, posted } = setUp();
  await session.handle(open);
  await session.handle({ type: "advance", steps: 3 });
  await session.idle();
  create.mockRejectedValueOnce(Object.assign(new Error("no record"), { name: "BadFile" }));
  await session.handle(open);
  expect(posted.at(-1)).toEqual({
    type: "failed",
    error: { name: "BadFile", message: "no record" },
    lost: false,
  });
  expect(engines[0]?.freed).toBe(false);
  await session.handle({ type: "start" });
  await session.idle();
  expect(engines[0]?.step()).toBe(25);
});

test("a new engine takes the place of the old, which is freed", async () => {
  const { session, engines } = setUp();
  await session.handle(open);
  await session.handle({ type: "start" });
  await session.handle(open);
  expect(engines.map((engine) => engine.freed)).toEqual([true, false]);
});

test("a device lost in mid-run is reported as lost", async () => {
  const { session, engines, posted } = setUp();
  await session.handle(open);
  const [engine] = engines;
  if (engine !== undefined)
    engine.failure = Object.assign(new Error("the device is lost"), { name: "DeviceLost" });
  await session.handle({ type: "start" });
  await session.idle();
  expect(posted.at(-1)).toMatchObject({ type: "failed", error: { name: "DeviceLost" }, lost: true });
});
