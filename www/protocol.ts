/** What the page and the worker say to each other. The engine never leaves the worker; the page gets copies. */

import type {
  Average,
  Description,
  EngineError,
  EvaluationPoint,
  Experiment,
  Filters,
  Predictions,
  Probe,
  ProbeSamples,
  Setting,
  StepMetric,
  SummaryRow,
  TestImages,
} from "./engine";

/** What the worker is doing with the engine it holds. */
export type Phase = "paused" | "running" | "evaluating" | "finished";

/** Something that was done to the run after step `step`; charts draw it. */
export type Mark =
  /** A batch with wrong labels, at `factor` times the learning rate. */
  | { step: number; kind: "outlier"; factor: number }
  /** Settings that changed in mid-run, as texts; a track that was added has no `from`. */
  | { step: number; kind: "change"; changes: { key: string; from: string | null; to: string }[] }
  /** The run was taken up again from a state saved at this step. */
  | { step: number; kind: "restored" };

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
  /** New marks. */
  marks: Mark[];
  /** The weights that are followed, and their new values. */
  probed: Probe[];
  probes: ProbeSamples | null;
  /** Of the last evaluation, if it is new. */
  predictions: Predictions | null;
  /** The first layer, where it is watched and new. */
  filters: Filters | null;
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
  | { type: "evaluate-every"; steps: number | null }
  /** Settings that take effect at once. */
  | { type: "change"; experiment: Experiment }
  /** The next step learns wrong labels at `factor` times the learning rate. */
  | { type: "disturb"; factor: number }
  | { type: "probe"; probes: Probe[] }
  /** Whether snapshots should bring the first layer's filters. */
  | { type: "watch"; filters: boolean }
  /** Steps a second, at most; null for full speed. */
  | { type: "pace"; steps_per_second: number | null }
  /** Pauses after this step; null for the end of the run. */
  | { type: "stop-at"; step: number | null }
  | { type: "test-images"; indices: number[] }
  /** Asks for a checkpoint of now. */
  | { type: "save" }
  /** Asks for one method's weights as a PyTorch state dict. */
  | { type: "export"; method: number }
  /** Goes on from a checkpoint, with the points and marks that belong to it. */
  | {
      type: "resume";
      checkpoint: Uint8Array<ArrayBuffer>;
      files: File[] | undefined;
      points: EvaluationPoint[];
      marks: Mark[];
    };

export type FromWorker =
  /** The module is there: what can be set. */
  | { type: "ready"; settings: Setting[]; experiment: Experiment }
  /** A run begins at step 0: with a new engine, or with the same one after a reset. */
  | { type: "opened"; description: Description; experiment: Experiment; snapshot: Snapshot }
  | { type: "snapshot"; snapshot: Snapshot }
  /** What the run is made of, after a change in its middle. */
  | { type: "changed"; description: Description; experiment: Experiment }
  | { type: "test-images"; images: TestImages }
  | { type: "checkpoint"; step: number; bytes: Uint8Array<ArrayBuffer> }
  | { type: "exported"; method: number; name: string; bytes: Uint8Array<ArrayBuffer> }
  /** `lost`: no engine is left that could go on; without it, the run before stands as it was. */
  | { type: "failed"; error: EngineError; lost: boolean };
