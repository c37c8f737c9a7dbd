import {
  type Adapter,
  type Adjustment,
  type Average,
  type Classified,
  type Compute,
  type DataFiles,
  type Description,
  type Engine,
  type EngineModule,
  type EvaluationPoint,
  type Experiment,
  type Filters,
  type Method,
  type Predictions,
  type Probe,
  type ProbeSamples,
  type Setting,
  type StepMetric,
  type SummaryRow,
  type Tensor,
  type TestImages,
  evaluationInterval,
} from "../engine";
import { methodsOf } from "./averages";

/** What the engines of a module train on, with and how fast; a test may change it meanwhile. */
export interface FakeMachine {
  adapter: Adapter;
  settings: () => readonly Setting[];
  default_experiment: () => Experiment;
  /** Training images at most. */
  train: number;
  /** Test images. */
  images: number;
  classes: string[];
  parameters: number;
  /** The first is the convolution whose filters are shown. */
  tensors: [Tensor, ...Tensor[]];
  millisecondsPerStep: number;
}

/** A test's requests to all engines of a module. */
export interface FakeWorld {
  machine: FakeMachine;
  /** What was chosen to compute, in order. */
  computes: Compute[];
  engines: FakeEngine[];
  inFlight: number;
  mostInFlight: number;
  /** The files of the latest engine. */
  files: readonly { name: string; bytes: Uint8Array }[] | undefined;
  /** What resumed engines say was computed elsewhere. */
  movedFrom: Description["moved_from"];
  /** Thrown by the next `create` or `resume`, once. */
  refuse: Error | undefined;
  /** Thrown by every one. */
  refuseAll: Error | undefined;
}

export function fakeWorld(machine: FakeMachine): FakeWorld {
  return {
    machine,
    computes: [],
    movedFrom: undefined,
    engines: [],
    inFlight: 0,
    mostInFlight: 0,
    files: undefined,
    refuse: undefined,
    refuseAll: undefined,
  };
}

/**
 * An engine that needs no GPU and learns nothing: its values follow formulas that resemble a run. It keeps the contract of
 * `engine.ts` and notes what it was asked.
 */
export class FakeEngine implements Engine {
  readonly submits: number[] = [];
  readonly evaluatedAt: number[] = [];
  readonly disturbed: { step: number; factor: number }[] = [];
  /** The evaluations so far. */
  points: EvaluationPoint[];
  adjusted: Adjustment[] = [];
  freed = false;
  /** Thrown by the next submit. */
  failure: Error | undefined;
  /** From this step on, losses are not numbers. */
  divergesAt = Infinity;
  readonly #world: FakeWorld;
  #experiment: Experiment;
  #step: number;
  #submitted: Promise<void> = Promise.resolve();
  #metrics: StepMetric[] = [];
  #probed: Probe[] = [];
  #sampledFrom: number;
  #predicted: number | undefined;
  movedFrom: Description["moved_from"];

  constructor(world: FakeWorld, experiment: Experiment, step = 0, points: EvaluationPoint[] = []) {
    this.#world = world;
    this.#experiment = { ...world.machine.default_experiment(), ...experiment };
    this.#step = step;
    this.#sampledFrom = step;
    this.points = [...points];
    world.engines.push(this);
  }

  get probed(): readonly Probe[] {
    return this.#probed;
  }

