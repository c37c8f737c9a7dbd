/** What the page and the worker say to each other. The engine never leaves the worker; the page gets copies. */

import type {
  Adjustment,
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
  Wanted,
} from "./engine";
import type { StoredFiles } from "./filestore";
import type { RunHistory } from "./history/runhistory";

/** What the worker is doing with the engine it holds. */
export type Phase =
  | "paused"
  | "running"
  | "evaluating"
  | "finished"
  /** A loss was no number: only going back helps. */
  | "diverged";

/** Why a run begins or begins again. */
export type StartReason =
  /** A new engine. */
  | "new"
  /** The same engine, at step 0. */
  | "reset"
  /** Taken up from a checkpoint: a file, or what the browser kept. */
  | "resumed"
  /** The reset before is undone. */
  | "undone"
  /** The device was lost, and the engine rebuilt from the last good state. */
  | "restored"
  /** The loss was no number any more, and the run went back to a good state. */
  | "gone-back";

/** What failed: the run or what it was to be made of, a checkpoint to go on from, a change in mid-run. */
export type FailureSubject = "run" | "checkpoint" | "change";

/** What is being read, or without a name the images that come with the page as they are fetched, and how far, in bytes. */
export interface ReadProgress {
  name?: string;
  done: number;
  total: number;
}

/** Why files are not kept in the browser, or could not be deleted there, with the browser's own sentence. */
export interface FilesNotStored {
  reason: "full" | "refused" | "undeleted";
  detail: string;
}

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

/** Why the browser does not store a run: there is no room, it does not allow it, or something else; with its own words. */
export interface StorageFailure {
  reason: "full" | "forbidden" | "other";
  error: string;
}

export type ToWorker =
  /** Reads what a link asks of the settings. */
  | { type: "read"; wanted: Wanted }
  /**
   * Builds an engine; with `nearest`, for the nearest run that the data and the adapter allow. The one before is kept if
   * this fails. A later `open` or `resume` takes its place as long as it is not answered; the answer brings its `request`
   * back.
   */
  | {
      type: "open";
      experiment: Experiment;
      files: File[] | undefined;
      nearest?: boolean;
      request?: number;
    }
  | { type: "start" }
  | { type: "pause" }
  /** Runs so many steps, then pauses. */
  | { type: "advance"; steps: number }
  /** Back to step 0, same seed. */
  | { type: "reset" }
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
  /** Asks for the log of the run. */
  | { type: "log" }
  /** Asks for a Python program that loads exported weights of this experiment's network. */
  | { type: "script"; experiment: Experiment }
  /** Asks for one method's weights as a PyTorch state dict. */
  | { type: "export"; method: number }
  /** Goes on from a checkpoint. Without a story, what the checkpoint itself tells of the run is shown. */
  | {
      type: "resume";
      checkpoint: Blob;
      files: File[] | undefined;
      history: RunHistory | null;
      request?: number;
    }
  /** Takes back the last reset or the last change that needed one. */
  | { type: "undo" }
  /** After a divergence, back to the last good state. */
  | { type: "go-back" }
  /** Whether the run, and the files it is trained on, are stored in the browser, so that they can be offered again. */
  | { type: "store"; on: boolean }
  /** Keeps the state of now, before the page may be gone. */
  | { type: "save-state" };

export type FromWorker =
  /** The module is there: what can be set, and whether the processor plays the graphics card. */
  | { type: "ready"; settings: Setting[]; experiment: Experiment; software: boolean }
  /** What a link asks for, as near as the settings come to it. */
  | { type: "read"; experiment: Experiment; adjustments: Adjustment[] }
  /** A run begins, or begins again. The snapshot has nothing of what the story tells. */
  | {
      type: "opened";
      reason: StartReason;
      description: Description;
      experiment: Experiment;
      /** What is other in it than it was asked for. */
      adjustments: Adjustment[];
      snapshot: Snapshot;
      history: RunHistory;
      /** The step of the run before, where it can be had back; else null. */
      undo: number | null;
      request?: number | undefined;
    }
  /** A file is read; null where all are. */
  | { type: "reading"; reading: ReadProgress | null }
  | { type: "snapshot"; snapshot: Snapshot }
  /** What the run is made of, after a change in its middle. */
  | { type: "changed"; description: Description; experiment: Experiment }
  | { type: "test-images"; images: TestImages }
  | { type: "checkpoint"; step: number; bytes: Uint8Array<ArrayBuffer> }
  | { type: "log"; step: number; text: string }
  | { type: "script"; text: string }
  | { type: "exported"; method: number; name: string; bytes: Uint8Array<ArrayBuffer> }
  /** A good state of this step is kept. */
  | { type: "state-saved"; step: number }
  /** The browser does not store the run, which goes on; null once it does again. */
  | { type: "not-stored"; failure: StorageFailure | null }
  /** The reader's files are kept in the browser, or why they are not. */
  | { type: "files-stored"; files: StoredFiles }
  | { type: "files-not-stored"; failure: FilesNotStored }
  /** The loss was no number at this step; `good` is the step that the run can go back to. */
  | { type: "diverged"; step: number; good: number }
  /** The device was lost at this step; the run is being rebuilt. With a `request`, that one came to nothing. */
  | { type: "recovering"; step: number; request?: number | undefined }
  /** `lost`: no engine is left that could go on; without it, the run before stands as it was. */
  | {
      type: "failed";
      error: EngineError;
      lost: boolean;
      subject: FailureSubject;
      request?: number | undefined;
    };
