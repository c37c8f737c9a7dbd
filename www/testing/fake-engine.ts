import type {
  Adapter,
  Adjustment,
  Average,
  DataFiles,
  Description,
  Engine,
  EngineModule,
  EvaluationPoint,
  Experiment,
  Filters,
  Limits,
  Log,
  Method,
  Nearest,
  Predictions,
  Probe,
  ProbeSamples,
  Setting,
  Standing,
  StepMetric,
  SummaryRow,
  TestImages,
  Wanted,
} from "../engine";
import { methodsOf } from "./averages";

/** The description of a run of the fake engine, unless its experiment differs. */
export const fakeExperiment: Experiment = {
  data: "subset",
  preset: "tiny",
  batch: 10,
  lr: 0.002,
  steps: 25,
  eval_every: null,
  eval_early: false,
  seed: 0,
  ema: ["0.9", "0.98"],
};

const fakeAdapter: Adapter = { name: "fake", backend: "none", software: true };

/** A short settings table of every kind of row. */
export const fakeSettings: Setting[] = [
  row("data", "text", { default: "subset" }),
  row("preset", "choice", { default: "tiny", choices: ["tiny", "small", "resnet9"] }),
  row("batch", "integer", { default: 10, min: 1, max: 16384 }),
  row("lr", "float", { default: 0.002, min: 0, max: 10, step: 1e-4, live: true }),
  row("steps", "integer", { default: 25, min: 1, max: 1e9, live: true }),
  row("eval_every", "integer", { default: null, min: 1, max: 1e9, live: true }),
  row("eval_early", "boolean", { default: false, live: true }),
  row("seed", "integer", { default: 0, min: 0, max: 4294967295 }),
  row("augment", "list", { default: ["flip", "crop"], choices: ["flip", "crop"] }),
  row("shuffle", "boolean", { default: true }),
  row("ema", "list", { default: ["0.9", "0.98"], live: true }),
];

export const fakeLimits: Limits = { averages: 8, probes: 32, recompute_images: 2048 };

function row(key: string, kind: Setting["kind"], rest: Partial<Setting> & { default: unknown }): Setting {
  return { key, flag: key.replaceAll("_", "-"), kind, help: `help of ${key}`, ...rest };
}

/** A test's requests to all engines of a module. */
export interface FakeWorld {
  engines: FakeEngine[];
  inFlight: number;
  mostInFlight: number;
  /** The files of the latest engine. */
  files: readonly { name: string; bytes: Uint8Array }[] | undefined;
  /** Thrown by the next `create` or `resume`, once. */
  refuse: Error | undefined;
  /** Thrown by every one. */
  refuseAll: Error | undefined;
}

