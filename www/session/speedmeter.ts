/** Milliseconds that a figure of speed is measured over, at least. */
const WINDOW = 2000;

/** Measures how fast steps are made, over the latest seconds of training. */
export class SpeedMeter {
  #samples: { steps: number; milliseconds: number }[] = [];
  #first = true;

  /** So many steps were finished in this time, in which nothing else was done. */
  record(steps: number, milliseconds: number): void {
    // The first submit also compiles pipelines.
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

  /** Another pace: what was measured before says nothing of it. */
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
