import type {
  Adapter,
  Average,
  Description,
  EvaluationPoint,
  Experiment,
  Filters,
  Predictions,
  Probe,
  ProbeSamples,
  StepMetric,
  SummaryRow,
  TestImages,
} from "../../../www/engine";
import { FakeEngine, type FakeWorld } from "../../../www/testing/fake-engine";

const CLASSES = ["plane", "car", "bird", "cat", "deer", "dog", "frog", "horse", "ship", "truck"];
export const standInAdapter: Adapter = { name: "stand-in", backend: "none", software: false };
const TRAIN = 5000;
const IMAGES = 200;
const FILTERS: Filters["shape"] = [16, 3, 3, 3];

/** Milliseconds that a step takes, and how it may go wrong; tests set it in the worker's scope. */
export interface Conditions {
  millisecondsPerStep: number;
}

/**
 * An engine that does not train and needs no GPU: its values follow formulas that resemble a run. With it,
 * the page's use of an engine is tested in seconds; the engine has its own tests.
 */
export class StandIn extends FakeEngine {
  static readonly conditions: Conditions = { millisecondsPerStep: 1 };
  #waiting: Promise<void> = Promise.resolve();
  #points: EvaluationPoint[];
  #followed: Probe[] = [];
  #sampledFrom = 0;

  constructor(world: FakeWorld, experiment: Experiment, step = 0, points: EvaluationPoint[] = []) {
    super(world, experiment, step, points);
    this.#points = [...points];
  }

