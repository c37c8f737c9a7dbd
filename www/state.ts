import type {
  Average,
  Description,
  EngineError,
  EvaluationPoint,
  Experiment,
  Filters,
  Method,
  Predictions,
  SummaryRow,
} from "./engine";
import { type MetricHistory, addMetrics, noMetrics } from "./history/metrics";
import { addPoints } from "./history/points";
import { type ProbeHistory, addProbes, noProbes } from "./history/probes";
import type { KeptFiles } from "./filestore";
import { addMarks } from "./history/story";
import type { FromWorker, Mark, Matter, Opening, Phase, Reading, StorageFailure, Unkept } from "./protocol";

/** Earlier runs that are kept for comparison. */
const PAST_RUNS = 6;

/** An earlier run of this tab, for comparison. */
export interface PastRun {
  id: number;
  experiment: Experiment;
  dataset: Description["dataset"];
  /** Steps it came to. */
  step: number;
  methods: Method[];
  points: EvaluationPoint[];
}

/** The page's view of the run, assembled from the worker's messages. */
export interface State {
  /** The worker's phase, or what the page does before the worker has one. */
  phase: Phase | "loading" | "opening" | "pausing" | "failed";
  description: Description | undefined;
  /** The engine's experiment, which may differ from the controls. */
  experiment: Experiment | undefined;
  step: number;
  epoch: number;
  imagesPerSecond: number | null;
  /** Loss and accuracy of every training batch, in a bounded number of buckets. */
  metrics: MetricHistory;
  /** The evaluations: all of them, or in a long run every `pointStride`-th and the latest. */
  points: EvaluationPoint[];
  pointStride: number;
  /** Evaluations there were. */
  pointCount: number;
  summary: SummaryRow[];
  averages: Average[];
  marks: Mark[];
  /** The weights that are followed, and their values since they are; read it with `www/history/probes.ts`. */
  probes: ProbeHistory;
  /** Of the last evaluation, and of the one before it. */
  predictions: Predictions | undefined;
  predictionsBefore: Predictions | undefined;
  filters: Filters | undefined;
  /** Identifies this run among the earlier ones. */
  runId: number;
  pastRuns: PastRun[];
  /** Why the run began as it did. */
  because: Opening;
  /** The run that the last reset ended, where it can be had back. */
  undo: { id: number; step: number } | undefined;
  /** The step of the last good state that is kept. */
  kept: number | undefined;
  /** The browser does not store the run, and why. */
  notStored: StorageFailure | undefined;
  /** Progress of reading or downloading for a run that is about to open. */
  reading: Reading | undefined;
  /** The reader's files that the browser keeps. */
  keptFiles: KeptFiles | undefined;
  /** Why the browser does not keep those of this run. */
  unkept: Unkept | undefined;
  /** The step at which the loss was no number any more, and the step that the run can go back to. */
  diverged: { step: number; good: number } | undefined;
  error: EngineError | undefined;
  /** The subject of the error. */
  matter: Matter;
}

export function initialState(): State {
  return {
    phase: "loading",
    description: undefined,
    experiment: undefined,
    step: 0,
    epoch: 0,
    imagesPerSecond: null,
    metrics: noMetrics,
    points: [],
    pointStride: 1,
    pointCount: 0,
    summary: [],
    averages: [],
    marks: [],
    probes: noProbes,
    predictions: undefined,
    predictionsBefore: undefined,
    filters: undefined,
    runId: 0,
    pastRuns: [],
    because: "new",
    undo: undefined,
    kept: undefined,
    notStored: undefined,
    reading: undefined,
    keptFiles: undefined,
    unkept: undefined,
    diverged: undefined,
    error: undefined,
    matter: "run",
  };
}

