import type { Mark } from "./history/mark";

/**
 * The messages between the page and its worker. The engine stays in the worker; the page receives copies of its data.
 */

import type {
  Adjustment,
  Average,
  Classified,
  Compute,
  Description,
  EngineError,
  EvaluationPoint,
  Experiment,
  Filters,
  Limits,
  Predictions,
  Probe,
  ProbeSamples,
  Setting,
  StepMetric,
  SummaryRow,
  Survey,
  TestImages,
  Wanted,
} from "./engine";
import type { StoredFiles } from "./filestore";
import type { RunHistory } from "./history/runhistory";

/** The state of the worker's run. */
export type Phase =
  | "paused"
  | "running"
  | "evaluating"
  | "finished"
  /** The loss became NaN or infinite; the run has to go back to an earlier state. */
  | "diverged";

/** Why a run has started. */
export type StartReason =
  /** A new engine. */
  | "new"
  /** The same engine, at step 0. */
  | "reset"
  /** Continued from a checkpoint: a file, or the run saved in the browser. */
  | "resumed"
  /** The last reset was undone. */
  | "undone"
  /** The device was lost, and the engine was rebuilt from the last saved state. */
  | "restored"
  /** The run diverged and went back to its last good state. */
  | "gone-back"
  /** The reader chose something else that computes, and the run continues there. */
  | "moved";

/** The subject of an error: the run or its data, a checkpoint, or a change of the running experiment. */
export type FailureSubject = "run" | "checkpoint" | "change";

/**
 * Progress in bytes of reading the named file, or without a name, of downloading the images that come with the page.
 */
export interface ReadProgress {
  name?: string;
  done: number;
  total: number;
}

/** Why files could not be stored in the browser, or deleted there, with the browser's own message. */
export interface FilesNotStored {
  reason: "full" | "refused" | "undeleted";
  detail: string;
}

/** The state of a run. `metrics`, `points` and `marks` hold only the new ones since the previous snapshot. */
export interface Snapshot {
  phase: Phase;
  step: number;
  epoch: number;
  /** Training speed without evaluations; null until it has been measured. */
  images_per_second: number | null;
  /** Until the end of the run, its evaluations included; null until that is known. */
  seconds_left: number | null;
  metrics: StepMetric[];
  points: EvaluationPoint[];
  summary: SummaryRow[];
  averages: Average[];
  /** New marks. */
  marks: Mark[];
  /** The probed weights, and their new values. */
  probed: Probe[];
  probes: ProbeSamples | null;
  /** From the last evaluation, if it is new. */
  predictions: Predictions | null;
  /** The filters of the first layer, if the page watches them and they are new. */
  filters: Filters | null;
  /** The reader's picture, if there is one and the result is new. */
  classified: Classified | null;
}

/**
 * Why the browser could not store a run: storage is full, forbidden, or failed otherwise; with the browser's own
 * message.
 */
export interface StorageFailure {
  reason: "full" | "forbidden" | "other";
  error: string;
}

