import type {
  Average,
  Classified,
  Description,
  EngineError,
  EvaluationPoint,
  Experiment,
  Filters,
  Limits,
  Method,
  Predictions,
  SummaryRow,
} from "./engine";
import type { StoredFiles } from "./filestore";
import type { Mark } from "./history/mark";
import { type MetricHistory, addMetrics, noMetrics } from "./history/metrics";
import { type Past, addPast, noPast } from "./history/past";
import { addPoints } from "./history/points";
import { type ProbeHistory, addProbes, noProbes } from "./history/probes";
import { addMarks } from "./history/runhistory";
import type {
  FromWorker,
  FailureSubject,
  StartReason,
  Phase,
  ReadProgress,
  StorageFailure,
  FilesNotStored,
} from "./protocol";

/** An earlier run of this browser, for comparison. */
export interface PastRun {
  id: string;
  experiment: Experiment;
  dataset: Description["dataset"];
  /** Its last step. */
  step: number;
  methods: Method[];
  points: EvaluationPoint[];
}

/** The page's copy of the run's state, assembled from the worker's messages. */
export interface State {
  /** The engine's limits, once the worker is ready. */
  limits: Limits | undefined;
  /** The worker's phase, or the page's own while there is no run, or while it waits for the worker. */
  phase: Phase | "loading" | "opening" | "pausing" | "failed";
  description: Description | undefined;
  /** The experiment of the run, which may differ from the controls. */
  experiment: Experiment | undefined;
  step: number;
  epoch: number;
  imagesPerSecond: number | null;
  /** Until the end of the run, its evaluations included. */
  secondsLeft: number | null;
  /** Loss and accuracy of every training batch, in a bounded number of buckets. */
  metrics: MetricHistory;
  /** The evaluations: all of them, or in a long run every `pointStride`-th and the latest. */
  points: EvaluationPoint[];
  pointStride: number;
  /** The number of evaluations so far. */
  pointCount: number;
  summary: SummaryRow[];
  averages: Average[];
  marks: Mark[];
  /** The probed weights and their values; see `www/history/probes.ts`. */
  probes: ProbeHistory;
  /** The first of them, raw, after every step since it is followed. */
  past: Past;
  /** From the last evaluation and the one before it. */
  predictions: Predictions | undefined;
  predictionsBefore: Predictions | undefined;
  filters: Filters | undefined;
  /** The reader's picture at the last test. */
  classified: Classified | undefined;
  /** The classes of the test images, once they were requested. */
  labels: Uint8Array | undefined;
  /** Identifies this run among those of this tab. */
  runId: number;
  /** The highest of these numbers so far. */
  lastRunId: number;
  /** Earlier runs, whose lines the charts show. */
  pastRuns: PastRun[];
  /** Why the run started. */
  startReason: StartReason;
  /** The previous run, if an undo can restore it. */
  undo: { id: number; step: number } | undefined;
  /** The step of the last saved state. */
  savedStep: number | undefined;
  /** Why the browser does not store the run. */
  runNotStored: StorageFailure | undefined;
  /** Progress of reading or downloading images for the next run. */
  reading: ReadProgress | undefined;
  /** The reader's files that the browser stores. */
  storedFiles: StoredFiles | undefined;
  /** Why the browser does not store those of this run. */
  filesNotStored: FilesNotStored | undefined;
  /** The step at which the loss was NaN or infinite, and the step to which the run can go back. */
  diverged: { step: number; good: number } | undefined;
  error: EngineError | undefined;
  /** The subject of the error. */
  failureSubject: FailureSubject;
}

export function initialState(): State {
  return {
    limits: undefined,
    phase: "loading",
    description: undefined,
    experiment: undefined,
    step: 0,
    epoch: 0,
    imagesPerSecond: null,
    secondsLeft: null,
    metrics: noMetrics,
    points: [],
    pointStride: 1,
    pointCount: 0,
    summary: [],
    averages: [],
    marks: [],
    probes: noProbes,
    past: noPast,
    predictions: undefined,
    predictionsBefore: undefined,
    filters: undefined,
    classified: undefined,
    labels: undefined,
    runId: 0,
    lastRunId: 0,
    pastRuns: [],
    startReason: "new",
    undo: undefined,
    savedStep: undefined,
    runNotStored: undefined,
    reading: undefined,
    storedFiles: undefined,
    filesNotStored: undefined,
    diverged: undefined,
    error: undefined,
    failureSubject: "run",
  };
}

