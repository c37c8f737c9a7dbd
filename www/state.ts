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
  StepMetric,
  SummaryRow,
} from "./engine";
import type { FromWorker, Mark, Phase } from "./protocol";

/** Step metrics kept for the page; older ones are dropped. */
const KEPT_METRICS = 2000;

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
  metrics: StepMetric[];
  points: EvaluationPoint[];
  summary: SummaryRow[];
  averages: Average[];
  marks: Mark[];
  /** The weights that are followed, and their values since they are, oldest first. */
  probed: Probe[];
  probes: ProbeSamples[];
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
    metrics: [],
    points: [],
    summary: [],
    averages: [],
    marks: [],
    probed: [],
    probes: [],
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
        { ...initialState(), description, experiment },
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
        metrics: [...state.metrics, ...snapshot.metrics].slice(-KEPT_METRICS),
        points: snapshot.points.length === 0 ? state.points : [...state.points, ...snapshot.points],
        summary: snapshot.summary,
        averages: snapshot.averages,
        marks: snapshot.marks.length === 0 ? state.marks : [...state.marks, ...snapshot.marks],
        probes: snapshot.probes === null ? state.probes : [...state.probes, snapshot.probes],
        predictions: snapshot.predictions ?? state.predictions,
        predictionsBefore: snapshot.predictions === null ? state.predictionsBefore : state.predictions,
        filters: snapshot.filters ?? state.filters,
      };
    }
  }
}

export function isActive(phase: State["phase"]): boolean {
  return phase === "running" || phase === "evaluating";
}

function rest(state: State): Phase {
  const total = state.description?.total_steps ?? Infinity;
  return state.step >= total ? "finished" : "paused";
}
