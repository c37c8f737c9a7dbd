/** The least time over which speed is measured, in milliseconds of training. */
const WINDOW = 2000;

/** Measures the training speed over the last seconds. */
export class SpeedMeter {
  #samples: { steps: number; milliseconds: number }[] = [];
  #first = true;

  /** Records `steps` steps that took this time, without anything else in between. */
  record(steps: number, milliseconds: number): void {
    // The first submit includes the compilation of pipelines.
    if (this.#first) {
      this.#first = false;
      return;
    }
    this.#samples.push({ steps, milliseconds });
    let total = this.#sum((sample) => sample.milliseconds);
    for (;;) {
      const oldest = this.#samples[0];
      if (oldest === undefined || this.#samples.length === 1 || total - oldest.milliseconds < WINDOW) return;
      total -= oldest.milliseconds;
      this.#samples.shift();
    }
  }

  /** Forgets the measurements, after a change of the speed limit. */
  clear(): void {
    this.#samples = [];
  }

  get stepsPerSecond(): number | null {
    const milliseconds = this.#sum((sample) => sample.milliseconds);
    return milliseconds > 0 ? (1000 * this.#sum((sample) => sample.steps)) / milliseconds : null;
  }

  #sum(of: (sample: { steps: number; milliseconds: number }) => number): number {
    return this.#samples.reduce((sum, sample) => sum + of(sample), 0);
  }
}
