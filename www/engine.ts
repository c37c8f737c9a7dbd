/**
 * What the page knows of the engine. The types of what crosses the border are made from the Rust types when the module is
 * built (`src/web/`); here is what only a page adds to them.
 */

import type * as engine from "./generated/emascope";

export type {
  AdapterReport as Adapter,
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
  TensorReport as Tensor,
  TestImages,
  Wanted,
} from "./generated/emascope";

/** One row of the settings table: a control, a command-line flag and a key of an experiment. */
export interface Setting extends Pick<engine.Setting, "key" | "flag" | "default" | "help"> {
  kind: SettingKind;
  unit?: string;
  /** Of numbers; of lists, the most items. */
  max?: number;
  /** Of numbers. */
  min?: number;
  step?: number;
  /** Of choices and lists. */
  choices?: string[];
  /** Takes effect in mid-run, by {@link Engine.change}; the others need a new run. */
  live?: boolean;
}

export type SettingKind = engine.Kind["kind"];

/** Why something that a link asks for is not taken as it stands: `version`, if the link is of another one. */
export type Because = engine.Because | "version";

/** Something that was asked for and cannot be, and what is done in its place. */
export interface Adjustment extends Omit<engine.Adjustment, "because"> {
  because: Because;
}

/** What a run is made of. */
export interface Description extends engine.Description {
  /** The run is played back, not trained: this browser cannot. Nothing of it can be changed. */
  recorded?: Recorded;
}

export interface Recorded {
  /** Why this browser cannot train, and the engine's sentence about it. */
  reason: EngineError;
  /** What made the recording. */
  program: string;
  /** The weights that were followed; there are values of no others. */
  probes: engine.Probe[];
}

/** The evaluations that lie at even distances: what is said of a whole run is said of these. */
export function regular(points: readonly engine.EvaluationPoint[]): engine.EvaluationPoint[] {
  return points.filter((point) => point.early !== true);
}

/** Data files on their way to an engine. */
export type DataFiles = Omit<engine.Files, symbol>;

/** A run: the module's engine, or what plays a recorded run in its place. */
export interface Engine extends Omit<engine.Engine, symbol | "lose_device" | "adjustments" | "describe"> {
  adjustments(): Adjustment[];
  describe(): Description;
}

/** The log of a run in the command line's format. */
export type Log = Omit<engine.Log, symbol>;

type Module = typeof engine;

/** The engine's module, or what stands in for it. */
export interface EngineModule extends Pick<
  Module,
  "limits" | "default_experiment" | "adapter" | "nearest" | "pytorch_script"
> {
  settings(): Setting[];
  Files: new () => DataFiles;
  Log: new () => Log;
  /** Both take the files over: they are of no further use. */
  Engine: {
    /** With `nearest`, the nearest run that the data and the adapter allow, where they do not allow this one. */
    create(
      experiment: engine.Experiment,
      files?: DataFiles | null,
      nearest?: boolean | null,
    ): Promise<Engine>;
    /** Goes on from a checkpoint. `BadFile` if it is none, or was made on other data than `files`. */
    resume(checkpoint: Uint8Array, files?: DataFiles | null): Promise<Engine>;
  };
}

/** Every name that the engine gives its errors, so that the compiler misses one that is left out. */
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
  /** The engine's own sentence, in English. */
  message: string;
}

/** Whatever was thrown, as one of the errors the page can explain. */
export function toEngineError(thrown: unknown): EngineError {
  if (!(thrown instanceof Error)) return { name: "Engine", message: String(thrown) };
  const { name, message } = thrown;
  return { name: Object.hasOwn(errorNames, name) ? (name as engine.ErrorName) : "Engine", message };
}

/** An error about a script or module of the page that did not come. */
export function notLoaded(message: string): Error {
  return Object.assign(new Error(message), { name: "Script" satisfies engine.ErrorName });
}
