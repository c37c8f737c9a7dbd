/** What the page and the worker say to each other. The engine never leaves the worker; the page gets copies. */

import type {
  Average,
  Description,
  EngineError,
  EvaluationPoint,
  Experiment,
  Setting,
  StepMetric,
  SummaryRow,
} from "./engine";

/** What the worker is doing with the engine it holds. */
export type Phase = "paused" | "running" | "evaluating" | "finished";

/** The state of a run. `metrics` and `points` hold only what is new since the snapshot before. */
export interface Snapshot {
  phase: Phase;
  step: number;
  epoch: number;
  /** Training speed, without the evaluations; null until it has been measured. */
  images_per_second: number | null;
  metrics: StepMetric[];
  points: EvaluationPoint[];
  summary: SummaryRow[];
  averages: Average[];
}

export type ToWorker =
  /** Builds an engine. The one before is kept if this fails. */
  | { type: "open"; experiment: Experiment; files: File[] | undefined }
  | { type: "start" }
  | { type: "pause" }
  /** Runs so many steps, then pauses. */
  | { type: "advance"; steps: number }
  /** Back to step 0, same seed. */
  | { type: "reset" }
  /** Steps between evaluations; null for an epoch. The one setting that can change in mid-run. */
  | { type: "evaluate-every"; steps: number | null };

export type FromWorker =
  /** The module is there: what can be set. */
  | { type: "ready"; settings: Setting[]; experiment: Experiment }
  /** A run begins at step 0: with a new engine, or with the same one after a reset. */
  | { type: "opened"; description: Description; experiment: Experiment; snapshot: Snapshot }
  | { type: "snapshot"; snapshot: Snapshot }
  /** `lost`: no engine is left that could go on; without it, the run before stands as it was. */
  | { type: "failed"; error: EngineError; lost: boolean };
