/**
 * The engine's types for the page. Those of its data are generated from the Rust types when the module is built
 * (`src/web/`); the ones here are what only the page adds.
 */

import type * as engine from "./generated/emascope";

export type {
  AdapterReport as Adapter,
  Classified,
  Compute,
  ErrorName,
  EvaluationPoint,
  Experiment,
  Filters,
  Limits,
  Memory as Average,
  Method,
  Nearest,
  Predictions,
  Probe,
  ProbeSamples,
  Standing,
  StepMetric,
  SummaryRow,
  Survey,
  TensorReport as Tensor,
  TestImages,
  Wanted,
} from "./generated/emascope";

/** One row of the settings table: a control, a command-line flag and a key of an experiment. */
export interface Setting extends Pick<engine.Setting, "key" | "flag" | "default" | "help"> {
  kind: SettingKind;
  unit?: string;
  /** For numbers; for lists, the most items. */
  max?: number;
  /** For numbers. */
  min?: number;
  step?: number;
  /** For choices and lists. */
  choices?: string[];
  /** Takes effect during a run, by {@link Engine.change}; the others need a new run. */
  live?: boolean;
}

export type SettingKind = engine.Kind["kind"];

/** Why a value in a link is adjusted; `version`: the link is of another version. */
export type Because = engine.Because | "version";

/** A requested value that is not possible, and its replacement. */
export interface Adjustment extends Omit<engine.Adjustment, "because"> {
  because: Because;
}

/** The description of a run. */
export interface Description extends engine.Description {
  /** Set if the run is played back, because this browser cannot train. It cannot be changed. */
  recorded?: Recorded;
}

export interface Recorded {
  /** The error that keeps this browser from training. */
  reason: EngineError;
  /** The program that made the recording. */
  program: string;
  /** The recorded weights; there are no values of others. */
  probes: engine.Probe[];
}

/** Steps between two regular evaluations of a run. */
export function evaluationInterval(run: {
  experiment: engine.Experiment | undefined;
  description: Pick<Description, "steps_per_epoch"> | undefined;
}): number {
  const every = run.experiment?.eval_every;
  return typeof every === "number" ? every : (run.description?.steps_per_epoch ?? 1);
}

/** The regular evaluations, without the early ones. Statistics of a run use only these. */
export function regular(points: readonly engine.EvaluationPoint[]): engine.EvaluationPoint[] {
  return points.filter((point) => point.early !== true);
}

/** Data files being passed to an engine. */
export type DataFiles = Omit<engine.Files, symbol>;

/** A run: the module's engine, or the replay of a recorded run. */
export interface Engine extends Omit<engine.Engine, symbol | "lose_device" | "adjustments" | "describe"> {
  adjustments(): Adjustment[];
  describe(): Description;
}

/** The log of a run in the command line's format. */
export type Log = Omit<engine.Log, symbol>;

type Module = typeof engine;

/** The engine's module, or a replacement for it. */
export interface EngineModule extends Pick<
  Module,
  | "limits"
  | "default_experiment"
  | "compute_on"
  | "adapter"
  | "processor_speed"
  | "training_speed"
  | "nearest"
  | "pytorch_script"
  | "survey"
> {
  settings(): Setting[];
  Files: new () => DataFiles;
  Log: new () => Log;
  /** Both take ownership of the files. */
  Engine: {
    /** With `nearest`, opens the nearest run that the data and the adapter allow, if they do not allow this one. */
    create(
      experiment: engine.Experiment,
      files?: DataFiles | null,
      nearest?: boolean | null,
    ): Promise<Engine>;
    /** Continues from a checkpoint. `BadFile` if it is not a checkpoint, or was made on other data than `files`. */
    resume(checkpoint: Uint8Array, files?: DataFiles | null): Promise<Engine>;
  };
}

/** The names of the engine's errors; the compiler reports a missing one. */
const errorNames: Record<engine.ErrorName, true> = {
  NoWebGpu: true,
  NoAdapter: true,
  DeviceLost: true,
  BadFile: true,
  BadSetting: true,
  OutOfMemory: true,
  Script: true,
  Engine: true,
};

export interface EngineError {
  name: engine.ErrorName;
  /** The engine's own message, in English. */
  message: string;
}

/** Whether an adapter stands for the processor. */
export function isProcessor({ backend }: engine.AdapterReport): boolean {
  return backend === "processor";
}

/** Turns anything thrown into one of the errors that the page can explain. */
export function toEngineError(thrown: unknown): EngineError {
  if (!(thrown instanceof Error)) return { name: "Engine", message: String(thrown) };
  const { name, message } = thrown;
  return { name: Object.hasOwn(errorNames, name) ? (name as engine.ErrorName) : "Engine", message };
}

/** The error of a script or module that did not load. */
export function notLoaded(message: string): Error {
  return Object.assign(new Error(message), { name: "Script" satisfies engine.ErrorName });
}