/** The state after a message of the worker. */
export function reduce(state: State, message: FromWorker): State {
  switch (message.type) {
    case "ready":
    case "read":
    case "log":
    case "script":
    case "test-images":
    case "checkpoint":
    case "exported":
      return state;
    case "changed":
      return { ...state, description: message.description, experiment: message.experiment };
    case "kept":
      return { ...state, kept: message.step };
    case "not-stored":
      return { ...state, notStored: message.failure ?? undefined };
    case "reading":
      return { ...state, reading: message.reading ?? undefined };
    case "files-kept":
      return { ...state, keptFiles: message.kept, unkept: undefined };
    case "files-not-kept":
      return { ...state, unkept: message.why };
    case "diverged":
      return { ...state, diverged: { step: message.step, good: message.good } };
    case "recovering":
      return { ...state, phase: "opening" };
    case "failed": {
      const { error, matter } = message;
      return { ...state, phase: message.lost ? "failed" : settled(state), reading: undefined, error, matter };
    }
    case "opened": {
      const { because, description, experiment, story } = message;
      const { points, stride, count } = story.points;
      const begun: State = {
        ...initialState(),
        ...succession(state, because, message.undo),
        because,
        description,
        experiment,
        metrics: story.metrics,
        points,
        pointStride: stride,
        pointCount: count,
        marks: story.marks,
        notStored: state.notStored,
        keptFiles: state.keptFiles,
      };
      return reduce(begun, { type: "snapshot", snapshot: message.snapshot });
    }
    case "snapshot": {
      const { snapshot } = message;
      // A snapshot that was on its way does not undo what the reader did since.
      const awaited = state.phase === "opening" || (state.phase === "pausing" && isActive(snapshot.phase));
      return {
        ...state,
        phase: awaited ? state.phase : snapshot.phase,
        step: snapshot.step,
        epoch: snapshot.epoch,
        imagesPerSecond: snapshot.images_per_second,
        metrics: addMetrics(state.metrics, snapshot.metrics),
        ...withPoints(state, snapshot.points),
        summary: snapshot.summary,
        averages: snapshot.averages,
        marks: snapshot.marks.length === 0 ? state.marks : addMarks(state.marks, snapshot.marks),
        probes: addProbes(state.probes, snapshot.probed, snapshot.probes),
        predictions: snapshot.predictions ?? state.predictions,
        predictionsBefore: snapshot.predictions === null ? state.predictionsBefore : state.predictions,
        filters: snapshot.filters ?? state.filters,
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

/** The phase after a command that came to nothing. */
function settled(state: State): State["phase"] {
  if (state.phase !== "opening") return state.phase;
  if (state.diverged !== undefined) return "diverged";
  const total = state.description?.total_steps ?? Infinity;
  return state.step >= total ? "finished" : "paused";
}

/** Which run this is, and which are past, when one begins. */
function succession(
  state: State,
  because: Opening,
  undo: number | null,
): Pick<State, "runId" | "pastRuns" | "undo"> {
  const { runId } = state;
  // The same run goes on; where it stood is known.
  if (because === "restored" || because === "gone-back") {
    return { runId, pastRuns: state.pastRuns, undo: state.undo };
  }
  const ended = past(state);
  if (because === "undone" && state.undo !== undefined) {
    const { id } = state.undo;
    const pastRuns = latest([...state.pastRuns.filter((run) => run.id !== id), ...ended]);
    return { runId: id, pastRuns, undo: undefined };
  }
  const pastRuns = latest([...state.pastRuns, ...ended]);
  const next = Math.max(runId, ...pastRuns.map(({ id }) => id)) + 1;
  // A run that had not begun leaves the one before it to be had back.
  const id = state.step > 0 ? runId : (state.undo?.id ?? runId);
  return { runId: next, pastRuns, undo: undo === null ? undefined : { id, step: undo } };
}

function latest(runs: PastRun[]): PastRun[] {
  return runs.slice(-PAST_RUNS);
}

/** The run of the state as a past one; none if it has nothing to compare with. */
function past({ runId, description, experiment, step, points }: State): PastRun[] {
  if (description === undefined || experiment === undefined || points.length === 0) return [];
  const { methods } = description;
  return [{ id: runId, experiment, dataset: description.dataset, step, methods, points }];
}