/** An engine that takes no time and learns nothing, keeps the contract of `engine.ts`, and notes what it was asked. */
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
  #metrics: StepMetric[] = [];
  #probed: Probe[] = [];
  #sampledFrom: number;
  #predicted: number | undefined;

  constructor(world: FakeWorld, experiment: Experiment, step = 0, points: EvaluationPoint[] = []) {
    this.#world = world;
    this.#experiment = { ...fakeExperiment, ...experiment };
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
    return {
      adapter: fakeAdapter,
      dataset: { name: "synthetic", synthetic: true, train: 100, test: 10, classes: ["cat", "dog"] },
      network: String(this.#experiment.preset),
      parameters: 27,
      gpu_bytes: 1,
      steps_per_epoch: 10,
      total_steps: this.#experiment.steps as number,
      methods: this.#methods(),
      tensors: [{ name: "0.weight", shape: [1, 3, 3, 3] }],
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
    const every = this.#evaluationInterval();
    const regular = (Math.floor(this.#step / every) + 1) * every;
    const early = this.#experiment.eval_early === true && this.#step < every;
    const power = early ? 2 ** Math.floor(Math.log2(this.#step) + 1) : regular;
    return Math.min(this.#step === 0 && early ? 1 : power, regular, total_steps);
  }
  #evaluationInterval(): number {
    const { eval_every } = this.#experiment;
    return typeof eval_every === "number" ? eval_every : this.describe().steps_per_epoch;
  }
  async train(steps: number): Promise<void> {
    this.submits.push(steps);
    this.#world.inFlight += 1;
    this.#world.mostInFlight = Math.max(this.#world.mostInFlight, this.#world.inFlight);
    // A macrotask, as a real GPU takes, so that messages can come between.
    await new Promise((resolve) => setTimeout(resolve, 1));
    this.#world.inFlight -= 1;
    if (this.failure !== undefined) throw this.failure;
    for (let k = 0; k < steps; k++) {
      this.#step += 1;
      const loss = this.#step >= this.divergesAt ? NaN : 1 / this.#step;
      this.#metrics.push({ step: this.#step, loss, accuracy: 0 });
    }
  }
  metrics(): Promise<StepMetric[]> {
    return Promise.resolve(this.#metrics.splice(0));
  }
  evaluate(): Promise<EvaluationPoint> {
    if (this.#world.inFlight > 0) throw new Error("evaluated while steps were running");
    this.evaluatedAt.push(this.#step);
    this.#predicted = this.#step;
    const methods = this.#methods().map(({ name }) => ({ name, accuracy: 50, loss: 1 }));
    const early = this.#step < Math.min(this.#evaluationInterval(), this.describe().total_steps);
    const point = { step: this.#step, epoch: this.#step / 10, ...(early ? { early } : {}), methods };
    this.points.push(point);
    return Promise.resolve(point);
  }
  summary(): SummaryRow[] {
    const last = this.points.at(-1);
    return (last?.methods ?? []).map(({ name, accuracy, loss }) => ({
      method: name,
      accuracy,
      best_accuracy: accuracy,
      best_epoch: last?.epoch ?? 0,
      mean_accuracy: accuracy,
      fluctuation: null,
      loss,
    }));
  }
  averages(): Average[] {
    return this.describe()
      .methods.slice(1)
      .map((method) => {
        const beta = Number.parseFloat(method.average ?? "");
        return {
          name: method.name,
          average: method.average ?? "",
          beta,
          effective_beta: beta,
          half_life: Math.log(0.5) / Math.log(beta),
          initial_share: beta ** this.#step,
        };
      });
  }
  reset(): void {
    this.#step = 0;
    this.#sampledFrom = 0;
    this.#metrics = [];
    this.points = [];
    this.#predicted = undefined;
  }
  experiment(): Experiment {
    return this.#experiment;
  }
  change(experiment: Experiment): Promise<Description> {
    const live = new Set(fakeSettings.filter((setting) => setting.live).map((setting) => setting.key));
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
    const [probes, methods, steps] = [
      this.#probed.length,
      this.#methods().length,
      this.#step - this.#sampledFrom,
    ];
    if (probes === 0 || steps === 0) return Promise.resolve(null);
    const first_step = this.#sampledFrom + 1;
    this.#sampledFrom = this.#step;
    const values = Float32Array.from({ length: steps * probes * methods }, (_, k) =>
      Math.sin(first_step + Math.floor(k / (probes * methods)) + k),
    );
    return Promise.resolve({ first_step, steps, probes, methods, values });
  }
  predictions(): Predictions | null {
    if (this.#predicted === undefined) return null;
    const [images, methods] = [10, this.#methods().length];
    const classes = Uint8Array.from({ length: images * methods }, (_, k) => k % 2);
    const confidences = new Float32Array(images * methods).fill(0.75);
    return { step: this.#predicted, images, methods, classes, confidences };
  }
  filters(): Promise<Filters> {
    const methods = this.#methods().map((_, k) => new Float32Array(27).fill(k));
    return Promise.resolve({ step: this.#step, shape: [1, 3, 3, 3], methods });
  }
  test_images(indices: Uint32Array): TestImages {
    const pixels = new Uint8ClampedArray(indices.length * 4 * 32 * 32);
    return { indices: [...indices], pixels, labels: new Uint8Array(indices.length) };
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

/** Notes what it is told, a line each: the event and its step. */
export class FakeLog implements Log {
  readonly lines: string[] = [];
  freed = false;
  #empty = true;

  is_empty(): boolean {
    return this.#empty;
  }
  begin(_experiment: Experiment, _description: Description, step: number): void {
    this.#note(`start ${step}`, true);
  }
  change(): void {
    this.#note("change", true);
  }
  steps(metrics: StepMetric[]): void {
    for (const { step } of metrics) this.#note(`step ${step}`, false);
  }
  tested({ step }: EvaluationPoint): void {
    this.#note(`epoch ${step}`, false);
  }
  text({ step }: Standing): string {
    return [...this.lines, `summary ${step}`].map((line) => `${line}\n`).join("");
  }
  free(): void {
    this.freed = true;
  }
  #note(line: string, empty: boolean): void {
    this.lines.push(line);
    this.#empty = empty;
  }
}

/** Reads what it can; numbers are brought into their range. */
export function fakeNearest(wanted: Wanted): Nearest {
  const experiment = { ...fakeExperiment };
  const adjustments: Nearest["adjustments"] = [];
  for (const [key, texts] of wanted) {
    const setting = fakeSettings.find((setting) => setting.key === key);
    const value = texts.at(-1) ?? "";
    if (setting === undefined) {
      adjustments.push({ key, value, to: null, because: "unknown-key", known: ["seed"] });
    } else if (setting.kind === "integer" || setting.kind === "float") {
      const number = Math.min(setting.max ?? Infinity, Math.max(setting.min ?? -Infinity, Number(value)));
      if (number !== Number(value)) {
        adjustments.push({ key, value, to: String(number), because: "range", known: [] });
      }
      experiment[key] = number;
    } else experiment[key] = setting.kind === "list" ? texts : value;
  }
  return { experiment, adjustments };
}

/** Images of the fake engine's data: no larger batch is possible. */
const IMAGES = 100;

function fitting(
  experiment: Experiment,
  nearest: boolean,
  make: (fitting: Experiment) => FakeEngine,
): FakeEngine {
  const { batch } = experiment;
  if (typeof batch !== "number" || batch <= IMAGES) return make(experiment);
  if (!nearest) throw named("BadSetting", "the batch is too large");
  const engine = make({ ...experiment, batch: IMAGES });
  const [value, to] = [String(batch), String(IMAGES)];
  engine.adjusted = [{ key: "batch", value, to, because: "images", known: [] }];
  return engine;
}

/** Takes whatever it is given, in pieces of as many bytes. */
const PIECE = 4;

/** Files that take everything; those that were freed or taken over take nothing more. */
export class FakeFiles implements DataFiles {
  readonly taken: { name: string; bytes: Uint8Array }[] = [];
  freed = false;

  push(name: string, size: number, read: (offset: number, length: number) => Uint8Array): void {
    const bytes: number[] = [];
    while (bytes.length < size) bytes.push(...read(bytes.length, Math.min(PIECE, size - bytes.length)));
    this.taken.push({ name, bytes: Uint8Array.from(bytes) });
  }
  free(): void {
    this.freed = true;
  }
}

/** A module whose engines are {@link FakeEngine}s, and what happens among them. */
export function fakeModule(): { module: EngineModule; world: FakeWorld } {
  const world: FakeWorld = {
    engines: [],
    inFlight: 0,
    mostInFlight: 0,
    files: undefined,
    refuse: undefined,
    refuseAll: undefined,
  };
  const take = (files: DataFiles | null | undefined): void => {
    const error = world.refuse ?? world.refuseAll;
    world.refuse = undefined;
    if (error !== undefined) throw error;
    world.files = files instanceof FakeFiles ? files.taken : undefined;
  };
  const module: EngineModule = {
    settings: () => fakeSettings,
    limits: () => fakeLimits,
    default_experiment: () => fakeExperiment,
    adapter: () => Promise.resolve(fakeAdapter),
    nearest: fakeNearest,
    pytorch_script: ({ preset }) => `# ${String(preset)}\n`,
    Files: FakeFiles,
    Log: FakeLog,
    Engine: {
      // Asynchronous, so that what is thrown is a rejection, as the real one's.
      // eslint-disable-next-line @typescript-eslint/require-await
      async create(experiment, files, nearest) {
        take(files);
        return fitting(experiment, nearest === true, (fitting) => new FakeEngine(world, fitting));
      },
      // eslint-disable-next-line @typescript-eslint/require-await
      async resume(checkpoint, files) {
        take(files);
        const { experiment, step, history } = readFakeCheckpoint(checkpoint);
        return new FakeEngine(world, experiment, step, history);
      },
    },
  };
  return { module, world };
}

/** An error as the engine throws it. */
export function named(name: string, message: string): Error {
  return Object.assign(new Error(message), { name });
}
