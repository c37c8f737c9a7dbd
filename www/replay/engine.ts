import type {
  Adjustment,
  Average,
  Classified,
  Description,
  Engine,
  EngineError,
  EvaluationPoint,
  Experiment,
  Filters,
  Predictions,
  Probe,
  ProbeSamples,
  StepMetric,
  SummaryRow,
  TestImages,
} from "../engine";
import type { Recording } from "./format";

/** The time per step of a recorded run at full speed, whatever hardware it was recorded on. */
const MILLISECONDS_PER_STEP = 20;
/** The number of pixels of a test image. */
const PIXELS = 32 * 32;

/** Plays a recorded run as if it were being trained. Changes of the run throw an error. */
export class ReplayEngine implements Engine {
  readonly #recording: Recording;
  readonly #description: Description;
  readonly #wait: (milliseconds: number) => Promise<void>;
  /** The time at which the requested steps end. */
  #playing: Promise<void> = Promise.resolve();
  /** The number of resets: steps requested before a reset are not played after it. */
  #resets = 0;
  #requested = 0;
  #played = 0;
  /** The steps whose metrics and whose probed weights have been read. */
  #metricsRead = 0;
  #probesRead = 0;
  /** The points reached so far. */
  #points = 0;
  /** Indices into the recording's probes; -1 for a weight that was not recorded. */
  #probes: number[] = [];

  /** @param reason why the page does not train */
  constructor(
    recording: Recording,
    reason: EngineError,
    wait = (milliseconds: number) => new Promise<void>((resolve) => setTimeout(resolve, milliseconds)),
  ) {
    this.#recording = recording;
    const { program } = recording;
    const recorded = { reason, program, probes: recording.probes.probes };
    this.#description = { ...recording.description, recorded };
    this.#wait = wait;
  }

  describe(): Description {
    return this.#description;
  }

  experiment(): Experiment {
    return this.#recording.experiment;
  }

  adjustments(): Adjustment[] {
    return [];
  }

  step(): number {
    return this.#requested;
  }

  /** The step of the recorded run's next test. */
  next_evaluation(): number {
    const next = this.#recording.points.find((point) => point.step > this.#requested);
    return next?.step ?? this.#description.total_steps;
  }

  train(steps: number): Promise<void> {
    this.#requested += steps;
    const resets = this.#resets;
    this.#playing = this.#playing.then(async () => {
      await this.#wait(steps * MILLISECONDS_PER_STEP);
      if (resets === this.#resets) this.#played += steps;
    });
    return this.#playing;
  }

  metrics(): Promise<StepMetric[]> {
    const { loss, accuracy } = this.#recording.steps;
    const first = this.#metricsRead;
    this.#metricsRead = this.#played;
    const metrics = loss.slice(first, this.#metricsRead).map((value, k) => ({
      step: first + k + 1,
      loss: value ?? NaN,
      accuracy: accuracy[first + k] ?? NaN,
    }));
    return Promise.resolve(metrics);
  }

  evaluate(): Promise<EvaluationPoint> {
    const index = this.#recording.points.findIndex((point) => point.step === this.#requested);
    const point = this.#recording.points[index];
    if (point === undefined) return refuse(`the recorded run was not tested at step ${this.#requested}`);
    this.#points = index + 1;
    return Promise.resolve(point);
  }

  summary(): SummaryRow[] {
    return this.#recording.summaries[this.#points - 1] ?? [];
  }

  averages(): Average[] {
    return this.#recording.averages.map((average) => ({
      name: average.name,
      average: average.average,
      beta: average.beta,
      effective_beta: average.effective_beta[this.#requested] ?? NaN,
      half_life: average.half_life[this.#requested] ?? NaN,
      initial_share: average.initial_share[this.#requested] ?? NaN,
    }));
  }

  reset(): void {
    this.#resets += 1;
    this.#requested = 0;
    this.#played = 0;
    this.#metricsRead = 0;
    this.#probesRead = 0;
    this.#points = 0;
  }

  change(): Promise<Description> {
    return refuse("a recorded run cannot be changed");
  }

  disturb(): void {
    throw refusal("a recorded run cannot be disturbed");
  }

  probe(probes: Probe[]): void {
    const followed = this.#recording.probes.probes;
    this.#probes = probes.map((wanted) =>
      followed.findIndex(({ tensor, index }) => tensor === wanted.tensor && index === wanted.index),
    );
    this.#probesRead = this.#requested;
  }

  probes(): Promise<ProbeSamples | null> {
    const first = this.#probesRead;
    const steps = this.#played - first;
    if (steps <= 0 || this.#probes.length === 0) return Promise.resolve(null);
    this.#probesRead = this.#played;
    const methods = this.#description.methods.length;
    const { probes, values } = this.#recording.probes;
    const samples = Array.from({ length: steps }, (_, step) =>
      this.#probes.map((probe) => {
        const from = ((first + step) * probes.length + probe) * methods;
        return Array.from({ length: methods }, (_, k) => (probe < 0 ? NaN : (values[from + k] ?? NaN)));
      }),
    );
    return Promise.resolve({
      first_step: first + 1,
      steps,
      probes: this.#probes.length,
      methods,
      values: Float32Array.from(samples.flat(2)),
    });
  }

  predictions(): Predictions | null {
    const recorded = this.#recording.predictions[this.#points - 1];
    if (recorded === undefined) return null;
    const methods = this.#description.methods.length;
    return {
      step: recorded.step,
      images: recorded.classes.length / methods,
      methods,
      classes: Uint8Array.from(recorded.classes),
      confidences: Float32Array.from(recorded.confidences, finite),
    };
  }

  filters(): Promise<Filters> {
    const { shape, frames } = this.#recording.filters;
    const frame = frames.findLast(({ step }) => step <= this.#played);
    if (frame === undefined) return refuse("the recorded run has no filters at this step");
    const methods = frame.methods.map((weights) => Float32Array.from(weights, finite));
    return Promise.resolve({ step: frame.step, shape, methods });
  }

  classify(): Promise<Classified> {
    return refuse("a recorded run holds no weights to classify with");
  }

  /** Only the recorded images; there are none of the others. */
  test_images(indices: Uint32Array): TestImages {
    const { labels, pixels } = this.#recording.test_images;
    const rgb = Uint8Array.from(atob(pixels), (character) => character.charCodeAt(0));
    const there = [...indices].filter((index) => index < labels.length);
    const rgba = new Uint8ClampedArray(there.length * PIXELS * 4).fill(255);
    there.forEach((index, place) => {
      for (let pixel = 0; pixel < PIXELS; pixel++) {
        const from = (index * PIXELS + pixel) * 3;
        rgba.set(rgb.subarray(from, from + 3), (place * PIXELS + pixel) * 4);
      }
    });
    return { indices: there, pixels: rgba, labels: Uint8Array.from(there, (index) => labels[index] ?? 0) };
  }

  checkpoint(): Promise<Uint8Array<ArrayBuffer>> {
    return refuse("a recorded run holds no weights to save");
  }

  state_dict(): Promise<Uint8Array<ArrayBuffer>> {
    return refuse("a recorded run holds no weights to save");
  }

  history(): EvaluationPoint[] {
    return this.#recording.points.slice(0, this.#points);
  }

  free(): void {
    // Nothing to free but ordinary memory.
  }
}

function finite(value: number | null): number {
  return value ?? NaN;
}

function refusal(message: string): Error {
  const error = new Error(message);
  error.name = "BadSetting";
  return error;
}

function refuse(message: string): Promise<never> {
  return Promise.reject(refusal(message));
}
