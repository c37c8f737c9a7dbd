/**
 * What the page knows of the engine: the shape of the module that `src/web.rs` compiles to.
 *
 * Names are the engine's own (snake case), because these objects are its serialised structs.
 */

/** Every knob of a run. The settings table says which keys exist; the page treats values as opaque. */
export type Experiment = Record<string, unknown>;

export type SettingKind = "float" | "integer" | "choice" | "boolean" | "text" | "list";

/** One row of the settings table: a control, a command-line flag and a key of {@link Experiment}. */
export interface Setting {
  key: string;
  flag: string;
  kind: SettingKind;
  unit?: string | null;
  default: unknown;
  min?: number | null;
  max?: number | null;
  step?: number | null;
  choices?: string[] | null;
  help: string;
  /** Takes effect in mid-run, by {@link Engine.change}; the others need a new run. */
  live?: boolean;
}

/** Why something that a link asks for is not taken as it stands. */
export type Because =
  /** The link is of another version than {@link Adjustment.to}. */
  | "version"
  | "unknown-key"
  | "unknown-name"
  | "invalid"
  | "range"
  | "repeated"
  | "twice"
  | "too-many"
  | "one-cycle"
  | "warm-up"
  | "images"
  | "memory";

/** Something that was asked for and cannot be, and what is done in its place. */
export interface Adjustment {
  key: string;
  value: string;
  /** What is used in its place; null where it is left out. */
  to: string | null;
  because: Because;
  /** In place of an unknown name: the known ones that are spelled most like it. */
  known: string[];
}

/** What a link asks of the settings: each key with all its texts. */
export type Wanted = [key: string, texts: string[]][];

/** The experiment that is nearest to what was wanted. */
export interface Nearest {
  experiment: Experiment;
  adjustments: Adjustment[];
}

/** A trainable tensor, by PyTorch's name and in PyTorch's layout. */
export interface Tensor {
  name: string;
  shape: number[];
}

export interface Adapter {
  name: string;
  backend: string;
  /** Whether the processor plays the graphics card. */
  software: boolean;
}

/** A way of taking the weights. */
export interface Method {
  /** `raw`, or the average's name: what tables and files know it by. */
  name: string;
  /** The average, as the setting `ema` spells it. */
  average?: string | null | undefined;
}

export interface Description {
  adapter: Adapter;
  dataset: { name: string; synthetic: boolean; train: number; test: number; classes: string[] };
  /** The network's name. */
  network: string;
  /** Trainable numbers in it. */
  parameters: number;
  gpu_bytes: number;
  steps_per_epoch: number;
  total_steps: number;
  /** The raw weights first, then each average in the order of the bank. */
  methods: Method[];
  /** Every trainable tensor, in the order of the network. */
  tensors: Tensor[];
  /** The run is played back, not trained: this browser cannot. Nothing of it can be changed. */
  recorded?: Recorded;
}

export interface Recorded {
  /** Why this browser cannot train, and the engine's sentence about it. */
  reason: EngineError;
  /** What made the recording. */
  program: string;
  /** The weights that were followed; there are values of no others. */
  probes: Probe[];
}

/** Mean loss and accuracy (percent) over one training batch. */
export interface StepMetric {
  step: number;
  loss: number;
  accuracy: number;
}

/** Every method on the same test images, after the same step. Accuracy in percent. */
export interface EvaluationPoint {
  step: number;
  epoch: number;
  /** It came before the first of the regular evaluations, at another distance than they have. */
  early?: boolean;
  methods: { name: string; accuracy: number; loss: number }[];
}

/** The evaluations that lie at even distances: what is said of a whole run is said of these. */
export function regular(points: readonly EvaluationPoint[]): EvaluationPoint[] {
  return points.filter((point) => point.early !== true);
}

export interface SummaryRow {
  method: string;
  accuracy: number;
  best_accuracy: number;
  best_epoch: number;
  /** Standard deviation of the change between evaluations, in points; needs a few evaluations. */
  fluctuation?: number | null;
  loss: number;
}

/** What an average remembers, at the step the run has reached. */
export interface Average extends Method {
  /** Null where it is not constant. */
  beta: number | null;
  effective_beta: number;
  /** Steps after which a weight counts half, at this step. */
  half_life: number;
  /** Share (0 to 1) of the initial weights left in the average. */
  initial_share: number;
}

/** One weight that is followed: `index` counts in PyTorch's flat order of `tensors[tensor]`. */
export interface Probe {
  tensor: number;
  index: number;
}

/** Most weights that are followed at once. */
export const MAX_PROBES = 32;

/** The followed weights after each of the steps `first_step` …, as `values[(step * probes + probe) * methods + method]`. */
export interface ProbeSamples {
  first_step: number;
  steps: number;
  probes: number;
  methods: number;
  values: Float32Array;
}