  #methods(): Method[] {
    return methodsOf(...(this.#experiment.ema as string[]));
  }

  describe(): Description {
    const { adapter, images, classes, parameters, tensors } = this.#world.machine;
    const { batch, limit_train, steps, epochs, preset } = this.#experiment;
    const train = Math.min((limit_train as number | null | undefined) ?? Infinity, this.#world.machine.train);
    const steps_per_epoch = Math.max(1, Math.floor(train / (batch as number)));
    return {
      adapter,
      dataset: { name: "synthetic", synthetic: true, train, test: images, classes },
      network: String(preset),
      parameters,
      gpu_bytes: 1 << 20,
      steps_per_epoch,
      total_steps: (steps as number | null) ?? steps_per_epoch * (epochs as number),
      methods: this.#methods(),
      tensors,
      ...(this.movedFrom !== undefined && { moved_from: this.movedFrom }),
    };
  }
  adjustments(): Adjustment[] {
    return this.adjusted;
  }
  step(): number {
    return this.#step;
  }
  /** As the engine's `Experiment::next_evaluation`. */
  next_evaluation(): number {
    const { total_steps } = this.describe();
    const every = evaluationInterval({ experiment: this.#experiment, description: this.describe() });
    const regular = (Math.floor(this.#step / every) + 1) * every;
    const early = this.#experiment.eval_early === true && this.#step < every;
    const power = early ? 2 ** Math.floor(Math.log2(this.#step) + 1) : regular;
    return Math.min(this.#step === 0 && early ? 1 : power, regular, total_steps);
  }
  async train(steps: number): Promise<void> {
    const world = this.#world;
    this.submits.push(steps);
    world.inFlight += 1;
    world.mostInFlight = Math.max(world.mostInFlight, world.inFlight);
    // A macrotask at least, as a real GPU takes, so that messages can come between.
    const time = Math.max(1, steps * world.machine.millisecondsPerStep);
    this.#submitted = this.#submitted.then(() => new Promise((resolve) => setTimeout(resolve, time)));
    await this.#submitted;
    world.inFlight -= 1;
    if (this.failure !== undefined) throw this.failure;
    for (let k = 0; k < steps; k++) {
      this.#step += 1;
      this.#metrics.push(this.#metric(this.#step));
    }
  }
  #metric(step: number): StepMetric {
    return {
      step,
      loss: step >= this.divergesAt ? NaN : 0.5 + 1.8 * Math.exp(-step / 200) + 0.2 * noise(step),
      accuracy: 80 - 70 * Math.exp(-step / 200) + 5 * noise(step + 0.5),
    };
  }
  metrics(): Promise<StepMetric[]> {
    return Promise.resolve(this.#metrics.splice(0));
  }
  evaluate(): Promise<EvaluationPoint> {
    if (this.#world.inFlight > 0) throw new Error("evaluated while steps were running");
    const step = this.#step;
    this.evaluatedAt.push(step);
    this.#predicted = step;
    const { methods, steps_per_epoch, total_steps } = this.describe();
    const spread = this.#spread(step, 3);
    const scores = methods.map(({ name }, k) => ({
      name,
      accuracy: 65 - 55 * Math.exp(-step / 200) + (spread[k] ?? 0),
      loss: 1 + 1.3 * Math.exp(-step / 200) - (spread[k] ?? 0) / 30,
    }));
    const early =
      step <
      Math.min(
        evaluationInterval({ experiment: this.#experiment, description: this.describe() }),
        total_steps,
      );
    const point = { step, epoch: step / steps_per_epoch, ...(early ? { early } : {}), methods: scores };
    this.points.push(point);
    return Promise.resolve(point);
  }
  summary(): SummaryRow[] {
    const last = this.points.at(-1);
    return (last?.methods ?? []).map(({ name, accuracy, loss }, k) => {
      const measured = this.points.map((point) => point.methods[k]?.accuracy ?? NaN);
      const best_accuracy = Math.max(...measured);
      const best_epoch = this.points[measured.indexOf(best_accuracy)]?.epoch ?? 0;
      const fluctuation = 3 / (k + 1);
      return {
        method: name,
        accuracy,
        loss,
        best_accuracy,
        best_epoch,
        mean_accuracy: accuracy,
        fluctuation,
      };
    });
  }
  averages(): Average[] {
    return this.#methods()
      .slice(1)
      .map(({ name, average }) => {
        const beta = Number.parseFloat(average ?? "");
        return {
          name,
          average: average ?? "",
          beta,
          effective_beta: beta,
          half_life: Math.log(0.5) / Math.log(beta),
          initial_share: beta ** this.#step,
        };
      });
  }
  reset(): void {
    this.#step = 0;
    this.movedFrom = undefined;
    this.#sampledFrom = 0;
    this.#metrics = [];
    this.points = [];
    this.#predicted = undefined;
  }
  experiment(): Experiment {
    return this.#experiment;
  }
  change(experiment: Experiment): Promise<Description> {
    const live = new Set(
      this.#world.machine
        .settings()
        .filter((setting) => setting.live)
        .map((setting) => setting.key),
    );
    for (const [key, value] of Object.entries(experiment)) {
      if (live.has(key) || JSON.stringify(value) === JSON.stringify(this.#experiment[key])) continue;
      return Promise.reject(named("BadSetting", `${key} needs a reset`));
    }
    const before = (this.#experiment.ema as string[]).length;
    const ema = (experiment.ema as string[]).map((text, k) =>
      k < before || text.includes("from=") ? text : `${text},from=${this.#step}`,
    );
    this.#experiment = { ...experiment, ema };
    return Promise.resolve(this.describe());
  }
  disturb(factor: number): void {
    this.disturbed.push({ step: this.#step, factor });
  }
  probe(probes: Probe[]): void {
    this.#probed = probes;
    this.#sampledFrom = this.#step;
  }
  probes(): Promise<ProbeSamples | null> {
    const [first_step, steps] = [this.#sampledFrom + 1, this.#step - this.#sampledFrom];
    this.#sampledFrom = this.#step;
    if (steps === 0 || this.#probed.length === 0) return Promise.resolve(null);
    const values = Array.from({ length: steps }, (_, step) =>
      this.#probed.map(({ tensor, index }) =>
        this.#spread(first_step + step, 0.05, index + 1000 * tensor).map((value) => value + index / 100),
      ),
    );
    return Promise.resolve({
      first_step,
      steps,
      probes: this.#probed.length,
      methods: this.#methods().length,
      values: Float32Array.from(values.flat(2)),
    });
  }
  predictions(): Predictions | null {
    const step = this.#predicted;
    if (step === undefined) return null;
    const { images, classes } = this.#world.machine;
    const methods = this.#methods().length;
    const right = (method: number, image: number): boolean =>
      noise(image + 7 * step * (method === 0 ? 1 : 0)) < 0.4;
    const all = Array.from(
      { length: methods * images },
      (_, k) => [Math.floor(k / images), k % images] as const,
    );
    return {
      step,
      images,
      methods,
      classes: Uint8Array.from(
        all,
        ([method, image]) => (image + (right(method, image) ? 0 : 1)) % classes.length,
      ),
      confidences: Float32Array.from(all, ([method, image]) => 0.6 + 0.3 * noise(image + method)),
    };
  }
  filters(): Promise<Filters> {
    const [step, shape] = [this.#step, this.#world.machine.tensors[0].shape as Filters["shape"]];
    const length = shape.reduce((product, size) => product * size, 1);
    const methods = this.#methods().map((_, method) =>
      Float32Array.from({ length }, (_, k) => noise(k) + (method === 0 ? 0.2 * noise(k + step) : 0)),
    );
    return Promise.resolve({ step, shape, methods });
  }
  /** Each method is the surer of the first class the steadier it is. */
  classify(picture: Uint8Array): Promise<Classified> {
    const step = this.#step;
    const { classes } = this.#world.machine;
    const probabilities = this.#methods().flatMap((_, method) => {
      const first = (method + 1 + (picture[0] ?? 0) / 255) / (this.#methods().length + 2);
      return classes.map((_, k) => (k === 0 ? first : (1 - first) / (classes.length - 1)));
    });
    return Promise.resolve({ step, probabilities: Float32Array.from(probabilities) });
  }
  test_images(indices: Uint32Array): TestImages {
    const pixels = new Uint8ClampedArray(indices.length * 32 * 32 * 4);
    indices.forEach((index, place) => {
      const [hue, start] = [(index % 10) * 25, place * 32 * 32 * 4];
      for (let at = start; at < start + 32 * 32 * 4; at += 4) pixels.set([hue, at % 256, 255 - hue, 255], at);
    });
    const { classes } = this.#world.machine;
    const labels = Uint8Array.from(indices, (index) => index % classes.length);
    return { indices: [...indices], pixels, labels };
  }
  checkpoint(): Promise<Uint8Array<ArrayBuffer>> {
    const checkpoint = { experiment: this.#experiment, step: this.#step, history: this.points };
    return Promise.resolve(fakeCheckpoint(checkpoint));
  }
  state_dict(method: number): Promise<Uint8Array<ArrayBuffer>> {
    return Promise.resolve(new Uint8Array([method]));
  }
  history(): EvaluationPoint[] {
    return [...this.points];
  }
  free(): void {
    this.freed = true;
  }

  /** A value that jitters, and its averages, which do so less. */
  #spread(step: number, scale: number, salt = 0): number[] {
    const jitter = scale * noise(step + salt);
    const betas = (this.#experiment.ema as string[]).map((text) => Number.parseFloat(text));
    return [jitter, ...betas.map((beta) => jitter * Math.sqrt((1 - beta) / (1 + beta)))];
  }
}

/** From -1 to 1, without pattern, and always the same. */
function noise(k: number): number {
  const wave = Math.sin(k * 12.9898 + 4.1414) * 43_758.5453;
  return 2 * (wave - Math.floor(wave)) - 1;
}

/** What a checkpoint of a fake engine holds. */
export interface FakeCheckpoint {
  experiment: Experiment;
  step: number;
  history: EvaluationPoint[];
}

/** The file of a fake engine's checkpoint. */
export function fakeCheckpoint(checkpoint: FakeCheckpoint): Uint8Array<ArrayBuffer> {
  return new TextEncoder().encode(JSON.stringify(checkpoint));
}

/** What such a file holds; an error as the engine's for any other. */
export function readFakeCheckpoint(bytes: Uint8Array): FakeCheckpoint {
  try {
    return JSON.parse(new TextDecoder().decode(bytes)) as FakeCheckpoint;
  } catch {
    throw named("BadFile", "this is not a safetensors file");
  }
}

/** Makes and resumes {@link FakeEngine}s, as the engine's module does. `filesIn` are those of files that it is given. */
export function fakeEngines(
  world: FakeWorld,
  filesIn: (files: DataFiles) => FakeWorld["files"],
): EngineModule["Engine"] {
  const take = (files: DataFiles | null | undefined): void => {
    const error = world.refuse ?? world.refuseAll;
    world.refuse = undefined;
    world.files = files == null ? undefined : filesIn(files);
    files?.free();
    if (error !== undefined) throw error;
  };
  return {
    // Asynchronous, so that what is thrown is a rejection, as the real one's.
    // eslint-disable-next-line @typescript-eslint/require-await
    async create(experiment, files, nearest) {
      take(files);
      const { batch } = experiment;
      const { train } = world.machine;
      if (typeof batch !== "number" || batch <= train) return new FakeEngine(world, experiment);
      if (nearest !== true) throw named("BadSetting", "the batch is too large");
      const engine = new FakeEngine(world, { ...experiment, batch: train });
      const [value, to] = [String(batch), String(train)];
      engine.adjusted = [{ key: "batch", value, to, because: "images", known: [] }];
      return engine;
    },
    // eslint-disable-next-line @typescript-eslint/require-await
    async resume(checkpoint, files) {
      take(files);
      const { experiment, step, history } = readFakeCheckpoint(checkpoint);
      const engine = new FakeEngine(world, experiment, step, history);
      engine.movedFrom = world.movedFrom;
      return engine;
    },
  };
}

/** An error as the engine throws it. */
export function named(name: string, message: string): Error {
  return Object.assign(new Error(message), { name });
}
