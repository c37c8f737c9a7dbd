import type {
  Average,
  Classified,
  Engine,
  EvaluationPoint,
  Filters,
  Predictions,
  Probe,
  ProbeSamples,
  StepMetric,
  SummaryRow,
  Tensor,
} from "../engine";
import type { Mark } from "../history/mark";
import { type RunHistory, append } from "../history/runhistory";
import type { Snapshot } from "../protocol";

/** The least time between two reads of the filters of a running run, in milliseconds. */
const FILTERS_INTERVAL = 1000;

type NewData = Omit<Snapshot, "phase" | "step" | "epoch" | "images_per_second" | "seconds_left">;

/** Reads new data from the engine, and records the history that a checkpoint does not contain. */
export class EngineReader {
  readonly #engine: Engine;
  readonly #now: () => number;
  #history: RunHistory;
  #probes: Probe[] = [];
  #watchesFilters = false;
  #filtersReadAt = -Infinity;
  #picture: Uint8Array | null = null;
  #unclassified = false;

  #metrics: StepMetric[] = [];
  #points: EvaluationPoint[] = [];
  #marks: Mark[] = [];
  #samples: ProbeSamples | null = null;
  #predictions: Predictions | null = null;
  #filters: Filters | null = null;
  #classified: Classified | null = null;
  #summary: SummaryRow[];
  #averages: Average[];
  #diverged: number | undefined;

  constructor(engine: Engine, history: RunHistory, now: () => number) {
    this.#engine = engine;
    this.#history = history;
    this.#now = now;
    this.#summary = engine.summary();
    this.#averages = engine.averages();
  }

  get history(): RunHistory {
    return this.#history;
  }

  /** The first step whose loss was NaN or infinite. */
  get diverged(): number | undefined {
    return this.#diverged;
  }

  get probes(): readonly Probe[] {
    return this.#probes;
  }

  /** Whether values of the followed weights were read and not taken yet. */
  get hasSamples(): boolean {
    return this.#samples !== null;
  }

  /** Records these weights from the next step on, except those that the network does not have. */
  setProbes(probes: readonly Probe[], tensors: readonly Tensor[]): void {
    this.#probes = probes.filter(({ tensor, index }) => index < size(tensors[tensor]));
    this.#engine.probe(this.#probes);
  }

  /** Whether the filters are read: now, after each evaluation, and once a second in between. */
  watchFilters(filters: boolean): void {
    this.#watchesFilters = filters;
    this.#filtersReadAt = -Infinity;
  }

  /** Classifies this picture: now, and after each evaluation. */
  setPicture(picture: Uint8Array | null): void {
    this.#picture = picture;
    this.#unclassified = true;
  }

  addMark(mark: Mark): void {
    this.#marks.push(mark);
    this.#history = append(this.#history, { metrics: [], points: [], marks: [mark] });
  }

  /** The methods or averages of the run have changed. */
  settingsChanged(): void {
    this.#summary = this.#engine.summary();
    this.#averages = this.#engine.averages();
  }

  addPoint(point: EvaluationPoint): void {
    this.#points.push(point);
    this.#history = append(this.#history, { metrics: [], points: [point], marks: [] });
    this.#summary = this.#engine.summary();
    this.#predictions = this.#engine.predictions();
    this.#filtersReadAt = -Infinity;
    this.#unclassified = true;
  }

  /** Reads the engine's data since the last call. Must not be called again before it has resolved. */
  async collect(): Promise<void> {
    const engine = this.#engine;
    const followed = this.#probes.length > 0;
    const [metrics, samples] = await Promise.all([engine.metrics(), followed ? engine.probes() : null]);
    this.#metrics.push(...metrics);
    this.#samples = joined(this.#samples, samples);
    this.#history = append(this.#history, { metrics, points: [], marks: [] });
    this.#averages = engine.averages();
    this.#diverged ??= metrics.find(({ loss }) => !Number.isFinite(loss))?.step;
    if (this.#watchesFilters && this.#now() - this.#filtersReadAt >= FILTERS_INTERVAL) {
      this.#filtersReadAt = this.#now();
      this.#filters = await engine.filters();
    }
    if (this.#unclassified && this.#picture !== null) this.#classified = await engine.classify(this.#picture);
    this.#unclassified = false;
  }

  /** The collected data since the last call. */
  takeNew(): NewData {
    const reading = {
      metrics: this.#metrics.splice(0),
      points: this.#points.splice(0),
      summary: this.#summary,
      averages: this.#averages,
      marks: this.#marks.splice(0),
      probed: this.#probes,
      probes: this.#samples,
      predictions: this.#predictions,
      filters: this.#filters,
      classified: this.#classified,
    };
    this.#samples = null;
    this.#predictions = null;
    this.#filters = null;
    this.#classified = null;
    return reading;
  }
}

function size(tensor: Tensor | undefined): number {
  return tensor === undefined ? 0 : tensor.shape.reduce((product, length) => product * length, 1);
}

/** Both in one, if the later samples continue the earlier ones; otherwise the later ones alone. */
function joined(earlier: ProbeSamples | null, later: ProbeSamples | null): ProbeSamples | null {
  if (earlier === null || later === null) return later ?? earlier;
  const { first_step, steps, probes, methods } = earlier;
  const follow = later.first_step === first_step + steps;
  if (!follow || later.probes !== probes || later.methods !== methods) return later;
  const values = new Float32Array(earlier.values.length + later.values.length);
  values.set(earlier.values);
  values.set(later.values, earlier.values.length);
  return { first_step, steps: steps + later.steps, probes, methods, values };
}
