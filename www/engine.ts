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
}

export interface Description {
  adapter: { name: string; backend: string; software: boolean };
  dataset: { name: string; synthetic: boolean; train: number; test: number; classes: string[] };
  /** The network's name. */
  network: string;
  /** Trainable numbers in it. */
  parameters: number;
  gpu_bytes: number;
  steps_per_epoch: number;
  total_steps: number;
  /** The raw weights first, then each average in the order of the bank. */
  methods: { name: string; beta?: number | null }[];
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
  methods: { name: string; accuracy: number; loss: number }[];
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
export interface Average {
  name: string;
  beta: number;
  effective_beta: number;
  /** Steps after which a weight counts half. */
  half_life: number;
  /** Share (0 to 1) of the initial weights left in the average. */
  initial_share: number;
}

export interface NamedBytes {
  name: string;
  bytes: Uint8Array;
}

export interface Engine {
  describe(): Description;
  step(): number;
  /** Submits at once; resolves when the GPU has finished these steps. */
  train(steps: number): Promise<void>;
  /** The steps finished since the last call. */
  metrics(): Promise<StepMetric[]>;
  evaluate(): Promise<EvaluationPoint>;
  summary(): SummaryRow[];
  averages(): Average[];
  /** Back to step 0 with the same seed. */
  reset(): void;
  free(): void;
}

export interface EngineModule {
  settings(): Setting[];
  default_experiment(): Experiment;
  Engine: { create(experiment: Experiment, files: NamedBytes[] | undefined): Promise<Engine> };
}

/** The names the engine gives its errors. */
export const errorNames = [
  "NoWebGpu",
  "NoAdapter",
  "DeviceLost",
  "BadFile",
  "BadSetting",
  "OutOfMemory",
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
