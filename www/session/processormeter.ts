import { type EngineModule, isProcessor } from "../engine";
import type { FromWorker } from "../protocol";
import type { TrainingRun } from "./trainingrun";

/** Steps after which the run's own speed is taken as known. */
const STEPS = 5;
/** Milliseconds for which the processor is measured. */
const DURATION = 400;

/** Measures, once, how fast the processor would be where a software adapter computes. */
export class ProcessorMeter {
  readonly #module: Pick<EngineModule, "processor_speed">;
  readonly #post: (message: FromWorker) => void;
  #begun = false;

  constructor(module: Pick<EngineModule, "processor_speed">, post: (message: FromWorker) => void) {
    this.#module = module;
    this.#post = post;
  }

  /** Steps of the run were submitted. Measures between two submits, as soon as the run's own speed is known. */
  observe(run: TrainingRun): void {
    const { adapter, recorded } = run.description;
    if (this.#begun || recorded !== undefined || !adapter.software || isProcessor(adapter)) return;
    const here = run.imagesPerSecond;
    if (here === null || run.step < STEPS) return;
    this.#begun = true;
    const measure = async (): Promise<void> => {
      const processor = await this.#module.processor_speed(run.experiment, DURATION);
      this.#post({ type: "processor-measured", here, processor });
    };
    // Without the figure there is nothing to offer.
    run.betweenSubmits(measure).catch(() => undefined);
  }
}
