import type {
  Average,
  Description,
  EngineError,
  EvaluationPoint,
  Experiment,
  StepMetric,
  SummaryRow,
} from "./engine";
import type { FromWorker, Phase } from "./protocol";

/** Step metrics kept for the page; older ones are dropped. */
const KEPT_METRICS = 2000;

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
    error: undefined,
  };
}

/** The state after a message of the worker. */
export function reduce(state: State, message: FromWorker): State {
  switch (message.type) {
    case "ready":
      return state;
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