/** What each method says of every test image: `classes[method * images + image]`, with the probability it gives that. */
export interface Predictions {
  step: number;
  images: number;
  methods: number;
  classes: Uint8Array;
  confidences: Float32Array;
}

/** The first convolution of every method, in PyTorch's layout. */
export interface Filters {
  step: number;
  /** Outputs, inputs, height, width. */
  shape: [number, number, number, number];
  methods: Float32Array[];
}

/** Test images as RGBA of 32×32 pixels each, with their labels. */
export interface TestImages {
  indices: number[];
  pixels: Uint8ClampedArray<ArrayBuffer>;
  labels: Uint8Array;
}

/** Data files on their way to an engine. */
export interface DataFiles {
  /**
   * Reads one more file, checks it and keeps its records: a `BadFile` says what is wrong with it. The file is asked for
   * piece by piece; `read` gives the bytes from `offset` on, `length` of them.
   */
  push(name: string, size: number, read: (offset: number, length: number) => Uint8Array): void;
  free(): void;
}

export interface Engine {
  describe(): Description;
  /** What is other in the run than it was asked for. */
  adjustments(): Adjustment[];
  step(): number;
  /** The step after which the next evaluation should come. */
  next_evaluation(): number;
  /** Submits at once; resolves when the GPU has finished these steps. */
  train(steps: number): Promise<void>;
  /** The steps finished since the last call. */
  metrics(): Promise<StepMetric[]>;
  evaluate(): Promise<EvaluationPoint>;
  summary(): SummaryRow[];
  averages(): Average[];
  /** Back to step 0 with the same seed. */
  reset(): void;
  /** What the engine runs. */
  experiment(): Experiment;
  /**
   * Goes on as `experiment` says from the next step. Takes every `live` setting; an average may change its β, warm-up or
   * buffers, and averages may be added at the end, which begin from the raw weights of now. Anything else is a
   * `BadSetting` that names it, and leaves the run as it was. Resolves with what the run is then made of.
   */
  change(experiment: Experiment): Promise<Description>;
  /** The next step learns wrong labels (each class taken for the next) at `factor` times the learning rate. */
  disturb(factor: number): void;
  /** Follows these weights from the next step on; at most {@link MAX_PROBES}. */
  probe(probes: Probe[]): void;
  /** The followed weights of the steps finished since the last call; null where there are none. */
  probes(): Promise<ProbeSamples | null>;
  /** Of the last evaluation. */
  predictions(): Predictions | null;
  filters(): Promise<Filters>;
  test_images(indices: Uint32Array): TestImages;
  /** The run as a file that the command line resumes, and the other way round. */
  checkpoint(): Promise<Uint8Array<ArrayBuffer>>;
  /** The weights of one method as a plain PyTorch state dict (safetensors). */
  state_dict(method: number): Promise<Uint8Array<ArrayBuffer>>;
  /** Takes the points of a run that goes on, for the summary. */
  load_history(points: EvaluationPoint[]): void;
  free(): void;
}

export interface EngineModule {
  settings(): Setting[];
  default_experiment(): Experiment;
  /** Opens the adapter that runs will be on and says what it is. */
  adapter(): Promise<Adapter>;
  /** As far as it depends on neither data nor adapter. */
  nearest(wanted: Wanted): Nearest;
  Files: new () => DataFiles;
  /** Both take the files over: they are of no further use. */
  Engine: {
    /** With `nearest`, the nearest run that the data and the adapter allow, where they do not allow this one. */
    create(experiment: Experiment, files: DataFiles | undefined, nearest?: boolean): Promise<Engine>;
    /** Goes on from a checkpoint. `BadFile` if it is none, or was made on other data than `files`. */
    resume(checkpoint: Uint8Array, files: DataFiles | undefined): Promise<Engine>;
  };
}

/** The names the engine gives its errors. */
export const errorNames = [
  "NoWebGpu",
  "NoAdapter",
  "DeviceLost",
  "BadFile",
  "BadSetting",
  "OutOfMemory",
  /** A script or the module of the page did not come. */
  "Script",
  "Engine",
] as const;
export type ErrorName = (typeof errorNames)[number];

export interface EngineError {
  name: ErrorName;
  /** The engine's own sentence, in English. */
  message: string;
}

/** Whatever was thrown, as one of the errors the page can explain. */
export function toEngineError(thrown: unknown): EngineError {
  if (!(thrown instanceof Error)) return { name: "Engine", message: String(thrown) };
  const name = errorNames.find((known) => known === thrown.name) ?? "Engine";
  return { name, message: thrown.message };
}

/** An error about a script or module of the page that did not come. */
export function notLoaded(message: string): Error {
  return Object.assign(new Error(message), { name: "Script" satisfies ErrorName });
}
