import type {
  Average,
  Description,
  EngineError,
  EvaluationPoint,
  Experiment,
  Filters,
  Predictions,
  SummaryRow,
} from "./engine";
import { type MetricHistory, addMetrics, noMetrics } from "./history/metrics";
import { addPoints } from "./history/points";
import { type ProbeHistory, addProbes, noProbes } from "./history/probes";
import type { FromWorker, Mark, Phase } from "./protocol";

/** An earlier run of this tab, for comparison. */
export interface PastRun {
  id: number;
  experiment: Experiment;
  /** The data it learned from, as the page names it. */
  data: string;
  methods: string[];
  points: EvaluationPoint[];
}

/** What the page knows of the run, put together from the worker's messages. */
export interface State {
  /** The worker's phase, or what the page does before the worker has one. */
  phase: Phase | "loading" | "opening" | "pausing" | "failed";
  description: Description | undefined;
  /** What the engine runs, which is not always what the controls show. */
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
  pastRuns: PastRun[];
  error: EngineError | undefined;
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
    pastRuns: [],
    error: undefined,
  };
}

/** The state after a message of the worker. */
export function reduce(state: State, message: FromWorker): State {
  switch (message.type) {
    case "ready":
    case "test-images":
    case "checkpoint":
    case "exported":
      return state;
    case "changed":
      return { ...state, description: message.description, experiment: message.experiment };
    case "failed":
      return { ...state, phase: message.lost ? "failed" : rest(state), error: message.error };
    case "opened": {
      const { description, experiment } = message;
      return reduce(
        { ...initialState(), description, experiment, pastRuns: state.pastRuns },
        { type: "snapshot", snapshot: message.snapshot },
      );
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
        marks: snapshot.marks.length === 0 ? state.marks : [...state.marks, ...snapshot.marks],
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

function rest(state: State): Phase {
  const total = state.description?.total_steps ?? Infinity;
  return state.step >= total ? "finished" : "paused";
}