export type ToWorker =
  /** Continues the current run, and opens the next ones, on something else that computes. */
  | { type: "compute"; compute: Compute }
  /** Reads the settings of a link. */
  | { type: "read"; wanted: Wanted }
  /**
   * Builds an engine; with `nearest`, for the nearest run that the data and the adapter allow. If this fails, the
   * current run stays. A later `open` or `resume` supersedes this one while it is unanswered. The answer carries the
   * same `request`.
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
  /** Runs `steps` steps, then pauses. */
  | { type: "advance"; steps: number }
  /** Back to step 0, same seed. */
  | { type: "reset" }
  /** Changes live settings of the current run. */
  | { type: "change"; experiment: Experiment }
  /** Trains the next step on wrong labels, at `factor` times the learning rate. */
  | { type: "disturb"; factor: number }
  | { type: "probe"; probes: Probe[] }
  /** Whether snapshots should bring the first layer's filters. */
  | { type: "watch"; filters: boolean }
  /** A picture to classify now and at every test: its red, green and blue bytes; null for none. */
  | { type: "classify"; picture: Uint8Array | null }
  /** Requests the network of this experiment, layer by layer; the answer carries the same `tag`. */
  | { type: "survey"; experiment: Experiment; tag: string }
  /** Measures how fast a run of this experiment would train here; the current run waits meanwhile. */
  | { type: "measure"; experiment: Experiment; tag: string }
  /** Limits the speed; null for full speed. */
  | { type: "pace"; steps_per_second: number | null }
  /** Pauses after this step; null for no pause before the end. */
  | { type: "stop-at"; step: number | null }
  | { type: "test-images"; indices: number[] }
  /** Requests the classes of all test images. */
  | { type: "test-labels" }
  /** Requests a checkpoint of the current state. */
  | { type: "save" }
  /** Requests the log of the run. */
  | { type: "log" }
  /** Requests a Python program that loads exported weights of this experiment's network. */
  | { type: "script"; experiment: Experiment }
  /** Requests one method's weights as a PyTorch state dict. */
  | { type: "export"; method: number }
  /** Continues from a checkpoint. Without a history, the evaluations in the checkpoint are shown. */
  | {
      type: "resume";
      checkpoint: Blob;
      files: File[] | undefined;
      history: RunHistory | null;
      request?: number;
    }
  /** Undoes the last reset, or the last change that needed one. */
  | { type: "undo" }
  /** Returns a diverged run to its last good state. */
  | { type: "go-back" }
  /** Whether the browser stores the run and its files, so that the next visit can continue it. */
  | { type: "store"; on: boolean }
  /** Saves the current state, before the page may be closed. */
  | { type: "save-state" };

export type FromWorker =
  /**
   * The module is loaded: its settings and limits, the default experiment, whether the adapter is a software (CPU)
   * adapter, and if it is the processor, how many images of the default experiment it trains on in a second.
   */
  | {
      type: "ready";
      settings: Setting[];
      limits: Limits;
      experiment: Experiment;
      software: boolean;
      speed: number | null;
    }
  /** The experiment of a link, as near to the requested one as the settings allow. */
  | { type: "read"; experiment: Experiment; adjustments: Adjustment[] }
  /** A run has started. Its metrics, points and marks so far are in the history, not in the snapshot. */
  | {
      type: "opened";
      reason: StartReason;
      description: Description;
      experiment: Experiment;
      /** The differences from the requested experiment. */
      adjustments: Adjustment[];
      snapshot: Snapshot;
      history: RunHistory;
      /** The step of the previous run, if an undo can restore it. */
      undo: number | null;
      request?: number | undefined;
    }
  /** Progress of reading files; null once all are read. */
  | { type: "reading"; reading: ReadProgress | null }
  | { type: "snapshot"; snapshot: Snapshot }
  /** The run after a change of its settings. */
  | { type: "changed"; description: Description; experiment: Experiment }
  | { type: "test-images"; images: TestImages }
  | { type: "test-labels"; labels: Uint8Array }
  | { type: "checkpoint"; step: number; bytes: Uint8Array<ArrayBuffer> }
  | { type: "log"; step: number; text: string }
  | { type: "script"; text: string }
  /** Images a second that a run of this experiment trains on, or why it cannot. */
  | { type: "measured"; speed: number | EngineError; tag: string }
  /** The network of an experiment, or why its settings cannot be read. */
  | { type: "surveyed"; survey: Survey | EngineError; tag: string }
  | { type: "exported"; method: number; name: string; bytes: Uint8Array<ArrayBuffer> }
  /** The state after this step was saved. */
  | { type: "state-saved"; step: number }
  /** The browser could not store the run, which goes on; null once storing works again. */
  | { type: "not-stored"; failure: StorageFailure | null }
  /** The reader's files are stored in the browser, or why they are not. */
  | { type: "files-stored"; files: StoredFiles }
  | { type: "files-not-stored"; failure: FilesNotStored }
  /** The loss was NaN or infinite at this step; `good` is the step to which the run can go back. */
  | { type: "diverged"; step: number; good: number }
  /** The device was lost at this step, and the run is being rebuilt; the `request` being executed has failed. */
  | { type: "recovering"; step: number; request?: number | undefined }
  /** Images a second that the run trains on here, and that the processor would train on, measured once. */
  | { type: "processor-measured"; here: number; processor: number }
  /** An error. With `lost`, there is no engine any more; without it, the current run is unchanged. */
  | {
      type: "failed";
      error: EngineError;
      lost: boolean;
      subject: FailureSubject;
      request?: number | undefined;
    };