/** The state after a message from the worker. */
export function reduce(state: State, message: FromWorker): State {
  switch (message.type) {
    case "ready":
      return { ...state, limits: message.limits };
    case "read":
    case "log":
    case "script":
    case "test-images":
    case "checkpoint":
    case "exported":
    case "processor-measured":
    case "surveyed":
    case "measured":
      return state;
    case "test-labels":
      return { ...state, labels: message.labels };
    case "changed":
      return { ...state, description: message.description, experiment: message.experiment };
    case "state-saved":
      return { ...state, savedStep: message.step };
    case "not-stored":
      return { ...state, runNotStored: message.failure ?? undefined };
    case "reading":
      return { ...state, reading: message.reading ?? undefined };
    case "files-stored":
      return { ...state, storedFiles: message.files, filesNotStored: undefined };
    case "files-not-stored":
      return { ...state, filesNotStored: message.failure };
    case "diverged":
      return { ...state, diverged: { step: message.step, good: message.good } };
    case "recovering":
      return { ...state, phase: "opening" };
    case "failed": {
      const { error, subject } = message;
      return {
        ...state,
        phase: message.lost ? "failed" : phaseAfterFailure(state),
        reading: undefined,
        error,
        failureSubject: subject,
      };
    }
    case "opened": {
      const { reason, description, experiment, history } = message;
      const { points, stride, count } = history.points;
      const begun: State = {
        ...initialState(),
        ...runIds(state, reason, message.undo),
        pastRuns: state.pastRuns,
        startReason: reason,
        limits: state.limits,
        description,
        experiment,
        metrics: history.metrics,
        points,
        pointStride: stride,
        pointCount: count,
        marks: history.marks,
        runNotStored: state.runNotStored,
        storedFiles: state.storedFiles,
      };
      return reduce(begun, { type: "snapshot", snapshot: message.snapshot });
    }
    case "snapshot": {
      const { snapshot } = message;
      // A snapshot that was sent before the reader's last action does not change the phase.
      const awaited = state.phase === "opening" || (state.phase === "pausing" && isActive(snapshot.phase));
      return {
        ...state,
        phase: awaited ? state.phase : snapshot.phase,
        step: snapshot.step,
        epoch: snapshot.epoch,
        imagesPerSecond: snapshot.images_per_second,
        secondsLeft: snapshot.seconds_left,
        metrics: addMetrics(state.metrics, snapshot.metrics),
        ...withPoints(state, snapshot.points),
        summary: snapshot.summary,
        averages: snapshot.averages,
        marks: snapshot.marks.length === 0 ? state.marks : addMarks(state.marks, snapshot.marks),
        probes: addProbes(state.probes, snapshot.probed, snapshot.probes),
        past: addPast(state.past, snapshot.probed, snapshot.probes),
        predictions: snapshot.predictions ?? state.predictions,
        predictionsBefore: snapshot.predictions === null ? state.predictionsBefore : state.predictions,
        filters: snapshot.filters ?? state.filters,
        classified: snapshot.classified ?? state.classified,
      };
    }
  }
}

function withPoints(
  state: State,
  added: EvaluationPoint[],
): Pick<State, "points" | "pointStride" | "pointCount"> {
  const before = { points: state.points, stride: state.pointStride, count: state.pointCount };
  const { points, stride, count } = addPoints(before, added);
  return { points, pointStride: stride, pointCount: count };
}

export function isActive(phase: State["phase"]): boolean {
  return phase === "running" || phase === "evaluating";
}

/** The phase after a command that failed. */
function phaseAfterFailure(state: State): State["phase"] {
  if (state.phase !== "opening") return state.phase;
  if (state.diverged !== undefined) return "diverged";
  const total = state.description?.total_steps ?? Infinity;
  return state.step >= total ? "finished" : "paused";
}

/** The number of the run that starts. */
function runIds(
  state: State,
  reason: StartReason,
  undo: number | null,
): Pick<State, "runId" | "lastRunId" | "undo"> {
  const { runId, lastRunId } = state;
  // The same run continues.
  if (reason === "restored" || reason === "gone-back" || reason === "moved")
    return { runId, lastRunId, undo: state.undo };
  if (reason === "undone" && state.undo !== undefined)
    return { runId: state.undo.id, lastRunId, undo: undefined };
  // A run without a step does not replace the previous one, so that an undo still restores that.
  const id = state.step > 0 ? runId : (state.undo?.id ?? runId);
  const next = lastRunId + 1;
  return { runId: next, lastRunId: next, undo: undo === null ? undefined : { id, step: undo } };
}