  get #betas(): number[] {
    return (this.experiment().ema as string[]).map((spec) => Number.parseFloat(spec));
  }

  get #batch(): number {
    return this.experiment().batch as number;
  }

  override describe(): Description {
    const experiment = this.experiment();
    const train = Math.min((experiment.limit_train as number | null) ?? TRAIN, TRAIN);
    const steps_per_epoch = Math.max(1, Math.floor(train / this.#batch));
    const total_steps =
      (experiment.steps as number | null) ?? steps_per_epoch * (experiment.epochs as number);
    return {
      adapter: standInAdapter,
      dataset: { name: "synthetic", synthetic: true, train, test: IMAGES, classes: CLASSES },
      network: String(experiment.preset),
      parameters: 72_954,
      gpu_bytes: 1 << 20,
      steps_per_epoch,
      total_steps,
      methods: super.describe().methods,
      tensors: [
        { name: "0.weight", shape: FILTERS },
        { name: "3.weight", shape: [16, 16, 3, 3] },
        { name: "22.weight", shape: [10, 64] },
      ],
    };
  }

  override async train(steps: number): Promise<void> {
    const before = this.#waiting;
    const wait = steps * StandIn.conditions.millisecondsPerStep;
    this.#waiting = before.then(() => new Promise((resolve) => setTimeout(resolve, wait)));
    await this.#waiting;
    await super.train(steps);
  }

  override async metrics(): Promise<StepMetric[]> {
    const metrics = await super.metrics();
    return metrics.map(({ step, loss }) => ({
      step,
      loss: Number.isFinite(loss) ? 0.5 + 1.8 * Math.exp(-step / 200) + 0.2 * noise(step) : NaN,
      accuracy: 80 - 70 * Math.exp(-step / 200) + 5 * noise(step + 0.5),
    }));
  }

  override async evaluate(): Promise<EvaluationPoint> {
    const { step, early } = await super.evaluate();
    const { steps_per_epoch } = this.describe();
    const methods = this.#spread(step, 3).map((value, k) => ({
      name: this.describe().methods[k]?.name ?? "",
      accuracy: 65 - 55 * Math.exp(-step / 200) + value,
      loss: 1 + 1.3 * Math.exp(-step / 200) - value / 30,
    }));
    const point = { step, epoch: step / steps_per_epoch, ...(early === true ? { early } : {}), methods };
    this.#points.push(point);
    return point;
  }

  override summary(): SummaryRow[] {
    const last = this.#points.at(-1);
    return (last?.methods ?? []).map(({ name, accuracy, loss }, k) => {
      const measured = this.#points.map((point) => point.methods[k]?.accuracy ?? NaN);
      const best = Math.max(...measured);
      const best_epoch = this.#points[measured.indexOf(best)]?.epoch ?? 0;
      const fluctuation = 3 / (k + 1);
      return {
        method: name,
        accuracy,
        loss,
        best_accuracy: best,
        best_epoch,
        mean_accuracy: accuracy,
        fluctuation,
      };
    });
  }

  override averages(): Average[] {
    const { methods } = this.describe();
    return this.#betas.map((beta, k) => ({
      name: methods[k + 1]?.name ?? "",
      average: methods[k + 1]?.average ?? "",
      beta,
      effective_beta: beta,
      half_life: Math.log(0.5) / Math.log(beta),
      initial_share: beta ** this.step(),
    }));
  }

  override reset(): void {
    super.reset();
    this.#points = [];
    this.#sampledFrom = 0;
  }

  override history(): EvaluationPoint[] {
    return [...this.#points];
  }

  override probe(probes: Probe[]): void {
    super.probe(probes);
    this.#followed = probes;
    this.#sampledFrom = this.step();
  }

  override probes(): Promise<ProbeSamples | null> {
    const [first, steps] = [this.#sampledFrom + 1, this.step() - this.#sampledFrom];
    this.#sampledFrom = this.step();
    if (steps === 0 || this.#followed.length === 0) return Promise.resolve(null);
    const values = Array.from({ length: steps }, (_, step) =>
      this.#followed.map(({ tensor, index }) =>
        this.#spread(first + step, 0.05, index + 1000 * tensor).map((value) => value + index / 100),
      ),
    );
    return Promise.resolve({
      first_step: first,
      steps,
      probes: this.#followed.length,
      methods: this.#betas.length + 1,
      values: Float32Array.from(values.flat(2)),
    });
  }

  override predictions(): Predictions | null {
    const step = this.#points.at(-1)?.step;
    if (step === undefined) return null;
    const methods = this.#betas.length + 1;
    const right = (method: number, image: number): boolean =>
      noise(image + 7 * step * (method === 0 ? 1 : 0)) < 0.4;
    const all = Array.from(
      { length: methods * IMAGES },
      (_, k) => [Math.floor(k / IMAGES), k % IMAGES] as const,
    );
    return {
      step,
      images: IMAGES,
      methods,
      classes: Uint8Array.from(all, ([method, image]) => (image + (right(method, image) ? 0 : 1)) % 10),
      confidences: Float32Array.from(all, ([method, image]) => 0.6 + 0.3 * noise(image + method)),
    };
  }

  override filters(): Promise<Filters> {
    const step = this.step();
    const sizes = Array.from({ length: FILTERS.reduce((product, size) => product * size, 1) }, (_, k) => k);
    const methods = [1, ...this.#betas].map((_, method) =>
      Float32Array.from(sizes, (k) => noise(k) + (method === 0 ? 0.2 * noise(k + step) : 0)),
    );
    return Promise.resolve({ step, shape: FILTERS, methods });
  }

  override test_images(indices: Uint32Array): TestImages {
    const pixels = new Uint8ClampedArray(indices.length * 32 * 32 * 4);
    indices.forEach((index, place) => {
      const [hue, start] = [(index % 10) * 25, place * 32 * 32 * 4];
      for (let at = start; at < start + 32 * 32 * 4; at += 4) pixels.set([hue, at % 256, 255 - hue, 255], at);
    });
    return { indices: [...indices], pixels, labels: Uint8Array.from(indices, (index) => index % 10) };
  }

  /** A value that jitters, and its averages, which do so less. */
  #spread(step: number, scale: number, salt = 0): number[] {
    const jitter = noise(step + salt);
    return [
      scale * jitter,
      ...this.#betas.map((beta) => scale * jitter * Math.sqrt((1 - beta) / (1 + beta))),
    ];
  }
}

/** From -1 to 1, without pattern, and always the same. */
function noise(k: number): number {
  const wave = Math.sin(k * 12.9898 + 4.1414) * 43_758.5453;
  return 2 * (wave - Math.floor(wave)) - 1;
}
